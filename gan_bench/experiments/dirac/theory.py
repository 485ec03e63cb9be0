"""Closed forms of the Dirac-GAN, by hand from the equations of the methods. Free of torch.

Near the equilibrium every method with a Jacobian has theta' = -own theta - p psi, psi' = p theta - q psi: p
is the coupling f'(0) of the objective, q the damping of the critic, own that of the generator. Methods are
given as `Method.describe` writes them. None of this takes part in what is measured.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Class = Literal["converged", "cycling", "diverging", "stopped"]

# f'(0) of each objective (Mescheder et al. 2018, sec. 2; least squares and hinge likewise).
_COUPLING = {
    "Minimax": 0.5,
    "NonSaturating": 0.5,
    "Relativistic": 0.5,
    "LeastSquares": 0.5,
    "Wasserstein": 1.0,
    "Hinge": 1.0,
}
# Objectives whose terms of third order shrink the radius everywhere: r r' = -t tanh(t / 2) for the
# non-saturating one with t = psi theta; least squares by its bias, which lags behind.
_SHRINKING = frozenset({"NonSaturating", "LeastSquares"})
# What damps away from the equilibrium only: |psi theta| > 1, slopes above 1, the walls of a box.
_BOUNDING_OBJECTIVES = frozenset({"Hinge"})
_BOUNDING = frozenset({"Clip", "OneSidedPenalty"})
_PENALTIES = frozenset({"GradientPenalty", "Dragan"})
_NEUTRAL = 1e-9


@dataclass(frozen=True)
class Linear:
    """The field near the equilibrium; others are eigenvalues of what is not coupled to it (a bias)."""

    coupling: float
    damping: float = 0.0
    own: float = 0.0
    others: tuple[float, ...] = ()

    @property
    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues of the flow, complex, sorted by imaginary part."""
        mean = -(self.damping + self.own) / 2
        root = cmath.sqrt(((self.damping - self.own) / 2) ** 2 - self.coupling**2)
        return _sorted([mean - root, mean + root, *self.others])


def linear(described: Mapping[str, Any]) -> Linear | None:
    """The linearised field of a method, None where it jumps at 0 or is not known in closed form."""
    objective = described["objective"]["kind"]
    if objective not in _COUPLING:
        return None
    damping = 0.0
    for constraint in described["constraints"]:
        own = _damping(objective, constraint)
        if own is None:
            return None
        damping += own
    coupling, others = _COUPLING[objective], (-2.0,) if objective == "LeastSquares" else ()
    if described["updates"] != "consensus":
        return Linear(coupling, damping, 0.0, others)
    if damping or others:
        return None
    pull = float(described["consensus_gamma"]) * coupling**2
    return Linear(coupling, pull, pull)


def coupling(described: Mapping[str, Any]) -> float:
    """f'(0) of the objective; NaN where it is not known."""
    return _COUPLING.get(described["objective"]["kind"], math.nan)


def _damping(objective: str, constraint: Mapping[str, Any]) -> float | None:
    """What a constraint adds to the critic's damping at the equilibrium."""
    kind = constraint["kind"]
    if kind in ("R1", "R2") and "gamma" in constraint:
        return float(constraint["gamma"])
    if kind in _BOUNDING:
        return 0.0
    if kind == "InstanceNoise" and "sigma" in constraint and objective in ("Minimax", "NonSaturating"):
        # -2 sigma^2 f''(0) with f''(0) = -1/4: once for the real and once for the fake side.
        return float(constraint["sigma"]) ** 2 / 2
    return None


def jump(described: Mapping[str, Any]) -> float | None:
    """lam g0, the height of the field's one-sided limits +-lam g0 at psi = 0; None without such a penalty.

    lam is twice the weight of the loss weight (|psi| - 1)^2, and g0 = 1.
    """
    parts = described["constraints"]
    if len(parts) != 1 or parts[0]["kind"] not in _PENALTIES or not parts[0].get("weight"):
        return None
    return 2.0 * float(parts[0]["weight"])


def multipliers(field: Linear, step_size: float, updates: str, n_critic: int = 1) -> np.ndarray:
    """Eigenvalues of one whole update of step h near the equilibrium; alternating: generator first."""
    h, mu = step_size, field.eigenvalues
    if updates in ("simultaneous", "consensus"):
        return _sorted(1 + h * mu)
    if updates == "extragradient":
        return _sorted(1 + h * mu + (h * mu) ** 2)
    generator = np.array([[1 - h * field.own, -h * field.coupling], [0.0, 1.0]])
    critic = np.array([[1.0, 0.0], [h * field.coupling, 1 - h * field.damping]])
    pair = np.linalg.eigvals(np.linalg.matrix_power(critic, n_critic) @ generator)
    return _sorted([*pair, *((1 + h * other) ** n_critic for other in field.others)])


def radius(field: Linear, step_size: float, updates: str, n_critic: int = 1) -> float:
    """Largest modulus of the multipliers: below 1 the update is locally stable."""
    return float(np.abs(multipliers(field, step_size, updates, n_critic)).max())


def threshold(field: Linear, updates: str, n_critic: int = 1) -> float:
    """Largest step h below which no multiplier exceeds 1 in modulus; 0 where every step is too large.

    simultaneous: -2 Re mu / |mu|^2, the smallest over mu. extragradient: 1 / p without damping.
    alternating: with a = own = 0 and n = 1, the Jury conditions h q < 2 and p^2 h^2 + 2 q h < 4; without
    damping 2 / (p sqrt n), up to which the update is neutral. Other cases: the first root of radius = 1.
    """
    if updates in ("simultaneous", "consensus"):
        return max(0.0, min(-2 * mu.real / abs(mu) ** 2 for mu in field.eigenvalues))
    p, q = field.coupling, field.damping
    if updates == "alternating" and field.own == 0 and n_critic == 1 and not field.others:
        jury = (math.sqrt(q * q + 4 * p * p) - q) / (p * p)
        return min(2 / q, jury) if q else jury
    return _first_root(field, updates, n_critic)


