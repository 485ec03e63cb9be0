"""What the sweep says of three claims. Every margin was set before any run. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.verdicts import Evidence, Part, exactly, untested
from gan_bench.experiments.divergence_sweep import gaps
from gan_bench.experiments.divergence_sweep.reading import EXACT, kind_of, sweep_cells, table, trained

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
    "Deterministic: closed forms against a linear programme on shared draws and against quadrature. Two "
    "Gaussians overlap at small separations: there Jensen-Shannon still sees."
)


def _blindness(cells: Sequence[Cell]) -> tuple[Part, ...]:
    exact = [cell for cell in cells if cell.outcomes[0].job.method == EXACT and len(cell.rows)]
    parts = [
        part for cell in exact for part in (_constant(cell), _quadrature(cell), _programme(cell)) if part
    ]
    return tuple(parts) or (untested("JS = ln 2 and W1 = the separation", "no closed form was computed"),)


def _constant(cell: Cell) -> Part | None:
    """JS, TV and KL where no mass is shared; nothing for pairs with densities everywhere."""
    if kind_of(cell) == "separated-gaussians":
        return None
    rows = {name: table(cell, f"{name}_exact").mean(axis=1) for name in ("js", "tv", "kl", "w1")}
    apart = rows["w1"] > 0
    statement = f"{cell.dataset}: JS is ln 2, TV 1 and KL infinite at every place but W1 = 0"
    if not apart.any():
        return untested(statement, "W1 is 0 at every place of the sweep", "nats")
    js = rows["js"][apart]
    # The one farthest from ln 2, so that no mean hides it.
    worst = float(js.iloc[int(np.argmax(np.abs(js - LN2)))])
    others = (rows["tv"][apart] == 1).all() and np.isinf(rows["kl"][apart]).all()
    return exactly(statement, worst if others else math.nan, LN2, LN2_TOLERANCE, unit="nats")


def _quadrature(cell: Cell) -> Part | None:
    integrated = table(cell, "js_quadrature").mean(axis=1)
    if integrated.empty:
        return None
    worst = float((integrated - table(cell, "js_exact").mean(axis=1)).abs().max())
    statement = f"{cell.dataset}: JS is the integral of the densities within {QUADRATURE_TOLERANCE:g}"
    return exactly(statement, worst, 0.0, QUADRATURE_TOLERANCE, unit="nats")


def _programme(cell: Cell) -> Part:
    w1, programme = (table(cell, f"w1_{name}").mean(axis=1) for name in ("exact", "programme"))
    worst = float((programme - w1).abs().max())
    statement = (
        f"{cell.dataset}: W1 by linear programme on shared draws is the closed form within {W1_TOLERANCE:g}"
    )
    return exactly(statement, worst, 0.0, W1_TOLERANCE, unit="data units")
