"""Rank correlation of each critic's report with exact W1: seeds as dots, mean and interval per method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.meaningful_loss.claims import MARGIN, not_judged
from gan_bench.experiments.meaningful_loss.following import JS, NAME, Followed

CAPTION = (
    "Spearman's rank correlation, over the snapshots after the burn-in, between exact W1 and what the critic "
    "reports on points that it was not trained on: one dot a seed, with the mean over seeds and its 95 % "
    "interval beside them. 1: whenever the report falls, so does the distance. 0: the report tells nothing. "
    "Below 0: the report falls while the samples get worse. A critic that has not caught up reports its own "
    "learning as well, and its gap grows while the samples improve: compare methods whose critic had a "
    "warm-up with those without. A discriminator reports its bound of JS "
    '(marked "JS"), every other critic its gap. The dark line is the margin that the claim asks of the '
    "clipped and the penalised Wasserstein critics, with and without a warm-up. Methods in brackets are not "
    "judged: their W1 moved too little."
)


def correlation(measured: Sequence[Followed], looks: Mapping[str, Look]) -> Figure:
    """One panel per data set."""
    panels = []
    for dataset in dict.fromkeys(f.cell.dataset for f in measured):
        here = [f for f in measured if f.cell.dataset == dataset]
        means = ", ".join(f"{f.cell.label} {f.rho.mean():.2f}" for f in here)
        alt = f"Rank correlation of report and W1 on {dataset}, means over seeds: {means}."
        panels.append(Panel(dataset, alt, partial(_draw, here, looks)))
    return Figure(
        "correlation",
        "Does the critic's report follow the true distance?",
        CAPTION,
        tuple(panels),
        group=NAME,
        methods=tuple(dict.fromkeys(f.cell.label for f in measured)),
        table=pd.DataFrame([_line(f) for f in measured]),
        table_of="means over seeds with 95 % intervals",
    )


def _line(f: Followed) -> dict[str, Any]:
    own, loss = t_interval(f.rho.to_numpy()), t_interval(f.rho_of_loss.to_numpy())
    return {
        "data set": f.cell.dataset,
        "method": f.cell.label,
        "report": "JS bound" if f.metric == JS else "gap",
        "seeds": len(f.rho),
        "snapshots": len(f.w1),
        "range of W1": f.movement,
        "correlation": own.centre,
        "low": own.low,
        "high": own.high,
        "of the critic's loss": loss.centre,
        "judged": "no: " + why if (why := not_judged(f)) else "yes",
    }


def _draw(here: Sequence[Followed], looks: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("Spearman's correlation with exact W1", "")
    ax.set_position((0.3, *draw.MARGINS[1:2], 0.665, draw.MARGINS[3]))
    for row, f in enumerate(here):
        _draw_row(ax, row, f.rho.to_numpy(), t_interval(f.rho.to_numpy()), looks[f.cell.label])
    ax.axvline(0, color=INK, linewidth=0.5, alpha=0.5)
    ax.axvline(MARGIN, color=INK, linewidth=1.0)
    ax.set_xlim(min(-0.1, min(float(f.rho.min()) for f in here) - 0.1), 1.06)
    ax.set_ylim(len(here) - 0.4, -0.6)
    ax.set_yticks(range(len(here)), [_name(f) for f in here])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    draw.linear_axis(ax.xaxis)
    return figure


def _name(f: Followed) -> str:
    name = f"{f.cell.label} JS" if f.metric == JS else f.cell.label
    return f"({name})" if not_judged(f) else name


def _draw_row(ax: Any, row: int, values: np.ndarray, interval: Interval, look: Look) -> None:
    """Seeds above the line, the mean and its interval below it, so that neither hides the other."""
    ax.plot(
        values,
        np.full(len(values), row - 0.16),
        linestyle="none",
        marker="o",
        markersize=3.4,
        markeredgewidth=0,
        **draw.of(look),
        alpha=0.6,
    )
    if interval.low is not None and interval.high is not None:
        ends = [interval.low, interval.high]
        ax.plot(ends, [row + 0.18] * 2, **draw.of(look), linewidth=1.8, solid_capstyle="butt")
    ax.plot(interval.centre, row + 0.18, marker=look.marker, markersize=5, **draw.of(look))
