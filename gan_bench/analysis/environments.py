"""What two runs were made with and on: named differences, and whether a machine is the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from gan_bench.harness.outcome import Outcome

# Provenance of a frozen baseline says by this that its list of packages is not all of them.
PARTIAL = "packages_are_partial"

_PROVENANCE = ("python", "platform", "cpu", "cores", "processor_features", "commit", "dirty", "sources")
_MACHINE = ("platform", "cpu", "cores", "processor_features")


class HasOutcomes(Protocol):
    """A run or a cell: anything made of outcomes."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """Outcomes in order."""


class Recorded(HasOutcomes, Protocol):
    """A stored run (gan_bench.harness.store.Run)."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What holds for every job of the run."""


class Change(NamedTuple):
    """A named value that two runs disagree on; None on the side that lacks it."""

    name: str
    old: Any
    new: Any


def changes(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[Change]:
    """Return what differs between two tables of plain data, tables in tables by dotted names."""
    found = []
    for name in dict.fromkeys((*old, *new)):
        a, b = old.get(name), new.get(name)
        path = f"{prefix}.{name}" if prefix else str(name)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += changes(a, b, path)
        elif a != b:
            found.append(Change(path, a, b))
    return found


def environment_changes(base: Recorded, new: Recorded) -> tuple[Change, ...]:
    """Return what differs in the provenance of two runs: machine, sources, commit, packages, torch's build.

    Packages that only one run has are told unless the other is a frozen baseline, which keeps few of them.
    """
    mine = [{name: run.provenance.get(name) for name in _PROVENANCE} for run in (base, new)]
    old, now = (dict(run.provenance.get("packages") or {}) for run in (base, new))
    if base.provenance.get(PARTIAL) or new.provenance.get(PARTIAL):
        shared = old.keys() & now.keys()
        old, now = ({name: one[name] for name in sorted(shared)} for one in (old, now))
    found = changes(mine[0], mine[1]) + changes(old, now, "packages")
    return (*found, *changes(_torch(base), _torch(new)))


def machines(of: HasOutcomes) -> frozenset[str]:
    """Fingerprints of the machines that made the outcomes; an empty text for one that is not recorded."""
    ran = (outcome.provenance for outcome in of.outcomes if len(outcome.rows))
    return frozenset(_fingerprint(provenance) for provenance in ran)


def same_machine(base: HasOutcomes, new: HasOutcomes) -> bool:
    """Whether all outcomes of two runs, or of two cells, come from machines of one known fingerprint."""
    found = machines(base) | machines(new)
    return len(found) == 1 and "" not in found


def _fingerprint(provenance: Mapping[str, Any]) -> str:
    if not all(provenance.get(name) for name in _MACHINE):
        return ""
    gpu = provenance.get("gpu") or {}
    return json.dumps([*(provenance[name] for name in _MACHINE), gpu.get("name")])


def _torch(run: HasOutcomes) -> dict[str, Any]:
    """torch's build and the graphics processor, from the first outcome that knows them."""
    known: Iterable[Mapping[str, Any]] = (o.provenance for o in run.outcomes if "torch" in o.provenance)
    for provenance in known:
        build = {name: value for name, value in provenance["torch"].items() if name != "threads"}
        return {"torch": build, "gpu": (provenance.get("gpu") or {}).get("name")}
    return {}