def _first_root(field: Linear, updates: str, n_critic: int) -> float:
    grid = np.geomspace(1e-2, 1e2, 801)
    above = [radius(field, h, updates, n_critic) > 1 + _NEUTRAL for h in grid]
    if above[0] or not any(above):
        return 0.0 if above[0] else math.inf
    k = above.index(True)
    low, high = grid[k - 1], grid[k]
    for _ in range(60):
        middle = (low + high) / 2
        if radius(field, middle, updates, n_critic) > 1 + _NEUTRAL:
            high = middle
        else:
            low = middle
    return float(low)


def predicted(
    described: Mapping[str, Any], step_size: float, steps: int, updates: str, n_critic: int = 1
) -> frozenset[Class]:
    """Classes that theory allows a trajectory from outside the equilibrium; empty where it says nothing.

    Inside 1: converged, if the distance to go in a fifth of the steps can be seen. Outside: diverging, or
    cycling where something bounds it. On the circle: cycling, or converged (algebraically) where terms of
    third order shrink the radius. A penalty that jumps never converges: it cycles, and where its pull is
    overdamped it may stop at a false equilibrium. Where steps are too long for the damping itself, what else
    bounds a trajectory may or may not hold it, and a penalty that jumps throws it out.
    """
    field = linear(described)
    objective = described["objective"]["kind"]
    if field is None:
        return _of_jump(described, objective, step_size, updates, n_critic)
    modulus = radius(field, step_size, updates, n_critic)
    kinds = {constraint["kind"] for constraint in described["constraints"]}
    bounded = objective in _SHRINKING | _BOUNDING_OBJECTIVES or bool(kinds & _BOUNDING)
    if abs(modulus - 1) <= _NEUTRAL:
        return frozenset({"converged"} if objective in _SHRINKING else {"cycling"})
    if modulus > 1:
        if bounded and max(field.damping, field.own) * step_size >= _most_damping(updates):
            return frozenset({"cycling", "diverging"})
        return frozenset({"cycling"} if bounded else {"diverging"})
    visible = 0.4 * steps * math.log(modulus) < 4 * math.log(SHRUNK)
    return frozenset({"converged"}) if visible else frozenset({"converged", "cycling"})


def _most_damping(updates: str) -> float:
    """Step times damping up to which one step does not overshoot by more than it had to go.

    |1 - x| <= 1, and 1 - x + x^2 <= 1 where a step looks ahead.
    """
    return 1.0 if updates == "extragradient" else 2.0


def _of_jump(
    described: Mapping[str, Any], objective: str, step_size: float, updates: str, n_critic: int
) -> frozenset[Class]:
    """Around (-+lam, 0+-) the Wasserstein field is overdamped from lam = 2 / sqrt(n) on.

    The penalty pulls slopes to 1 at the rate lam: longer steps than it allows drive them away from there.
    """
    height = jump(described)
    if height is None or objective not in _COUPLING:
        return frozenset()
    strength, most = height * step_size, _most_damping(updates)
    if strength >= most:
        return frozenset({"diverging"} if strength > most * (1 + _NEUTRAL) else ())
    if objective == "Wasserstein" and height < 2 / math.sqrt(n_critic):
        return frozenset({"cycling"})
    return frozenset({"stopped"} if objective == "Wasserstein" else {"cycling", "stopped"})


# The rule by which a trajectory is classed: mean radius over the last fifth of the steps against that over
# the fifth around the middle. 10 %: at the published setting a fifth holds three revolutions or one, so that
# a cycle whose radius swings by a third moves the ratio by some 3 %, while one revolution of simultaneous
# minimax steps grows the radius by exp(pi h / 2) = 1.37, and the algebraic decay of the non-saturating GAN,
# like one over the root of time, gives .75.
SHRUNK, GROWN = 0.9, 1.1
# At rest: no more movement in the last fifth than this share of the radius; and at the equilibrium: closer
# than this share of the start.
AT_REST, ARRIVED = 0.01, 1e-3


def classify(start: float, middle: float, late: float, movement: float) -> Class:
    """Class of a trajectory: radius at the start, mean radius in the middle and late, late movement.

    movement is the largest distance from the late mean. Radii that are not finite, or NaN, have diverged.
    """
    if not (math.isfinite(middle) and math.isfinite(late)):
        return "diverging"
    if late <= ARRIVED * start:
        return "converged"
    if movement <= AT_REST * late:
        return "stopped"
    if late <= SHRUNK * middle:
        return "converged"
    return "diverging" if late >= GROWN * middle else "cycling"


def summary(path: np.ndarray) -> tuple[float, float, float, float]:
    """Start, middle, late and movement, as `classify` takes them, of a path (steps + 1, 2)."""
    n = len(path) - 1
    with np.errstate(over="ignore", invalid="ignore"):
        radii = np.hypot(path[:, 0], path[:, 1])
        last = path[-max(n // 5, 1) :]
        movement = np.hypot(*(last - last.mean(0)).T).max()
        middle = radii[(2 * n) // 5 : max((3 * n) // 5, (2 * n) // 5 + 1)].mean()
        return float(radii[0]), float(middle), float(radii[-max(n // 5, 1) :].mean()), float(movement)


def _sorted(values: Any) -> np.ndarray:
    array = np.asarray(values, dtype=complex)
    return array[np.lexsort((array.real.round(9), array.imag.round(9)))]
