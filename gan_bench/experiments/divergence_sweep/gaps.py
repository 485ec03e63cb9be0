"""What a trained critic's gap T says of W1, and whether one-sided and two-sided penalties train alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.verdicts import Part, at_least, at_most, exactly, untested, within
from gan_bench.experiments.divergence_sweep.reading import (
    axis_of,
    constraint_of,
    kind_of,
    separated_places,
    table,
)

# Margins of the suite's list of claims.
LAW_BAND = 0.05  # T / W1 against 1 + W1 / (2 lambda)
SAME_BAND = 0.05  # one-sided against two-sided
STATIONARY = 0.05  # largest residual over gap, of any seed, at which a penalised critic has settled
TIGHT = 0.95  # of a spectrally normalised critic's gap over its Lipschitz bound, on translates
# Rounding of float32 over a few layers; the bound itself is exact.
BOUND_SLACK = 1e-4
# A clipped gap is off by this factor at least, and the factor itself changes by this much at least along the
# sweep. Prototypes saw .001 at W1 = .5 and .0005 at 8.
CLIP_OFF, CLIP_VARIES = 2.0, 1.5

_NOWHERE_APART = "such critics were trained, but not where two translates are separated, or at one place only"
_VARIES = "changes by a factor above"
_STEADY = (
    "Where a clipped critic's factor changes less, or less surely, than was asked: a critic that drives its "
    "weights to the edge of the box at every separation alike would show that. Where the weights ended is "
    "not measured, so this is a possible reason and no finding."
)
_WRONG_SIGN = "a gap that is not positive is off by no factor: its seeds count as lost"

_PENALTIES = {"GradientPenalty": "two-sided", "OneSidedPenalty": "one-sided"}


def gap_parts(critics: Sequence[Cell]) -> tuple[Part, ...]:
    """The law under penalties, the bound under spectral normalisation, the varying factor under clipping."""
    kinds: tuple[tuple[tuple[str, ...], str, Callable[[Cell], list[Part]]], ...] = (
        (tuple(_PENALTIES), "penalised: T / W1 is 1 + W1 / (2 lambda) within 5 %", _law),
        (("Spectral",), "spectral: T / product of norms is a lower bound, tight on translates", _spectral),
        (("Clip",), "clipped: T is off by a factor that varies", _clipped),
    )
    parts: list[Part] = []
    for wanted, statement, judged in kinds:
        cells = [cell for cell in critics if constraint_of(cell)[0] in wanted and _has_gap(cell)]
        found = [part for cell in cells for part in judged(cell)]
        parts += found or [untested(statement, _why_none(cells))]
    return tuple(parts)


def _why_none(cells: Sequence[Cell]) -> str:
    if not cells:
        return "no such critic was trained with the Wasserstein loss"
    lost = all(table(cell, "critic_gap").empty for cell in cells)
    return "no seed of such critics completed" if lost else _NOWHERE_APART


def sidedness_parts(critics: Sequence[Cell]) -> tuple[Part, ...]:
    """Every one-sided critic against the two-sided one of the same weight, on the same pair."""
    parts = []
    penalised = [cell for cell in critics if _has_gap(cell) and constraint_of(cell)[0] in _PENALTIES]
    for two in (cell for cell in penalised if constraint_of(cell)[0] == "GradientPenalty"):
        for one in penalised:
            alike = constraint_of(one) == ("OneSidedPenalty", constraint_of(two)[1])
            if alike and one.dataset == two.dataset and separated_places(two):
                parts.append(_same(two, one))
    missing = "a one-sided and a two-sided critic of one weight on a separated pair are needed"
    statement = "separated supports: one-sided and two-sided critics are the same within 5 %"
    return tuple(parts) or (untested(statement, missing),)


def remark(critics: Sequence[Cell], parts: Sequence[Part]) -> str:
    """Say which places were not judged, and why a clipped critic's factor may hardly vary."""
    lost = [(cell, at) for cell in critics if _weight(cell) for at in _unsettled(cell)]
    said = []
    if lost:
        named = ", ".join(f"{cell.label} on {cell.dataset} at {at:g}" for cell, at in lost)
        said.append(f"Not judged, because some seed's critic had not settled there: {named}.")
    if any(_VARIES in part.statement and part.tested and not part.holds for part in parts):
        said.append(_STEADY)
    return " ".join(said)


def _law(cell: Cell) -> list[Part]:
    statement = f"{cell.label} on {cell.dataset}: T / W1 is 1 + W1 / (2 lambda) within {LAW_BAND:.0%}"
    places = separated_places(cell)
    if not places:
        return []  # no law is claimed for crossing segments
    if not _weight(cell):
        return [untested(statement, "a weight of 0 is no penalty: the law has no value")]
    w1, gap = table(cell, "w1_exact"), table(cell, "critic_gap")
    ratio = gap / w1 / (1 + w1 / (2 * _weight(cell)))
    return [_weakest(statement, cell, ratio, LAW_BAND, places, set(_unsettled(cell)), "T / (W1 x law)")]


