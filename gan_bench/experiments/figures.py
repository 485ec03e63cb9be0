"""Drawing shared by the experiments' figures: small panels, log axes with plain numbers, seeds thin.

Panels are sized for one column of a paper, so that they read at the width of a telephone and side by side on
a desk. Colours INK, MUTED, GRID and BAND are stand-ins that the page replaces by its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
    SymmetricalLogLocator,
)

from gan_bench.analysis.figure import BAND, GRID, INK, METHOD, MUTED
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.palette import Look
from gan_bench.metrics.bands import Band

PANEL = (3.5, 2.35)
MARGINS = (0.185, 0.165, 0.795, 0.8)
# Beyond this many seeds further traces only blacken the panel; the median still counts all of them.
TRACES = 24
# Numbers beyond this only come before divergence: how far beyond makes no difference to the eye.
LARGEST = 1e30
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def canvas(xlabel: str, ylabel: str) -> tuple[Canvas, Axes]:
    """Return an empty panel with labelled axes, grid behind, no box."""
    # Fixed margins instead of a layout engine: half the time, and panels of a row align.
    figure = Canvas(figsize=PANEL)
    ax = figure.add_axes(MARGINS)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.grid(visible=True, color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def plain(value: float, _position: int | None = None) -> str:
    """Write a tick: 0.02, 5, 2000, and powers of ten beyond."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.0f}" if value == round(value) else f"{value:.4g}"
    exponent = int(np.floor(np.log10(abs(value))))
    lead = f"{value / 10.0**exponent:.3g}"
    power = "10" + str(exponent).translate(_SUPERSCRIPTS)
    return power if lead == "1" else f"-{power}" if lead == "-1" else f"{lead}·{power}"


def step_axis(ax: Axes, last: float) -> None:
    """Make x a log axis of steps that also shows step 0."""
    ax.set_xscale("symlog", linthresh=1, linscale=0.35)
    decades = [10.0**k for k in range(int(np.log10(max(last, 1))) + 1)]
    ax.xaxis.set_major_locator(FixedLocator([0.0, *decades]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(plain))
    ax.set_xlim(-0.12, max(last, 1) * 1.25)


def log_axis(axis: Any, values: Sequence[float] | np.ndarray) -> None:
    """Make an axis logarithmic over the positive values, with a tick at 1-2-5 where the range is short."""
    x = np.asarray(values, dtype=float)
    # Squeezed, because limits beyond these overflow inside the drawing library.
    x = np.clip(x[np.isfinite(x) & (x > 0)], 1 / LARGEST, LARGEST)
    low, high = (x.min(), x.max()) if x.size else (0.1, 1.0)
    room = max((high / low) ** 0.06, 1.08)
    name = axis.axis_name
    # Limits first: switched to a log scale, an axis without positive values would look for some, and warn.
    getattr(axis.axes, f"set_{name}lim")(low / room, high * room)
    getattr(axis.axes, f"set_{name}scale")("log")
    leads = (1.0, 2.0, 5.0) if high / low < 30 else (1.0, 3.0) if high / low < 300 else (1.0,)
    axis.set_major_locator(LogLocator(subs=leads, numticks=7))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(plain))
    axis.set_minor_formatter(NullFormatter())


def linear_axis(axis: Any, *, integer: bool = False) -> None:
    """Give a linear axis few ticks, on request at whole numbers only."""
    axis.set_major_locator(MaxNLocator(5, integer=integer))
    axis.set_major_formatter(FuncFormatter(plain))


def count_axis(axis: Any, *, integer: bool) -> None:
    """Make an axis of counts or shares linear from 0, with room where all of them are 0."""
    top = max(getattr(axis.axes, f"get_{axis.axis_name}lim")()[1], 1.0 if integer else 0.02)
    getattr(axis.axes, f"set_{axis.axis_name}lim")(-0.03 * top, top)
    linear_axis(axis, integer=integer)


def loss_axis(axis: Any, values: np.ndarray) -> None:
    """Make an axis linear, or linear near 0 and logarithmic beyond where a few values dwarf all others."""
    x = np.abs(values[np.isfinite(values)])
    typical = float(np.median(x)) if x.size else 0.0
    if typical == 0 or x.max() < 100 * typical:
        linear_axis(axis)
        return
    getattr(axis.axes, f"set_{axis.axis_name}scale")("symlog", linthresh=4 * typical)
    axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=4 * typical))
    axis.get_major_locator().set_params(numticks=7)
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(plain))


def of(look: Look) -> dict[str, Any]:
    """Return the colour of a method, and its label as the group id by which a page can hide it."""
    return {"color": look.colour} | ({"gid": f"{METHOD}{look.label}"} if look.label else {})


def seed_traces(ax: Axes, curves: pd.DataFrame, look: Look, alpha: float = 0.3) -> None:
    """Draw every seed thin, (steps, seeds), in one path with gaps."""
    steps = curves.index.to_numpy(dtype=float)
    shown = curves.to_numpy()[:, :TRACES]
    gap = np.full((1, shown.shape[1]), np.nan)
    x = np.tile(np.append(steps, np.nan), shown.shape[1])
    ax.plot(x, np.vstack([shown, gap]).T.ravel(), **of(look), linewidth=0.6, alpha=alpha)


