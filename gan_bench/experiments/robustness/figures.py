"""Who reaches the data where: shares as a table of colours, distances as dots, random networks as curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import INK, MUTED, Figure, Panel
from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.palette import HUES, Look, looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.robustness.claims import figure_name
from gan_bench.experiments.robustness.results import NAME, Result, Results, reaching
from gan_bench.experiments.robustness.settings import OPTIMISERS

# Distances that count as "reached" in the sweep over networks, in noise floors.
MULTIPLES = (1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
# A table with more rows than this has no room for intervals.
_ROWS_WITH_INTERVALS = 6

SETTINGS = (
    "Left: of each method's seeds, how many end with exact W1 at or below the target, a multiple of the "
    "perfect sampler's median fixed beforehand, with Wilson's 95 % interval below, in per cent; the darker, "
    "the more. "
    "Right: every seed's W1 at the end, with the target (line) and the noise floor (dashed); crosses at the "
    "top are seeds that diverged. All settings have the same number of generator steps. "
)

NETWORKS = (
    "Random pairs of networks, the same for every method, each method with its own optimiser: share of pairs "
    "whose median seed ends at or below a distance, with Wilson's 95 % interval over pairs. A curve further "
    "up and left is less particular about its networks."
)


def figures(run: Any) -> list[Figure]:
    """Return the figures of a run's robustness jobs."""
    shared = looks(cell.label for cell in cells_of(run.outcomes) if not cell.is_reference)
    made: list[Figure] = []
    for results in Results.tables(run):
        if not math.isnan(results.target):
            mine = {cell.outcomes[0].job.method: shared[cell.label] for cell in results.trained}
            made += [_settings(results, mine)] if results.settings else []
            made += [_networks(results, mine)] if results.architectures else []
    return made


def _named(title: str, results: Results) -> str:
    return f"{title}: {results.name}" if results.name else title


def _settings(results: Results, shared: Mapping[str, Look]) -> Figure:
    said = "; ".join(
        f"{name}: rate {o.learning_rate:g}, betas {o.betas[0]:g} and {o.betas[1]:g}, {o.n_critic} critic "
        f"step{'s' * (o.n_critic > 1)}"
        for name, o in OPTIMISERS.items()
        if name in results.settings
    )
    table = _table(results)
    alt = "Seeds that reach the target: " + "; ".join(
        f"{method} " + ", ".join(f"{row.setting} {row.reached}/{row.seeds}" for row in rows.itertuples())
        for method, rows in table.groupby("method", sort=False)
    )
    panels = (
        Panel("Seeds that reach the target", f"{alt}.", partial(_draw_shares, results)),
        Panel(
            "W1 at the end",
            "Every seed's W1 at the end by setting and method: see the table for the medians.",
            partial(_draw_ends, results, shared),
        ),
    )
    return Figure(
        figure_name("settings", results),
        _named("Optimiser settings", results),
        f"{SETTINGS}{said}.",
        panels,
        group=NAME,
        methods=tuple(dict.fromkeys(cell.label for cell in results.trained if "setting" in cell.settings)),
        table=table,
        table_of="seeds that reach the target, and their W1 at the end",
    )


def _table(results: Results) -> pd.DataFrame:
    rows = []
    for setting in results.settings:
        for method, found in results.at(setting).items():
            share, low, high = found.share
            rows.append(
                {
                    "setting": setting,
                    "method": method,
                    "seeds": found.n,
                    "reached": found.reached,
                    "share": share,
                    "95 % from": low,
                    "95 % to": high,
                    "diverged": found.diverged,
                    "median W1": float(np.median(found.distances)),
                }
            )
    columns = ["setting", "method", "seeds", "reached"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)


def _draw_shares(results: Results) -> Any:
    figure, ax = draw.canvas("optimiser setting", "")
    ax.set_position((0.2, 0.165, 0.78, 0.8))  # room for the methods' names
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    rows, columns = results.methods, results.settings
    for j, setting in enumerate(columns):
        for method, found in results.at(setting).items():
            _draw_share(ax, (j, rows.index(method)), found, intervals=len(rows) <= _ROWS_WITH_INTERVALS)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    return figure


