"""Jensen-Shannon, total variation and KL: by quadrature, from histograms, and from a discriminator's scores.

With m = (p + q) / 2, all in nats:
    JS(p, q) = KL(p, m) / 2 + KL(q, m) / 2         in [0, ln 2], 0 for p = q, ln 2 for disjoint supports
    TV(p, q) = 1/2 integral |p - q|                in [0, 1]
    KL(p, q) = integral p ln(p / q)                in [0, inf]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import rel_entr
from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.metrics._grid import Bounds, as_cloud, as_clouds, check_grid, histogram

LogDensity = Callable[[Tensor], Any]
Integrand = Callable[[Tensor, Tensor], Tensor]

LN2 = math.log(2.0)
MASS_TOLERANCE = 1e-2
CHUNK = 1 << 16


def js_from_densities(
    log_p: LogDensity,
    log_q: LogDensity,
    bounds: Bounds,
    points: int,
    *,
    mass_tolerance: float = MASS_TOLERANCE,
) -> float:
    """Return the Jensen-Shannon divergence of two normalised densities, in nats, in [0, ln 2].

    log_p and log_q map float64 (N, 2) to (N,), minus infinity off the support. The midpoint rule with
    `points` nodes per axis is summed in float64, then both densities are normalised on the grid, so that
    disjoint supports give ln 2 to rounding. For smooth densities whose mass the box holds, the rule
    converges faster than any power of the spacing h: h <= scale / 3 leaves less than 1e-6. For densities
    that jump, the error is of the order of h times the length of the jump times its height.

    Raises UsageError where a density integrates to more than mass_tolerance away from 1: the box cuts the
    mass or the grid is too coarse. An accepted defect e moves the result by about e.
    """
    value = _integrate(_js_terms, log_p, log_q, bounds, points, mass_tolerance, "js_from_densities")
    return min(max(value, 0.0), LN2)


def tv_from_densities(
    log_p: LogDensity,
    log_q: LogDensity,
    bounds: Bounds,
    points: int,
    *,
    mass_tolerance: float = MASS_TOLERANCE,
) -> float:
    """Return the total variation, in [0, 1]; arguments and errors as in js_from_densities.

    |p - q| has a kink where the densities cross, so the error is of second order in the spacing only.
    """
    value = _integrate(_tv_terms, log_p, log_q, bounds, points, mass_tolerance, "tv_from_densities")
    return min(max(value, 0.0), 1.0)


def kl_from_densities(
    log_p: LogDensity,
    log_q: LogDensity,
    bounds: Bounds,
    points: int,
    *,
    mass_tolerance: float = MASS_TOLERANCE,
) -> float:
    """Return KL(p, q), in nats; infinite where q vanishes at a node to which p gives mass.

    Arguments and errors as in js_from_densities. The tails of q count here: where p is wider than q, the
    box must hold the mass of p times ln(p / q), not of p alone.
    """
    return max(_integrate(_kl_terms, log_p, log_q, bounds, points, mass_tolerance, "kl_from_densities"), 0.0)


def js_from_samples(x: Any, y: Any, bounds: Bounds, bins: int) -> float | np.ndarray:
    """Return the JS between the histograms of x (n, 2) or (S, n, 2) and y (m, 2), in nats, in [0, ln 2].

    bins per axis on the fixed box, and one overflow bin for all points outside. A float for (n, 2), an
    array (S,) for a stack. Numpy or torch; non-finite points raise UsageError. Two biases: finite samples
    raise it, by about (occupied bins - 1) (1/n + 1/m) / 8 while bins hold several points, up to ln 2 when
    they hold one; coarse bins lower it. Values compare only at the same grid and sample sizes.
    """
    p, q = _histograms(x, y, bounds, bins)
    middle = (p + q) / 2
    value = (rel_entr(p, middle).sum(-1) + rel_entr(q, middle).sum(-1)) / 2
    return _unstack(np.clip(value, 0.0, LN2), x)


def overlap_from_samples(x: Any, y: Any, bounds: Bounds, bins: int) -> float | np.ndarray:
    """Return the overlap coefficient, the sum over bins of min(p, q), in [0, 1]: 1 minus total variation.

    Arguments, errors and biases as in js_from_samples, with the opposite sign.
    """
    p, q = _histograms(x, y, bounds, bins)
    return _unstack(np.clip(np.minimum(p, q).sum(-1), 0.0, 1.0), x)


def js_from_scores(real: Tensor, fake: Tensor) -> Tensor:
    """Return (V + ln 4) / 2 with V = E ln sigmoid(real) + E ln(1 - sigmoid(fake)), (S, B) -> (S,), nats.

    real and fake are logits of a discriminator D, higher for real. The optimal D attains JS (Goodfellow
    et al. 2014, theorem 1), any other stays below it in expectation: a lower bound, but only on samples
    that D was not trained on. Range (-inf, ln 2]; negative values are kept, they say that D is worse
    than a coin. Stable from logits: an infinite logit of the right sign gives its limit; NaN stays NaN.
    Numpy arrays are taken as well and give a tensor.
    """
    real, fake = torch.as_tensor(real), torch.as_tensor(fake)
    value = F.logsigmoid(real).mean(-1) + F.logsigmoid(-fake).mean(-1)
    return (value + 2 * LN2) / 2


def _js_terms(log_p: Tensor, log_q: Tensor) -> Tensor:
    log_m = torch.logaddexp(log_p, log_q) - LN2
    return (_weighted_ratio(log_p, log_m) + _weighted_ratio(log_q, log_m)) / 2


def _kl_terms(log_p: Tensor, log_q: Tensor) -> Tensor:
    return _weighted_ratio(log_p, log_q)


def _tv_terms(log_p: Tensor, log_q: Tensor) -> Tensor:
    return (log_p.exp() - log_q.exp()).abs() / 2


def _weighted_ratio(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Return p ln(p / q), with 0 ln(0 / q) = 0."""
    p = log_p.exp()
    return torch.where(p > 0, p * (log_p - log_q), torch.zeros_like(p))


