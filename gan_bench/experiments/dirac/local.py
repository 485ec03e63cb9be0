"""Local stability, from the training code: equilibrium, eigenvalues, one-sided limits, multipliers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.experiments.dirac.game import Game
from gan_bench.methods.method import Method, Updates

# Distance of the states between which a difference is taken: fourth order, so that the error is below 1e-10.
_NEAR = 1e-3
# Largest distance between both derivatives that counts as none: far above the error of differences.
_AGREE = 1e-5
# Distance from psi = 0 at which the limits from its two sides are taken, extrapolated to 0.
_ASIDE = 2.0**-20
# A field that jumps by more than this has no Jacobian.
_JUMP = 1e-6


def equilibrium(method: Method, device: str = "cpu") -> np.ndarray:
    """The state (k,) with theta = psi = 0 at which the critic's bias, if it has one, rests.

    Raises UsageError where Newton's method finds none.
    """
    game = Game(method, 3, device=device)
    k = len(game.parameters)
    bias = 0.0
    if k < 3:
        return np.zeros(k)
    for _ in range(50):
        shifts = torch.tensor([-_NEAR, 0.0, _NEAR], dtype=torch.float64, device=device)
        state = torch.zeros(3, k, dtype=torch.float64, device=device)
        state[:, 2] = bias + shifts
        below, here, above = game.field(state)[:, 2].tolist()
        slope = (above - below) / (2 * _NEAR)
        if slope == 0 or not np.isfinite(here):
            break
        bias -= here / slope
        if abs(here) < 1e-13:
            return np.array([0.0, 0.0, bias])
    raise UsageError(f'"{method.name}": the critic has no score at which it would rest where real = fake')


def one_sided(method: Method, device: str = "cpu") -> np.ndarray:
    """Limits of psi's velocity at theta = 0 as psi goes to 0 from below and from above, (2,)."""
    near = torch.tensor([-1.0, -2.0, 1.0, 2.0], dtype=torch.float64, device=device) * _ASIDE
    state = torch.as_tensor(equilibrium(method, device), device=device).repeat(4, 1)
    state[:, 1] = near
    v = Game(method, 4, device=device).field(state)[:, 1]
    limits = torch.stack([2 * v[0] - v[1], 2 * v[2] - v[3]])
    return limits.cpu().numpy()


def jumps(method: Method, device: str = "cpu") -> bool:
    """True where the field is not continuous at the equilibrium: it has no Jacobian there."""
    below, above = one_sided(method, device)
    return not abs(above - below) <= _JUMP


def eigenvalues(method: Method, device: str = "cpu") -> np.ndarray:
    """Eigenvalues (k,) of the field's Jacobian at the equilibrium, complex, sorted by imaginary part.

    By differentiating the method's own losses and penalties, with the pull of consensus updates; by central
    differences of the gradients of training where the two disagree: a norm has no second derivative at 0,
    whatever stands in for it.
    Raises UsageError where the field jumps.
    """
    if jumps(method, device):
        below, above = one_sided(method, device)
        raise UsageError(
            f'"{method.name}": no eigenvalues, the field jumps at psi = 0 '
            f"(from {below:.6g} below to {above:.6g} above): see one_sided"
        )
    centre = torch.as_tensor(equilibrium(method, device), device=device)
    matrix = Game(method, 1, device=device).jacobian(centre[None])[0]
    nearby = differences(method, centre, device)
    # Written so that a derivative which is not a number disagrees.
    if not (matrix - nearby).abs().max() <= _AGREE:
        matrix = nearby
    if not matrix.isfinite().all():
        raise UsageError(f'"{method.name}": no eigenvalues, the losses have no derivative at the equilibrium')
    return in_order(np.linalg.eigvals(matrix.cpu().numpy()))


def differences(method: Method, centre: Tensor, device: str = "cpu") -> Tensor:
    """The field's Jacobian (k, k) by central differences, with nothing but the gradients of training."""
    game = Game(method, 4 * len(centre), device=device)
    return derivative(game.field(around(centre)), len(centre))


def multipliers(
    method: Method,
    step_size: float,
    updates: Updates,
    n_critic: int = 1,
    device: str = "cpu",
) -> np.ndarray:
    """Eigenvalues (k,) of one whole update near the equilibrium: it is stable where all lie inside 1.

    By central differences of where one update of the training code leads; infinite where that is.
    """
    centre = torch.as_tensor(equilibrium(method, device), device=device)
    game = Game(
        method, 4 * len(centre), step_size=step_size, updates=updates, n_critic=n_critic, device=device
    )
    game.set(around(centre))
    game.update()
    matrix = derivative(game.state, len(centre)).cpu().numpy()
    if not np.isfinite(matrix).all():
        return np.full(len(centre), np.inf, dtype=complex)
    return in_order(np.linalg.eigvals(matrix))


def around(centre: Tensor) -> Tensor:
    """Four states beside a centre (k,) along each axis, (4 k, k), at distances of -2, -1, 1 and 2."""
    shifts = torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=centre.dtype, device=centre.device) * _NEAR
    unit = torch.eye(len(centre), dtype=centre.dtype, device=centre.device)
    return (centre + shifts.view(1, -1, 1) * unit.unsqueeze(1)).flatten(0, 1)


def derivative(values: Tensor, k: int) -> Tensor:
    """Jacobian (k, k) from values (4 k, k) at the states of `around`, to fourth order."""
    far_below, below, above, far_above = values.view(k, 4, k).unbind(1)
    columns = (8 * (above - below) - (far_above - far_below)) / (12 * _NEAR)
    return columns.mT


def in_order(values: np.ndarray) -> np.ndarray:
    """Complex numbers sorted by imaginary part, then by real part, rounding aside."""
    values = np.asarray(values, dtype=complex)
    return values[np.lexsort((values.real.round(9), values.imag.round(9)))]
