"""Training and held-out JS bound against the sample size, a line per width."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import DASHES, MARKERS, Look, looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.separability.naming import HELD_OUT, NAME, STEPS, TRAIN
from gan_bench.experiments.separability.outcomes import by_seed

CAPTION = (
    "Two samples of n points each, drawn from one and the same distribution, and a discriminator trained to "
    "tell them apart, a line per width (units in each of its hidden layers), mean over seeds with 95 % "
    "interval. Left of each pair: the JS bound on the points that it was trained on; a discriminator "
    "that has memorised both samples reaches ln 2 (dark line), although the true divergence is 0. Right: "
    "the same discriminators on fresh points; the true value 0 is the dark line, and no discriminator "
    "can be above it but by chance. The held-out bound is never clipped: one that memorised is sure of "
    "itself and wrong, and lies far below 0, so this axis is linear near 0 and logarithmic beyond."
)
_LINEAR = 0.1  # nats around 0 within which the held-out axis is linear
_ASIDE = (
    1.05  # factor between the places of two widths at one sample size, so that bars do not hide each other
)
_LINE = 0.085  # least distance of two names, as a share of the panel's height


def figures(run: Any) -> list[Figure]:
    """Return a figure per data set of a run's separability jobs; none without measured rows."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    cells = [cell for cell in every if cell.experiment == NAME and len(cell.rows)]
    return [
        _figure(dataset, [cell for cell in cells if cell.dataset == dataset], shared)
        for dataset in dict.fromkeys(cell.dataset for cell in cells)
    ]


def _figure(dataset: str, cells: Sequence[Cell], looks_: Mapping[str, Look]) -> Figure:
    panels = []
    for cell in cells:
        for metric, label in ((TRAIN, "training points"), (HELD_OUT, "fresh points")):
            draw_ = partial(_draw, cell, metric, looks_[cell.label])
            panels.append(Panel(f"{cell.label}: {label}", _alt(cell, metric, label), draw_))
    return Figure(
        f"bounds-{dataset}",
        f"Two samples of one distribution: {dataset}",
        CAPTION,
        tuple(panels),
        group=NAME,
        methods=tuple(cell.label for cell in cells),
        table=_table(cells),
        table_of="means over seeds with 95 % intervals",
    )


def _estimates(cell: Cell, metric: str, width: int) -> tuple[list[int], list[Interval]]:
    """Sample sizes at which a seed was measured, and the interval at each."""
    values = {n: by_seed(cell, metric, width, n) for n in cell.settings["sizes"]}
    known = {n: v for n, v in values.items() if len(v)}
    # A bound of JS cannot exceed ln 2: an interval is cut there.
    return list(known), [t_interval(v).within(None, math.log(2)) for v in known.values()]


def _table(cells: Sequence[Cell]) -> pd.DataFrame:
    lines = []
    for cell in cells:
        for width in cell.settings["widths"]:
            for metric in (TRAIN, HELD_OUT, STEPS):
                for n, interval in zip(*_estimates(cell, metric, width), strict=True):
                    ends = {"mean": interval.centre, "low": interval.low, "high": interval.high}
                    lines.append({"method": cell.label, "width": width, "n": n, "value": metric, **ends})
    return pd.DataFrame(lines)


def _alt(cell: Cell, metric: str, label: str) -> str:
    said = []
    for width in cell.settings["widths"]:
        sizes, intervals = _estimates(cell, metric, width)
        if sizes:
            first, last = (f"{intervals[k].centre:.2f} at n = {sizes[k]}" for k in (0, -1))
            said.append(f"width {width} from {first} to {last}")
    return f"{cell.label}, JS bound in nats on {label}: {'; '.join(said)}."


def _draw(cell: Cell, metric: str, look: Look) -> Any:
    figure, ax = draw.canvas("points in each sample, n", "bound of JS [nats]")
    widths = cell.settings["widths"]
    reached, ends = [0.0], {}
    for k, width in enumerate(widths):
        sizes, intervals = _estimates(cell, metric, width)
        if not sizes:
            continue
        # One hue, the method's; the widest solid, each width with a dash and a mark of its own.
        own = Look(k, look.colour, DASHES[(len(widths) - 1 - k) % len(DASHES)], MARKERS[k % len(MARKERS)])
        aside = _ASIDE ** (k - (len(widths) - 1) / 2)
        draw.estimates(ax, np.multiply(sizes, aside), intervals, own)
        reached += [y for i in intervals for y in (i.centre, i.low, i.high) if y is not None]
        ends[width] = intervals[-1].centre
    _axes(ax, metric, cell.settings["sizes"], (min(reached), max(reached)))
    _name_lines(ax, ends, look)
    return figure


def _name_lines(ax: Axes, ends: Mapping[int, float], look: Look) -> None:
    """Write each width right of its line's end, apart from its neighbours."""
    places = {
        w: ax.transAxes.inverted().transform(ax.transData.transform((1, y)))[1] for w, y in ends.items()
    }
    last = -math.inf
    for width, place in sorted(places.items(), key=lambda item: item[1]):
        last = max(place, last + _LINE)
        ax.text(
            1.015,
            last,
            f"width {width}",
            transform=ax.transAxes,
            fontsize=7.5,
            va="center",
            **draw.of(look),
        )


def _axes(ax: Axes, metric: str, sizes: Sequence[int], reached: tuple[float, float]) -> None:
    """Log axis of sizes; the bound linear where it lies in [0, ln 2], beyond by its own scale."""
    left, bottom, width, height = draw.MARGINS
    ax.set_position((left, bottom, width - 0.15, height))
    ax.set_xscale("log")
    shown = [n for k, n in enumerate(sizes) if k == 0 or n >= 1.6 * sizes[k - 1]]
    ax.xaxis.set_major_locator(FixedLocator([float(n) for n in shown]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(draw.plain))
    ax.set_xlim(min(sizes) / 1.3, max(sizes) * 1.3)
    if metric == TRAIN:
        draw.level(ax, math.log(2), "memorising: ln 2")
        ax.axhline(0, color=INK, linewidth=0.5)
        ax.set_ylim(min(-0.03, reached[0] * 1.1), 0.8)
        draw.linear_axis(ax.yaxis)
        return
    draw.level(ax, 0.0, "true divergence: 0")
    ax.set_yscale("symlog", linthresh=_LINEAR)
    decades = -(10.0 ** np.arange(-1, math.ceil(math.log10(max(-reached[0], _LINEAR))) + 1))
    ax.yaxis.set_major_locator(FixedLocator([*decades[::-1], 0.0, _LINEAR]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(draw.plain))
    ax.set_ylim(min(reached[0] * 1.5, -_LINEAR), max(reached[1] * 1.2, _LINEAR))