def _integrate(
    terms: Integrand,
    log_p: LogDensity,
    log_q: LogDensity,
    bounds: Bounds,
    points: int,
    tolerance: float,
    name: str,
) -> float:
    """Integrate terms(log p, log q) over the box, both densities normalised on the grid."""
    box = check_grid(bounds, points, name)
    area = float(np.prod((box[:, 1] - box[:, 0]) / points))
    # Two passes over the nodes, not one array of all values: memory stays flat on fine grids.
    mass_p = mass_q = 0.0
    for chunk in _midpoints(box, points):
        mass_p += area * float(_evaluate(log_p, chunk, name).exp().sum())
        mass_q += area * float(_evaluate(log_q, chunk, name).exp().sum())
    if not max(abs(mass_p - 1), abs(mass_q - 1)) <= tolerance:
        raise UsageError(
            f"{name}: the densities integrate to {mass_p:.6g} (p) and {mass_q:.6g} (q) on this grid, "
            f"not to 1 within {tolerance:g}: enlarge the bounds or raise the points per axis"
        )
    total = 0.0
    for chunk in _midpoints(box, points):
        p = _evaluate(log_p, chunk, name) - math.log(mass_p)
        q = _evaluate(log_q, chunk, name) - math.log(mass_q)
        total += area * float(terms(p, q).sum())
    return total


def _midpoints(box: np.ndarray, points: int) -> Iterator[Tensor]:
    """Yield the centres of the cells, float64 (N, 2), some rows of the grid at a time."""
    x, y = (lo + (torch.arange(points, dtype=torch.float64) + 0.5) * (hi - lo) / points for lo, hi in box)
    for rows in x.split(max(1, CHUNK // points)):
        yield torch.cartesian_prod(rows, y)


def _evaluate(log_density: LogDensity, nodes: Tensor, name: str) -> Tensor:
    values = torch.as_tensor(log_density(nodes)).detach().to("cpu", torch.float64)
    if values.shape != nodes.shape[:1]:
        shape = tuple(values.shape)
        raise UsageError(f"{name}: a log density must map (N, 2) to (N,), got {shape} for N = {len(nodes)}")
    if bool((values.isnan() | (values == math.inf)).any()):
        raise UsageError(f"{name}: a log density is NaN or infinite at a node of the grid")
    return values


def _histograms(x: Any, y: Any, bounds: Bounds, bins: int) -> tuple[np.ndarray, np.ndarray]:
    p = histogram(as_clouds(x, "x"), bounds, bins)
    return p, histogram(as_cloud(y, "y")[None], bounds, bins)[0]


def _unstack(values: np.ndarray, samples: Any) -> float | np.ndarray:
    return values if np.ndim(samples) == 3 else float(values[0])
