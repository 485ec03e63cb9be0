"""The picture of the sweep: Wasserstein-1 grows with the separation, Jensen-Shannon stands still."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gan_bench.analysis.figure import BAND, GRID, INK, MUTED, Figure, Panel
from gan_bench.analysis.palette import HUES
from gan_bench.experiments import figures as draw
from gan_bench.experiments.divergence_sweep.figures.sweep import Sweep
from gan_bench.experiments.divergence_sweep.reading import EXPERIMENT, table

LN2 = math.log(2)
_W1, _JS = HUES[0], HUES[1]
_SIZE = (3.5, 3.5)
# Left, bottom, width, height of the clouds, of Wasserstein-1 and of Jensen-Shannon.
_CLOUDS, _TOP, _BOTTOM = (0.17, 0.8, 0.81, 0.17), (0.17, 0.42, 0.81, 0.34), (0.17, 0.125, 0.81, 0.235)

_CAPTION = (
    "Two distributions (dots at the top: data grey, generated dark) are pulled apart, from left to right "
    "(numbers: how far). Wasserstein-1 grows with the separation and so tells a generator which "
    "way to go. The Jensen-Shannon divergence, which the original GAN minimises, jumps to ln 2 as soon as"
    " nothing overlaps and stays there: near or far, it says the same. (Two Gaussians overlap at first; "
    "then it goes blind as well.) Lines are closed forms; rings are the linear programme on shared draws;"
    " the grey band is the 5-95 % range of W1 between {points} independent draws a side. Where supports "
    "are apart, KL is infinite and total variation 1: see the table."
)


def distances(sweeps: Sequence[Sweep]) -> Figure | None:
    """Jensen-Shannon against Wasserstein-1, a panel a pair; nothing without closed forms."""
    shown = [sweep for sweep in sweeps if sweep.exact is not None]
    if not shown:
        return None
    points = next((s.exact.settings["points"] for s in shown if s.exact is not None), 0)
    return Figure(
        "sweep-distances",
        "Jensen-Shannon is blind to distance, Wasserstein-1 is not",
        _CAPTION.format(points=points),
        tuple(Panel(sweep.pair, _alt(sweep), partial(_draw, sweep)) for sweep in shown),
        group=EXPERIMENT,
        table=pd.concat([_table(sweep) for sweep in shown], ignore_index=True),
        table_of="exact values; independent draws: mean",
    )


def _alt(sweep: Sweep) -> str:
    w1, js = sweep.curve("w1_exact"), sweep.curve("js_exact")
    return (
        f"{sweep.pair}: as the {sweep.axis} goes from {w1.index[0]:.3g} to {w1.index[-1]:.3g}, Wasserstein-1 "
        f"goes from {w1.iloc[0]:.3g} to {w1.iloc[-1]:.3g}; Jensen-Shannon is {js.iloc[len(js) // 2]:.4f} "
        f"half way and {js.iloc[-1]:.4f} at the end."
    )


def _draw(sweep: Sweep) -> Any:
    figure = Canvas(figsize=_SIZE)
    _clouds(figure.add_axes(_CLOUDS), sweep)
    top, bottom = figure.add_axes(_TOP), figure.add_axes(_BOTTOM)
    for ax in (top, bottom):
        ax.grid(visible=True, color=GRID, linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    _wasserstein(top, sweep)
    _jensen_shannon(bottom, sweep)
    last = float(sweep.curve("w1_exact").index[-1]) or 1.0
    for ax in (top, bottom):
        ax.set_xlim(-0.02 * last, 1.02 * last)
        draw.linear_axis(ax.xaxis)
    top.tick_params(labelbottom=False)
    bottom.set_xlabel(sweep.axis)
    return figure


def _clouds(ax: Axes, sweep: Sweep) -> None:
    """Draw data and fakes at some places side by side, to one scale."""
    ax.set_axis_off()
    stored = {} if sweep.exact is None else sweep.exact.samples
    if "clouds" not in stored:
        return
    clouds, places = stored["clouds"], stored["places"]
    low, high = clouds.min((0, 1, 2)), clouds.max((0, 1, 2))
    room, across = float(high[0] - low[0]) * 1.3, len(places)
    # One scale for both directions: units per inch by what needs more room, width or height.
    width, height = _CLOUDS[2] * _SIZE[0], _CLOUDS[3] * _SIZE[1]
    per_inch = max(across * room / width, float(high[1] - low[1]) * 1.1 / height, 1e-9)
    side = width * per_inch / across
    ax.set_xlim(-side / 2, (across - 0.5) * side)
    ax.set_ylim(-per_inch * height / 2, per_inch * height / 2)
    for y, name, colour in ((0.68, "data", MUTED), (0.36, "fake", INK)):
        ax.text(-0.19, y, name, transform=ax.transAxes, fontsize=8, color=colour, weight="bold")
    for k, (pair, place) in enumerate(zip(clouds, places, strict=True)):
        for points, colour in zip(pair, (MUTED, INK), strict=True):
            x, y = (points - (low + high) / 2).T
            ax.plot(
                x + k * side, y, linestyle="none", marker="o", markersize=1.3, markeredgewidth=0, color=colour
            )
        ax.annotate(
            f"{place:.2g}",
            (k * side, 0),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            fontsize=7.5,
        )


def _wasserstein(ax: Axes, sweep: Sweep) -> None:
    w1, programme = sweep.curve("w1_exact"), sweep.curve("w1_programme")
    if sweep.independent is not None:
        drawn = table(sweep.independent, "w1_independent")
        low, high = drawn.quantile(0.05, axis=1), drawn.quantile(0.95, axis=1)
        ax.fill_between(drawn.index.to_numpy(), low.to_numpy(), high.to_numpy(), color=BAND, alpha=0.45, lw=0)
    ax.plot(w1.index.to_numpy(), w1.to_numpy(), color=_W1, linewidth=2)
    ax.plot(
        programme.index.to_numpy()[::2],
        programme.to_numpy()[::2],
        linestyle="none",
        marker="o",
        markersize=3.6,
        markerfacecolor="none",
        markeredgecolor=_W1,
        markeredgewidth=0.9,
    )
    ax.set_ylabel("W1 [data units]")
    ax.set_ylim(bottom=0)
    draw.linear_axis(ax.yaxis)
    ax.annotate(
        "Wasserstein-1 grows",
        (0.03, 0.93),
        xycoords="axes fraction",
        ha="left",
        va="top",
        fontsize=8.5,
        color=_W1,
        weight="bold",
    )


def _jensen_shannon(ax: Axes, sweep: Sweep) -> None:
    js = sweep.curve("js_exact")
    x, y = js.index.to_numpy(dtype=float), js.to_numpy(dtype=float)
    rises = bool(((y > 0) & (y < 0.99 * LN2)).any())
    if len(y) > 1 and y[0] == 0 and y[1] == LN2:
        # It jumps: one point at 0, no line up to the plateau.
        ax.plot(x[:1], y[:1], linestyle="none", marker="o", markersize=3.6, color=_JS, clip_on=False)
        ax.plot(x[:1], [LN2], linestyle="none", marker="o", markersize=3.6, color=_JS, markerfacecolor="none")
        x, y = np.insert(x[1:], 0, x[0]), np.insert(y[1:], 0, LN2)
    ax.plot(x, y, color=_JS, linewidth=2)
    ax.set_ylabel("JS [nats]")
    ax.set_ylim(-0.02, 0.86)
    ax.set_yticks([0, LN2], ["0", "ln 2"])
    ax.annotate(
        "Jensen-Shannon goes blind" if rises else "Jensen-Shannon stands still",
        (0.97, 0.62),
        xycoords="axes fraction",
        ha="right",
        va="top",
        fontsize=8.5,
        color=_JS,
        weight="bold",
    )


def _table(sweep: Sweep) -> pd.DataFrame:
    exact = {name: sweep.curve(f"{name}_exact") for name in ("js", "tv", "kl", "w1")}
    frame = pd.DataFrame(
        {
            "pair": sweep.pair,
            "place": exact["w1"].index,
            "JS": exact["js"].to_numpy(),
            "TV": exact["tv"].to_numpy(),
            "KL": ["infinite" if math.isinf(kl) else f"{kl:.4g}" for kl in exact["kl"]],
            "W1": exact["w1"].to_numpy(),
            "W1, linear programme": sweep.curve("w1_programme").to_numpy(),
        }
    )
    if sweep.independent is not None:
        drawn = table(sweep.independent, "w1_independent").mean(axis=1)
        frame["W1, independent draws"] = drawn.reindex(exact["w1"].index).to_numpy()
        frame["W1, floor of such draws"] = float(sweep.independent.of("w1_floor")["value"].mean())
    return frame
