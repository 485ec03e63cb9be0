"""Transport by POT's network simplex, where the optional package POT is installed."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import numpy as np

from gan_bench.errors import UsageError
from gan_bench.metrics._transport_plan import plan_cost
from gan_bench.metrics._transport_problem import Problem, Solution

# Pivots, not an accuracy: the default of 100 000 ends early from about 1000 points on.
MOST_PIVOTS = 100_000_000


@cache
def has_network_simplex() -> bool:
    """Return whether POT is installed; does not import it."""
    return find_spec("ot") is not None


def solve_network_simplex(problem: Problem) -> Solution:
    """Return POT's optimum (Bonneel et al. 2011); raises UsageError where POT is not installed."""
    if not has_network_simplex():
        raise UsageError(
            'wasserstein1: solver "network-simplex" needs POT: pip install "gan-bench[ot]", or use "auto"'
        )
    from ot import emd

    plan, log = emd(problem.weights_x, problem.weights_y, problem.costs, numItermax=MOST_PIVOTS, log=True)
    rows, columns = np.nonzero(plan)
    return Solution(plan_cost(problem, rows, columns, plan[rows, columns]), -np.asarray(log["v"]))
