"""One-sided against two-sided penalty over their weight."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.figure import BAND, INK, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.recipe_ablation.arms import ONE_SIDED, PENALTY, TWO_SIDED
from gan_bench.experiments.recipe_ablation.claims import SAME
from gan_bench.experiments.recipe_ablation.figures.ladder import ratio_axis
from gan_bench.experiments.recipe_ablation.results import NAME, Results

_CAPTION = (
    "The two-sided penalty pulls the critic's slope to 1, the one-sided only pushes it below. Left: "
    "geometric mean of W1 at the end over the penalty's weight, with 95 % interval over seeds, and the noise "
    "floor. Right: W1 with the one-sided as a multiple of W1 with the two-sided, seed by seed (dots), "
    "with the 90 % interval of the geometric mean: inside the shaded band of {low:g} to {high:g} the two "
    "count as the same. Where a seed diverged there is no mean."
)


def penalties(results: Results, shared: Mapping[str, Look]) -> Figure | None:
    """W1 over the weight for both, and their ratio."""
    if not any(results.ends(cell).size for cell in results.having(PENALTY)):
        return None
    table = _table(results)
    told = ", ".join(f"{row.factor:.3g} at {row.weight:g}" for row in table.itertuples())
    panels = (
        Panel(
            "W1 at the end",
            "W1 at the end over the weight: see the table.",
            partial(_draw_ends, results, shared),
        ),
        Panel(
            "One-sided against two-sided", f"Factors of W1: {told}.", partial(_draw_ratios, results, shared)
        ),
    )
    return Figure(
        "penalties",
        "One-sided and two-sided penalties",
        _CAPTION.format(low=SAME[0], high=SAME[1]),
        panels,
        group=NAME,
        methods=tuple(dict.fromkeys(cell.label for cell in results.having(PENALTY))),
        table=table,
        table_of="W1 at the end, and the factor from two-sided to one-sided",
    )


def _end(results: Results, name: str, weight: float) -> Interval:
    x = results.ends(results.arm(PENALTY, name, weight)).to_numpy(dtype=float)
    if not x.size or not np.isfinite(x).all():
        return Interval(math.nan, None, None, x.size, "not all seeds have an end")
    return t_interval(x, "log")


def _ratios(results: Results, weight: float) -> tuple[np.ndarray, Interval]:
    x = results.log_ratios(*(results.arm(PENALTY, name, weight) for name in (ONE_SIDED, TWO_SIDED)))
    if not x.size or not np.isfinite(x).all():
        return np.exp(x[np.isfinite(x)]), Interval(math.nan, None, None, x.size, "not all seeds have an end")
    return np.exp(x), t_interval(np.exp(x), "log", level=0.9)


def _table(results: Results) -> pd.DataFrame:
    rows = []
    for weight in results.weights:
        two, one = (_end(results, name, weight) for name in (TWO_SIDED, ONE_SIDED))
        _, ratio = _ratios(results, weight)
        ends = (math.nan if end is None else end for end in (ratio.low, ratio.high))
        values = (weight, two.centre, one.centre, ratio.centre, *ends)
        rows.append(dict(zip(_COLUMNS, values, strict=True)))
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = ["weight", TWO_SIDED, ONE_SIDED, "factor", "90 % from", "90 % to"]


def _draw_ends(results: Results, shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("weight of the penalty", "W1 at the end [data units]")
    draw.noise_band(ax, results.band)
    values: list[float] = [results.band.median] if results.band else []
    for name, aside in ((TWO_SIDED, 0.97), (ONE_SIDED, 1.03)):
        known = [(w, _end(results, name, w)) for w in results.weights]
        known = [(w, interval) for w, interval in known if math.isfinite(interval.centre)]
        if known:
            draw.estimates(ax, [w * aside for w, _ in known], [i for _, i in known], shared[name])
        values += [end for _, i in known for end in (i.low, i.centre, i.high) if end is not None]
    draw.log_axis(ax.yaxis, values)
    draw.log_axis(ax.xaxis, results.weights)
    return figure


def _draw_ratios(results: Results, shared: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("weight of the penalty", "W1 one-sided / two-sided")
    ax.axhspan(*SAME, color=BAND, alpha=0.28, linewidth=0)
    ax.axhline(1.0, color=INK, linewidth=0.8)
    values = list(SAME)
    for weight in results.weights:
        seeds, interval = _ratios(results, weight)
        look = shared[ONE_SIDED]
        style: dict[str, Any] = {"linestyle": "none", **draw.of(look), "marker": look.marker}
        ax.plot(np.full(len(seeds), weight * 1.1), seeds, markersize=2.6, alpha=0.55, **style)
        if math.isfinite(interval.centre):
            draw.estimates(ax, [weight], [interval], look)
        values += [*seeds, *(end for end in (interval.low, interval.high) if end is not None)]
    ratio_axis(ax.yaxis, values)
    draw.log_axis(ax.xaxis, results.weights)
    return figure
