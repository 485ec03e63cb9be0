"""What an experiment is to the harness and to the report. Free of torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

Reference = str | Callable[..., Any]

# The fact that says how a GPU's training steps were taken: "captured", or "eager: " and why.
STEPS = "training steps"


@dataclass(frozen=True)
class PlanContext:
    """What planning must know of the command.

    where prefixes errors ("suites/toy.toml: experiment 1"); methods and datasets are the labels selected on
    the command line, () = all. A selection that this experiment has nothing of gives an empty plan, no
    error. added are methods that every experiment takes in beside its own list, by name or reference. threads
    are those of one job. listed are the data sets that some experiment of the suite names itself. execution
    says how training steps are taken on a GPU: "captured", as CUDA graphs, or "eager".
    """

    where: str
    device: str
    methods: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    threads: int = 1
    added: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    execution: str = "captured"

    @property
    def place(self) -> dict[str, Any]:
        """The settings that say where a job runs."""
        return {"device": self.device, "threads": self.threads}

    @property
    def trained_place(self) -> dict[str, Any]:
        """Those of a job that trains pairs: on a GPU also how steps are taken."""
        return self.place if self.device == "cpu" else {**self.place, "execution": self.execution}


@dataclass(frozen=True)
class Experiment:
    """One question: its parts, each a "module:attribute" string (loaded when needed) or the object itself.

    settings: a pydantic model that forbids unknown keys;
    plan(settings, seeds, context: PlanContext) -> list[Job], raising UsageError for what the user can mend;
    run(job, recorder) -> None, reporting through the recorder;
    figures(run) -> list[gan_bench.analysis.figure.Figure], from stored outcomes alone;
    claims(run) -> list[gan_bench.analysis.verdicts.Evidence], likewise; None where it judges no claim.
    preload names modules that the worker processes share, because they are slow to import: every optimiser
    of torch imports torch._dynamo, 1.5 s in each process. The package's own run is shared anyway.
    """

    name: str
    settings: str | type[BaseModel]
    plan: Reference
    run: Reference
    figures: Reference
    claims: Reference | None = None
    title: str = ""
    description: str = ""
    preload: tuple[str, ...] = ("torch", "torch._dynamo")
