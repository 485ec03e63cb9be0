"""Two runs side by side: which cells belong together, and which of their values may be compared.

Values are compared only where they mean the same: one metric version, one extractor, one sample size, one
data set, and for what a machine's speed or memory decides, one machine (FID moves by points with the pipeline
alone: Parmar et al. 2022).
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, end_size, end_values
from gan_bench.analysis.environments import Change, changes, environment_changes, same_machine
from gan_bench.analysis.rankings import extractor
from gan_bench.harness.outcome import Status

__all__ = [
    "Change",
    "Pair",
    "Pairing",
    "environment_changes",
    "of_a_machine",
    "pair_cells",
    "paired_values",
    "same_machine",
    "seed_values",
    "unlike",
]

# Units of what a machine decides as much as the code does; and a share of such seconds.
_MACHINE_UNITS = frozenset({"s", "1/s", "MiB", "J", "baseline's steps", "plain loops"})
_MACHINE_METRICS = frozenset({"evaluation_share", "product_share"})
# Settings that decide what any value means.
_DATA = {"dataset": "data set", "pair": "pair"}
# The end value along these axes is that of the largest coordinate; along others there is no one value.
ONE_VALUE_AXES = frozenset({"", "n"})
# The perfect sampler's settings that it shares with the models whose floor it is.
_JUDGED_BY = ("dataset", "quality", "curve_samples", "end_samples")


@dataclass(frozen=True)
class Pair:
    """One cell in both runs, with the settings that differ and the perfect samplers that go with it."""

    base: Cell
    new: Cell
    settings: tuple[Change, ...] = ()
    base_reference: Cell | None = None
    new_reference: Cell | None = None


@dataclass(frozen=True)
class Pairing:
    """Cells of two runs: in both, only in the new one, only in the base. Perfect samplers are in none."""

    pairs: tuple[Pair, ...]
    new: tuple[Cell, ...]
    vanished: tuple[Cell, ...]


def pair_cells(base: Sequence[Cell], new: Sequence[Cell]) -> Pairing:
    """Match the cells of two runs, in the new run's order.

    First those of one experiment, method and data set with equal settings; of the rest those of one
    experiment, label and data set, whose settings differ.
    """
    before, after = ([cell for cell in cells if not cell.is_reference] for cells in (base, new))
    found: dict[int, Cell] = {}
    for key in (_exact_key, _label_key):
        taken = {id(cell) for cell in found.values()}
        known = {key(cell): cell for cell in before if id(cell) not in taken}
        found |= {k: known[key(c)] for k, c in enumerate(after) if k not in found and key(c) in known}
    taken = {id(cell) for cell in found.values()}
    return Pairing(
        tuple(_pair(found[k], cell, base, new) for k, cell in enumerate(after) if k in found),
        tuple(cell for k, cell in enumerate(after) if k not in found),
        tuple(cell for cell in before if id(cell) not in taken),
    )


def unlike(pair: Pair, metric: str) -> str:
    """Return why the two values of a metric must not be compared, or nothing where they may."""
    return next(_reasons(pair, metric), "")


def paired_values(pair: Pair, metric: str) -> tuple[pd.Series, pd.Series]:
    """End values of a metric by seed, base and new, as `seed_values` has them."""
    return seed_values(pair.base, metric), seed_values(pair.new, metric)


def seed_values(cell: Cell, metric: str) -> pd.Series:
    """End value of a metric by seed, in the order of seeds; of several sample sizes the largest counts.

    +infinity for a diverged seed, whichever direction is better: it says "diverged", which is worst. Seeds
    that are unfinished, or have no finite value, are absent.
    """
    values = end_values(cell, metric, end_size([cell], metric)).astype(float)
    lost = [seed for seed, status in cell.status.items() if status.status is Status.DIVERGED]
    return pd.concat([values, pd.Series(math.inf, index=lost, dtype=float)]).sort_index()


def of_a_machine(descriptor: Mapping[str, Any], metric: str) -> bool:
    """Whether a machine decides a metric: seconds, rates, memory, costs in a baseline's steps."""
    return descriptor.get("unit") in _MACHINE_UNITS or metric in _MACHINE_METRICS


