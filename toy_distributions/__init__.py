"""Toy distributions in the plane with exact densities, and pairs with exact divergences; needs only torch.

>>> import torch, toy_distributions as td
>>> ring = td.get("ring8")
>>> points = ring.sample(1000, torch.Generator().manual_seed(0))
>>> ring.log_prob(points).shape
torch.Size([1000])
>>> td.parallel_lines(0.5).w1
0.5
"""

from .base import Bounds, HasDensity, HasModes, ToyDistribution
from .boards import checkerboard
from .catalogue import get, names, pair, pair_names
from .curves import circles, moons, spiral, swiss_roll
from .mixtures import grid, grid25, imbalanced_ring, random_mixture, ring, ring8, two_gaussians
from .pairs import Pair, crossing_segments, dirac, disjoint_disks, parallel_lines, separated_gaussians

__all__ = [
    "Bounds",
    "HasDensity",
    "HasModes",
    "Pair",
    "ToyDistribution",
    "checkerboard",
    "circles",
    "crossing_segments",
    "dirac",
    "disjoint_disks",
    "get",
    "grid",
    "grid25",
    "imbalanced_ring",
    "moons",
    "names",
    "pair",
    "pair_names",
    "parallel_lines",
    "random_mixture",
    "ring",
    "ring8",
    "separated_gaussians",
    "spiral",
    "swiss_roll",
    "two_gaussians",
]
