"""What the figures say of themselves: what is drawn, and what to look for."""

from __future__ import annotations

TITLES = {
    "line": "A line and one parameter: distance to go",
    "cluster": "A far cluster and a small generator: distance to go",
}

_READING = (
    "Exact Wasserstein-1 distance over generator steps, after the critic alone was trained for a while. "
    "Points are means over the seeds that are finite by then, with 95 % intervals, thin lines single seeds, "
    "a cross the last point of a seed that diverged; beyond 1.6 times the start nothing is drawn. "
)

DISTANCE = {
    "line": (
        "Samples (theta, Z) against the line at theta = 0, where Jensen-Shannon is ln 2 and Wasserstein-1 "
        "is |theta| (Arjovsky et al. 2017, example 1). theta follows plain gradient descent, so a curve's "
        "steepness is the force that the critic exerts. "
        + _READING
        + "The dark line is a critic of slope 1, the optimum of Wasserstein-1; the dashed line one under a "
        "gradient penalty, whose optimal slope is 1 + W1 / (2 lambda)."
    ),
    "cluster": (
        "A small network that starts exactly on a Gaussian is to reach another, with each method's own "
        "optimiser: adaptive ones rescale the gradient, so that even a tiny one may move the samples. "
        + _READING
        + "The dark line is what fresh points of the data itself are left with."
    ),
}

ARRIVALS = (
    "Against the separation at the start: norm of the gradient of the generator's first step (log axis, 95 "
    "% intervals over seeds); median steps until half of the start is left (no point: half of the seeds or "
    "more never get there); share of seeds that arrive, with Wilson's interval. Dark lines are theory "
    "under a critic of slope 1, dashed ones under a gradient penalty."
)
