"""Pictures of the cost experiment: cost in baseline steps, and where the milliseconds go."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of, end_values
from gan_bench.analysis.figure import INK, MUTED, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look, looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.penalty_cost.claims import (
    EXPERIMENT,
    HIGH,
    LOW,
    PUBLISHED,
    figure_name,
    grouped,
    network,
)

_CAPTION = (
    "A training step is n_critic critic steps and one generator step, here of one replica, on the same "
    "networks, with the same optimisers. Each small point is one repeat: fresh networks, timed beside the"
    " baseline in rounds of A B B A, the median round. Large markers are geometric means over repeats with "
    "95 % intervals: they say how sure the cost is on this machine, nothing about trained models. The "
    "baseline beside itself must lie at 1: how far it does not is the error of the method. Grey lines: the "
    "range that the claim asks for, and the published 1.83."
)


def figures(run: Any) -> list[Figure]:
    """Return one figure per data set and kind of network."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    mine = [cell for cell in every if cell.experiment == EXPERIMENT and len(cell.rows)]
    return [_figure(cells, shared) for cells in grouped(mine).values()]


def _figure(cells: Sequence[Cell], shared: Mapping[str, Look]) -> Figure:
    baseline = cells[0].settings["baseline"]["name"]
    alt = "Cost of a training step by method, in steps of the baseline; the table holds the numbers."
    parts = "Milliseconds of a training step by method, the critic steps and the generator step apart."
    panels = (
        Panel(f"Training step, in steps of {baseline}", alt, partial(_draw_ratios, cells, shared)),
        Panel("Where the time goes", parts, partial(_draw_milliseconds, cells, shared)),
    )
    return Figure(
        figure_name(cells[0]),
        f"Cost of a step beside {baseline}, {network(cells[0])} on {cells[0].dataset}",
        _CAPTION,
        panels,
        group=EXPERIMENT,
        methods=tuple(cell.label for cell in cells),
        table=_table(cells),
    )


def _table(cells: Sequence[Cell]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        ratio = _interval(cell, "cost_ratio")
        rows.append(
            {
                "method": cell.label,
                "cost of a training step": ratio.centre,
                "low": math.nan if ratio.low is None else ratio.low,
                "high": math.nan if ratio.high is None else ratio.high,
                "of a critic step": _interval(cell, "critic_cost_ratio").centre,
                "of a generator step": _interval(cell, "generator_cost_ratio").centre,
                "training step [ms]": 1e3 * _interval(cell, "step_seconds").centre,
                "the baseline's [ms]": 1e3 * _interval(cell, "baseline_step_seconds").centre,
                "repeats": ratio.n,
            }
        )
    return pd.DataFrame(rows)


def _interval(cell: Cell, metric: str) -> Interval:
    return t_interval(end_values(cell, metric).to_numpy(), "log")


def _categories(ax: Any, cells: Sequence[Cell]) -> None:
    ax.set_yticks(range(len(cells)), [cell.label for cell in cells])
    ax.set_ylim(len(cells) - 0.5, -0.8)
    ax.grid(visible=False, axis="y")
    # Names are longer than numbers: they need the room that a panel usually leaves to the picture.
    ax.set_position((0.32, 0.165, 0.655, 0.8))


def _draw_ratios(cells: Sequence[Cell], shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("cost [steps of the baseline]", "")
    values = [1.0, LOW, HIGH]
    for place, name in ((LOW, "claimed"), (PUBLISHED, "published"), (HIGH, "")):
        style = "solid" if place == PUBLISHED else (0, (2, 2))
        ax.axvline(place, color=MUTED, linewidth=0.8, linestyle=style)
        ax.text(place + 0.03, -0.55, name, color=INK, fontsize=7.5, va="center")
    ax.axvline(1.0, color=INK, linewidth=0.8)
    for row, cell in enumerate(cells):
        look, repeats = shared[cell.label], end_values(cell, "cost_ratio")
        interval = _interval(cell, "cost_ratio")
        ax.plot(repeats, [row + 0.22] * len(repeats), linestyle="none", marker=look.marker, markersize=2.2,
                **draw.of(look), alpha=0.5)  # fmt: skip
        ax.plot([interval.centre], [row], linestyle="none", marker=look.marker, markersize=5, **draw.of(look))
        if interval.low is not None and interval.high is not None:
            ax.plot([interval.low, interval.high], [row, row], **draw.of(look), linewidth=1.6)
        values += repeats.to_list()
    _categories(ax, cells)
    ax.set_xlim(min(values) - 0.1, max(values) + 0.1)
    draw.linear_axis(ax.xaxis)
    return figure


def _draw_milliseconds(cells: Sequence[Cell], shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("ms per training step: critic, generator", "")
    for row, cell in enumerate(cells):
        critic, generator = (
            1e3 * _interval(cell, f"{part}_step_seconds").centre for part in ("critic", "generator")
        )
        ax.barh(row, critic, 0.55, **draw.of(shared[cell.label]), alpha=0.85)
        ax.barh(row, generator, 0.55, left=critic, **draw.of(shared[cell.label]), alpha=0.4)
    _categories(ax, cells)
    draw.linear_axis(ax.xaxis)
    return figure