def _exact_key(cell: Cell) -> Hashable:
    job = cell.outcomes[0].job
    return job.experiment, job.method, job.dataset, json.dumps(job.settings, sort_keys=True, default=str)


def _label_key(cell: Cell) -> Hashable:
    return cell.experiment, cell.label, cell.dataset


def _pair(old: Cell, now: Cell, base: Sequence[Cell], new: Sequence[Cell]) -> Pair:
    return Pair(old, now, _settings(old, now), _reference(old, base), _reference(now, new))


def _settings(old: Cell, now: Cell) -> tuple[Change, ...]:
    """The settings that differ; a method's table in the suite is told where its description does not."""
    found = changes(old.settings, now.settings)
    told = any(change.name.startswith("method.") for change in found)
    return tuple(change for change in found if not (told and _top(change) == "method_spec"))


def _reference(cell: Cell, cells: Sequence[Cell]) -> Cell | None:
    """The perfect sampler on the cell's data set that was judged like it."""

    def judged_alike(other: Cell) -> bool:
        shared = [name for name in _JUDGED_BY if name in other.settings and name in cell.settings]
        return all(other.settings[name] == cell.settings[name] for name in shared)

    place = (cell.experiment, cell.dataset)
    floors = (c for c in cells if c.is_reference and (c.experiment, c.dataset) == place)
    return next((floor for floor in floors if judged_alike(floor)), None)


def _reasons(pair: Pair, metric: str) -> Iterator[str]:
    descriptors = [cell.descriptors.get(metric, {}) for cell in (pair.base, pair.new)]
    versions = [descriptor.get("version") for descriptor in descriptors]
    if None not in versions and versions[0] != versions[1]:
        yield f"{metric} is version {versions[0]} in the base and {versions[1]} now"
    for change in pair.settings:
        if _top(change) in _DATA:
            yield f"another {_DATA[_top(change)]}: {change.name} was {change.old} and is {change.new}"
    yield from _unlike_sizes(pair, metric)
    if extractor(metric):
        yield from _unlike_judges(pair)
    mine = any(of_a_machine(descriptor, metric) for descriptor in descriptors)
    if mine and not same_machine(pair.base, pair.new):
        yield f"a machine decides {metric}, and the two runs come from unlike or unknown machines"


def _unlike_sizes(pair: Pair, metric: str) -> Iterator[str]:
    cells = [cell for cell in (pair.base, pair.new) if len(cell.of(metric))]
    axes = {str(axis) for cell in cells for axis in cell.of(metric)["axis"].unique()}
    if other := sorted(axes - ONE_VALUE_AXES):
        yield f"{metric} is measured along {other[0]}: it has no one end value"
    if told := _sizes(cells, metric):
        yield f"{metric} is of {told}"
    floors = (pair.base_reference, pair.new_reference)
    if told := _sizes([cell for cell in floors if cell and len(cell.of(metric))], metric):
        yield f"the perfect sampler's {metric} is of {told}"


def _sizes(cells: Iterable[Cell], metric: str) -> str:
    """Say the sample sizes of two cells where they differ."""
    sizes = [
        "no known number of" if math.isnan(n) else f"{n:g}" for n in (end_size([c], metric) for c in cells)
    ]
    return f"{sizes[0]} samples in the base and of {sizes[1]} now" if len(set(sizes)) > 1 else ""


def _unlike_judges(pair: Pair) -> Iterator[str]:
    cells = (pair.base, pair.new)
    facts = [cell.outcomes[0].facts.get("judged by") or {} for cell in cells]
    quality = [{"quality": cell.settings.get("quality")} for cell in cells]
    for change in (*changes(facts[0], facts[1]), *changes(quality[0], quality[1])):
        yield f"judged unlike: {change.name} was {change.old} and is {change.new}"


def _top(change: Change) -> str:
    return change.name.partition(".")[0]
