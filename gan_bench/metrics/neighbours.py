"""Nearest neighbours: density and coverage of features, and the training images nearest to generated ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from gan_bench.errors import UsageError

# Distances held at once: 32 MB.
BLOCK = 1 << 22
# Squared distances are differences of products, right to this share of the largest squared norm. Points that
# close to a ball's edge count as inside, else copies of duplicates would fall out of their own balls.
SLACK = 1e-12


class Nearest(NamedTuple):
    """Of n images: the index of the nearest bank image (n,), int64, and the distance to it (n,), float64."""

    indices: Tensor
    distances: Tensor


@dataclass(frozen=True)
class DensityCoverage:
    """Density and coverage (Naeem et al. 2020, eq. 3 and 4).

    density: balls around real points that hold a generated one, on average, over k; 0 to n / k, 1 expected
    of a perfect sampler. coverage: share of real points whose ball holds a generated one, 0 to 1.
    """

    density: float
    coverage: float


@dataclass(frozen=True, eq=False)
class Balls:
    """Closed balls around real points (n, d), each reaching to its k-th nearest other real point.

    The edge belongs to the ball, as in the paper; the authors' code leaves it out, which gives 0 for real
    points that lie on each other even where the generated ones are copies of them. The two agree elsewhere.
    """

    points: Tensor = field(repr=False)
    centre: Tensor = field(repr=False)
    squared_radii: Tensor = field(repr=False)
    k: int

    @classmethod
    def around(cls, real: Tensor, k: int) -> Balls:
        """Build the balls of real points (n, d); raises UsageError where there are no k others."""
        if not 1 <= k < len(real):
            raise UsageError(f"coverage: {k} neighbours need at least {k + 1} real images, got {len(real)}")
        # Centred, since rounding grows with the distance from the origin.
        centre = real.double().mean(0)
        points = real.double() - centre
        radii = []
        for first, some in in_blocks(points, points):
            block = _products(some, points)
            rows = torch.arange(len(block))
            block[rows, first + rows] = torch.inf
            radii.append(block.kthvalue(k, dim=1).values)
        return cls(points, centre, torch.cat(radii), k)

    def measure(self, fake: Tensor) -> DensityCoverage:
        """Return density and coverage of generated points (m, d), m >= 1."""
        others = fake.double() - self.centre
        slack = SLACK * max(points.square().sum(1).max() for points in (self.points, others))
        reach = self.squared_radii[:, None] + slack
        held = torch.cat(
            [
                (_products(some, others) <= reach[first : first + len(some)]).sum(1)
                for first, some in in_blocks(self.points, others)
            ]
        )
        density = held.sum().item() / (self.k * len(others))
        return DensityCoverage(density, (held > 0).double().mean().item())


def nearest(images: Tensor, bank: Tensor) -> Nearest:
    """Find the nearest bank image (m, ...) of each image (n, ...), Euclidean in units of the pixels.

    A copy has distance 0: uint8 is exact, and the distance found is computed again from differences. Of
    equals the first is taken. Raises UsageError for an empty bank or unlike shapes.
    """
    if images.shape[1:] != bank.shape[1:] or not len(bank):
        raise UsageError(
            f"nearest: expected images of one shape, got {tuple(images.shape)} and a bank {tuple(bank.shape)}"
        )
    queries = images.flatten(1).double()
    best = torch.full((len(images),), torch.inf, dtype=torch.float64)
    indices = torch.zeros(len(images), dtype=torch.int64)
    rows = max(1, BLOCK // max(len(images), queries.shape[1]))
    for first in range(0, len(bank), rows):
        # The bank is widened block by block: as a whole it may not fit into memory.
        part = bank[first : first + rows].flatten(1).double()
        distance, index = _products(queries, part).min(1)
        closer = distance < best
        best = torch.where(closer, distance, best)
        indices = torch.where(closer, first + index, indices)
    found = bank[indices].flatten(1).double()
    return Nearest(indices, (queries - found).norm(dim=1))


def in_blocks(x: Tensor, y: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield the first row and points (rows, d) of blocks of x (n, d), distances to y (m, d) fitting BLOCK."""
    rows = max(1, BLOCK // len(y))
    for first in range(0, len(x), rows):
        yield first, x[first : first + rows]


def _products(x: Tensor, y: Tensor) -> Tensor:
    """Squared distances by |x|^2 - 2 x y + |y|^2: matrix products are many times faster than differences."""
    norms = x.square().sum(1)[:, None] + y.square().sum(1)
    return torch.addmm(norms, x, y.T, alpha=-2).clamp_(min=0)
