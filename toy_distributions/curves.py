"""Points on a curve plus Gaussian noise: swiss roll, two moons, circles, spiral.

The density is the integral of N(x; c(t), noise^2 I) against the law of t. Gauss-Legendre quadrature turns it
into a mixture with one Gaussian per node; the weights sum to 1, so it is normalised whatever the nodes. With
three nodes per standard deviation of arc the log density in float64 is exact to 1e-12 where it exceeds -50
(some ten standard deviations off the curve), to 1e-8 where it exceeds -100, to 1e-3 of its own size beyond.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor

from . import validation
from .base import TAIL, Bounds, ToyDistribution, Value, box_around, numbers
from .gaussians import mixture_log_prob
from .quadrature import panelled

# sklearn.datasets.make_swiss_roll with noise .25, first and third coordinate, divided by 7.5: the toy data of
# Gulrajani et al. 2017 (improved_wgan_training, gan_toy.py).
SWISS_ROLL_NOISE = 0.25 / 7.5
_SWISS_ROLL_DIVISOR = 7.5

_PANEL_NODES = 24
_PANEL_NOISES = 8.0
# A panel turns by at most a quarter of a circle, however wide the noise.
_PANEL_ANGLE = math.pi / 2
_MOST_NODES = 100_000
_GRID = 2**16


@dataclass(frozen=True, eq=False, repr=False)
class NoisyCurve(ToyDistribution):
    """position(t, arm) plus N(0, noise^2 I): arm uniform on 0..arms-1, t^power uniform between its ends.

    position takes t (n,) and whole numbers arm (n,) -> (n, 2); t is an angle.
    """

    noise: float
    position: Callable[[Tensor, Tensor], Tensor]
    start: float
    stop: float
    arms: int = 1
    power: int = 1

    def __post_init__(self) -> None:
        """Refuse a noise so small that the density would need more than 100,000 nodes."""
        panels = float(self._panel_measure()[1][-1])
        if panels * _PANEL_NODES * self.arms > _MOST_NODES:
            raise ValueError(f"noise: {self.noise!r} is too small for an exact density of this curve")

    @property
    def bounds(self) -> Bounds:
        """The box around the curve, 6.5 standard deviations wider on every side."""
        return box_around(self._nodes[0], TAIL * self.noise)

    def log_prob(self, x: Tensor) -> Tensor:
        """Normalised log density at points (..., 2) -> (...), in the dtype of x."""
        return mixture_log_prob(x, *self._nodes, self.noise)

    def _draw(self, n: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        device = generator.device
        uniform = torch.rand(n, generator=generator, device=device, dtype=dtype)
        arm = torch.randint(self.arms, (n,), generator=generator, device=device)
        noise = torch.randn(n, 2, generator=generator, device=device, dtype=dtype)
        low, high = self.start**self.power, self.stop**self.power
        t = (low + (high - low) * uniform) ** (1 / self.power)
        return self.position(t, arm) + self.noise * noise

    def _panel_measure(self) -> tuple[Tensor, Tensor]:
        """A fine grid of t and the number of panels that [start, t] needs, both (_GRID,)."""
        t = torch.linspace(self.start, self.stop, _GRID, dtype=torch.float64)
        first, second = self._steps(t, 0), self._steps(t, self.arms - 1)
        angle = (t - self.start) / _PANEL_ANGLE
        length = torch.maximum(first, second) / (_PANEL_NOISES * self.noise)
        return t, angle + torch.cat([torch.zeros(1, dtype=torch.float64), length.cumsum(0)])

    def _steps(self, t: Tensor, arm: int) -> Tensor:
        """Lengths of the chords between neighbours in t on one arm."""
        return self.position(t, torch.full(t.shape, arm)).diff(dim=0).norm(dim=1)

    @cached_property
    def _nodes(self) -> tuple[Tensor, Tensor]:
        """Centres (k, 2) and weights (k,) of the mixture that the quadrature makes of the curve."""
        grid, measure = self._panel_measure()
        panels = math.ceil(float(measure[-1]))
        inner = torch.searchsorted(
            measure, measure[-1] * torch.arange(1, panels, dtype=torch.float64) / panels
        )
        t, step = panelled(torch.cat([grid[:1], grid[inner], grid[-1:]]), _PANEL_NODES)
        law = self.power * t ** (self.power - 1) / (self.stop**self.power - self.start**self.power)
        arm = torch.arange(self.arms).repeat_interleave(len(t))
        return self.position(t.repeat(self.arms), arm), (step * law / self.arms).repeat(self.arms)


def swiss_roll(noise: float = SWISS_ROLL_NOISE) -> NoisyCurve:
    """t (cos t, sin t) / 7.5 with t uniform on [1.5 pi, 4.5 pi], plus noise (in the units of the result)."""
    noise = validation.positive("noise", noise)
    start, stop = 1.5 * math.pi, 4.5 * math.pi
    return NoisyCurve("swiss-roll", (("noise", noise),), noise, _roll, start, stop)


def moons(noise: float = 0.1) -> NoisyCurve:
    """Half circles (cos t, sin t) and (1 - cos t, .5 - sin t), t uniform on [0, pi] (sklearn make_moons)."""
    noise = validation.positive("noise", noise)
    return NoisyCurve("moons", (("noise", noise),), noise, _moons, 0.0, math.pi, arms=2)


def circles(factor: float = 0.5, noise: float = 0.05) -> NoisyCurve:
    """Circles of radius 1 and factor, half the mass on each (sklearn.datasets.make_circles)."""
    factor = validation.positive("factor", factor)
    noise = validation.positive("noise", noise)
    position = partial(_circles, factor=factor)
    settings: tuple[tuple[str, Value], ...] = (("factor", factor), ("noise", noise))
    return NoisyCurve("circles", settings, noise, position, 0.0, 2 * math.pi, arms=2)


def spiral(arms: int = 2, turns: float = 1.5, radius: float = 2.0, noise: float = 0.05) -> NoisyCurve:
    """Archimedean arms, 2 pi / arms apart: distance radius t / T at angle t, t^2 uniform on [0, T^2].

    T = 2 pi turns; t^2, not t, so that points lie about evenly along the arm.
    """
    arms = validation.count("arms", arms, 1, 100)
    turns = validation.between("turns", turns, 0.1, 20, "[0.1, 20]")
    radius = validation.positive("radius", radius)
    noise = validation.positive("noise", noise)
    stop = 2 * math.pi * turns
    position = partial(_spiral, arms=arms, growth=radius / stop)
    settings = (("arms", arms), ("turns", turns), ("radius", radius), ("noise", noise))
    return NoisyCurve("spiral", settings, noise, position, 0.0, stop, arms=arms, power=2)


def _roll(t: Tensor, _arm: Tensor) -> Tensor:
    return (t / _SWISS_ROLL_DIVISOR)[:, None] * _direction(t)


def _moons(t: Tensor, arm: Tensor) -> Tensor:
    upper = _direction(t)
    lower = numbers((1.0, 0.5), upper) - upper
    return torch.where(arm[:, None] == 0, upper, lower)


def _circles(t: Tensor, arm: Tensor, factor: float) -> Tensor:
    return numbers((1.0, factor), t)[arm][:, None] * _direction(t)


def _spiral(t: Tensor, arm: Tensor, arms: int, growth: float) -> Tensor:
    return (growth * t)[:, None] * _direction(t + 2 * math.pi / arms * arm.to(t))


def _direction(angle: Tensor) -> Tensor:
    return torch.stack([angle.cos(), angle.sin()], dim=1)
