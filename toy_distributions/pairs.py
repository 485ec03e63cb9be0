"""Pairs of distributions whose divergences are known: what Jensen-Shannon cannot see and Wasserstein can."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from . import validation
from .base import Bounds, ToyDistribution, Value
from .singular import Disk, Gaussian, Segment

_LN2 = math.log(2)


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """Two distributions and their exact divergences; None where no closed form is known.

    js: Jensen-Shannon divergence in nats, in [0, ln 2]. w1: Wasserstein-1 distance, Euclidean, in data units.
    kl: KL(p || q) in nats, infinite where q misses a part of p. tv: total variation, in [0, 1].
    Both halves have `push`, which maps a standard normal (n, 2) exactly onto them.
    """

    name: str
    settings: tuple[tuple[str, Value], ...]
    p: Segment | Disk | Gaussian
    q: Segment | Disk | Gaussian
    js: float | None
    w1: float | None
    kl: float | None
    tv: float | None

    @property
    def parameters(self) -> dict[str, Value]:
        """The parameters it was built with, defaults included (a copy)."""
        return dict(self.settings)

    @property
    def bounds(self) -> Bounds:
        """The smallest box around the boxes of p and q."""
        (px, py), (qx, qy) = self.p.bounds, self.q.bounds
        return (min(px[0], qx[0]), max(px[1], qx[1])), (min(py[0], qy[0]), max(py[1], qy[1]))

    __repr__ = ToyDistribution.__repr__


def parallel_lines(separation: float = 2.0) -> Pair:
    """Uniform on {0} x [0, 1] and on {separation} x [0, 1] (Arjovsky 2017, example 1). W1 = separation."""
    separation = validation.not_negative("separation", separation)
    settings = (("separation", separation),)
    p = Segment("parallel-lines-p", settings, (0.0, 0.5), (0.0, 0.5))
    q = Segment("parallel-lines-q", settings, (separation, 0.5), (0.0, 0.5))
    return _singular("parallel-lines", settings, p, q, separation)


def dirac(separation: float = 2.0) -> Pair:
    """A point mass at the origin and one at (separation, 0). W1 = separation."""
    separation = validation.not_negative("separation", separation)
    settings = (("separation", separation),)
    p = Segment("dirac-p", settings, (0.0, 0.0), (0.0, 0.0))
    q = Segment("dirac-q", settings, (separation, 0.0), (0.0, 0.0))
    return _singular("dirac", settings, p, q, separation)


def crossing_segments(angle: float = math.pi / 4, half_length: float = 1.0) -> Pair:
    """Two segments that cross at their middles in the origin, p on the x axis, angle in radians, [0, pi/2].

    W1 = half_length sin(angle / 2): turn each half by the angle. The right half moves in a direction e, the
    left half in -e; the potential <e, x> on the one side and -<e, x> on the other attains this cost, and up
    to a right angle it is 1-Lipschitz on the two segments.
    """
    angle = validation.between(
        "angle", angle, 0, math.pi / 2, "[0, pi/2] (beyond, use pi - angle: the same pair)"
    )
    half_length = validation.positive("half_length", half_length)
    settings = (("angle", angle), ("half_length", half_length))
    tip = (half_length * math.cos(angle), half_length * math.sin(angle))
    p = Segment("crossing-segments-p", settings, (0.0, 0.0), (half_length, 0.0))
    q = Segment("crossing-segments-q", settings, (0.0, 0.0), tip)
    return _singular("crossing-segments", settings, p, q, half_length * math.sin(angle / 2))


def disjoint_disks(gap: float = 3.0, radius: float = 0.5) -> Pair:
    """Uniform on two disks of one radius on the x axis, p around the origin, gap between their rims.

    They are translates: W1 = gap + 2 radius.
    """
    gap = validation.not_negative("gap", gap)
    radius = validation.positive("radius", radius)
    settings = (("gap", gap), ("radius", radius))
    shift = gap + 2 * radius
    p = Disk("disjoint-disks-p", settings, (0.0, 0.0), radius)
    q = Disk("disjoint-disks-q", settings, (shift, 0.0), radius)
    return _singular("disjoint-disks", settings, p, q, shift)


def separated_gaussians(separation: float = 4.0, scale: float = 0.3) -> Pair:
    """N(0, scale^2 I) and N((separation, 0), scale^2 I). With d = separation / scale:

    W1 = separation (translates), KL = d^2 / 2, TV = erf(d / sqrt 8), JS by quadrature to 1e-12.
    """
    separation = validation.not_negative("separation", separation)
    scale = validation.positive("scale", scale)
    settings = (("separation", separation), ("scale", scale))
    share = torch.ones(1, dtype=torch.float64)
    origin, there = (
        torch.zeros(1, 2, dtype=torch.float64),
        torch.tensor([[separation, 0.0]], dtype=torch.float64),
    )
    p = Gaussian("separated-gaussians-p", settings, origin, share, scale)
    q = Gaussian("separated-gaussians-q", settings, there, share, scale)
    d = separation / scale
    js, kl, tv = _js_of_unit_gaussians(d), d**2 / 2, math.erf(d / math.sqrt(8))
    return Pair("separated-gaussians", settings, p, q, js=js, w1=separation, kl=kl, tv=tv)


def _singular(
    name: str, settings: tuple[tuple[str, Value], ...], p: Segment | Disk, q: Segment | Disk, w1: float
) -> Pair:
    """A pair whose halves share no mass, or, at w1 = 0, are the same."""
    if w1 == 0:
        return Pair(name, settings, p, q, js=0.0, w1=0.0, kl=0.0, tv=0.0)
    return Pair(name, settings, p, q, js=_LN2, w1=w1, kl=math.inf, tv=1.0)


def _js_of_unit_gaussians(d: float) -> float:
    """Jensen-Shannon divergence of N(0, 1) and N(d, 1) in nats.

    E over t ~ N(0, 1) of v tanh v - ln cosh v with v = d (d / 2 - t) / 2, half the log ratio of the
    densities: not negative, and accurate for small d too. The trapezoidal rule converges exponentially here.
    """
    t = torch.linspace(-12, 12, 24_001, dtype=torch.float64)
    v = (d / 2 * (d / 2 - t)).abs()
    return float(
        (_divergence_of_half_ratio(v) * torch.exp(-t.square() / 2)).sum() * 1e-3 / math.sqrt(2 * math.pi)
    )


def _divergence_of_half_ratio(v: Tensor) -> Tensor:
    """v tanh v - ln cosh v for v >= 0, without cancellation at 0 or overflow at infinity."""
    near = v * torch.tanh(v) - torch.log1p(2 * torch.sinh(v / 2).square())
    far = v * (torch.tanh(v) - 1) + _LN2 - torch.log1p(torch.exp(-2 * v))
    return torch.where(v < 1, near, far)
