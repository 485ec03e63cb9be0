"""Pictures of the depth experiment: gradients by layer, their slope while training, weight histograms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look, looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.critic_depth.claims import EXPERIMENT, bound_at_512, dead_seeds, last_values
from gan_bench.experiments.critic_depth.theory import start_norms
from gan_bench.harness.outcome import Status
from gan_bench.metrics.descriptor import Scale

_GRADIENTS = (
    "Norm of the gradient of the critic's loss with respect to the activations of each hidden layer, on a"
    " log axis; layer 1 is next to the samples, so gradients travel from right to left. A line that is "
    "straight here is exponential in depth. Points are means over seeds (of the logarithm) with 95 % "
    "intervals. Dark lines: what independent random weights do, s sqrt(width / 2) per layer. The slope of "
    "the first picture is the last point of the third: above 0 gradients explode on their way to the input, "
    "below 0 they vanish. Compare the first two: a line that stays where it began may be a critic whose "
    "weights have hardly moved (see the table)."
)
_WEIGHTS = (
    "Where the critic's weights (not its biases) lie at the last step, mean over seeds, in {bins} equal "
    "bins between the edges: +-c under clipping, else +-the largest weight of the layer. Thin dark line: "
    "at the start. Piles in the outermost bins are weights that are pressed against their bound; a filled"
    " shape that still follows the line is a critic whose weights have hardly moved."
)


def figures(run: Any) -> list[Figure]:
    """Return the pictures of every depth, deepest as planned first."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    mine = [cell for cell in every if cell.experiment == EXPERIMENT and len(cell.rows)]
    result = []
    for label in dict.fromkeys(cell.dataset for cell in mine):
        cells = [cell for cell in mine if cell.dataset == label]
        result += [_gradients(label, cells, shared), _weights(label, cells, shared)]
    return result


def _gradients(label: str, cells: Sequence[Cell], shared: Mapping[str, Look]) -> Figure:
    end = "Gradient norm at each hidden layer after training, a line per method; see the table for its slope."
    start = "The same before training, on the lines that theory draws for random weights."
    slope = "Slope of log10 gradient norm per layer towards the input against generator steps."
    panels = (
        Panel("After training", end, partial(_draw_norms, cells, shared, False)),
        Panel("Before training", start, partial(_draw_norms, cells, shared, True)),
        Panel("Slope while training", slope, partial(_draw_slopes, cells, shared)),
    )
    return Figure(
        f"gradients-{label}",
        f"Gradients through the critic: {label}",
        _GRADIENTS + _lost(cells),
        panels,
        group=EXPERIMENT,
        methods=tuple(cell.label for cell in cells),
        table=_table(cells),
    )


def _table(cells: Sequence[Cell]) -> pd.DataFrame:
    """Means over seeds at the last step."""
    rows = []
    for cell in cells:
        bound, slope = bound_at_512(cell), _interval(last_values(cell, "gradient_slope"))
        rows.append(
            {
                "method": cell.label,
                "c at width 512": math.nan if bound is None else bound,
                "slope [decades per layer]": slope.centre,
                "low": math.nan if slope.low is None else slope.low,
                "high": math.nan if slope.high is None else slope.high,
                "share at the edge": _interval(last_values(cell, "edge_share")).centre,
                "relative change of weights": _interval(last_values(cell, "weight_change")).centre,
                "share without gradient": _interval(last_values(cell, "idle_share")).centre,
                "seeds": _seeds(cell),
            }
        )
    return pd.DataFrame(rows)


def _seeds(cell: Cell) -> str:
    """How many seeds are behind a mean, and how many of them have no slope."""
    dead, survived = dead_seeds(cell), cell.counts[Status.COMPLETED]
    text = f"{survived} of {len(cell.status)}"
    return f"{text}, {dead} without a gradient" if dead else text


def _lost(cells: Sequence[Cell]) -> str:
    """Whose means are not over all seeds, as a sentence; empty where all are."""
    lost = [
        f"{cell.label} {cell.counts[Status.COMPLETED]} of {len(cell.status)}"
        for cell in cells
        if cell.counts[Status.COMPLETED] < len(cell.status)
    ]
    dead = [f"{cell.label} {dead} of {len(cell.status)}" for cell in cells if (dead := dead_seeds(cell))]
    text = (
        f" Not all seeds survived, and means at the last step are over those that did: {', '.join(lost)}."
        if lost
        else ""
    )
    if dead:
        names = ", ".join(dead)
        text += (
            f" Seeds in which no gradient arrives at the input (slope -inf) are in no mean slope: {names}."
        )
    return text


def _interval(values: pd.Series, scale: Scale = "identity") -> Interval:
    """Interval over the seeds with a finite value, on a log scale a positive one."""
    fine = values[np.isfinite(values) & ((values > 0) | (scale != "log"))]
    return t_interval(fine.to_numpy(), scale)


