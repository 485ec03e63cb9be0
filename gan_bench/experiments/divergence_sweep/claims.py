"""What the sweep says of three claims. Every margin was set before any run. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.verdicts import Evidence, Part, exactly, untested
from gan_bench.experiments.divergence_sweep import gaps
from gan_bench.experiments.divergence_sweep.reading import is_exact, kind_of, sweep_cells, table, trained

LN2 = math.log(2)

# Closed forms and rounding: no seed, no interval.
LN2_TOLERANCE = 1e-12
QUADRATURE_TOLERANCE = 1e-6  # nats; the midpoint rule at a sixth of a standard deviation leaves less
W1_TOLERANCE = 1e-9  # data units; the linear programme certifies its gap to that


def claims(run: Any) -> list[Evidence]:
    """Return the evidence of a run's sweep; parts without a method to test them say so."""
    cells = sweep_cells(run)
    if not cells:
        return []
    critics = trained(cells)
    gap_parts = gaps.gap_parts(critics)
    return [
        Evidence("js-is-blind", _blindness(cells), "sweep-distances", _REMARK_BLIND),
        Evidence("gap-and-w1", gap_parts, "sweep-ratios", gaps.remark(critics, gap_parts)),
        Evidence("one-sided", gaps.sidedness_parts(critics), "sweep-ratios"),
    ]


_REMARK_BLIND = (
    "Deterministic. The closed forms stand by construction: W1 is checked by a linear programme on shared "
    "draws, Jensen-Shannon by quadrature where there are densities (disks and Gaussians), and where "
    "there are none (lines, segments, points) by counting which points of both supports coincide. Two "
    "Gaussians overlap at small separations: there Jensen-Shannon still sees."
)


def _blindness(cells: Sequence[Cell]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for cell in filter(is_exact, cells):
        if table(cell, "w1_exact").empty:
            statement = f"{cell.dataset}: what JS and W1 are along the sweep"
            parts.append(untested(statement, "the closed forms' job did not complete"))
        else:
            parts += [*_constant(cell), *_checked(cell), _programme(cell)]
    return tuple(parts) or (untested("JS = ln 2 and W1 = the separation", "no closed form was computed"),)


def _constant(cell: Cell) -> list[Part]:
    """JS, TV and KL where no mass is shared; nothing for pairs with densities everywhere."""
    if kind_of(cell) == "separated-gaussians":
        return []
    rows = {name: table(cell, f"{name}_exact").mean(axis=1) for name in ("js", "tv", "kl", "w1")}
    apart = rows["w1"] > 0
    statement = f"{cell.dataset}, closed forms: JS is ln 2 at every place but W1 = 0"
    if not apart.any():
        return [untested(statement, "W1 is 0 at every place of the sweep", "nats")]
    others = f"{cell.dataset}, closed forms: places but W1 = 0 at which TV is not 1 or KL not infinite"
    seeing = (rows["tv"][apart] != 1) | ~np.isinf(rows["kl"][apart])
    js = _farthest(rows["js"][apart], LN2)
    return [
        _exactly(statement, js, LN2, LN2_TOLERANCE, "nats"),
        _exactly(others, float(seeing.sum()), 0.0, 0.5, "places"),
    ]


def _checked(cell: Cell) -> list[Part]:
    """JS computed apart from the closed form: an integral where there are densities, else counted."""
    exact, w1 = (table(cell, f"{name}_exact").mean(axis=1) for name in ("js", "w1"))
    integrated = table(cell, "js_quadrature").mean(axis=1)
    if not integrated.empty:
        statement = f"{cell.dataset}: JS is the integral of the densities within {QUADRATURE_TOLERANCE:g}"
        worst = _farthest(integrated.sub(exact), 0.0)
        return [_exactly(statement, abs(worst), 0.0, QUADRATURE_TOLERANCE, "nats")]
    statement = f"{cell.dataset}: JS counted on points of both supports is ln 2 at every place but W1 = 0"
    counted = table(cell, "js_atoms").mean(axis=1)
    if counted.empty:
        return [untested(statement, "no coincidences were counted", "nats")]
    # 0 where both are the same: a count that saw no coincidence there would see none anywhere.
    wanted = exact.where(w1 == 0, LN2)
    off = _farthest(counted.sub(wanted), 0.0)
    return [_exactly(statement, LN2 + off, LN2, LN2_TOLERANCE, "nats")]


def _programme(cell: Cell) -> Part:
    w1, programme = (table(cell, f"w1_{name}").mean(axis=1) for name in ("exact", "programme"))
    statement = (
        f"{cell.dataset}: W1 by linear programme on shared draws is the closed form within {W1_TOLERANCE:g}"
    )
    worst = abs(_farthest(programme.sub(w1), 0.0))
    return _exactly(statement, worst, 0.0, W1_TOLERANCE, "data units")


def _farthest(values: pd.Series, target: float) -> float:
    """The value farthest from its target, so that no mean hides it; NaN where one is missing."""
    apart = np.abs(values.to_numpy(dtype=float) - target)
    return float(values.iloc[int(np.argmax(apart))]) if np.isfinite(apart).all() else math.nan


def _exactly(statement: str, value: float, target: float, tolerance: float, unit: str) -> Part:
    """As `exactly`; a number that is missing somewhere is no evidence against."""
    if not math.isfinite(value):
        return untested(statement, "the number is missing, or not finite, at some place", unit)
    return exactly(statement, value, target, tolerance, unit=unit)
