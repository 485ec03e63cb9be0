"""The Dirac-GAN as functions: eigenvalues, one-sided limits, trajectories and the field of any method.

A method is a name, a table as in a suite file, or a Method. Options change its strengths: gamma (of R1, R2
and consensus), weight and target (of gradient penalties: weight (|psi| - target)^2, so that the source's lam
is twice the weight), clip (the bound) and sigma (of instance noise); without them the method's own hold.
Everything is computed by the training code in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from gan_bench.errors import UsageError
from gan_bench.experiments.dirac import local
from gan_bench.experiments.dirac.game import Game
from gan_bench.experiments.dirac.strengths import changed
from gan_bench.methods.build import Spec, build_method
from gan_bench.methods.method import Method, Updates
from gan_bench.methods.spectral import Spectral


def eigenvalues(
    method: Spec | Method,
    *,
    gamma: float | None = None,
    weight: float | None = None,
    target: float | None = None,
    clip: float | None = None,
    sigma: float | None = None,
) -> np.ndarray:
    """Eigenvalues of the field's Jacobian at the equilibrium, (2,) complex; (3,) where the critic has a bias.

    Sorted by imaginary part. Raises UsageError where the field jumps there, which `one_sided` describes.
    """
    options = {"gamma": gamma, "weight": weight, "target": target, "clip": clip, "sigma": sigma}
    return local.eigenvalues(_playable(method, options))


def one_sided(
    method: Spec | Method,
    *,
    gamma: float | None = None,
    weight: float | None = None,
    target: float | None = None,
    clip: float | None = None,
    sigma: float | None = None,
) -> np.ndarray:
    """Limits of psi's velocity at theta = 0 as psi goes to 0 from below and from above, (2,)."""
    options = {"gamma": gamma, "weight": weight, "target": target, "clip": clip, "sigma": sigma}
    return local.one_sided(_playable(method, options))


def trajectory(
    method: Spec | Method,
    start: Sequence[float] = (1.0, 1.0),
    step_size: float = 0.2,
    steps: int = 500,
    updates: Updates = "simultaneous",
    n_critic: int = 1,
    *,
    gamma: float | None = None,
    weight: float | None = None,
    target: float | None = None,
    clip: float | None = None,
    sigma: float | None = None,
) -> np.ndarray:
    """theta and psi over updates, (steps + 1, 2); not finite from where they overflow.

    Alternating updates move the generator first, then the critic n_critic times. A method of consensus
    updates keeps its own. The start is projected as training projects (clipping), a bias starts at 0.
    """
    if updates not in ("simultaneous", "alternating", "extragradient"):
        raise UsageError(f'updates must be "simultaneous", "alternating" or "extragradient", not "{updates}"')
    options = {"gamma": gamma, "weight": weight, "target": target, "clip": clip, "sigma": sigma}
    played = _playable(method, options)
    starts = np.asarray(start, dtype=float).reshape(1, 2)
    return trajectories(played, starts, step_size, steps, updates, n_critic)[0]


def trajectories(
    method: Method,
    starts: np.ndarray,
    step_size: float,
    steps: int,
    updates: Updates,
    n_critic: int = 1,
    device: str = "cpu",
) -> np.ndarray:
    """As `trajectory`, from several starts (n, 2) at once: (n, steps + 1, 2)."""
    game = Game(method, len(starts), step_size=step_size, updates=updates, n_critic=n_critic, device=device)
    game.set(torch.as_tensor(starts, dtype=torch.float64, device=device))
    game.project()
    states = [game.state]
    for _ in range(steps):
        game.update()
        states.append(game.state)
    path: np.ndarray = torch.stack(states, 1)[..., :2].cpu().numpy()
    return path


def field(
    method: Spec | Method,
    points: np.ndarray,
    *,
    gamma: float | None = None,
    weight: float | None = None,
    target: float | None = None,
    clip: float | None = None,
    sigma: float | None = None,
) -> np.ndarray:
    """Velocities of theta and psi at points (n, 2), (n, 2); a bias is held at its equilibrium."""
    options = {"gamma": gamma, "weight": weight, "target": target, "clip": clip, "sigma": sigma}
    played = _playable(method, options)
    return velocities(played, np.asarray(points, dtype=float))


def velocities(method: Method, points: np.ndarray, device: str = "cpu") -> np.ndarray:
    """As `field`, of a Method."""
    states = np.tile(local.equilibrium(method, device), (len(points), 1))
    states[:, :2] = points
    game = Game(method, len(points), device=device)
    moved: np.ndarray = game.field(torch.as_tensor(states, device=device))[:, :2].cpu().numpy()
    return moved


def reason_to_skip(method: Method) -> str:
    """Why this method has no game of two numbers, or nothing."""
    if method.copies > 1:
        return f"packs of {method.copies} make the critic a function of more than one number"
    if method.constraint(Spectral):
        return "the critic's slope is normalised to psi / |psi|: degenerate, it has no derivative in psi"
    try:
        velocities(method, np.array([[0.5, 0.25]]))
    except Exception as error:  # whatever user's code raises is the user's
        return f"it cannot play on one-dimensional points: {str(error).splitlines()[0]}"
    return ""


def _playable(method: Spec | Method, options: dict[str, Any]) -> Method:
    """The method with its options; raises UsageError where it has no game of two numbers."""
    played = changed(build_method(method), options)
    reason = reason_to_skip(played)
    if reason:
        raise UsageError(f'"{played.name}" has no Dirac-GAN: {reason}')
    return played
