"""Mixtures of isotropic Gaussians: ring, grid, imbalanced ring, random mixture, two Gaussians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from . import validation
from .base import TAIL, Bounds, ToyDistribution, Value, box_around, check_draw
from .gaussians import mixture_log_prob

# Each mode's 3-sigma disk, the one that counts as high quality, must be its own.
_MIN_DISTANCE = 6.0
_CANDIDATES = 20_000


@dataclass(frozen=True, eq=False, repr=False)
class GaussianMixture(ToyDistribution):
    """sum_i weights_i N(modes_i, scale^2 I): modes (k, 2) and weights (k,) in float64."""

    means: Tensor
    shares: Tensor
    scale: float

    @property
    def modes(self) -> Tensor:
        """Means of the components, (k, 2), float64 (a copy)."""
        return self.means.clone()

    @property
    def weights(self) -> Tensor:
        """Probabilities of the components, (k,), float64, sum 1 (a copy)."""
        return self.shares.clone()

    @property
    def bounds(self) -> Bounds:
        """The box around the modes, 6.5 standard deviations wider on every side."""
        return box_around(self.means, TAIL * self.scale)

    def log_prob(self, x: Tensor) -> Tensor:
        """Exact log density at points (..., 2) -> (...), in the dtype of x."""
        return mixture_log_prob(x, self.means, self.shares, self.scale)

    def stratified(self, n: int, generator: torch.Generator, *, dtype: torch.dtype = torch.float32) -> Tensor:
        """Draw n points -> (n, 2), shuffled, n * weights of them per mode (largest remainder)."""
        check_draw(n, generator, dtype)
        counts = torch.tensor(largest_remainder(n, self.shares.tolist()))
        component = torch.arange(len(counts)).repeat_interleave(counts).to(generator.device)
        order = torch.randperm(n, generator=generator, device=generator.device)
        return self._around(component[order], generator, dtype)

    def _draw(self, n: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        uniform = torch.rand(n, generator=generator, device=generator.device, dtype=dtype)
        # Inner edges only: the last may round to a little under 1, and a draw above it would have no mode.
        edges = self.shares.cumsum(0)[:-1].to(uniform, non_blocking=True)
        return self._around(torch.searchsorted(edges, uniform, right=True), generator, dtype)

    def _around(self, component: Tensor, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        noise = torch.randn(len(component), 2, generator=generator, device=generator.device, dtype=dtype)
        return self.means.to(noise, non_blocking=True)[component] + self.scale * noise


def largest_remainder(n: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers nearest to n * weights that sum to n; ties go to the earlier component."""
    # 1e-9: a product such as 19.999999999999996 is the whole number 20.
    counts = [math.floor(n * weight + 1e-9) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (round(counts[i] - n * weights[i], 9), i))
    for place in by_remainder[: n - sum(counts)]:
        counts[place] += 1
    return counts


def ring(modes: int = 8, radius: float = 1.0, scale: float = 0.01) -> GaussianMixture:
    """Equal Gaussians at equal angles 2 pi i / modes on a circle, all distinct."""
    modes = validation.count("modes", modes, 1)
    radius = validation.positive("radius", radius)
    scale = validation.positive("scale", scale)
    settings = (("modes", modes), ("radius", radius), ("scale", scale))
    return _equal("ring", settings, _on_circle(modes, radius), scale)


def ring8() -> GaussianMixture:
    """Eight modes, radius 1, scale .01 (VEEGAN, Srivastava et al. 2017; PacGAN, Lin et al. 2018, 2D-ring)."""
    return _equal("ring8", (), _on_circle(8, 1.0), 0.01)


def grid(side: int = 5, spacing: float = 2.0, scale: float = 0.05) -> GaussianMixture:
    """Equal Gaussians on a square lattice of side x side modes around the origin."""
    side = validation.count("side", side, 1, 100)
    spacing = validation.positive("spacing", spacing)
    scale = validation.positive("scale", scale)
    settings = (("side", side), ("spacing", spacing), ("scale", scale))
    return _equal("grid", settings, _on_lattice(side, spacing), scale)


