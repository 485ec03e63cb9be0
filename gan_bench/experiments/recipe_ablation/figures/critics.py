"""What critics do: the gap with and without constraint on a fixed task, and slopes under spectral norm."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import last_points, median_curve, seed_curves
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.recipe_ablation.arms import GAP, SPECTRAL
from gan_bench.experiments.recipe_ablation.claims import NORMALISED
from gan_bench.experiments.recipe_ablation.results import NAME, Results, growth, worst

_GAP = (
    "One fixed task: Wasserstein critics between the data and an untrained generator that does not move, one "
    "optimiser and rate, only the constraint differs. Both axes logarithmic: a straight rise is a power law, "
    "a level line a plateau. Thin lines are seeds, thick ones medians, the dark line exact W1 of the task, "
    "which the gap of a 1-Lipschitz critic does not exceed but for sampling noise. Left: the gap's size on "
    "held-out points. Right: the largest slope found. Judged is the last half of the steps."
)
_SPECTRAL = (
    "Spectrally normalised critics while their generator trains: largest input gradient found (thin) and the "
    "product of the layers' exact norms (thick), medians over seeds, single seeds faint. Power iteration "
    "follows weights that move, so that the product may pass 1 a little; beyond {limit:g} the normalisation "
    "has failed. It follows 16 directions per layer, and one, as published, in sngan-one-direction."
)


def gap(results: Results, shared: Mapping[str, Look]) -> Figure | None:
    """|gap| and slope over critic steps on the fixed task."""
    cells = [cell for cell in results.having(GAP) if len(cell.of("critic_gap"))]
    if not cells:
        return None
    table = pd.DataFrame([{"method": cell.label, **_growth(cell)} for cell in cells])
    told = ", ".join(f"{row.method} {row.slope:.3g}" for row in table.itertuples())
    panels = [
        Panel(
            "Size of the gap",
            f"Slopes of log gap per log step over the last half, means over seeds: {told}.",
            partial(_draw, cells, shared, "critic_gap", "|gap| [score]"),
        )
    ]
    sloped = [cell for cell in cells if len(cell.of("lipschitz_lower"))]
    if sloped:
        alt = "Largest slope found over critic steps, by constraint."
        panels.append(
            Panel(
                "Largest slope",
                alt,
                partial(_draw, sloped, shared, "lipschitz_lower", "slope [score per unit]"),
            )
        )
    methods = tuple(cell.label for cell in cells)
    return Figure(
        "gap",
        "The gap on a fixed task",
        _GAP,
        tuple(panels),
        group=NAME,
        methods=methods,
        table=table,
        table_of="gap at the end (median) and slope over the last half (mean over seeds)",
    )


def _growth(cell: Cell) -> dict[str, float]:
    curve = median_curve(seed_curves(cell, "critic_gap"), 0).dropna()
    slopes = growth(cell)
    return {
        "gap": float(curve.iloc[-1]) if len(curve) else np.nan,
        "slope": float(slopes.mean()) if slopes.size else np.nan,
        "diverged": float(np.isinf(slopes).sum()),
    }


def _draw(cells: list[Cell], shared: Mapping[str, Look], metric: str, unit: str) -> Any:
    figure, ax = draw.canvas("critic step", unit)
    values, last = [], 1.0
    for cell in cells:
        curves, look = seed_curves(cell, metric).abs().clip(upper=draw.LARGEST), shared[cell.label]
        curves = curves.where(curves > 0)
        draw.seed_traces(ax, curves, look, alpha=0.22)
        draw.median_line(ax, median_curve(curves, 0), look)
        draw.ended_early(ax, last_points(cell, curves), look)
        values.append(curves.to_numpy().ravel())
        last = max(last, float(curves.index.max()))
    draw.step_axis(ax, last)
    draw.log_axis(ax.yaxis, np.concatenate(values))
    if metric == "critic_gap":
        w1 = np.concatenate([cell.of("w1")["value"].to_numpy(dtype=float) for cell in cells])
        if w1.size:
            draw.level(ax, float(np.median(w1)), "W1")
    else:
        draw.level(ax, 1.0, "1")
    return figure


def spectral(results: Results, shared: Mapping[str, Look]) -> Figure | None:
    """Bounds of the Lipschitz constant over training steps."""
    cells = [cell for cell in results.having(SPECTRAL) if len(cell.of("lipschitz_upper"))]
    if not cells:
        return None
    table = pd.DataFrame(
        [
            {"method": cell.label}
            | {
                f"largest {side} bound": float(worst(cell, f"lipschitz_{side}").max())
                for side in ("lower", "upper")
            }
            for cell in cells
        ]
    )
    told = ", ".join(f"{row[1]} {row[3]:.4g}" for row in table.itertuples())
    panel = Panel(
        "Slopes of a normalised critic",
        f"Largest product of exact norms over all seeds and steps: {told}.",
        partial(_draw_bounds, cells, shared),
    )
    caption = _SPECTRAL.format(limit=NORMALISED)
    methods = tuple(cell.label for cell in cells)
    return Figure("spectral", "Gradients under spectral normalisation", caption, (panel,), group=NAME,
                  methods=methods, table=table, table_of="largest over seeds and steps")  # fmt: skip


def _draw_bounds(cells: list[Cell], shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("generator step", "slope [score per data unit]")
    last, top = 1.0, NORMALISED
    for cell in cells:
        look = shared[cell.label]
        for side, width in (("upper", 1.7), ("lower", 0.8)):
            curves = seed_curves(cell, f"lipschitz_{side}")
            draw.seed_traces(ax, curves, look, alpha=0.22)
            draw.median_line(ax, median_curve(curves, 0), look, width=width)
            last, top = max(last, float(curves.index.max())), max(top, float(curves.max().max()))
    draw.step_axis(ax, last)
    ax.set_ylim(0, 1.12 * min(top, 10 * NORMALISED))
    draw.linear_axis(ax.yaxis)
    draw.level(ax, NORMALISED, f"{NORMALISED:g}")
    return figure
