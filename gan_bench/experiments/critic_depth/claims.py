"""What the depth experiment says of clipping: gradients by depth, and weights at the edge. Free of torch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.verdicts import Evidence, Part, at_least, at_most, untested, within
from gan_bench.harness.outcome import Status

EXPERIMENT = "critic-depth"

# The source's critic, and the bounds it shows (Gulrajani et al. 2017, fig. 1b).
DEPTH, WIDTH = 12, 512
BOUNDS = (0.1, 0.01, 0.001)
# Margins, set before any run: slopes of log10 gradient norm per layer towards the input. The figure spans
# some 20 decades over 12 layers for the largest c and as many downwards; these ask for a tenth of it. The
# negation of "grows" is "fades" and the other way round: between 0 and a margin nothing is refuted.
GROWS, FADES, FLAT = 0.05, -0.2, 0.05
# Shares of weights at the edge.
SATURATED, SPREAD = 0.5, 0.1
# A weight can cross its box in 2c / rate steps; twice that is asked for.
BOX_CROSSINGS = 4.0
# Below this relative change of its weights a critic counts as not trained: a single step of the published
# rate and bound, .005 c, already is .02 of the mean weight of a start in [-c/2, c/2].
TRAINED = 0.01
# torch's, of RMSProp and Adam: added to the size of the gradient, by which its step is divided.
EPSILON = 1e-8

_PER_LAYER = "decades per layer"
_START = "not trained: that is the slope of the start"
_STILL = "the critic did not train: its weights have hardly moved since the start"


def claims(run: Any) -> list[Evidence]:
    """Return the evidence on depth and on saturation."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == EXPERIMENT]
    if not cells:
        return []
    return [_depth(cells), _saturation(cells)]


def bound_at_512(cell: Cell) -> float | None:
    """The clipping bound c of a cell, scaled to the source's width with c sqrt(width) held; None without."""
    method = cell.settings["method"]
    bounds = [part["c"] for part in method["constraints"] if part["kind"] == "Clip"]
    return bounds[0] * math.sqrt(cell.settings["width"] / WIDTH) if bounds else None


def penalised(cell: Cell) -> bool:
    """True for a Wasserstein critic with the two-sided penalty and nothing else."""
    method = cell.settings["method"]
    kinds = [part["kind"] for part in method["constraints"]]
    return bool(kinds == ["GradientPenalty"] and method["objective"]["kind"] == "Wasserstein")


def clipped(cells: Sequence[Cell], bound: float) -> list[Cell]:
    """The Wasserstein cells whose bound, at the source's width, is this one to within 1 %."""
    return [
        cell
        for cell in cells
        if (own := bound_at_512(cell)) is not None
        and math.isclose(own, bound, rel_tol=0.01)
        and cell.settings["method"]["objective"]["kind"] == "Wasserstein"
    ]


def last_values(cell: Cell, metric: str) -> pd.Series:
    """Value at the last planned step of each completed seed, infinite ones too."""
    rows = cell.of(metric)
    done = [seed for seed, status in cell.status.items() if status.status is Status.COMPLETED]
    rows = rows[rows["seed"].isin(done) & (rows["step"] == cell.settings["steps"])]
    return rows.groupby("seed")["value"].last()


def dead_seeds(cell: Cell) -> int:
    """Number of completed seeds in which no gradient reaches the input at the last step."""
    return int((last_values(cell, "gradient_slope") == -math.inf).sum())


def _depth(cells: Sequence[Cell]) -> Evidence:
    deep = [cell for cell in cells if cell.settings["depth"] == DEPTH]
    parts = []
    for bound in BOUNDS:
        mine = clipped(deep, bound)
        parts += [_slope_of_clipped(cell, bound) for cell in mine] or [
            untested(f"clipping at {bound:g} (width {WIDTH}), {DEPTH} layers", "no such critic in this run")
        ]
    gentle = [cell for cell in deep if penalised(cell)]
    parts += [_slope_of_penalised(cell) for cell in gentle] or [
        untested(f"gradient penalty, {DEPTH} layers", "no such critic in this run")
    ]
    still = [cell for cell in deep if bound_at_512(cell) is not None and not _trained(cell)]
    return Evidence("depth", tuple(parts), _figure("gradients", deep), _remark_on_depth(still))


def _slope_of_clipped(cell: Cell, bound: float) -> Part:
    grows, trained = bound == BOUNDS[0], _trained(cell)
    asked = f"at least {GROWS:+g}" if grows else f"at most {FADES:+g}"
    statement = f"{cell.label} (c {bound:g} at width {WIDTH}): log10 gradient norm per layer {asked}"
    if grows and not trained:
        return untested(statement, _START, _PER_LAYER)
    if not trained:
        statement += " (slope of the start: its weights have hardly moved since)"
    values, planned = last_values(cell, "gradient_slope").to_numpy(), len(cell.status)
    if grows:
        part = at_least(statement, values, GROWS, refuted_below=0.0, planned=planned, unit=_PER_LAYER)
    else:
        part = at_most(statement, values, FADES, refuted_above=0.0, planned=planned, unit=_PER_LAYER)
    return _with_dead(part, cell)


