"""Transport between clouds of equal size and equal weights: an optimal matching by SciPy, then its duals."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linear_sum_assignment

from gan_bench.metrics._transport_problem import Problem, Solution
from gan_bench.metrics._transport_start import approximate_duals
from gan_bench.metrics._transport_sweeps import duals_of_matching


def solve_assignment(problem: Problem) -> Solution:
    """Return the optimum over permutations, where the transport programme has its own (Birkhoff 1946).

    SciPy's shortest augmenting paths (Crouse 2016) take cubic time on collapsed clouds, where all rows want
    the same columns. Subtracting approximate duals leaves the optimal permutation as it is and most rows with
    a column of their own.
    """
    costs = problem.costs
    u, v = approximate_duals(costs, problem.weights_x, problem.weights_y)
    _, columns = linear_sum_assignment(costs - u[:, None] - v)
    matched = costs[np.arange(len(columns)), columns]
    return Solution(math.fsum(matched) / len(matched), -duals_of_matching(costs, columns, v))
