"""The panels of trained critics, each over the sweep of one pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import INK
from gan_bench.experiments import figures as draw
from gan_bench.experiments.divergence_sweep.figures.sweep import Sweep, intervals
from gan_bench.experiments.divergence_sweep.figures.values import Values, factor, gap, over, pull, ratio
from gan_bench.experiments.divergence_sweep.reading import table


def draw_js(sweep: Sweep, cells: Sequence[Cell]) -> Any:
    """Held-out bounds on Jensen-Shannon beside the exact curve."""
    figure, ax = draw.canvas(sweep.axis, "JS [nats]")
    _measured(ax, sweep, cells, partial(table, metric="js_scores"))
    exact = sweep.curve("js_exact")
    # Where it jumps there is no line up from 0.
    _theory(ax, exact[1:] if exact.iloc[:2].tolist() == [0.0, math.log(2)] else exact, "exact")
    ax.set_ylim(min(ax.get_ylim()[0], -0.04), max(ax.get_ylim()[1], 0.8))
    _axes(ax, linear=True)
    return figure


def draw_gap(sweep: Sweep, cells: Sequence[Cell]) -> Any:
    """Raw gaps beside W1 and the law of each weight."""
    figure, ax = draw.canvas(sweep.axis, "gap T [score]")
    _measured(ax, sweep, cells, gap)
    exact = sweep.curve("w1_exact")
    if len(exact):
        _theory(ax, exact, "W1")
    if _law_holds(sweep):
        for weight in sweep.weights():
            law = exact * (1 + exact / (2 * weight))
            _law(ax, law, weight)
    _axes(ax, linear=True)
    return figure


def draw_ratio(sweep: Sweep, cells: Sequence[Cell]) -> Any:
    """T / W1 of critics whose gap is near W1, with the law of each weight."""
    figure, ax = draw.canvas(sweep.axis, "T / W1")
    _measured(ax, sweep, cells, ratio)
    exact = sweep.curve("w1_exact")
    exact = exact[exact > 0]
    if _law_holds(sweep):
        for weight in sweep.weights():
            _law(ax, 1 + exact / (2 * weight), weight)
    ax.axhline(1.0, color=INK, linewidth=0.8)
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, 0.8), max(high, 1.2))
    _axes(ax, linear=True)
    return figure


def draw_factor(sweep: Sweep, cells: Sequence[Cell]) -> Any:
    """W1 / T of critics whose gap is on another scale than W1."""
    figure, ax = draw.canvas(sweep.axis, "W1 / T")
    _measured(ax, sweep, cells, factor, log=True)
    found = [interval for cell in cells for interval in intervals(factor(cell), log=True)]
    ends = [end for one in found for end in (one.low, one.centre, one.high) if end is not None]
    draw.log_axis(ax.yaxis, ends)
    _axes(ax, linear=False)
    return figure


def draw_divided(sweep: Sweep, cells: Sequence[Cell]) -> Any:
    """T / W1 over bounds of the Lipschitz constant: markers the steepest slope, thin lines the norms."""
    figure, ax = draw.canvas(sweep.axis, "T / (Lipschitz constant x W1)")
    for cell in cells:
        upper, look = over("lipschitz_upper")(cell), sweep.looks[cell.label]
        style = (0, look.dashes) if look.dashes else "solid"
        means = upper.mean(axis=1)
        ax.plot(means.index.to_numpy(), means.to_numpy(), **draw.of(look), linewidth=0.7, linestyle=style)
    _measured(ax, sweep, cells, over("lipschitz_lower"))
    draw.level(ax, 1.0, "W1")
    ax.set_ylim(min(0.0, ax.get_ylim()[0]), max(1.16, ax.get_ylim()[1]))
    _axes(ax, linear=True)
    return figure


def draw_pull(sweep: Sweep, cells: Sequence[Cell]) -> Any:
    """The gradient along the sweep, its size, beside the exact distances' own."""
    figure, ax = draw.canvas(sweep.axis, "size of the gradient")
    _measured(ax, sweep, cells, pull, log=True)
    values = np.concatenate([pull(cell).to_numpy().ravel() for cell in cells])
    low = float(np.nanmin(values)) if np.isfinite(values).any() else 1e-3
    _theory(ax, sweep.curve("w1_derivative"), "W1", below=True)
    # The minimax generator's loss at the best discriminator is 2 JS - ln 4.
    js = 2 * sweep.curve("js_derivative")
    js = js[js > low / 3]
    if len(js):
        _theory(ax, js, "2 JS", at=0.7, below=True)
    draw.log_axis(ax.yaxis, np.append(values, [0.5, 2.0]))
    _axes(ax, linear=False)
    return figure


def _measured(ax: Axes, sweep: Sweep, cells: Sequence[Cell], values: Values, *, log: bool = False) -> None:
    for cell in cells:
        found = values(cell)
        if not found.empty:
            at = found.index.to_numpy(dtype=float)
            draw.estimates(ax, list(at), intervals(found, log=log), sweep.looks[cell.label])


def _theory(ax: Axes, curve: pd.Series, label: str, *, at: float = 0.98, below: bool = False) -> None:
    """Draw an exact curve; its name above the line or, where markers would cross it, below."""
    if curve.empty:
        return
    draw.theory_line(
        ax, [float(x) for x in curve.index], [float(y) for y in curve], "" if below else label, at=at
    )
    if below:
        k = int(at * (len(curve) - 1))
        _name(ax, label, (float(curve.index[k]), float(curve.iloc[k])), "top")


def _law(ax: Axes, law: pd.Series, weight: float) -> None:
    if law.empty:
        return
    ax.plot(law.index.to_numpy(), law.to_numpy(), color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1.5)
    k = int(0.85 * (len(law) - 1))
    _name(ax, f"law, λ = {weight:g}", (float(law.index[k]), float(law.iloc[k])), "bottom")


def _name(ax: Axes, label: str, place: tuple[float, float], side: str) -> None:
    """Write a line's name left of a point of it, above or below the line."""
    shift = 4 if side == "bottom" else -3
    ax.annotate(
        label,
        place,
        xytext=(-4, shift),
        textcoords="offset points",
        ha="right",
        va=side,
        fontsize=7.5,
        color=INK,
    )


def _law_holds(sweep: Sweep) -> bool:
    return not sweep.axis.startswith("angle") and len(sweep.curve("w1_exact")) > 0


def _axes(ax: Axes, *, linear: bool) -> None:
    draw.linear_axis(ax.xaxis)
    if linear:
        draw.linear_axis(ax.yaxis)
