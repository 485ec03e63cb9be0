"""What a constraint adds to a training step: every method with the baseline's optimisers, timed beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, end_values
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.experiments.penalty_cost.claims import EXPERIMENT, grouped, network
from gan_bench.report.given import constraint_of
from gan_bench.report.numbers import NONE, interval_ends, number
from gan_bench.report.ran import cell_anchor


@dataclass(frozen=True)
class Ratio:
    """A geometric mean of ratios of times with its interval, as text; value to sort by, None without one."""

    text: str
    ends: str
    value: float | None


@dataclass(frozen=True)
class Cost:
    """One method's line: what its step and its critic step cost, in the yardstick's."""

    label: str
    link: str
    constraint: str
    step: Ratio
    critic: Ratio
    milliseconds: Ratio


@dataclass(frozen=True)
class Costs:
    """Methods timed beside one another on the same networks and data.

    yardstick is the method whose step counts as 1; unconstrained tells whether it is one without constraint.
    """

    networks: str
    yardstick: str
    unconstrained: bool
    repeats: int
    lines: tuple[Cost, ...]


def constraint_costs(cells: Sequence[Cell]) -> tuple[Costs, ...]:
    """Return a table per data set and kind of network; empty where nothing was timed side by side."""
    mine = [cell for cell in cells if cell.experiment == EXPERIMENT and len(end_values(cell, "cost_ratio"))]
    return tuple(_costs(group) for group in grouped(mine).values())


def _costs(group: Sequence[Cell]) -> Costs:
    kind, dataset, baseline = network(group[0]), group[0].dataset, group[0].settings["baseline"]
    free = next((cell for cell in group if _unconstrained(cell, baseline)), None)
    return Costs(
        networks=f"{'MLPs' if kind == 'mlp' else kind} on {dataset}",
        yardstick=free.label if free else str(baseline["name"]),
        unconstrained=free is not None,
        repeats=max(len(cell.status) for cell in group),
        lines=tuple(_cost(cell, free) for cell in group),
    )


def _unconstrained(cell: Cell, baseline: Mapping[str, Any]) -> bool:
    """True for the baseline's loss without any constraint: it differs by nothing else."""
    return constraint_of(cell) == "none" and cell.settings["method"]["objective"] == baseline["objective"]


def _cost(cell: Cell, free: Cell | None) -> Cost:
    return Cost(
        label=cell.label,
        link=f"#{cell_anchor(cell)}",
        constraint=constraint_of(cell),
        step=_ratio(cell, "cost_ratio", free),
        critic=_ratio(cell, "critic_cost_ratio", free),
        milliseconds=_shown(_interval(1e3 * end_values(cell, "step_seconds"))),
    )


def _ratio(cell: Cell, metric: str, free: Cell | None) -> Ratio:
    """The cost in the baseline's steps, or in those of a method without constraint timed in the same way."""
    values = end_values(cell, metric)
    if free is None or not len(values):
        return _shown(_interval(values))
    if free is cell:
        return Ratio("1", "", 1.0)
    # Repeats of one number start from the same networks, so the ratio is taken repeat by repeat.
    both = pd.concat([values, end_values(free, metric)], axis=1, join="inner")
    return _shown(_interval(both.iloc[:, 0] / both.iloc[:, 1]))


def _interval(values: pd.Series) -> Interval:
    return t_interval(np.asarray(values, dtype=float), "log")


def _shown(interval: Interval) -> Ratio:
    if not interval.n:
        return Ratio(NONE, "", None)
    ends = interval_ends(interval, margins=(1.0,)) if interval.known else interval.note
    return Ratio(number(interval.centre), ends, interval.centre)
