"""What an executor and the driver tell a display while jobs run."""

from __future__ import annotations

from typing import Protocol

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome


class Listener(Protocol):
    """Is told what happens; every method returns at once."""

    def planned(self, todo: int, done: int) -> None:
        """So many jobs will run, so many are done already."""

    def note(self, text: str) -> None:
        """One line that the user should read."""

    def started(self, job: Job) -> None:
        """A job has started."""

    def progress(self, job: Job, step: int, steps: int, rate: float) -> None:
        """A job is at a step; rate in seed-steps per second."""

    def finished(self, outcome: Outcome) -> None:
        """A job has ended, well or not."""


class Silent:
    """Shows nothing."""

    def planned(self, todo: int, done: int) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def started(self, job: Job) -> None:
        """Show nothing."""

    def progress(self, job: Job, step: int, steps: int, rate: float) -> None:
        """Show nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Show nothing."""
