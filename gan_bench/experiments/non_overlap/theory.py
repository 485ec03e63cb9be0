"""What gradient descent on theta does under an optimal critic, in closed form. Free of torch."""

from __future__ import annotations

import numpy as np


def under_slope_one(separation: float, rate: float, steps: np.ndarray) -> np.ndarray:
    """Distance to go (n,) under a critic of slope 1, Wasserstein-1's: separation - rate * step."""
    return np.maximum(separation - rate * np.asarray(steps, dtype=float), 0.0)


def under_penalty(separation: float, rate: float, weight: float, steps: np.ndarray) -> np.ndarray:
    """Distance to go (n,) under an optimal critic with gradient penalty, never below 0.

    Its slope is s = 1 + W / (2 weight) on separated translates (s W - weight (s - 1)^2 is largest there), so
    every step takes rate * s off W: with a = rate / (2 weight), W_t + 2 weight = (1 - a)^t (W_0 + 2 weight).
    """
    shrink = (1 - rate / (2 * weight)) ** np.asarray(steps, dtype=float)
    return np.maximum((separation + 2 * weight) * shrink - 2 * weight, 0.0)


def penalty_weight(method: dict[str, object]) -> float | None:
    """Weight of a Wasserstein method's gradient penalty, from its description; None for others and at 0."""
    objective, constraints = method.get("objective"), method.get("constraints")
    if not isinstance(objective, dict) or objective.get("kind") != "Wasserstein":
        return None
    if not isinstance(constraints, list) or len(constraints) != 1:
        return None
    (only,) = constraints
    if only.get("kind") not in ("GradientPenalty", "OneSidedPenalty"):
        return None
    return float(only["weight"]) or None
