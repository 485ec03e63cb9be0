"""The command that runs one cell of a run anew, and what else that command runs.

`gan-bench run` selects by method and data set, not by experiment: a command that plans a cell also plans what
shares both with it. What that is, is read off the run's own jobs, without torch; tests hold it against plans.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from gan_bench import registry
from gan_bench.analysis.cells import REFERENCE
from gan_bench.harness.job import Job
from gan_bench.report.numbers import counted

# Planned beside the methods of an experiment and, in some, never alone: the perfect sampler, closed forms.
_YARDSTICKS = (REFERENCE, "exact")
# A data set's label up to the condition that an experiment adds: "ring8, setting C", "ring8 + 30 noise".
_BASE = re.compile(r"[^\[,+]*(?:\[[^\]]*\])?")
_FOLDER = "reports/again"


@dataclass(frozen=True)
class Reproduction:
    """command: one line for a shell. also: what else it runs, in a sentence; empty where only yardsticks."""

    command: str
    also: str


class Selected(NamedTuple):
    """What a command selects; an empty data set selects all."""

    method: str
    dataset: str


class Reach(NamedTuple):
    """What a command runs beside a job: jobs of its experiment; experiments that surely, perhaps, take it."""

    here: tuple[Job, ...]
    sure: tuple[str, ...]
    perhaps: tuple[str, ...]


@dataclass(frozen=True)
class _Field:
    """The jobs of one experiment by method and, of each, by data set."""

    jobs: dict[str, dict[str, list[Job]]]
    datasets: frozenset[str]

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> _Field:
        found: dict[str, dict[str, list[Job]]] = {}
        for job in jobs:
            found.setdefault(job.method, {}).setdefault(base_dataset(job), []).append(job)
        return cls(found, frozenset(name for mine in found.values() for name in mine))

    def of_method(self, method: str, dataset: str) -> Iterator[Job]:
        """Jobs of a method that selecting a data set selects: those without any come along."""
        for name, jobs in self.jobs.get(method, {}).items():
            if not dataset or name in (dataset, ""):
                yield from jobs

    def labels(self, method: str, dataset: str, *, yardsticks: bool) -> bool:
        """Whether a job of a method, or on request a yardstick, has just this data set's name for a label."""
        names = (method, *_YARDSTICKS) if yardsticks else (method,)
        return any(o.dataset == dataset for m in names for o in self.jobs.get(m, {}).get(dataset, ()))

    def may_take(self, dataset: str) -> bool:
        """Whether it is planned for a data set at all; a data set that another experiment lists it leaves."""
        return not dataset or not self.jobs or not self.datasets.isdisjoint((dataset, ""))

    def rival(self, dataset: str) -> str:
        """A method on a data set that is no yardstick; empty where there is none."""
        return next((m for m, mine in self.jobs.items() if m not in _YARDSTICKS and dataset in mine), "")


