"""Classes among generated images: covered while training, shares at the end, and those asked for."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import last_points
from gan_bench.analysis.figure import BAND, Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.images.figures import captions
from gan_bench.experiments.images.figures.board import Board, end_of, in_words, setting
from gan_bench.experiments.images.figures.curves import STEP, finite
from gan_bench.metrics.bands import HIGH, LOW

# Labels of classes that fit below the bars.
_MOST_TICKS = 10


def covered(board: Board) -> Figure | None:
    """Classes covered and their KL to equal shares over training, all methods."""
    kinds = [kind for kind in ("classes_covered", "class_kl") if board.has(kind)]
    if not kinds:
        return None
    panels, rows = [], []
    for kind in kinds:
        told = [f"{c.label} {in_words(end_of(c, board.median(c, kind)))}" for c in board.has(kind)]
        alt = f"{board.label(kind)} over generator steps, medians at the end: {', '.join(told)}."
        panels.append(Panel(board.label(kind), alt, partial(_draw_curves, board, kind)))
    for cell in board.has(kinds[0]):
        ends = {board.label(k): end_of(cell, board.median(cell, k)) for k in kinds}
        rows.append({"method": cell.label, **ends})
    caption = captions.COVERED.format(n=f"{board.size(kinds[0]):,.0f}") + _expected(board, kinds[0])
    return board.figure(
        "covered",
        "Classes covered while training",
        caption,
        panels,
        pd.DataFrame(rows),
        table_of="medians over seeds at the last step",
        methods=[cell.label for cell in board.has(kinds[0])],
    )


def _expected(board: Board, kind: str) -> str:
    """What as many images of a perfect sampler show, by arithmetic; empty where it was not worked out."""
    expected = board.fact(f"perfect sampler of {board.size(kind):.0f} images")
    return captions.EXPECTED.format(**expected) if expected else ""


def _draw_curves(board: Board, kind: str) -> Any:
    figure, ax = draw.canvas(STEP, "nats" if kind == "class_kl" else "classes")
    draw.noise_band(ax, board.band(kind, board.size(kind)))
    last = 1.0
    for cell in board.has(kind):
        curves, look = board.curves(cell, kind), board.looks[cell.label]
        draw.seed_traces(ax, curves, look, alpha=0.22)
        draw.median_line(ax, finite(board.median(cell, kind)), look)
        draw.ended_early(ax, last_points(cell, curves), look)
        last = max(last, float(curves.index.max()))
    draw.step_axis(ax, last)
    classes = _classes(board)
    if kind == "classes_covered" and classes:
        draw.level(ax, classes, f"all {classes:,}")
        ax.set_ylim(0, 1.12 * classes)
    draw.count_axis(ax.yaxis, integer=kind == "classes_covered")
    return figure


def _classes(board: Board) -> int:
    """Number of classes of the data set: the upper end of the metric's range."""
    name = board.names.get("classes_covered", "")
    found = (cell.descriptors[name].get("range") for cell in board.ran if name in cell.descriptors)
    return int((next(found, None) or (0, 0))[1] or 0)


def shares(board: Board) -> Figure | None:
    """How often each class is drawn at the end, a panel of bars per method."""
    size = max((setting(c, "end_samples") or 0 for c in board.has("class_share")), default=0)
    band = captions.CLASSES_BAND if _reference(board) is not None else ""
    caption = captions.CLASSES.format(n=f"{size:,}", band=band)
    return _bars(board, "class_share", "Shares of the classes at the end", caption, "share of images")


def accuracy(board: Board) -> Figure | None:
    """Which of the classes that were asked for came out, a panel of bars per conditional method."""
    return _bars(board, "class_accuracy", "Classes as asked for", captions.ACCURACY, "share right")


def _bars(board: Board, kind: str, title: str, caption: str, unit: str) -> Figure | None:
    ends = {cell.label: _ends(cell, board.names[kind]) for cell in board.has(kind)}
    ends = {label: table for label, table in ends.items() if len(table)}
    if not ends:
        return None
    top = max(float(np.nanmax(table.to_numpy())) for table in ends.values())
    panels = []
    for label, table in ends.items():
        means = table.mean()
        alt = (
            f"{board.label(kind)} of {label}: from {means.min():.1%} for class {means.idxmin():.0f} "
            f"to {means.max():.1%} for class {means.idxmax():.0f}, means over {len(table)} completed seeds."
        )
        panels.append(
            Panel(label, alt, partial(_draw_bars, board, kind, table, unit, board.looks[label], top))
        )
    table = pd.DataFrame({label: table.mean() for label, table in ends.items()})
    table.index = table.index.astype(int)
    return board.figure(
        kind.replace("_", "-"), title, caption, panels, table.rename_axis("class").reset_index(),
        table_of="means over the seeds that completed",
    )  # fmt: skip


def _ends(cell: Cell, metric: str) -> pd.DataFrame:
    """Values at the last step of the seeds that reached it, (seeds, classes): measured at no other."""
    rows = cell.of(metric)
    rows = rows[(rows["axis"] == "class") & np.isfinite(rows["value"])]
    return rows.pivot_table(index="seed", columns="at", values="value", aggfunc="last")


def _reference(board: Board) -> pd.DataFrame | None:
    """Real images' shares, 5, 50 and 95 % over draws, (3, classes); None where they were not kept."""
    reference, name = board.contest.reference, board.names.get("class_share")
    if reference is None or name is None:
        return None
    rows = reference.of(name)
    rows = rows[rows["axis"] == "class"]
    if rows.empty:
        return None
    groups = rows.groupby("at")["value"]
    return pd.DataFrame({q: groups.quantile(q) for q in (LOW, 0.5, HIGH)}).T


def _draw_bars(board: Board, kind: str, ends: pd.DataFrame, unit: str, look: Look, top: float) -> Any:
    figure, ax = draw.canvas("class", unit)
    ax.grid(visible=False, axis="x")
    classes = ends.columns.to_numpy(dtype=float)
    equal = 1 / (_classes(board) or len(classes))
    band = _reference(board) if kind == "class_share" else None
    if band is not None:
        _shade(ax, band)
    ax.bar(classes, ends.mean().to_numpy(), width=0.72, **draw.of(look), alpha=0.45, linewidth=0)
    spread = np.linspace(-0.24, 0.24, len(ends)) if len(ends) > 1 else [0.0]
    for offset, (_, values) in zip(spread, ends.iterrows(), strict=True):
        ax.plot(classes + offset, values, linestyle="none", marker="o", markersize=2.2, **draw.of(look))
    draw.level(ax, equal, "")
    ax.set_xlim(classes.min() - 0.6, classes.max() + 0.6)
    ax.set_ylim(0, 1.05 * max(top, equal))
    draw.linear_axis(ax.yaxis)
    _class_ticks(ax, classes)
    return figure


def _shade(ax: Any, band: pd.DataFrame) -> None:
    for k in band.columns:
        low, _, high = band[k]
        ax.bar(k, high - low, bottom=low, width=0.95, color=BAND, alpha=0.35, linewidth=0)


def _class_ticks(ax: Any, classes: np.ndarray) -> None:
    every = math.ceil(len(classes) / _MOST_TICKS)
    ax.set_xticks(classes[::every], [f"{k:.0f}" for k in classes[::every]])
