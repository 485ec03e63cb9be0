"""What the cost experiment says of a gradient penalty's price, for MLPs and for images. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell, cells_of, end_values
from gan_bench.analysis.ratios import as_ratio
from gan_bench.analysis.verdicts import Evidence, Part, untested, within

EXPERIMENT = "penalty-cost"

# A training step under a penalty, in clipped steps, set before any run. Public logs of one code base say 1.83
# end to end (StudioGAN, CIFAR-10, the same ResNet and critic steps: 5.31 against 2.90 iterations a second).
LOW, HIGH, PUBLISHED = 1.3, 2.5, 1.83

_REMARK = (
    "The unit of replication is the repeat of the timing (fresh networks from its seed, timed beside the "
    "clipped ones in A B B A rounds), not a trained model: the interval says how sure the ratio is on "
    "this machine, whatever other jobs ran beside it. Ratios of times are judged on the log scale."
)
_MLPS = "The networks are MLPs: images, of which the published logs speak, are not tested here."
_IMAGES = "The networks are those of images, of which the published logs speak: MLPs are not tested here."
_BOTH = "MLPs and networks of images are judged apart; the published logs speak of images."


def claims(run: Any) -> list[Evidence]:
    """Return the evidence on the penalty's cost, one for each data set and kind of network."""
    groups = grouped(cell for cell in cells_of(run.outcomes) if cell.experiment == EXPERIMENT)
    remark = f"{_REMARK} {_tested([cells[0] for cells in groups.values()])}" if groups else ""
    return [
        Evidence("penalty-cost", _parts(cells), figure_name(cells[0]), remark) for cells in groups.values()
    ]


def grouped(cells: Iterable[Cell]) -> dict[tuple[str, str], list[Cell]]:
    """Cells that may stand side by side: those with the same data set and kind of network, in order."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.dataset, network(cell)), []).append(cell)
    return groups


def network(cell: Cell) -> str:
    """The kind of network: "mlp", "dcgan", "resnet"."""
    # Outcomes stored before images could be timed do not say it.
    return str(cell.settings.get("network", "mlp"))


def figure_name(cell: Cell) -> str:
    """Name of the figure that shows a cell."""
    return f"cost-{cell.dataset}" if network(cell) == "mlp" else f"cost-{cell.dataset}-{network(cell)}"


def _tested(cells: Sequence[Cell]) -> str:
    """Which kinds of networks were timed, in words."""
    kinds = {network(cell) == "mlp" for cell in cells}
    return _BOTH if len(kinds) == 2 else _MLPS if kinds == {True} else _IMAGES


def _asked(cell: Cell) -> str:
    name = network(cell)
    of = "an MLP's" if name == "mlp" else f"an image network's ({name} on {cell.dataset})"
    return f"{of} training step costs {LOW:g} to {HIGH:g} clipped steps (geometric mean of the ratios)"


def _parts(cells: Sequence[Cell]) -> tuple[Part, ...]:
    parts = tuple(_part(cell) for cell in cells if penalised(cell))
    return parts or (untested(_asked(cells[0]), "no critic with a gradient penalty in this run"),)


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
    statement = f"{cell.label}: {_asked(cell)}"
    if cell.skip:
        return untested(statement, cell.skip)
    logs = np.log(end_values(cell, "cost_ratio").to_numpy(dtype=float))
    low, high = math.log(LOW), math.log(HIGH)
    return as_ratio(within(statement, logs, low, high, planned=len(cell.status), unit="clipped steps"))
