"""What the cost experiment says of the price of a gradient penalty. Free of torch."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import Cell, cells_of, end_values
from gan_bench.analysis.verdicts import Evidence, Part, untested, within

EXPERIMENT = "penalty-cost"

# A training step under a penalty, in clipped steps, set before any run. Public logs of one code base say 1.83
# end to end (StudioGAN, CIFAR-10, the same ResNet and critic steps: 5.31 against 2.90 iterations a second).
LOW, HIGH, PUBLISHED = 1.3, 2.5, 1.83

_ASKED = f"a training step costs {LOW:g} to {HIGH:g} clipped steps"
_REMARK = (
    "The unit of replication is the repeat of the timing (fresh networks from its seed, timed beside the "
    "clipped ones in A B B A rounds), not a trained model: the interval says how sure the ratio is on "
    "this machine."
)


def claims(run: Any) -> list[Evidence]:
    """Return the evidence on the penalty's cost; the part on images is not tested here."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == EXPERIMENT]
    if not cells:
        return []
    parts = [_part(cell) for cell in cells if penalised(cell)]
    parts = parts or [untested(f"MLP: {_ASKED}", "no critic with a gradient penalty in this run")]
    images = untested(f"images: {_ASKED}", "no image networks in this experiment")
    return [Evidence("penalty-cost", (*parts, images), f"cost-{cells[0].dataset}", _REMARK)]


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
    if cell.skip:
        return untested(f"MLP, {cell.label}: {_ASKED}", cell.skip)
    values = end_values(cell, "cost_ratio").to_numpy()
    statement = f"MLP, {cell.label}: {_ASKED}"
    return within(statement, values, LOW, HIGH, planned=len(cell.status), unit="clipped steps")
