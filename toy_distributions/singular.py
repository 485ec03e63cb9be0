"""The halves of the pairs: a uniform segment or point (no density), a uniform disk, one Gaussian.

Each is the image of a standard normal in the plane under `push`, which is also how it is sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .base import Bounds, ToyDistribution, check_points, numbers, uniform_log_prob
from .mixtures import GaussianMixture

Point = tuple[float, float]

# A segment has no area: its box is this much wider on every side, so that a histogram has cells.
_MARGIN = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class Image(ToyDistribution):
    """The law of push(z) for z standard normal in the plane."""

    def push(self, z: Tensor) -> Tensor:
        """Map standard normal points (..., 2) -> (..., 2) exactly onto this distribution."""
        raise NotImplementedError

    def _draw(self, n: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        return self.push(torch.randn(n, 2, generator=generator, device=generator.device, dtype=dtype))


@dataclass(frozen=True, eq=False, repr=False)
class Segment(Image):
    """Uniform on centre + u * half, u in [-1, 1]; a single point where half is (0, 0). It has no density."""

    centre: Point
    half: Point

    @property
    def bounds(self) -> Bounds:
        """The box around the segment, .1 wider on every side."""
        (x, y), (dx, dy) = self.centre, (abs(self.half[0]) + _MARGIN, abs(self.half[1]) + _MARGIN)
        return (x - dx, x + dx), (y - dy, y + dy)

    def push(self, z: Tensor) -> Tensor:
        """centre + (2 Phi(z_1) - 1) half, Phi the normal distribution function, (..., 2) -> (..., 2)."""
        check_points(z)
        # 2 Phi(z) - 1 as erf: exact to the last bit on both sides of 0, and never outside [-1, 1].
        place = torch.erf(z[..., :1] / math.sqrt(2))
        return numbers(self.centre, z) + place * numbers(self.half, z)


@dataclass(frozen=True, eq=False, repr=False)
class Disk(Image):
    """Uniform on the disk of a radius around a centre."""

    centre: Point
    radius: float

    @property
    def bounds(self) -> Bounds:
        """The square around the disk."""
        (x, y), radius = self.centre, self.radius
        return (x - radius, x + radius), (y - radius, y + radius)

    def log_prob(self, x: Tensor) -> Tensor:
        """-log(pi radius^2) inside, -inf outside, (..., 2) -> (...), in the dtype of x."""
        check_points(x)
        offset = x - numbers(self.centre, x)
        # Samples on the rim stay inside despite rounding, which grows with the distance of the centre.
        rim = self.radius + 4 * torch.finfo(x.dtype).eps * (self.radius + math.hypot(*self.centre))
        inside = torch.linalg.vector_norm(offset, dim=-1) <= rim
        return uniform_log_prob(x, inside, math.pi * self.radius**2)

    def push(self, z: Tensor) -> Tensor:
        """Keep the direction of z, make its length radius sqrt(1 - exp(-|z|^2 / 2)), (..., 2) -> (..., 2)."""
        check_points(z)
        half_square = z.square().sum(-1, keepdim=True) / 2
        # sqrt((1 - exp(-s)) / 2s), s = |z|^2 / 2, tends to sqrt(1/2) at the origin, where it reads 0 / 0.
        origin = half_square == 0
        s = torch.where(origin, 1.0, half_square)
        shrink = torch.where(origin, math.sqrt(0.5), (-torch.expm1(-s) / (2 * s)).sqrt())
        return numbers(self.centre, z) + self.radius * shrink * z


@dataclass(frozen=True, eq=False, repr=False)
class Gaussian(GaussianMixture):
    """One isotropic Gaussian: a mixture of one mode that also is the image of a standard normal."""

    def push(self, z: Tensor) -> Tensor:
        """mode + scale * z, (..., 2) -> (..., 2)."""
        check_points(z)
        return numbers(self._mode, z) + self.scale * z

    @cached_property
    def _mode(self) -> list[float]:
        mode: list[float] = self.means[0].tolist()
        return mode
