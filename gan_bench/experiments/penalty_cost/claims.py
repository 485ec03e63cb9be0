"""What the cost experiment says of the price of a gradient penalty. Free of torch."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell, cells_of, end_values
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.verdicts import Evidence, Part, untested, within

EXPERIMENT = "penalty-cost"

# A training step under a penalty, in clipped steps, set before any run. Public logs of one code base say 1.83
# end to end (StudioGAN, CIFAR-10, the same ResNet and critic steps: 5.31 against 2.90 iterations a second).
LOW, HIGH, PUBLISHED = 1.3, 2.5, 1.83

_ASKED = f"an MLP's training step costs {LOW:g} to {HIGH:g} clipped steps (geometric mean of the ratios)"
_REMARK = (
    "The unit of replication is the repeat of the timing (fresh networks from its seed, timed beside the "
    "clipped ones in A B B A rounds), not a trained model: the interval says how sure the ratio is on "
    "this machine. Ratios of times are judged on the log scale. The networks are MLPs: images, of which "
    "the published logs speak, are not tested here."
)


def claims(run: Any) -> list[Evidence]:
    """Return the evidence on the penalty's cost for MLPs."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == EXPERIMENT]
    if not cells:
        return []
    parts = [_part(cell) for cell in cells if penalised(cell)]
    parts = parts or [untested(_ASKED, "no critic with a gradient penalty in this run")]
    return [Evidence("penalty-cost", tuple(parts), f"cost-{cells[0].dataset}", _REMARK)]


def penalised(cell: Cell) -> bool:
    """True for the Wasserstein critic with the two-sided penalty alone, timed against a clipped one."""
    method, baseline = cell.settings["method"], cell.settings["baseline"]
    return (
        _kinds(method) == ["GradientPenalty"]
        and method["objective"]["kind"] == "Wasserstein"
        and _kinds(baseline) == ["Clip"]
    )


def _kinds(method: dict[str, Any]) -> list[str]:
    return [part["kind"] for part in method["constraints"]]


def _part(cell: Cell) -> Part:
    statement = f"{cell.label}: {_ASKED}"
    if cell.skip:
        return untested(statement, cell.skip)
    logs = np.log(end_values(cell, "cost_ratio").to_numpy(dtype=float))
    low, high = math.log(LOW), math.log(HIGH)
    part = within(statement, logs, low, high, planned=len(cell.status), unit="clipped steps")
    return dataclasses.replace(part, interval=_as_ratio(part.interval))


def _as_ratio(logs: Interval) -> Interval:
    """The interval of a mean logarithm, as that of a geometric mean."""
    low, high = (None if end is None else math.exp(end) for end in (logs.low, logs.high))
    return dataclasses.replace(logs, centre=math.exp(logs.centre), low=low, high=high)
