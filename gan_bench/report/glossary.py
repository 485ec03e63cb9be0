"""What the names on the page mean: words, data sets, methods and metrics of this run, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench import registry
from gan_bench.analysis.cells import Cell
from gan_bench.analysis.rankings import family
from gan_bench.report.numbers import plain_text

_WORDS = {
    "cell": "one method on one data set with the same settings, all seeds",
    "seed": "one training from its own random start; what repeats, and what every interval counts",
    "critic": "the network that tells real from fake; in a classic GAN also called the discriminator",
    "diverged": "a loss or gradient became infinite or no number; counts as infinitely far",
    "collapsed": "ended, but covers fewer than half of the modes or classes that a perfect sampler shows",
    "perfect sampler": "fresh draws of the data, measured as if they were a method's",
    "endless": "drawn anew for every batch, so that no picture is met twice",
    "separable": "told apart by a test at 5 % and by an interval, see the methods text above",
    "IQM": "interquartile mean: the mean of the middle half of all seeds and data sets",
    "optimality gap": "how much further than a perfect sampler on average; nearer counts as equal",
}
_OF_IMAGES, _OF_AGGREGATES = ("endless",), ("IQM", "optimality gap")
_NO_CHANGE = ("name", "base", "objective", "steps")


@dataclass(frozen=True)
class Term:
    """One name and what it is."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Metric:
    """One measured number, as its descriptor says."""

    name: str
    label: str
    unit: str
    better: str
    scale: str
    explanation: str


@dataclass(frozen=True)
class Glossary:
    """All tables."""

    words: tuple[Term, ...]
    datasets: tuple[Term, ...]
    methods: tuple[Term, ...]
    metrics: tuple[Metric, ...]


def glossary(cells: Sequence[Cell], *, aggregated: bool) -> Glossary:
    """Return the glossary of a run; aggregated: whether the page puts data sets together."""
    images = any("network" in cell.settings for cell in cells)
    left_out = (() if images else _OF_IMAGES) + (() if aggregated else _OF_AGGREGATES)
    return Glossary(
        words=tuple(Term(word, text) for word, text in _WORDS.items() if word not in left_out),
        datasets=tuple(_datasets(cells)),
        methods=tuple(_methods(cells)),
        metrics=tuple(_metrics(cells)),
    )


def _datasets(cells: Iterable[Cell]) -> list[Term]:
    """Data sets by name and parameters, in the order of the run."""
    known, found = registry.descriptions("datasets"), {}
    for cell in cells:
        entry = cell.settings.get("dataset") or cell.settings.get("pair") or cell.dataset
        name, parameters = _split(entry)
        if name in known or isinstance(entry, Mapping):
            words = ", ".join(f"{key} {plain_text(value)}" for key, value in parameters.items() if value)
            title = f"{name} ({words})" if words else name
            found[title] = known.get(name, "your own")
    return [Term(title, text) for title, text in found.items()]


def _split(entry: Any) -> tuple[str, dict[str, Any]]:
    """Name and parameters of a data set as a suite or a label names it."""
    if not isinstance(entry, Mapping):
        return str(entry).partition("[")[0].partition(",")[0], {}
    parameters = dict(entry)
    name, inner = str(parameters.pop("name", "")), parameters.pop("parameters", None)
    return name, {**parameters, **dict(inner or {})}


def _methods(cells: Iterable[Cell]) -> list[Term]:
    """Methods by name, with what the suite changed where that is the same throughout."""
    specs: dict[str, dict[str, tuple[Any, Cell]]] = {}
    for cell in cells:
        if "method" in cell.settings and not cell.is_reference:
            spec = cell.settings.get("method_spec", cell.outcomes[0].job.method)
            specs.setdefault(cell.outcomes[0].job.method, {})[plain_text(spec)] = (spec, cell)
    return [Term(name, _method(name, list(found.values()))) for name, found in specs.items()]


def _method(name: str, specs: Sequence[tuple[Any, Cell]]) -> str:
    spec, cell = specs[0]
    table = spec if isinstance(spec, Mapping) else {"name": spec}
    what = _what(name, table)
    if len(specs) > 1:
        return f"{what}; its settings differ between experiments and stand with every cell"
    changes = [f"{key} {_change(value)}" for key, value in table.items() if key not in _NO_CHANGE]
    changes += ["batch norm in the critic"] if cell.settings.get("critic_batch_norm") else []
    return f"{what}; here {', '.join(changes)}" if changes else what


def _what(name: str, table: Mapping[str, Any]) -> str:
    """The line of the preset that a method is, or is based on, or the loss that it is made of."""
    presets, objective = registry.descriptions("methods"), table.get("objective")
    if base := table.get("base"):
        return f"{base}, changed: {presets.get(str(base), 'your own')}"
    if objective is not None:
        losses = registry.descriptions("objectives")
        kind = objective.get("name") if isinstance(objective, Mapping) else objective
        return f"{kind} loss: {losses[str(kind)]}" if str(kind) in losses else f"the loss {kind}"
    return presets.get(str(table.get("name", name)), f"your own, {table.get('name', name)}")


def _change(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} {plain_text(one)}" for key, one in value.items() if key != "name")
        return f"{value.get('name', '')} ({inner})" if inner else str(value.get("name", ""))
    if isinstance(value, list | tuple):
        return " and ".join(_change(one) for one in value) or "none"
    return plain_text(value)


def _metrics(cells: Sequence[Cell]) -> list[Metric]:
    found: dict[str, Mapping[str, Any]] = {}
    for cell in cells:
        found |= cell.descriptors
    measured = {metric for cell in cells for metric in cell.metrics}
    return [_metric(name, described) for name, described in found.items() if name in measured]


def _metric(name: str, described: Mapping[str, Any]) -> Metric:
    listed = registry.descriptions("metrics").get(family(name), "")
    label, unit, better, scale = (str(described.get(key, "")) for key in ("label", "unit", "better", "scale"))
    return Metric(name, label, unit, better, scale, str(described.get("explanation") or listed))
