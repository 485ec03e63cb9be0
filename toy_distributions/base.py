"""What every toy distribution offers: exact draws, a box that holds its mass, a readable description."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

Interval = tuple[float, float]
Bounds = tuple[Interval, Interval]
Value = bool | int | float | tuple[float, ...]

# Beyond 6.5 standard deviations a normal variable has 4e-11 of its mass per side: a box with this margin on
# all four sides holds all but 2e-10.
TAIL = 6.5


@dataclass(frozen=True, eq=False, repr=False)
class ToyDistribution:
    """A distribution in the plane; immutable, every random number comes from the caller's generator.

    `log_prob` exists only where the distribution has a density, `modes`, `weights` and `scale` only where it
    has modes: `hasattr`, or `isinstance` with `HasDensity` and `HasModes`, asks for them.
    """

    name: str
    settings: tuple[tuple[str, Value], ...]
    dim: ClassVar[int] = 2

    @property
    def parameters(self) -> dict[str, Value]:
        """The parameters it was built with, defaults included (a copy)."""
        return dict(self.settings)

    @property
    def bounds(self) -> Bounds:
        """((x_lo, x_hi), (y_lo, y_hi)): a box that holds all but 1e-9 of the mass."""
        raise NotImplementedError

    def sample(self, n: int, generator: torch.Generator, *, dtype: torch.dtype = torch.float32) -> Tensor:
        """Draw n independent points -> (n, 2) on the generator's device; n = 0 gives (0, 2)."""
        check_draw(n, generator, dtype)
        return self._draw(n, generator, dtype)

    def stratified(self, n: int, generator: torch.Generator, *, dtype: torch.dtype = torch.float32) -> Tensor:
        """Draw n points -> (n, 2) with the number per mode fixed where there are modes, else as `sample`."""
        return self.sample(n, generator, dtype=dtype)

    def _draw(self, n: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        raise NotImplementedError

    def __repr__(self) -> str:
        listed = ", ".join(f"{key}={value!r}" for key, value in self.settings)
        return f"{self.name}({listed})"


@runtime_checkable
class HasDensity(Protocol):
    """A distribution with an exact, normalised density."""

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density (nats) at points (..., 2) -> (...), in the dtype of x; -inf outside the support."""


@runtime_checkable
class HasModes(Protocol):
    """A mixture of isotropic Gaussians of one standard deviation."""

    scale: float

    @property
    def modes(self) -> Tensor:
        """Means of the components, (k, 2), float64."""

    @property
    def weights(self) -> Tensor:
        """Probabilities of the components, (k,), float64, sum 1."""


def check_draw(n: int, generator: torch.Generator, dtype: torch.dtype) -> None:
    """Refuse a draw that cannot be made: n not a whole number >= 0, no generator, no floating dtype."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError(f"n must be a whole number, 0 or more, not {n!r}")
    if not isinstance(generator, torch.Generator):
        raise ValueError(f"generator must be a torch.Generator, not {type(generator).__name__}")
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype must be a floating dtype, not {dtype}")


def check_points(x: Tensor) -> None:
    """Refuse points that are not a floating tensor (..., 2)."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise ValueError(f"points must be a floating tensor, not {getattr(x, 'dtype', type(x).__name__)}")
    if x.ndim == 0 or x.shape[-1] != ToyDistribution.dim:
        raise ValueError(f"points must have shape (..., 2), not {tuple(x.shape)}")


def numbers(values: Sequence[float], like: Tensor) -> Tensor:
    """Return numbers (k,) in the dtype and on the device of another tensor, made there.

    A copy to a GPU would wait for it, and could not be part of a CUDA graph.
    """
    return torch.stack([like.new_full((), value) for value in values])


def uniform_log_prob(x: Tensor, inside: Tensor, area: float) -> Tensor:
    """-log(area) where inside, else -inf, and NaN where a coordinate is NaN; (..., 2) and (...) -> (...)."""
    height = x.new_full(inside.shape, -math.log(area))
    return height.masked_fill(~inside, -math.inf).masked_fill(x.isnan().any(-1), math.nan)


def box_around(points: Tensor, margin: float) -> Bounds:
    """The smallest box around points (k, 2), widened by margin on every side."""
    low, high = (points.amin(0) - margin).tolist(), (points.amax(0) + margin).tolist()
    return (low[0], high[0]), (low[1], high[1])
