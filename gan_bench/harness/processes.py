"""The executor `processes`: one process per job, from a fork server that has the slow modules loaded."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from gan_bench.harness.execute import Options
from gan_bench.harness.job import Job
from gan_bench.harness.machine import kernel_oom_kills
from gan_bench.harness.outcome import Outcome, SeedStatus, Status
from gan_bench.harness.run import Collector, Ending
from gan_bench.harness.worker import work
from gan_bench.paths import without_absolute

_LOG_BYTES = 20_000
# Signals that a process earns itself; by any other it was killed from outside.
_OWN_FAULTS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


def processes(jobs: Sequence[Job], options: Options) -> Iterator[Outcome]:
    """Run up to `workers` jobs at once; each is killed with all it has started at its deadline."""
    waiting, running = list(jobs)[::-1], list[_Worker]()
    scratch = Path(tempfile.mkdtemp(prefix="gan-bench-"))
    try:
        while waiting or running:
            while waiting and len(running) < options.workers:
                slot = min(set(range(options.workers)) - {worker.slot for worker in running})
                with _uninterrupted():
                    running.append(_Worker(waiting.pop(), slot, scratch, options))
            wait([end for worker in running for end in worker.ends], timeout=_patience(running))
            for worker in list(running):
                if worker.ended():
                    running.remove(worker)
                    yield worker.outcome()
    finally:
        for worker in running:
            worker.kill()
        shutil.rmtree(scratch, ignore_errors=True)


class _Worker:
    """The process of one job, seen from the driver."""

    def __init__(self, job: Job, slot: int, scratch: Path, options: Options) -> None:
        self.slot = slot
        self._listener = options.listener
        self._collector = Collector(job)
        self._ending: Ending | None = None
        self._timed_out = False
        self._log = scratch / f"{job.digest}.log"
        self._oom_kills = kernel_oom_kills()
        self._timeout = options.timeout
        self._connection, self._process = _start(job, self._log, slot, options)
        self.deadline = None if options.timeout is None else time.monotonic() + options.timeout
        self._listener.started(job)

    @property
    def ends(self) -> list[Any]:
        """What to wait for: a message or the end of the process."""
        return [self._connection, self._process.sentinel]

    def ended(self) -> bool:
        """Take in what has come; True once the job is over, by itself or at its deadline."""
        self._receive()
        if self._ending is None and self.deadline is not None and time.monotonic() >= self.deadline:
            self._timed_out = True
        if self._ending is None and not self._timed_out and self._process.exitcode is None:
            return False
        self.kill()
        self._receive()
        return True

    def kill(self) -> None:
        """End the process and all it has started."""
        if self._ending is not None:
            # It has said its last word and is about to leave; its exit code is then its own.
            self._process.join(timeout=5)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        if self._process.exitcode is None:
            self._process.kill()
        self._process.join()

    def outcome(self) -> Outcome:
        """The outcome of the job, with every row that came before its end."""
        ending = self._ending or Ending(self._verdict())
        log = self._log.read_bytes()[-_LOG_BYTES:] if self._log.exists() else b""
        self._connection.close()
        return self._collector.outcome(ending, without_absolute(log.decode(errors="replace")))

    def _receive(self) -> None:
        # A process that was killed may leave half a message: the pipe then ends inside it.
        with suppress(EOFError, OSError):
            while self._ending is None and self._connection.poll():
                name, content = self._connection.recv()
                if name == "end":
                    self._ending = content
                elif name == "progress":
                    self._listener.progress(self._collector.job, *content)
                else:
                    self._collector(name, content)

    def _verdict(self) -> SeedStatus:
        if self._timed_out:
            return SeedStatus(Status.TIMEOUT, message=f"Stopped after {self._timeout:g} s.")
        code = self._process.exitcode or 0
        if code >= 0:
            return SeedStatus(Status.ERROR, message=f"Its process left with exit code {code} before the end.")
        name = signal.Signals(-code).name
        if -code in _OWN_FAULTS:
            return SeedStatus(Status.ERROR, message=f"Its process crashed with {name}.")
        if -code == signal.SIGKILL and kernel_oom_kills() > self._oom_kills:
            return SeedStatus(Status.OOM, message="Killed by the kernel for lack of memory.")
        return SeedStatus(Status.KILLED, message=f"Its process was killed with {name}.")


def _start(job: Job, log: Path, slot: int, options: Options) -> tuple[Connection, Any]:
    # CUDA and fork do not go together, not even in a fork server that might have touched it.
    context: Any = multiprocessing.get_context("spawn" if options.devices else "forkserver")
    if not options.devices:
        context.set_forkserver_preload(["gan_bench.harness.run", *options.preload])
    ours, theirs = context.Pipe(duplex=True)
    device = slot % options.devices if options.devices else None
    process = context.Process(target=work, args=(job, theirs, log, device), daemon=False)
    with _hidden_main(job), _one_thread_each():
        process.start()
    theirs.close()
    return ours, process


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C for a moment: a process must not start without being known."""
    if threading.current_thread() is not threading.main_thread():
        # Python raises KeyboardInterrupt in the main thread only.
        yield
        return
    # A signal mask would not do: a thread of some library may take the signal in the main thread's stead.
    held_back: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held_back.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held_back and callable(before):
        before(signal.SIGINT, None)


@contextmanager
def _hidden_main(job: Job) -> Iterator[None]:
    """Keep multiprocessing from running the user's script again in every worker.

    It would do so to unpickle what the script defines; a job is plain data, and needs the script only where
    its settings name something in it.
    """
    if "__main__:" in str(job.as_dict()):
        yield
        return
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Start processes whose BLAS has one thread: they share the cores. torch is told by the job."""
    names = [name for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS") if name not in os.environ]
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]


def _patience(running: Sequence[_Worker]) -> float | None:
    """Seconds until the next deadline, None without one."""
    deadlines = [worker.deadline for worker in running if worker.deadline is not None]
    return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