def median_line(ax: Axes, median: pd.Series, look: Look, width: float = 1.7) -> None:
    """Draw the median over seeds in the method's hue, dashes and marker."""
    style = (0, look.dashes) if look.dashes else "solid"
    every = max(1, len(median) // 4)
    ax.plot(
        median.index.to_numpy(dtype=float),
        median.to_numpy(),
        **of(look),
        linewidth=width,
        linestyle=style,
        marker=look.marker,
        markersize=3.6,
        markevery=((len(median) - 1) % every, every) if len(median) else None,
        dash_capstyle="butt",
    )


def ended_early(ax: Axes, points: Sequence[tuple[float, float]], look: Look) -> None:
    """Mark where diverged seeds' traces break off."""
    if points:
        x, y = zip(*points, strict=True)
        ax.plot(x, y, linestyle="none", marker="x", markersize=5.5, markeredgewidth=1.4, **of(look))


def path_with_points(ax: Axes, x: pd.DataFrame, y: pd.DataFrame, look: Look) -> None:
    """Scatter y over x, (steps, seeds) each, and join the medians of the steps."""
    points: dict[str, Any] = {"linestyle": "none", "markersize": 2.4, "markeredgewidth": 0, "alpha": 0.45}
    ax.plot(x.to_numpy().ravel(), y.to_numpy().ravel(), marker=look.marker, **of(look), **points)
    style = (0, look.dashes) if look.dashes else "solid"
    ax.plot(x.median(axis=1), y.median(axis=1), **of(look), linewidth=0.8, linestyle=style)


def noise_band(ax: Axes, band: Band | None) -> None:
    """Shade the perfect sampler's 5-95 % range and draw its median."""
    if band is not None:
        ax.axhspan(band.low, band.high, color=BAND, alpha=0.28, linewidth=0)
        ax.axhline(band.median, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))


def level(ax: Axes, value: float, label: str) -> None:
    """Draw a named horizontal line."""
    ax.axhline(value, color=INK, linewidth=0.8)
    ax.annotate(
        label,
        (1, value),
        xycoords=("axes fraction", "data"),
        xytext=(-1, 2.5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7.5,
        color=INK,
    )


def cloud_strip(
    clouds: Sequence[tuple[str, np.ndarray | None]],
    reference: np.ndarray | None,
    bounds: tuple[float, float, float],
    look: Look,
) -> Canvas:
    """Draw clouds, each a heading and points (n, 2), side by side over the reference in grey, to one scale.

    bounds = (x_lo, y_lo, side). None leaves the reference alone, a square without heading stays blank.
    Without paper, so that it lies on any page. One axes for all squares, because an axes costs more time
    than ten thousand points.
    """
    x_lo, y_lo, side = bounds
    figure = Canvas(figsize=(1.25 * len(clouds), 1.25), dpi=176)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, len(clouds))
    ax.set_ylim(0, 1)
    for column, (heading, cloud) in enumerate(clouds):
        ax.text(column + 0.04, 0.96, heading, color="#8a8f98", fontsize=7, weight="bold", va="top", zorder=5)
        ax.plot([column + 1, column + 1], [0, 1], color="#8a8f98", linewidth=0.5, alpha=0.5)
        if not heading:
            continue
        for points, style in ((reference, _BEHIND), (cloud, {**_BEFORE, **of(look)})):
            if points is not None:
                x, y = (points[:, 0] - x_lo) / side, (points[:, 1] - y_lo) / side
                inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
                ax.plot(column + x[inside], y[inside], linestyle="none", markeredgewidth=0, **style)
    return figure


_BEHIND: dict[str, Any] = {"marker": "o", "markersize": 1.5, "color": "#8a8f98", "alpha": 0.4}
_BEFORE: dict[str, Any] = {"marker": "o", "markersize": 1.7, "alpha": 0.75}


def theory_line(ax: Axes, x: Sequence[float], y: Sequence[float], label: str, *, at: float = 0.98) -> None:
    """Draw what theory says as a thin dark line, named at a share `at` of its points."""
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    ax.plot(xs, ys, color=INK, linewidth=1.0, zorder=1.5)
    if label:
        k = min(int(at * (len(xs) - 1)), len(xs) - 1)
        ax.annotate(
            label,
            (xs[k], ys[k]),
            xytext=(-2, 3),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=7.5,
            color=INK,
        )


def estimates(ax: Axes, x: Sequence[float], intervals: Sequence[Interval], look: Look) -> None:
    """Draw centres as markers, joined in the method's line style, and each interval as a vertical bar."""
    xs = np.asarray(x, dtype=float)
    centres = np.array([interval.centre for interval in intervals], dtype=float)
    style = (0, look.dashes) if look.dashes else "solid"
    ax.plot(xs, centres, **of(look), linewidth=1.1, linestyle=style, marker=look.marker, markersize=3.8)
    for place, interval in zip(xs, intervals, strict=True):
        if interval.low is not None and interval.high is not None:
            ax.plot([place, place], [interval.low, interval.high], **of(look), linewidth=1.4, alpha=0.6)
