"""What a critic reports against exact W1, a panel per method: the path of training, seeds as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.meaningful_loss.following import JS, NAME, Followed

CAPTION = (
    "One panel a method, each with its own vertical scale: exact W1 to the right, what the critic reports "
    "upwards. Small points are single seeds at single snapshots; the line joins the medians over seeds in "
    "the order of training, from the hollow mark (end of the burn-in) to the filled one (last step). A loss "
    "that means something climbs from lower left to upper right: points on one rising curve. A cloud, a "
    "flat line or a path that turns back on itself says that one value of the report goes with many "
    "distances. rho is the mean over seeds of the rank correlation along each seed's own path."
)
REPORTS = {JS: "bound of JS [nats]"}


def paths(dataset: str, here: Sequence[Followed], looks: Mapping[str, Look]) -> Figure:
    """A panel per method on one data set, all with the same axis of W1."""
    every = np.concatenate([f.w1.to_numpy().ravel() for f in here])
    panels = [
        Panel(
            f"{f.cell.label}, rho = {f.rho.mean():.2f}",
            f"{f.cell.label}: report against exact W1, mean rank correlation {f.rho.mean():.2f} "
            f"over {len(f.rho)} seeds.",
            partial(_draw, f, looks[f.cell.label], every),
        )
        for f in here
    ]
    return Figure(
        f"report-against-w1-{dataset}",
        f"What each critic reports against the true distance: {dataset}",
        CAPTION,
        tuple(panels),
        group=NAME,
        methods=tuple(f.cell.label for f in here),
        table=_table(here),
        table_of="medians over seeds",
    )


def _table(here: Sequence[Followed]) -> pd.DataFrame:
    frames = []
    for f in here:
        medians = {"step": f.w1.index, "W1": f.w1.median(axis=1), "report": f.reported.median(axis=1)}
        frames.append(pd.DataFrame(medians).assign(method=f.cell.label)[["method", "step", "W1", "report"]])
    return pd.concat(frames, ignore_index=True)


def _draw(f: Followed, look: Look, every: np.ndarray) -> Any:
    figure, ax = draw.canvas("exact W1 [data units]", REPORTS.get(f.metric, "critic's gap"))
    x, y = f.w1.align(f.reported, join="inner")
    ax.plot(
        x.to_numpy().ravel(),
        y.to_numpy().ravel(),
        linestyle="none",
        marker="o",
        markersize=2.6,
        markeredgewidth=0,
        **draw.of(look),
        alpha=0.35,
    )
    centre_x, centre_y = x.median(axis=1).to_numpy(), y.median(axis=1).to_numpy()
    ax.plot(centre_x, centre_y, color=INK, linewidth=0.9)
    for k, face in ((0, "none"), (-1, look.colour)):
        ax.plot(
            centre_x[k], centre_y[k], marker="o", markersize=6.5, color=INK, markerfacecolor=face, zorder=3
        )
    draw.log_axis(ax.xaxis, every)
    draw.linear_axis(ax.yaxis)
    return figure