def _same(two: Cell, one: Cell) -> Part:
    statement = f"{one.label} and {two.label} on {two.dataset}: the same gap within {SAME_BAND:.0%}"
    ratio = table(one, "critic_gap") / table(two, "critic_gap")
    unsettled = {*_unsettled(one), *_unsettled(two)}
    return _weakest(statement, two, ratio, SAME_BAND, separated_places(two), unsettled, "ratio of gaps")


def _weakest(
    statement: str,
    cell: Cell,
    ratio: pd.DataFrame,
    band: float,
    places: Sequence[float],
    unsettled: set[float],
    unit: str,
) -> Part:
    """The equivalence of a ratio with 1 at every settled place: as strong as its weakest place.

    All places must hold, which needs no correction; that the worst of several is shown against it does
    (Bonferroni).
    """
    judged = [at for at in places if at not in unsettled and _row(ratio, at).size]
    if not judged:
        return untested(statement, f"the critics had not settled at any {axis_of(cell)}", unit)
    planned = len(cell.status)
    parts = {
        at: within(statement, _row(ratio, at), 1 - band, 1 + band, planned=planned, unit=unit)
        for at in judged
    }
    worst = max(judged, key=lambda at: (not parts[at].holds, abs(parts[at].interval.centre - 1)))
    part = parts[worst]
    notes = [f"the weakest of {len(judged)} places: {axis_of(cell)} {worst:g}", part.note]
    return replace(
        part,
        holds=all(other.holds for other in parts.values()),
        against=min(1.0, min(other.against for other in parts.values()) * len(judged)),
        note="; ".join(note for note in notes if note),
    )


def _spectral(cell: Cell) -> list[Part]:
    share = table(cell, "critic_gap") / table(cell, "lipschitz_upper") / table(cell, "w1_exact")
    share = share.replace([np.inf, -np.inf], np.nan).dropna()
    if share.empty:
        return [untested(f"{cell.label} on {cell.dataset}: a lower bound", "no product of norms is known")]
    planned, what = len(cell.status), f"{cell.label} on {cell.dataset}: T / (product of norms x W1)"
    parts = [_bounded(f"{what} never exceeds 1, at any place and seed", share, planned)]
    places = [at for at in separated_places(cell) if at in share.index]
    if places:
        tightest = share.loc[places].min().to_numpy()
        parts.append(
            at_least(
                f"{what} is at least {TIGHT:g}, at its smallest", tightest, TIGHT, planned=planned, unit="1"
            )
        )
    elif kind_of(cell) == "crossing-segments":
        loosest = share.max().to_numpy()
        parts.append(
            at_most(f"{what} stays below {TIGHT:g}: no translates", loosest, TIGHT, planned=planned, unit="1")
        )
    return parts


def _bounded(statement: str, share: pd.DataFrame, planned: int) -> Part:
    """A bound for every seed, not for their mean: a tolerance, and no interval.

    W1 of the held-out clouds is known exactly, so that no draw can lift the share above 1.
    """
    excess = max(0.0, float(share.to_numpy().max()) - 1)
    part = exactly(statement, excess, 0.0, BOUND_SLACK, unit="excess over 1")
    n = share.shape[1]
    whole = n >= planned
    return part if whole else replace(part, holds=False, note=f"{n} of {planned} seeds")


def _clipped(cell: Cell) -> list[Part]:
    places = separated_places(cell)
    what = f"{cell.label} on {cell.dataset}: T / W1"
    if len(places) < 2:
        return []  # nothing to vary along, or no translates
    ratio = (table(cell, "critic_gap") / table(cell, "w1_exact")).loc[places]
    planned = len(cell.status)
    positive = ratio.where(ratio > 0).dropna(axis=1)
    note = _WRONG_SIGN if positive.shape[1] < ratio.shape[1] else ""
    ratio = positive
    off = np.exp(np.abs(np.log(ratio.to_numpy())).min(axis=0))
    spread = (ratio.max() / ratio.min()).to_numpy()
    parts = [
        at_least(
            f"{what} is off by a factor above {CLIP_OFF:g}", off, CLIP_OFF, planned=planned, unit="factor"
        ),
        at_least(
            f"{what} {_VARIES} {CLIP_VARIES:g} along the sweep",
            spread,
            CLIP_VARIES,
            planned=planned,
            unit="factor",
        ),
    ]
    return [replace(part, note="; ".join(filter(None, (part.note, note)))) for part in parts]


def _unsettled(cell: Cell) -> list[float]:
    """Separated places at which the residual of some seed exceeds its share of the gap."""
    gap, residual = table(cell, "critic_gap"), table(cell, "stationarity")
    share = (residual / gap).abs().max(axis=1)
    # Written so that a missing or undefined residual counts as not settled.
    return [at for at in separated_places(cell) if not share.get(at, np.inf) <= STATIONARY]


def _weight(cell: Cell) -> float:
    """Weight of a penalty on slopes; 0 for any other constraint."""
    kind, weight = constraint_of(cell)
    return weight if kind in _PENALTIES else 0.0


def _row(ratio: pd.DataFrame, at: float) -> np.ndarray:
    """Values of all seeds at one place, none where it was not measured."""
    values = ratio.reindex([at]).to_numpy(dtype=float).ravel()
    return values[~np.isnan(values)]


def _has_gap(cell: Cell) -> bool:
    return bool(len(cell.of("critic_gap")))
