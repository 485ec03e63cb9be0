"""Mode coverage of 2-D mixtures, after VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et al. 2018)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import rel_entr

import toy_distributions as td
from gan_bench.errors import UsageError, unknown
from gan_bench.metrics._grid import as_clouds

# A sample is of high quality within this many standard deviations of its nearest mode, strictly.
RADIUS = 3.0
# r^2 of a 2-D standard normal is exponential with mean 2, hence in closed form for the true distribution
# (.98889 and 1.8989, up to neighbouring modes that overlap):
HIGH_QUALITY_TARGET = 1 - math.exp(-(RADIUS**2) / 2)
SQUARED_RADIUS = 2 - RADIUS**2 * math.exp(-(RADIUS**2) / 2) / HIGH_QUALITY_TARGET
CHUNK = 1 << 22


@dataclass(frozen=True)
class ModeCoverage:
    """How samples spread over the modes: numbers for (n, 2), arrays (S,) for (S, n, 2).

    covered: modes that are the nearest of at least one high-quality sample; 0 to K.
    high_quality: share of samples less than 3 standard deviations from their nearest mode. Its target is
        .98889, not 1: a larger share means samples too close to the centres.
    reverse_kl: KL(histogram of the nearest modes over high-quality samples, weights), nats. Without such
        samples the largest value it can take, -ln(smallest weight): ln K for equal weights.
    within_mode_spread: E[r^2 | r < 3] / 1.8989, r in standard deviations; 1 for the truth, 0 for points on
        the centres, NaN without high-quality samples.
    """

    covered: int | np.ndarray
    high_quality: float | np.ndarray
    reverse_kl: float | np.ndarray
    within_mode_spread: float | np.ndarray


def has_modes(distribution: Any) -> bool:
    """Say whether the distribution names modes, weights and one scale, which coverage needs."""
    return all(getattr(distribution, name, None) is not None for name in ("modes", "weights", "scale"))


def mode_coverage(samples: Any, distribution: Any) -> ModeCoverage:
    """Measure coverage of the distribution's modes by samples (n, 2) or (S, n, 2), numpy or torch.

    distribution: an object, or the name of a toy distribution. Raises UsageError for one without modes, an
    unknown name, a wrong shape, or non-finite samples.
    """
    if isinstance(distribution, str):
        if distribution not in td.names():
            raise unknown("distribution", distribution, td.names())
        distribution = td.get(distribution)
    if not has_modes(distribution):
        name = getattr(distribution, "name", type(distribution).__name__)
        raise UsageError(f'mode_coverage: "{name}" has no modes, so coverage is not defined for it')
    clouds = as_clouds(samples, "mode_coverage: samples")
    modes = as_clouds(distribution.modes, "mode_coverage: modes")[0]
    weights = np.asarray([float(weight) for weight in distribution.weights])
    nearest, squared = _nearest(clouds, modes, float(distribution.scale))
    coverage = _coverage(nearest, squared, weights / weights.sum())
    if np.ndim(samples) == 3:
        return coverage
    return ModeCoverage(**{name: values[0].item() for name, values in vars(coverage).items()})


def _nearest(clouds: np.ndarray, modes: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest mode's index and the squared distance in units of scale^2, both (S, n)."""
    flat = clouds.reshape(-1, 2)
    index = np.empty(len(flat), dtype=np.int64)
    squared = np.empty(len(flat))
    rows = max(1, CHUNK // len(modes))
    for start in range(0, len(flat), rows):
        # Differences, not |x|^2 - 2xm + |m|^2: that cancels where modes are narrow and far from the origin.
        offset = (flat[start : start + rows, None, :] - modes) / scale
        distances = (offset**2).sum(-1)
        index[start : start + rows] = distances.argmin(-1)
        squared[start : start + rows] = distances.min(-1)
    return index.reshape(clouds.shape[:2]), squared.reshape(clouds.shape[:2])


def _coverage(nearest: np.ndarray, squared: np.ndarray, weights: np.ndarray) -> ModeCoverage:
    good = squared < RADIUS**2
    pairs = zip(nearest, good, strict=True)
    hits = np.stack([np.bincount(row[keep], minlength=len(weights)) for row, keep in pairs])
    total = good.sum(-1)
    none = total == 0
    divisor = np.maximum(total, 1)
    reverse_kl = rel_entr(hits / divisor[:, None], weights).sum(-1)
    spread = np.where(good, squared, 0.0).sum(-1) / divisor / SQUARED_RADIUS
    return ModeCoverage(
        covered=(hits > 0).sum(-1),
        high_quality=good.mean(-1),
        reverse_kl=np.where(none, rel_entr(1.0, weights).max(), np.maximum(reverse_kl, 0.0)),
        within_mode_spread=np.where(none, math.nan, spread),
    )
