"""Displays of a run: live lines on a terminal, plain lines elsewhere. They write to standard error."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from gan_bench.harness.job import Job
from gan_bench.harness.listener import Listener, Silent
from gan_bench.harness.outcome import Outcome, Status


class Display(Listener, AbstractContextManager["Display"]):
    """A listener that is shown between entering and leaving it."""


class Quiet(Silent, Display):
    """Shows nothing."""

    def __exit__(self, *_: object) -> None:
        """Nothing to put away."""


class Lines(Display):
    """One plain line per note and finished job, for files and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._total = self._ended = 0

    def planned(self, todo: int, done: int) -> None:
        """Say what lies ahead."""
        self._total = todo
        self.note(f"{todo} jobs to run, {done} done already")

    def note(self, text: str) -> None:
        """Write the line."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def started(self, job: Job) -> None:
        """Say nothing: the end is what counts in a log."""

    def progress(self, job: Job, step: int, steps: int, rate: float) -> None:
        """Say nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Write the job's label and how it ended."""
        self._ended += 1
        self.note(f"[{self._ended}/{self._total}] {label(outcome.job)}: {ended(outcome)}")

    def __exit__(self, *_: object) -> None:
        """Nothing to put away."""


class LiveLines(Display):
    """One line per running job and one for the total, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._total = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._jobs = Progress(
            TextColumn("  {task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[detail]}"),
            console=console,
        )  # fmt: skip
        self._live = Live(Group(self._total, self._jobs), console=console, refresh_per_second=4)
        self._console = console
        self._task: TaskID | None = None
        self._running: dict[str, tuple[TaskID, float]] = {}

    def __enter__(self) -> LiveLines:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen."""
        self._live.stop()

    def planned(self, todo: int, done: int) -> None:
        """Start the total."""
        self._task = self._total.add_task(f"jobs ({done} done already)" if done else "jobs", total=todo)

    def note(self, text: str) -> None:
        """Write a line above the moving ones."""
        self._console.print(text, markup=False, highlight=False)

    def started(self, job: Job) -> None:
        """Add the job's line."""
        task = self._jobs.add_task(label(job), total=None, detail="")
        self._running[job.key] = task, time.monotonic()

    def progress(self, job: Job, step: int, steps: int, rate: float) -> None:
        """Move the job's line: step, rate, remaining time."""
        task, start = self._running[job.key]
        left = (time.monotonic() - start) * (steps - step) / step if step else 0.0
        detail = (
            f"step {step}/{steps}  {rate:,.0f} seed-steps/s  {left:.0f} s left" if step else f"step 0/{steps}"
        )
        self._jobs.update(task, total=steps, completed=step, detail=detail)

    def finished(self, outcome: Outcome) -> None:
        """Remove the job's line; keep a line above where it did not end well."""
        if outcome.job.key in self._running:
            self._jobs.remove_task(self._running.pop(outcome.job.key)[0])
        if self._task is not None:
            self._total.advance(self._task)
        if not outcome.fine:
            self.note(f"{label(outcome.job)}: {ended(outcome)}")


def display(*, quiet: bool) -> Display:
    """Return the display that fits standard error."""
    if quiet:
        return Quiet()
    if sys.stderr.isatty():
        return LiveLines(Console(stderr=True))
    return Lines(sys.stderr)


def label(job: Job) -> str:
    """Experiment, or method on data set."""
    parts = [part for part in (job.method, job.dataset) if part]
    return " on ".join(parts) or job.experiment


def ended(outcome: Outcome) -> str:
    """How many seeds ended how, and the message of the first failure."""
    counts: dict[Status, int] = {}
    for seed in outcome.status.values():
        counts[seed.status] = counts.get(seed.status, 0) + 1
    text = ", ".join(f"{count} {status}" for status, count in counts.items())
    message = next((seed.message for seed in outcome.status.values() if not seed.status.fine), "")
    return f"{text} - {message}" if message else text
