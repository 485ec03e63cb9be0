"""W1 and the critic's report over training, one above the other on the same axis of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gan_bench.analysis.figure import GRID, Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.meaningful_loss.figures.paths import REPORTS
from gan_bench.experiments.meaningful_loss.following import NAME, Followed

CAPTION = (
    "Above: exact W1 of the samples to the data. Below, on the same axis of generator steps: what the "
    "critic reports. Seeds thin, median thick. If the loss means something, the two curves fall, pause and "
    "rise together. The shaded band is what a perfect sampler scores. Each method has its own budget of "
    "steps and its own scale of the report."
)
_SIZE = (3.5, 3.3)


def curves(dataset: str, here: Sequence[Followed], looks: Mapping[str, Look]) -> Figure:
    """A panel per method on one data set, each with two aligned axes."""
    limits = np.concatenate([f.w1.to_numpy().ravel() for f in here])
    panels = [Panel(f.cell.label, _alt(f), partial(_draw, f, looks[f.cell.label], limits)) for f in here]
    return Figure(
        f"over-training-{dataset}",
        f"Distance and report over training: {dataset}",
        CAPTION,
        tuple(panels),
        group=NAME,
        methods=tuple(f.cell.label for f in here),
        table=pd.DataFrame([_line(f) for f in here]),
        table_of="medians over seeds, end of the burn-in and last step",
    )


def _line(f: Followed) -> dict[str, Any]:
    w1, report = f.w1.median(axis=1), f.reported.median(axis=1)
    return {
        "method": f.cell.label,
        "first step": int(w1.index[0]),
        "last step": int(w1.index[-1]),
        "W1 first": w1.iloc[0],
        "W1 last": w1.iloc[-1],
        "report first": report.iloc[0],
        "report last": report.iloc[-1],
    }


def _alt(f: Followed) -> str:
    line = _line(f)
    return (
        f"{f.cell.label}: from step {line['first step']} to {line['last step']} the median W1 goes from "
        f"{line['W1 first']:.3g} to {line['W1 last']:.3g}, the critic's report from "
        f"{line['report first']:.3g} to {line['report last']:.3g}."
    )


def _draw(f: Followed, look: Look, limits: np.ndarray) -> Any:
    figure = Canvas(figsize=_SIZE)
    upper = figure.add_axes((0.185, 0.57, 0.795, 0.4))
    lower = figure.add_axes((0.185, 0.125, 0.795, 0.4), sharex=upper)
    if f.floor is not None:
        draw.noise_band(upper, f.floor)
    for ax, frame, label in (
        (upper, f.w1, "W1 [data units]"),
        (lower, f.reported, REPORTS.get(f.metric, "critic's gap")),
    ):
        _draw_curves(ax, frame, look, label)
    draw.log_axis(upper.yaxis, limits)
    draw.linear_axis(lower.yaxis)
    draw.log_axis(lower.xaxis, f.w1.index.to_numpy(dtype=float))
    upper.tick_params(labelbottom=False)
    lower.set_xlabel("generator step")
    return figure


def _draw_curves(ax: Axes, frame: pd.DataFrame, look: Look, label: str) -> None:
    ax.set_ylabel(label)
    ax.grid(visible=True, color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    draw.seed_traces(ax, frame, look, alpha=0.4)
    draw.median_line(ax, frame.median(axis=1), look, width=1.8)
