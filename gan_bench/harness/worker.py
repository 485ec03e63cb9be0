"""The process of one job, seen from inside: it streams what it records and dies with its driver."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gan_bench.harness.job import Job


def work(job: Job, connection: Connection, log: Path, visible_device: int | None) -> None:
    """Run a job and stream (name, content) messages; the last one is ("end", Ending)."""
    # Its own group, so that the deadline also reaches processes that the job has started.
    os.setpgid(0, 0)
    if visible_device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(visible_device)
    _print_to(log)
    lock = threading.Lock()

    def send(name: str, content: Any) -> None:
        with lock:
            connection.send((name, content))

    threading.Thread(target=_die_with_driver, args=(connection,), daemon=True).start()
    # Imported here: the variable above must be set before anything imports torch.
    from gan_bench.harness.run import run_job

    send("end", run_job(job, send))


def _print_to(log: Path) -> None:
    """Let everything that this process prints, C libraries and fatal signals included, go to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()


def _die_with_driver(connection: Connection) -> None:
    """Wait for the end of the driver, who never sends anything, and kill this process's group."""
    try:
        connection.recv()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)
