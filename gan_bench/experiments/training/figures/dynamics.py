"""Distances, losses and gradients over training, and where in the nets gradients fade."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import last_points, layer_profile, seed_curves
from gan_bench.analysis.figure import MUTED, Figure, Panel
from gan_bench.experiments import figures as draw
from gan_bench.experiments.training.figures import captions
from gan_bench.experiments.training.figures.board import STEP, Board, last
from gan_bench.metrics.bands import Band


def distance(board: Board) -> Figure | None:
    """Exact W1, a panel per method: seeds, median, the others in grey, the band."""
    if not board.has("w1"):
        return None
    medians = {cell.label: board.median(cell, "w1") for cell in board.has("w1")}
    everything = [board.curves(cell, "w1").to_numpy().ravel() for cell in board.has("w1")]
    band_ = board.band("w1")
    limits = np.concatenate([*everything, [band_.low, band_.high] if band_ else []])
    panels = [
        Panel(
            cell.label,
            _alt_w1(cell, medians[cell.label], band_),
            partial(_draw_w1, board, cell, medians, limits),
        )
        for cell in board.has("w1")
    ]
    size = board.size("w1")
    return board.figure(
        "w1",
        "Distance to the data while training",
        captions.DISTANCE.format(at="" if math.isnan(size) else f" on {size:.0f} points"),
        panels,
        pd.DataFrame(medians).rename_axis("step").reset_index(),
    )


def _draw_w1(board: Board, cell: Cell, medians: dict[str, pd.Series], limits: np.ndarray) -> Any:
    figure, ax = draw.canvas(STEP, "W1 [data units]")
    curves, look = board.curves(cell, "w1"), board.looks[cell.label]
    draw.noise_band(ax, board.band("w1"))
    for label, median in medians.items():
        if label != cell.label:
            style = {**draw.of(board.looks[label]), "color": MUTED, "linewidth": 0.7, "alpha": 0.45}
            ax.plot(median.index, median.to_numpy(), **style)
    draw.seed_traces(ax, curves, look, alpha=0.4)
    draw.median_line(ax, medians[cell.label], look, width=2)
    draw.ended_early(ax, last_points(cell, curves), look)
    draw.log_axis(ax.yaxis, limits)
    draw.step_axis(ax, max((median.index.max() for median in medians.values() if len(median)), default=1))
    return figure


def _alt_w1(cell: Cell, median: pd.Series, band_: Band | None) -> str:
    known = median.dropna()
    if known.empty:
        return f"{cell.label}: no finite value."
    floor = f"; a perfect sampler scores {band_.median:.3g}" if band_ else ""
    lost = len(last_points(cell, seed_curves(cell, "w1")))
    tail = f"; {lost} seed{'s' * (lost > 1)} diverged" if lost else ""
    return (
        f"{cell.label}: median W1 goes from {known.iloc[0]:.3g} at step {known.index[0]} "
        f"to {known.iloc[-1]:.3g} at step {known.index[-1]}{floor}{tail}."
    )


def shape(board: Board) -> Figure | None:
    """JS and, where the data have modes, coverage."""
    specs = [
        ("js", "Jensen-Shannon divergence (histogram)", "JS [nats]", False),
        ("modes_covered", "Modes covered", "modes", False),
        ("high_quality", "High-quality share", "share within 3 sd", False),
    ]
    panels = [panel(board, *spec) for spec in specs if board.has(spec[0])]
    if not panels:
        return None
    caption = captions.SHAPE + (captions.COVERAGE if len(panels) > 1 else "")
    table = board.end_table([spec[0] for spec in specs])
    return board.figure("shape", "Overlap and coverage", caption, panels, table)


def forces(board: Board) -> Figure | None:
    """Losses, gradient norms, gradients by layer."""
    specs = [
        ("critic_loss", "Critic loss", "loss", False),
        ("generator_loss", "Generator loss", "loss", False),
        ("critic_gradient_norm", "Critic gradient norm", "norm", True),
        ("generator_gradient_norm", "Generator gradient norm", "norm", True),
    ]
    panels = [panel(board, *spec) for spec in specs if board.has(spec[0])]
    panels += [
        Panel(f"{label}, at the end", _alt_layers(board, metric, label), partial(_draw_layers, board, metric))
        for metric, label in _LAYERS
        if board.has(metric)
    ]
    if not panels:
        return None
    table = board.end_table([spec[0] for spec in specs])
    return board.figure("forces", "Losses and gradients", captions.FORCES, panels, table)


_LAYERS = (
    ("critic_gradient", "Critic gradient by layer"),
    ("generator_gradient", "Generator gradient by layer"),
)


def _alt_layers(board: Board, metric: str, label: str) -> str:
    ends = []
    for cell in board.has(metric):
        profile = layer_profile(cell, metric)
        if len(profile):
            ends.append(f"{cell.label} from {profile.iloc[0]:.3g} to {profile.iloc[-1]:.3g}")
    return f"{label}, input side to output side, medians at the end: {', '.join(ends)}."


def panel(board: Board, metric: str, label: str, unit: str, log: bool) -> Panel:
    ends = [f"{c.label} {last(board.median(c, metric)):.3g}" for c in board.has(metric)]
    alt = f"{label} over generator steps, medians at the end: {', '.join(ends)}."
    return Panel(label, alt, partial(_draw_metric, board, metric, unit, log))


def _draw_metric(board: Board, metric: str, unit: str, log: bool) -> Any:
    figure, ax = draw.canvas(STEP, unit)
    values, last = [], 1.0
    draw.noise_band(ax, board.band(metric))
    for cell in board.has(metric):
        curves, look = board.curves(cell, metric), board.looks[cell.label]
        if curves.empty:
            continue
        curves = curves.where(curves > 0) if log else curves
        draw.seed_traces(ax, curves, look, alpha=0.22)
        draw.median_line(ax, board.median(cell, metric), look)
        draw.ended_early(ax, last_points(cell, curves), look)
        values.append(curves.to_numpy().ravel())
        last = max(last, float(curves.index.max()))
    draw.step_axis(ax, last)
    if log:
        draw.log_axis(ax.yaxis, np.concatenate(values) if values else [])
    elif unit == "loss" and values:
        draw.loss_axis(ax.yaxis, np.concatenate(values))
    else:
        draw.count_axis(ax.yaxis, integer=unit == "modes")
    if metric == "js":
        draw.level(ax, math.log(2), "ln 2")
        ax.set_ylim(0, 0.78)
    return figure


def _draw_layers(board: Board, metric: str) -> Any:
    figure, ax = draw.canvas("layer, from the input side", "norm")
    profiles = {cell.label: layer_profile(cell, metric) for cell in board.has(metric)}
    for label, profile in profiles.items():
        draw.median_line(ax, profile, board.looks[label])
    draw.log_axis(ax.yaxis, np.concatenate([profile.to_numpy() for profile in profiles.values()]))
    draw.linear_axis(ax.xaxis, integer=True)
    return figure
