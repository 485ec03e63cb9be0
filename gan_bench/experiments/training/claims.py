"""Does Lipschitz control cover more modes than minimax on the 25-mode grid? Free of torch."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of, end_size, end_values
from gan_bench.analysis.verdicts import Evidence, Part, at_least, untested
from gan_bench.harness.outcome import Status

DATASET, METRIC, MODES = "grid25", "modes_covered", 25
# Constraints that bound the critic's slope where it meets both real and generated points.
CONTROLS = ("Clip", "GradientPenalty", "OneSidedPenalty", "Spectral")
BASELINE = "Minimax"
# More modes than minimax, by any number: no source says how many (Lucic et al. 2018: no consistent winner).
MARGIN = 0.0
# Generator steps of the protocol behind the published counts (PacGAN, Lin et al. 2018): suite `paper`. A
# difference after fewer is reported and not judged.
PROTOCOL_STEPS = 400_000
# What may differ between two cells that are compared.
_OWN = ("method", "method_spec", "steps")


def claims(run: Any) -> list[Evidence]:
    """Return the evidence on "mode-coverage"; nothing where no method was trained on the grid."""
    cells = [
        cell for cell in cells_of(run.outcomes) if cell.experiment == "training" and not cell.is_reference
    ]
    mine = [cell for cell in cells if cell.dataset == DATASET]
    if not mine:
        return []
    size = end_size(mine, METRIC)
    controlled = [cell for cell in mine if _controls(cell)]
    parts = [_part(cell, mine, size) for cell in controlled]
    if not parts:
        parts = [untested("modes covered with Lipschitz control", "no such method was trained on the grid")]
    return [Evidence("mode-coverage", tuple(parts), f"shape-{DATASET}", _remark(mine))]


def _part(cell: Cell, cells: Sequence[Cell], size: float) -> Part:
    base = _baseline(cell, cells)
    if base is None:
        said = f"{cell.label}: more modes than minimax"
        return untested(said, "no minimax method with the same networks and batches", "modes")
    steps = [int(one.settings["steps"]) for one in (cell, base)]
    said = (
        f"{_at(cell, steps)}: modes covered at the end, less those of {_at(base, steps[::-1])}, above "
        f"{MARGIN:g}"
    )
    ours, theirs = _modes(cell, size).align(_modes(base, size), join="inner")
    planned = max(len(cell.status), len(base.status))
    part = at_least(said, (ours - theirs).to_numpy(dtype=float), MARGIN, planned=planned, unit="modes")
    return part if min(steps) >= PROTOCOL_STEPS else _reported(part, min(steps))


def _at(cell: Cell, steps: Sequence[int]) -> str:
    """A method's name, with its generator steps (the first) where the other's differ."""
    return cell.label if steps[0] == steps[1] else f"{cell.label} ({steps[0]:,} steps)"


def _reported(part: Part, steps: int) -> Part:
    """The same numbers without a judgement: too few steps to test what the published counts say."""
    if not part.tested:
        return part
    why = f"reported, not judged: {steps:,} of {PROTOCOL_STEPS:,} steps"
    return replace(part, holds=False, against=math.nan, note="; ".join(filter(None, (part.note, why))))


def _modes(cell: Cell, size: float) -> pd.Series:
    """Modes covered at the end by seed; a seed that diverged covers none, one that did not run is absent."""
    lost = [seed for seed, status in cell.status.items() if status.status is Status.DIVERGED]
    return pd.concat([end_values(cell, METRIC, size), pd.Series(0.0, index=lost, dtype=float)])


def _controls(cell: Cell) -> bool:
    return any(part["kind"] in CONTROLS for part in cell.settings["method"]["constraints"])


def _baseline(cell: Cell, cells: Sequence[Cell]) -> Cell | None:
    """The minimax method without constraint that was trained like this cell; "gan" before others."""
    like = [
        other
        for other in cells
        if other.settings["method"]["objective"]["kind"] == BASELINE
        and not other.settings["method"]["constraints"]
        and _shared(other) == _shared(cell)
    ]
    return min(like, key=lambda other: other.outcomes[0].job.method != "gan", default=None)


def _shared(cell: Cell) -> str:
    """What two cells must have in common: networks, batches, samples."""
    return json.dumps({k: v for k, v in cell.settings.items() if k not in _OWN}, sort_keys=True, default=str)


def _remark(cells: Sequence[Cell]) -> str:
    steps = [cell.settings["steps"] for cell in cells]
    text = (
        "Each method is held against minimax, with Holm's correction over methods; a diverged seed covers no "
        "mode."
    )
    if min(steps) < PROTOCOL_STEPS:
        text += (
            f" With fewer than {PROTOCOL_STEPS:,} generator steps, which the published counts took (suite "
            f"`paper`), the numbers are reported and not judged: here the methods had {_range(steps)}."
        )
    return text


def _range(steps: Sequence[int]) -> str:
    low, high = min(steps), max(steps)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