def grid25() -> GaussianMixture:
    """{-4, -2, 0, 2, 4}^2, scale .05 (VEEGAN, Srivastava et al. 2017; PacGAN, Lin et al. 2018, 2D-grid)."""
    return _equal("grid25", (), _on_lattice(5, 2.0), 0.05)


def imbalanced_ring(
    weights: Sequence[float] = (0.30, 0.20, 0.15, 0.10, 0.10, 0.05, 0.05, 0.05),
    radius: float = 1.0,
    scale: float = 0.01,
) -> GaussianMixture:
    """A ring with one mode per relative weight, the first at angle 0; weights are scaled to sum 1."""
    shares = validation.shares("weights", weights)
    radius = validation.positive("radius", radius)
    scale = validation.positive("scale", scale)
    settings = (("weights", shares), ("radius", radius), ("scale", scale))
    means = _on_circle(len(shares), radius)
    return GaussianMixture(
        "imbalanced-ring", settings, means, torch.tensor(shares, dtype=torch.float64), scale
    )


def random_mixture(
    modes: int = 10, extent: float = 2.0, scale: float = 0.05, seed: int = 0
) -> GaussianMixture:
    """Modes uniform on [-extent, extent]^2, at least 6 scale apart, weights proportional to U[.5, 1.5].

    The seed fixes modes and weights; raises ValueError where the square has no room.
    """
    modes = validation.count("modes", modes, 1, 1000)
    extent = validation.positive("extent", extent)
    scale = validation.positive("scale", scale)
    seed = validation.count("seed", seed, 0, 2**31 - 1)
    generator = torch.Generator().manual_seed(seed)
    means = _apart(modes, extent, _MIN_DISTANCE * scale, generator)
    relative = 0.5 + torch.rand(modes, generator=generator, dtype=torch.float64)
    settings = (("modes", modes), ("extent", extent), ("scale", scale), ("seed", seed))
    return GaussianMixture("random-mixture", settings, means, relative / relative.sum(), scale)


def two_gaussians(separation: float = 2.0, scale: float = 0.1) -> GaussianMixture:
    """Half the mass at (-separation / 2, 0), half at (separation / 2, 0)."""
    separation = validation.positive("separation", separation)
    scale = validation.positive("scale", scale)
    means = torch.tensor([[-separation / 2, 0.0], [separation / 2, 0.0]], dtype=torch.float64)
    return _equal("two-gaussians", (("separation", separation), ("scale", scale)), means, scale)


def _equal(
    name: str, settings: tuple[tuple[str, Value], ...], means: Tensor, scale: float
) -> GaussianMixture:
    shares = torch.full((len(means),), 1 / len(means), dtype=torch.float64)
    return GaussianMixture(name, settings, means, shares, scale)


def _on_circle(modes: int, radius: float) -> Tensor:
    # arange / modes, not linspace to 2 pi: that repeats the first mode.
    angles = 2 * math.pi * torch.arange(modes, dtype=torch.float64) / modes
    return radius * torch.stack([angles.cos(), angles.sin()], dim=1)


def _on_lattice(side: int, spacing: float) -> Tensor:
    ticks = spacing * (torch.arange(side, dtype=torch.float64) - (side - 1) / 2)
    return torch.cartesian_prod(ticks, ticks) if side > 1 else torch.zeros(1, 2, dtype=torch.float64)


def _apart(modes: int, extent: float, distance: float, generator: torch.Generator) -> Tensor:
    """Take uniform candidates in order, each that keeps its distance from those taken -> (modes, 2)."""
    candidates = extent * (2 * torch.rand(_CANDIDATES, 2, generator=generator, dtype=torch.float64) - 1)
    taken = candidates[:1]
    while len(taken) < modes:
        free = candidates[torch.cdist(candidates, taken).amin(1) >= distance]
        if len(free) == 0:
            raise ValueError(
                f"modes: no room for {modes} modes {distance:g} apart; lower modes or scale, or raise extent"
            )
        candidates, taken = free, torch.cat([taken, free[:1]])
    return taken
