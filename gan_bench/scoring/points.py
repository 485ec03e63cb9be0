"""A user's own points against a known distribution, each distance beside its perfect-sampler band."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import torch

import toy_distributions as td
from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics._grid import Grid, as_cloud, as_clouds
from gan_bench.metrics.bands import band
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.distances import (
    DESCRIPTORS,
    coverage_metrics,
    histogram_distances,
    histogram_grid,
    transport_distances,
)
from gan_bench.metrics.transport import wasserstein1
from gan_bench.scoring.scored import Scored

# Exact transport costs about the cube of the sample size, for 24 draws of the band too.
MOST_SAMPLES = 2000
DRAWS = 24  # of the perfect sampler, for its band
# Real points on which a potential is read: many, because their noise is common to all draws of the band.
HELD_OUT = 4000
_MAGIC = b"\x93NUMPY"
# What numpy.load raises on damaged files; the header is Python source, hence the last two.
_DAMAGED = (ValueError, EOFError, MemoryError, SyntaxError, TokenError)


@dataclass(frozen=True, kw_only=True)
class Score(Scored):
    """Distances of n points from `against`, with the band that a perfect sampler of it reaches at the same n.

    Bands are over 24 draws through the very same function.
    """

    grid: Grid

    @property
    def descriptors(self) -> Mapping[str, Descriptor]:
        """What each metric is: `gan_bench.metrics.distances.DESCRIPTORS`."""
        return DESCRIPTORS

    @property
    def w1(self) -> float:
        """Exact Wasserstein-1 between the points and a stratified reference of the same size."""
        return self.values["w1"]

    @property
    def w1_held_out(self) -> float:
        """Lower bound of Wasserstein-1 in expectation: potential fitted on one half, read on the other."""
        return self.values["w1_held_out"]

    @property
    def js(self) -> float:
        """Jensen-Shannon divergence of the histograms, nats."""
        return self.values["js"]

    def heading(self) -> list[str]:
        """Points, distribution, seed and the histogram's bins."""
        ratio = self.grid.bin_per_scale
        bins = f"histogram of {self.grid.bins} x {self.grid.bins} bins"
        width = f"{self.grid.bin_width:.3g} wide" + (f" = {ratio:.2g} sigma" if ratio else "")
        return [f"{self.used('points')} against {self.against}, seed {self.seed}; {bins}, {width}"]


def score_points(samples: Any, distribution: Any, *, seed: int) -> Score:
    """Measure samples (n, 2), numpy or torch, against a distribution; n >= 2, all finite.

    More than 2000 points are cut to a random
    subset, stated in the result. Everything random follows from seed. For the held-out dual the points
    are split at random: the potential is fitted between the first half and as many reference points, and
    read on the second half and on real points of its own. Raises UsageError for anything else.
    """
    points = as_cloud(samples, "samples")
    if len(points) < 2:
        raise UsageError(f"samples: at least 2 points are needed, got {len(points)}")
    # Shuffled always: the halves of an ordered file would differ by its order.
    order = np.random.default_rng(seeds.derive(seed, "score/subset")).permutation(len(points))
    used = points[order[:MOST_SAMPLES]]
    truth = _Truth.draw(distribution, len(used), seed)
    measured = truth.measure(used[None])
    draws = perfect_draws(distribution, len(used), seed=seed, purpose="score/perfect")
    perfect = truth.measure(as_clouds(draws, "perfect sampler"))
    return Score(
        against=distribution.name,
        given=len(points),
        n=len(used),
        seed=seed,
        grid=truth.grid,
        values={name: float(value[0]) for name, value in measured.items()},
        bands={name: band(value) for name, value in perfect.items()},
    )


def load_samples(path: str | Path) -> np.ndarray:
    """Read an array (n, 2) of finite real numbers from a .npy file; raises UsageError, one line, otherwise.

    Nothing is unpickled.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if not content.startswith(_MAGIC):
        raise UsageError(f"{path}: not a NumPy .npy file (write one with numpy.save)")
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except _DAMAGED as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UsageError(f"{path}: not a readable .npy file: {reason}") from error
    if array.ndim != 2 or array.shape[1] != 2 or len(array) < 2:
        raise UsageError(f"{path}: expected an array of shape (n, 2) with n >= 2, got {array.shape}")
    return as_cloud(array, str(path))


@dataclass(frozen=True)
class _Truth:
    """Real points of one score: the same for the user's samples and for every draw of the band."""

    distribution: Any
    reference: np.ndarray
    half_reference: np.ndarray
    held_out: np.ndarray
    grid: Grid

    @classmethod
    def draw(cls, distribution: Any, n: int, seed: int) -> _Truth:
        def stratified(size: int, purpose: str) -> np.ndarray:
            return as_cloud(distribution.stratified(size, seeds.generator(seed, purpose)), purpose)

        return cls(
            distribution=distribution,
            reference=stratified(n, "score/reference"),
            half_reference=stratified(n // 2, "score/half-reference"),
            held_out=stratified(HELD_OUT, "score/held-out"),
            grid=histogram_grid(distribution),
        )

    def measure(self, clouds: np.ndarray) -> dict[str, np.ndarray]:
        """Return every metric, name -> (S,), of clouds (S, n, 2) whose points are in random order."""
        half = clouds.shape[1] // 2
        fitted, unseen = clouds[:, :half], clouds[:, half:]
        dual = transport_distances(fitted, unseen, self.half_reference, self.held_out)["w1_held_out"]
        return {
            "w1": np.array(
                [wasserstein1(self.reference, cloud, solver="assignment").cost for cloud in clouds]
            ),
            "w1_held_out": dual,
            **histogram_distances(clouds, self.reference, self.grid),
            **coverage_metrics(clouds, self.distribution),
        }


def perfect_draws(distribution: Any, n: int, *, seed: int, purpose: str, draws: int = DRAWS) -> torch.Tensor:
    """Draw (draws, n, dim) independent, unstratified samples, as a perfect generator would give them."""
    sources = [seeds.generator(seed, f"{purpose}/{index}") for index in range(draws)]
    return torch.stack([distribution.sample(n, source) for source in sources])


def distribution_of(against: Any) -> Any:
    """Resolve the name of a distribution or a pair (its p), or either itself; UsageError for others."""
    if isinstance(against, str):
        return td.get(against) if against in td.names() else td.pair(against).p
    found = getattr(against, "p", against)
    if not all(hasattr(found, needed) for needed in ("name", "sample", "stratified", "bounds")):
        raise UsageError(
            f"against: expected a distribution, an image data set or the name of one, got "
            f"{type(against).__name__}"
        )
    return found