@dataclass(frozen=True)
class Planned:
    """All jobs of a run, the command that made it and its suite as plain data."""

    jobs: tuple[Job, ...]
    command: str
    suite: Mapping[str, Any]

    @classmethod
    def of(cls, run: Any) -> Planned:
        """Return the plan of a stored run (gan_bench.harness.store.Run)."""
        return cls(tuple(outcome.job for outcome in run.outcomes), run.command, run.suite or {})

    def reproduction(self, job: Job) -> Reproduction:
        """Return the command of one job, into a folder of its own: nothing stored is touched."""
        chosen = self.selected(job)
        options = {
            "--method": self._spelled(chosen.method),
            "--dataset": chosen.dataset,
            "--seeds": self.suite.get("suite", {}).get("seeds"),
            "--device": job.settings.get("device"),
            "--out": _FOLDER,
        }
        words = [word for name, value in options.items() if value for word in (name, str(value))]
        line = shlex.join(["gan-bench", "run", _suite(self._words), *_kept(self._words), *words])
        return Reproduction(line, _sentence(chosen.method, self.reach(job)))

    def selected(self, job: Job) -> Selected:
        """Return the selection that plans a job and as little else as can be."""
        field, base = self._fields[job.source or job.experiment], base_dataset(job)
        method = (field.rival(base) or job.method) if job.method in _YARDSTICKS else job.method
        if not base:
            return Selected(method, self._rarest_dataset(method))
        # A data set that only conditions are planned of is no label that the command knows.
        known = any(f.labels(method, base, yardsticks=f is field) for f in self._fields.values())
        return Selected(method, base if known else "")

    def reach(self, job: Job) -> Reach:
        """Return what the command of a job runs beside it, as far as the run's own jobs tell."""
        method, dataset = self.selected(job)
        own, sure, perhaps = job.source or job.experiment, [], []
        names = dict.fromkeys((method, *_YARDSTICKS))
        here = [o for name in names for o in self._fields[own].of_method(name, dataset) if o is not job]
        for experiment, field in self._fields.items():
            if experiment != own and any(field.of_method(method, dataset)):
                sure.append(experiment)
            elif experiment != own and self._known(method) and field.may_take(dataset):
                perhaps.append(experiment)
        return Reach(tuple(here), tuple(sure), tuple(perhaps))

    def _known(self, method: str) -> bool:
        """Whether experiments that do not list a method take it in where the command names it."""
        return method in self._registered or self._spelled(method) != method

    def _spelled(self, method: str) -> str:
        """What selects a method: its name, or the reference by which the run's own --method named it."""
        return self._references.get(method, method)

    def _rarest_dataset(self, method: str) -> str:
        """The data set on which a method has the fewest jobs: one without any comes along with it."""
        mine = (job for job in self.jobs if job.method == method and job.dataset == base_dataset(job))
        found = Counter(job.dataset for job in mine if job.dataset)
        return min(found, key=lambda name: (found[name], name), default="")

    @cached_property
    def _registered(self) -> frozenset[str]:
        return frozenset(registry.names("methods"))

    @cached_property
    def _references(self) -> dict[str, str]:
        told = set(_values(self._words, ("--method", "-m")))
        specs = {job.method: job.settings.get("method_spec") for job in self.jobs} if told else {}
        return {name: spec for name, spec in specs.items() if isinstance(spec, str) and spec in told}

    @cached_property
    def _words(self) -> list[str]:
        try:
            return shlex.split(self.command)
        except ValueError:
            return []

    @cached_property
    def _fields(self) -> dict[str, _Field]:
        """Jobs of each experiment that the suite names, also where none of them is stored."""
        found: dict[str, list[Job]] = {str(t.get("kind", "")): [] for t in self.suite.get("experiment", [])}
        for job in self.jobs:
            found.setdefault(job.source or job.experiment, []).append(job)
        return {name: _Field.of(jobs) for name, jobs in found.items()}


def base_dataset(job: Job) -> str:
    """Return the data set that a job's label begins with: what selects it; empty where it has none."""
    found = _BASE.match(job.dataset)
    return found[0].strip() if found else job.dataset


def _suite(words: Sequence[str]) -> str:
    """What the run's command names as its suite; SUITE stands for one that it does not."""
    told = list(words[:2]) == ["gan-bench", "run"] and len(words) > 2 and not words[2].startswith("-")
    return words[2] if told else "SUITE"


def _kept(words: Sequence[str]) -> list[str]:
    """Options of the run's command without which the cell's methods or data are not found."""
    kept = ["--download"] if "--download" in words else []
    for names in (("--add-method", "-a"), ("--data-dir",), ("--inception-weights",)):
        kept += [word for value in _values(words, names) for word in (names[0], value)]
    return kept


def _values(words: Sequence[str], names: Sequence[str]) -> list[str]:
    """Values of an option, written `--name value` or `--name=value`."""
    apart = [value for name, value in pairwise(words) if name in names]
    return apart + [
        word.partition("=")[2] for word in words if word.startswith(tuple(f"{n}=" for n in names))
    ]


def _sentence(method: str, reach: Reach) -> str:
    """Say what else runs, beside yardsticks: these come with every cell of their experiment."""
    parts = []
    if others := [job for job in reach.here if job.method not in _YARDSTICKS]:
        parts.append(f"{counted(len(others), 'other cell')} of this experiment")
    if reach.sure:
        parts.append(f"{method} in {_listed(reach.sure)}")
    if reach.perhaps:
        parts.append(f"{method} in {_listed(reach.perhaps)} if it can be run there")
    return f"The same selection also runs {'; '.join(parts)}." if parts else ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