def _slope_of_penalised(cell: Cell) -> Part:
    statement = f"{cell.label}: log10 gradient norm per layer within {FLAT:g} of 0"
    if not _trained(cell):
        return untested(statement, _START, _PER_LAYER)
    values = last_values(cell, "gradient_slope").to_numpy()
    return _with_dead(within(statement, values, -FLAT, FLAT, planned=len(cell.status), unit=_PER_LAYER), cell)


def _with_dead(part: Part, cell: Cell) -> Part:
    """The part, its note saying in how many seeds no gradient arrives: that is another thing than a slope."""
    dead = dead_seeds(cell)
    if not dead or not part.tested:
        return part
    note = f"in {dead} of {len(cell.status)} seeds no gradient arrives at all (dead ReLUs, slope -inf)"
    return dataclasses.replace(part, note="; ".join(filter(None, [part.note, note])))


def _saturation(cells: Sequence[Cell]) -> Evidence:
    parts = []
    for bound in BOUNDS:
        parts += [_share_of_clipped(cell, bound) for cell in clipped(cells, bound)] or [
            untested(f"clipping at {bound:g} (width {WIDTH})", "no such critic in this run")
        ]
    parts += [_share_of_penalised(cell) for cell in cells if penalised(cell)] or [
        untested("gradient penalty", "no such critic in this run")
    ]
    return Evidence("clipping-saturates", tuple(parts), _figure("weights", cells), _remark_on_shares(cells))


def _share_of_clipped(cell: Cell, bound: float) -> Part:
    statement = (
        f"{cell.label} (c {bound:g} at width {WIDTH}), {cell.settings['depth']} layers: share of weights "
        f"with |w| >= .99 c above {SATURATED:g}{_at_start(cell)}"
    )
    rate = cell.settings["method"]["critic_optimiser"]["learning_rate"]
    own = next(part["c"] for part in cell.settings["method"]["constraints"] if part["kind"] == "Clip")
    needed = BOX_CROSSINGS * own / rate
    if cell.settings["critic_steps"] < needed * (1 - 1e-9):
        return untested(statement, f"{cell.settings['critic_steps']} critic steps; 4c / rate is {needed:.0f}")
    if not _trained(cell):
        return untested(statement, _STILL)
    values = last_values(cell, "edge_share").to_numpy()
    return at_least(statement, values, SATURATED, planned=len(cell.status), unit="share")


def _share_of_penalised(cell: Cell) -> Part:
    statement = (
        f"{cell.label}, {cell.settings['depth']} layers: share of weights within 1 % of their layer's "
        f"largest below {SPREAD:g}{_at_start(cell)}"
    )
    if not _trained(cell):
        return untested(statement, _STILL)
    values = last_values(cell, "edge_share").to_numpy()
    return at_most(statement, values, SPREAD, planned=len(cell.status), unit="share")


def _trained(cell: Cell) -> bool:
    """True where every completed seed's weights have moved; a cell without values is left to the rule."""
    moved = last_values(cell, "weight_change")
    return bool((moved >= TRAINED).all())


def _at_start(cell: Cell) -> str:
    """The share before any update, in words; nothing where it was not measured."""
    rows = cell.of("edge_share")
    values = rows[rows["step"] == 0]["value"]
    return f" ({values.mean():.3f} at step 0)" if len(values) else ""


def _figure(part: str, cells: Sequence[Cell]) -> str:
    return f"{part}-{cells[0].dataset}" if cells else ""


def _remark_on_depth(still: Sequence[Cell]) -> str:
    """What else there is to know of critics whose weights lie where they started."""
    text = "Weights start inside the box, uniform in [-c/2, c/2]; slopes are taken after training."
    if not still:
        return text
    names = ", ".join(cell.label for cell in still)
    text += f" The weights of {names} have hardly moved: theirs are slopes of the start."
    faint = {cell.label: norm for cell in still if (norm := _at_layer_one(cell)) < EPSILON}
    if faint:
        norms = ", ".join(f"{label} {norm:.0e}" for label, norm in faint.items())
        text += (
            f" What reaches their first layer is tiny (largest norm over seeds: {norms}): a possible reason, "
            f"as RMSProp and Adam divide by the size of a weight's gradient plus {EPSILON:g}."
        )
    return text


def _at_layer_one(cell: Cell) -> float:
    """Largest gradient norm at the first layer over the completed seeds; infinity where none was measured."""
    rows = cell.of("activation_gradient", 1.0)
    done = [seed for seed, status in cell.status.items() if status.status is Status.COMPLETED]
    rows = rows[rows["seed"].isin(done) & (rows["step"] == cell.settings["steps"])]
    return float(rows["value"].max()) if len(rows) else math.inf


def _remark_on_shares(cells: Sequence[Cell]) -> str:
    """Why a share is what it is: weights of units that no sample activates have no gradient to move them."""
    text = (
        "Clipping a usual start would put most weights at the edge before anything is learned; these start "
        "inside the box."
    )
    shares = []
    for cell in cells:
        idle = last_values(cell, "idle_share")
        if len(idle) and bound_at_512(cell) is not None and _trained(cell):
            shares.append(f"{cell.label}, {cell.settings['depth']} layers: {idle.mean():.0%}")
    if shares:
        text += (
            " Only weights with a gradient are pushed to it: those of units that no sample activates are not "
            f"({'; '.join(shares)} of all weights at the last step), and others are pushed back and forth as "
            "the generator moves."
        )
    return text