def _draw_share(ax: Axes, place: tuple[int, int], found: Result, *, intervals: bool) -> None:
    """One square: darker with the share, the count, and the interval in hundredths."""
    share, low, high = found.share
    x, y = place
    ax.add_patch(
        Rectangle((x - 0.47, y - 0.46), 0.94, 0.92, facecolor=HUES[0], alpha=0.06 + 0.54 * share, linewidth=0)
    )
    text = f"{found.reached}/{found.n}"
    if intervals:
        text += f"\n{100 * low:.0f}\u2013{100 * high:.0f}"
    ax.text(x, y, text, ha="center", va="center", fontsize=7.5, color=INK, linespacing=1.05)


def _draw_ends(results: Results, shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("optimiser setting", "W1 at the end [data units]")
    dots = [
        (j, method, found.distances)
        for j, setting in enumerate(results.settings)
        for method, found in results.at(setting).items()
    ]
    finite = np.concatenate([x[np.isfinite(x)] for _, _, x in dots] or [np.array([])])
    draw.log_axis(ax.yaxis, [*finite, results.floor, results.target])
    top = ax.get_ylim()[1]
    methods = results.methods
    for j, method, distances in dots:
        look = shared[method]
        x = j + 0.7 * ((methods.index(method) + 0.5) / len(methods) - 0.5)
        known = distances[np.isfinite(distances)]
        style: dict[str, Any] = {"linestyle": "none", **draw.of(look)}
        ax.plot(np.full(len(known), x), known, marker=look.marker, markersize=2.8, alpha=0.7, **style)
        if len(known) < len(distances):
            ax.plot([x], [top], marker="x", markersize=5.5, markeredgewidth=1.4, clip_on=False, **style)
    ax.axhline(results.floor, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    draw.level(ax, results.target, "target")
    ax.set_xlim(-0.5, len(results.settings) - 0.5)
    ax.set_xticks(range(len(results.settings)), results.settings)
    return figure


def _networks(results: Results, shared: Mapping[str, Look]) -> Figure:
    table = _profile(results)
    at_target = table[table["noise floors"] == 3.0]
    ends = ", ".join(f"{row.method} {row.reached}/{row.networks}" for row in at_target.itertuples())
    panel = Panel(
        "Networks that reach a distance",
        f"Share of random networks that reach a distance; at three noise floors: {ends}.",
        partial(_draw_profile, table, shared),
    )
    return Figure(
        figure_name("networks", results),
        _named("Random networks", results),
        NETWORKS,
        (panel,),
        group=NAME,
        methods=tuple(dict.fromkeys(cell.label for cell in results.trained if "number" in cell.settings)),
        table=table,
        table_of="networks that reach a distance",
    )


def _profile(results: Results) -> pd.DataFrame:
    found = [results.of_architecture(number) for number in results.architectures]
    rows = []
    for method in dict.fromkeys(label for one in found for label in one):
        mine = [one[method] for one in found if method in one]
        for multiple in MULTIPLES:
            reached, n = reaching(mine, multiple * results.floor)
            low, high = wilson(reached, n)
            row: dict[str, Any] = {"method": method, "noise floors": multiple, "W1": multiple * results.floor}
            rows.append(
                row
                | {"networks": n, "reached": reached, "share": reached / n, "95 % from": low, "95 % to": high}
            )
    return pd.DataFrame(rows)


def _draw_profile(table: pd.DataFrame, shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("W1 at the end [noise floors]", "share of networks")
    methods = list(dict.fromkeys(table["method"]))
    for k, method in enumerate(methods):
        mine = table[table["method"] == method]
        intervals = [
            Interval(row.share, row.low, row.high, row.n)
            for row in mine.set_axis(_PLAIN, axis=1).itertuples()
        ]
        # A little apart, so that bars of equal shares do not cover each other.
        x = mine["noise floors"].to_numpy() * (1 + 0.04 * (k - (len(methods) - 1) / 2))
        draw.estimates(ax, list(x), intervals, shared[method])
    draw.log_axis(ax.xaxis, MULTIPLES)
    ax.set_ylim(-0.03, 1.03)
    draw.linear_axis(ax.yaxis)
    return figure


_PLAIN = ["method", "multiple", "w1", "n", "reached", "share", "low", "high"]
