"""Pictures of the throughput experiment: seed-steps a second along each axis, beside the plain loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look, looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.base import STEPS

EXPERIMENT = "throughput"
AXES = {"stacked": "seeds at once", "batch": "batch size", "width": "width"}
_SHOWN = {
    "seed_steps_per_second": "seed-steps / s",
    "speed_up": "plain loops",
    "product_share": "share",
}
_TITLES = {
    "seed_steps_per_second": "Seed-steps per second",
    "speed_up": "Times the plain loop of one seed",
    "product_share": "Share of the machine's product rate",
}
# Told by GPUs only.
_OF_DEVICE = {"stack_memory": "memory [MiB]", "energy_per_thousand": "J per 1000 samples"}
_CAPTION = (
    "A seed-step is one generator step of one seed with its critic steps. Markers are geometric means over "
    "repeats with 95 % intervals: fresh networks, timed beside the plain loop that a user would write (one "
    "seed, standard modules, optimisers and penalty, the same threads) in rounds of A B B A, the median one. "
    "The share counts only operations that a step cannot do without, against plain matrix products of its "
    "hidden layers' shapes just before. Compare within one machine only."
)
_AS_BEFORE = "Timed, counted and drawn as in the first figure of this section."


def figures(run: Any) -> list[Figure]:
    """Return a figure for each axis that was walked, by data set, networks and precision."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in every:
        if cell.experiment == EXPERIMENT and len(cell.rows):
            groups.setdefault(_kind(cell), []).append(cell)
    made = [
        _figure(kind, cells, axis, shared)
        for kind, cells in groups.items()
        for axis in AXES
        if _walked(cells, axis)
    ]
    return [replace(one, caption=_CAPTION if k == 0 else _AS_BEFORE) for k, one in enumerate(made)]


def _kind(cell: Cell) -> tuple[str, ...]:
    settings = cell.settings
    kind = (cell.dataset, settings["network"], settings["precision"], str(settings["device"]))
    return kind if settings["device"] == "cpu" else (*kind, _execution(cell))


def _execution(cell: Cell) -> str:
    """How steps were taken, which is not always as was asked: "captured", "eager", or both."""
    told = " ".join(str(outcome.facts.get(STEPS, cell.settings["execution"])) for outcome in cell.outcomes)
    return " and ".join(way for way in ("captured", "eager") if way in told)


def _walked(cells: Sequence[Cell], axis: str) -> bool:
    return any(_places(cell, axis) for cell in cells)


def _places(cell: Cell, axis: str) -> list[float]:
    """Where a cell was timed along an axis, in order."""
    rows = cell.of("seed_steps_per_second")
    return sorted(rows[rows["axis"] == axis]["at"].unique().tolist())


def _interval(cell: Cell, metric: str, axis: str, at: float) -> Interval:
    rows = cell.of(metric, at)
    known = rows[(rows["axis"] == axis) & rows["seed"].isin(cell.completed)]
    return t_interval(known["value"].to_numpy(), "log")


def _figure(kind: tuple[str, ...], cells: Sequence[Cell], axis: str, shared: Mapping[str, Look]) -> Figure:
    dataset, network, *how = kind
    measured = [m for m in _SHOWN if any(m in cell.metrics for cell in cells)]
    panels = [
        Panel(_TITLES[m], f"{_TITLES[m]} by method over {AXES[axis]}; the table holds the numbers.",
              partial(_draw, cells, m, axis, shared))
        for m in measured
    ]  # fmt: skip
    return Figure(
        f"throughput-{axis}-{'-'.join(kind)}",
        f"Speed over {AXES[axis]}: {network} on {dataset}, {', '.join(how)}",
        "",
        tuple(panels),
        section="throughput",
        group=EXPERIMENT,
        methods=tuple(cell.label for cell in cells),
        table=pd.DataFrame([line for cell in cells for line in _lines(cell, axis)]),
    )


def _lines(cell: Cell, axis: str) -> list[dict[str, Any]]:
    lines = []
    for at in _places(cell, axis):
        speed = _interval(cell, "speed_up", axis, at)
        lines.append(
            {
                "method": cell.label,
                AXES[axis]: at,
                "seed-steps per second": _interval(cell, "seed_steps_per_second", axis, at).centre,
                "of the plain loop": _interval(cell, "plain_steps_per_second", axis, at).centre,
                "times the plain loop": speed.centre,
                "low": speed.low,
                "high": speed.high,
                "share of the product rate": _interval(cell, "product_share", axis, at).centre,
                "real samples per second": _interval(cell, "samples_per_second", axis, at).centre,
                **{
                    words: _interval(cell, metric, axis, at).centre
                    for metric, words in _OF_DEVICE.items()
                    if metric in cell.metrics
                },
                "repeats": speed.n,
            }
        )
    return lines


def _draw(cells: Sequence[Cell], metric: str, axis: str, shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas(AXES[axis], _SHOWN[metric])
    values: list[float] = []
    for cell in cells:
        at = [place for place in _places(cell, axis) if metric in cell.metrics]
        found = [_interval(cell, metric, axis, place) for place in at]
        draw.estimates(ax, at, found, shared[cell.label])
        values += [end for i in found for end in (i.centre, i.low, i.high) if end is not None]
    if metric == "speed_up":
        ax.axhline(1.0, color=INK, linewidth=0.8)
        values.append(1.0)
    walked = sorted({place for cell in cells for place in _places(cell, axis)})
    draw.log_axis(ax.xaxis, walked)
    ax.set_xticks(walked)
    draw.log_axis(ax.yaxis, values)
    return figure
