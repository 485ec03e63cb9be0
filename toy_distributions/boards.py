"""The checkerboard: uniform on every second square, so its density jumps at every edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from . import validation
from .base import Bounds, ToyDistribution, check_points, uniform_log_prob


@dataclass(frozen=True, eq=False, repr=False)
class Checkerboard(ToyDistribution):
    """Uniform on the dark squares of a side x side board around the origin; the lower left one is dark."""

    side: int
    width: float

    @property
    def bounds(self) -> Bounds:
        """The board."""
        return (-self.width / 2, self.width / 2), (-self.width / 2, self.width / 2)

    def log_prob(self, x: Tensor) -> Tensor:
        """-log(dark area) on dark squares, -inf elsewhere, (..., 2) -> (...), in the dtype of x.

        A square owns its left and its lower edge.
        """
        check_points(x)
        square = torch.searchsorted(self._edges(x), x.contiguous(), right=True) - 1
        dark = (square.sum(-1) % 2 == 0) & (square >= 0).all(-1) & (square < self.side).all(-1)
        return uniform_log_prob(x, dark, len(self._dark) * (self.width / self.side) ** 2)

    def _draw(self, n: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        device = generator.device
        # Not blocking: a draw does not wait for what a GPU is at.
        dark = self._dark.to(device, non_blocking=True)[
            torch.randint(len(self._dark), (n,), generator=generator, device=device)
        ]
        inside = torch.rand(n, 2, generator=generator, device=device, dtype=dtype)
        edges = self._edges(inside)
        low, high = edges[dark], edges[dark + 1]
        # Rounding may carry a point onto the right or upper edge, which belongs to a light square.
        return torch.minimum(low + inside * (high - low), torch.nextafter(high, low))

    def _edges(self, like: Tensor) -> Tensor:
        """Edges of the squares, (side + 1,): one table for draws and density, whatever the rounding."""
        steps = torch.arange(self.side + 1, dtype=torch.float64)
        return (steps * (self.width / self.side) - self.width / 2).to(like, non_blocking=True)

    @cached_property
    def _dark(self) -> Tensor:
        """Column and row of each dark square, (k, 2)."""
        index = torch.arange(self.side)
        squares = torch.cartesian_prod(index, index)
        return squares[squares.sum(1) % 2 == 0]


def checkerboard(side: int = 4, width: float = 4.0) -> Checkerboard:
    """Uniform on every second square of a side x side board, width wide, the lower left one included."""
    side = validation.count("side", side, 2, 100)
    width = validation.positive("width", width)
    return Checkerboard("checkerboard", (("side", side), ("width", width)), side, width)