def _intervals(rows: pd.DataFrame, by: str, scale: Scale = "identity") -> dict[float, Interval]:
    """Interval over the seeds at each value of a column, left out where no seed has a number."""
    groups = {float(str(place)): _interval(group["value"], scale) for place, group in rows.groupby(by)}
    return {place: interval for place, interval in groups.items() if interval.n}


def _draw_norms(cells: Sequence[Cell], shared: Mapping[str, Look], at_start: bool) -> Any:
    figure, ax = draw.canvas("hidden layer, from the input", "gradient norm")
    values: list[float] = []
    curves: list[np.ndarray] = []
    for cell in cells:
        rows = cell.of("activation_gradient")
        rows = rows[rows["step"] == (0 if at_start else cell.settings["steps"])]
        by_layer = _intervals(rows, "at", "log")
        draw.estimates(ax, list(by_layer), list(by_layer.values()), shared[cell.label])
        values += [interval.centre for interval in by_layer.values()]
        theory = start_norms(cell.settings) if at_start else None
        if theory is not None:
            curves.append(theory)
    for theory in curves:
        draw.theory_line(ax, range(1, len(theory) + 1), theory.tolist(), "")
    if curves:
        # One name for all lines, where gradients that fade towards the input leave room.
        ax.text(0.98, 0.04, "dark: random weights", transform=ax.transAxes, ha="right", fontsize=7.5)
    draw.log_axis(ax.yaxis, values)
    draw.linear_axis(ax.xaxis, integer=True)
    return figure


def _draw_slopes(cells: Sequence[Cell], shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("generator step", "decades per layer")
    last = 1
    for cell in cells:
        by_step = _intervals(cell.of("gradient_slope"), "step")
        draw.estimates(ax, list(by_step), list(by_step.values()), shared[cell.label])
        last = max(last, cell.settings["steps"])
    draw.level(ax, 0.0, "")
    draw.step_axis(ax, last)
    draw.linear_axis(ax.yaxis)
    return figure


def _weights(label: str, cells: Sequence[Cell], shared: Mapping[str, Look]) -> Figure:
    panels = [_histogram_panel(cell, shared[cell.label]) for cell in cells]
    bins = next((cell.samples["weights-start"].shape[1] for cell in cells if cell.samples), 0)
    return Figure(
        f"weights-{label}",
        f"Where the critic's weights end up: {label}",
        _WEIGHTS.format(bins=bins) + _lost(cells),
        tuple(panels),
        group=EXPERIMENT,
        table=_share_table(cells),
    )


def _share_table(cells: Sequence[Cell]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        every = cell.of("edge_share")
        begun = _interval(every[every["step"] == 0].set_index("seed")["value"])
        ended = _interval(last_values(cell, "edge_share"))
        rows.append(
            {"method": cell.label, "share at the edge, start": begun.centre, "end": ended.centre,
             "low": math.nan if ended.low is None else ended.low,
             "high": math.nan if ended.high is None else ended.high, "seeds": _seeds(cell)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _histogram_panel(cell: Cell, look: Look) -> Panel:
    start, end = (_histogram(cell, name) for name in ("weights-start", "weights-end"))
    if start is None or end is None:
        return Panel(cell.label, "no seed was trained to the last step", None)
    share = _interval(last_values(cell, "edge_share")).centre
    alt = f"Histogram of the weights of {cell.label}: a share of {share:.2f} at the edge."
    return Panel(cell.label, alt, partial(_draw_histogram, start, end, bound_at_512(cell) is not None, look))


def _histogram(cell: Cell, name: str) -> np.ndarray | None:
    """Mean histogram (bins,) over the completed seeds of the first outcome that holds one."""
    outcome = next((outcome for outcome in cell.outcomes if name in outcome.samples), None)
    if outcome is None:
        return None
    done = [cell.status[seed].status is Status.COMPLETED for seed in outcome.job.seeds]
    histogram: np.ndarray = outcome.samples[name][done]
    return histogram.mean(0) if len(histogram) else None


def _draw_histogram(start: np.ndarray, end: np.ndarray, clipped: bool, look: Look) -> Any:
    figure, ax = draw.canvas("weight / c" if clipped else "weight / largest of its layer", "share of weights")
    edges = np.linspace(-1, 1, len(end) + 1)
    ax.stairs(end, edges, fill=True, **draw.of(look), alpha=0.75)
    ax.stairs(start, edges, color=INK, linewidth=0.9)
    ax.set_xlim(-1.04, 1.04)
    draw.linear_axis(ax.xaxis)
    draw.count_axis(ax.yaxis, integer=False)
    return figure
