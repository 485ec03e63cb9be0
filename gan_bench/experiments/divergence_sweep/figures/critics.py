"""What trained critics say along the sweep: estimates, their ratio to W1, and the generator's gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.experiments.divergence_sweep.figures import captions, panels
from gan_bench.experiments.divergence_sweep.figures.sweep import Sweep, ends
from gan_bench.experiments.divergence_sweep.figures.values import (
    Values,
    factor,
    gap,
    over,
    pull,
    ratio,
    residual,
)
from gan_bench.experiments.divergence_sweep.reading import EXPERIMENT, table

# Beyond this factor a gap is no estimate of W1, and has a panel of its own.
FAR_OFF = 5.0


def estimates(sweeps: Sequence[Sweep]) -> Figure | None:
    """Jensen-Shannon as discriminators see it, and W1 as critics see it."""
    made = []
    for sweep in sweeps:
        js, gaps = sweep.having("js_scores"), sweep.having("critic_gap")
        seen = partial(table, metric="js_scores")
        if js:
            made.append(_panel(sweep, "JS as discriminators see it", js, seen, panels.draw_js))
        if gaps:
            made.append(_panel(sweep, "W1 as critics see it", gaps, gap, panels.draw_gap))
    values: dict[str, Values] = {"JS": partial(table, metric="js_scores"), "T": gap}
    return _figure(
        "sweep-estimates",
        "The distances, as trained critics see them",
        captions.ESTIMATES,
        made,
        sweeps,
        values,
    )


def ratios(sweeps: Sequence[Sweep]) -> Figure | None:
    """T / W1, raw and divided by bounds of the critic's Lipschitz constant."""
    made = []
    for sweep in sweeps:
        cells = [cell for cell in sweep.having("critic_gap") if not ratio(cell).empty]
        far = [cell for cell in cells if _is_far_off(cell)]
        near = [cell for cell in cells if cell not in far]
        lower = over("lipschitz_lower")
        for what, some, values, drawn in (
            ("T / W1", near, ratio, panels.draw_ratio),
            ("W1 / T, far off", far, factor, panels.draw_factor),
            ("T / W1 / steepness", cells, lower, panels.draw_divided),
        ):
            if some:
                made.append(_panel(sweep, what, some, values, drawn))
    columns: dict[str, Values] = {
        "W1": partial(table, metric="w1_exact"),
        "T / W1": ratio,
        "divided by norms": over("lipschitz_upper"),
        "divided by steepest slope": over("lipschitz_lower"),
        "residual / T": residual,
    }
    return _figure(
        "sweep-ratios", "How much of W1 a critic's gap shows", captions.RATIOS, made, sweeps, columns
    )


def _is_far_off(cell: Cell) -> bool:
    middle = float(np.nanmedian(ratio(cell).to_numpy()))
    return not 1 / FAR_OFF <= middle <= FAR_OFF


def pulls(sweeps: Sequence[Sweep]) -> Figure | None:
    """The gradient along the sweep that each method hands to its generator."""
    made = []
    for sweep in sweeps:
        cells = sweep.having("pull")
        if cells:
            made.append(_panel(sweep, "gradient for the generator", cells, pull, panels.draw_pull))
    only = {
        cell.label
        for sweep in sweeps
        for cell in sweep.having("pull")
        if table(cell, "critic_gap").empty and table(cell, "js_scores").empty
    }
    note = captions.ONLY_PULL.format(methods=", ".join(sorted(only))) if only else ""
    values: dict[str, Values] = {"gradient": partial(table, metric="pull")}
    caption = captions.PULLS + note
    return _figure(
        "sweep-gradients", "The gradient that reaches the generator", caption, made, sweeps, values
    )


def _panel(
    sweep: Sweep, what: str, cells: Sequence[Cell], values: Values, drawn: Callable[..., Any]
) -> Panel:
    said = "; ".join(f"{cell.label} {ends(values(cell))}" for cell in cells if not values(cell).empty)
    alt = f"{sweep.pair}, {what} over the {sweep.axis}, means from the first to the last place: {said}."
    return Panel(f"{sweep.pair}: {what}", alt, partial(drawn, sweep, list(cells)))


def _figure(
    name: str,
    title: str,
    caption: str,
    made: Sequence[Panel],
    sweeps: Sequence[Sweep],
    values: dict[str, Values],
) -> Figure | None:
    if not made:
        return None
    labels = tuple(dict.fromkeys(cell.label for sweep in sweeps for cell in sweep.critics))
    return Figure(
        name,
        title,
        caption,
        tuple(made),
        group=EXPERIMENT,
        methods=labels,
        table=_numbers(sweeps, values),
        table_of="means over seeds",
    )


def _numbers(sweeps: Sequence[Sweep], values: dict[str, Values]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for sweep in sweeps:
        for cell in sweep.critics:
            columns = {name: of(cell).mean(axis=1) for name, of in values.items()}
            for at in cell.settings["places"]:
                found = {name: float(column[at]) for name, column in columns.items() if at in column.index}
                if found:
                    rows.append({"pair": sweep.pair, "method": cell.label, "place": at, **found})
    return pd.DataFrame(rows)
