"""Every sample-based metric of a data set at once: what each is, and its value for a stack of seeds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gan_bench.errors import UsageError
from gan_bench.metrics._grid import Grid, as_cloud, as_clouds
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.divergence import LN2, js_from_samples, overlap_from_samples
from gan_bench.metrics.modes import HIGH_QUALITY_TARGET, RADIUS, SQUARED_RADIUS, has_modes, mode_coverage
from gan_bench.metrics.transport import wasserstein1

# The grid is fixed by the data set alone, for samples of some 500 points: bins of four standard deviations
# see whether a mode is hit but hardly its shape (the within-mode spread does), and leave several points in
# an occupied bin. Odd counts put the centre of a symmetric data set inside a bin, not on an edge.
BINS_WITHOUT_MODES = 21
BIN_PER_SCALE = 4.0
FEWEST_BINS, MOST_BINS = 11, 101
# The box of the histogram is the distribution's, squared, with this share of its side added on every side.
MARGIN = 0.05

DESCRIPTORS: dict[str, Descriptor] = {
    row.name: row
    for row in (
        Descriptor(
            "w1", "Wasserstein-1", "data units", "lower", (0.0, math.inf), "log",
            explanation="Exact distance between equal numbers of generated and reference points; biased "
            "upward, so read it beside the perfect sampler's band.",
        ),
        Descriptor(
            "w1_held_out", "Wasserstein-1, held-out dual", "data units", "lower",
            explanation="Gap of the optimal potential on points it was not fitted to: in expectation a lower "
            "bound of Wasserstein-1; may be negative.",
        ),
        Descriptor(
            "js", "Jensen-Shannon, histogram", "nats", "lower", (0.0, LN2),
            explanation="Divergence of histograms on the data set's fixed grid; comparable only at the same "
            "grid and sample size.",
        ),
        Descriptor(
            "js_scores", "Jensen-Shannon, held-out bound", "nats", "neither", (-math.inf, LN2),
            explanation="Lower bound from the discriminator's logits on points it was not trained on; "
            "negative where it is worse than a coin.",
        ),
        Descriptor(
            "overlap", "Histogram overlap", "share", "higher", (0.0, 1.0), "logit",
            explanation="Mass that generated and reference histograms share on the data set's fixed grid.",
        ),
        Descriptor(
            "modes_covered", "Modes covered", "modes", "higher", (0.0, math.inf),
            explanation="Modes with at least one generated point within 3 standard deviations.",
        ),
        Descriptor(
            "high_quality", "High-quality share", "share", "target", (0.0, 1.0), "logit",
            target=HIGH_QUALITY_TARGET,
            explanation="Share of generated points within 3 standard deviations of a mode: .98889 for the "
            "truth; a continuous generator leaves bridges between modes, so the target is hardly attainable.",
        ),
        Descriptor(
            "within_mode_spread", "Within-mode spread", "ratio", "target", (0.0, RADIUS**2 / SQUARED_RADIUS),
            target=1.0,
            explanation="Mean squared distance to the mode over high-quality points, relative to the "
            "truth's: below 1 the modes are too narrow.",
        ),
        Descriptor(
            "reverse_kl", "Reverse KL over modes", "nats", "lower", (0.0, math.inf),
            explanation="KL from the modes' shares among high-quality points to their true weights; ln K "
            "for K equal modes where no point is of high quality.",
        ),
    )
}  # fmt: skip


def histogram_grid(distribution: Any) -> Grid:
    """Return the data set's fixed histogram grid: a square box around its bounds, odd bins per axis.

    With modes a bin is about 4 of their standard deviations wide, within 11 to 101 bins; the ratio is
    Grid.bin_per_scale. Without modes there are 21 bins. A distribution on a line or a point gets the same
    square box, so its histogram cannot tell it from neighbours closer than a bin.
    """
    box = np.asarray(distribution.bounds, dtype=np.float64)
    side = float((box[:, 1] - box[:, 0]).max()) or 1.0
    half = side * (0.5 + MARGIN)
    (x_lo, x_hi), (y_lo, y_hi) = ((float(centre - half), float(centre + half)) for centre in box.mean(axis=1))
    bounds = ((x_lo, x_hi), (y_lo, y_hi))
    if not has_modes(distribution):
        return Grid(bounds, BINS_WITHOUT_MODES)
    scale = float(distribution.scale)
    # A scale of zero, modes that are points, asks for the finest grid allowed.
    wanted = 2 * half / (BIN_PER_SCALE * scale) if scale > 0 else math.inf
    bins = int(min(max(wanted, FEWEST_BINS), MOST_BINS))
    return Grid(bounds, bins | 1, scale)


def evaluate(
    samples: Any,
    fresh: Any,
    reference: Any,
    held_out: Any,
    distribution: Any,
    grid: Grid | None = None,
) -> dict[str, np.ndarray]:
    """Return every metric that the distribution allows, name -> (S,) float64.

    samples (S, n, 2): generated points; reference (n, 2): real points, stratified, the same for all
    models. fresh (S, k, 2) and held_out (l, 2): generated and real points independent of both, for the
    held-out dual only; every seed meets the same held_out, so it should be large (it costs little).
    Metrics of coverage are present where the distribution has modes. Numpy or torch. Raises UsageError
    for non-finite points: diverged seeds are to be left out before.
    """
    clouds = as_clouds(samples, "samples")
    grid = grid or histogram_grid(distribution)
    return {
        **transport_distances(clouds, fresh, reference, held_out),
        **histogram_distances(clouds, reference, grid),
        **coverage_metrics(clouds, distribution),
    }


def transport_distances(samples: Any, fresh: Any, reference: Any, held_out: Any) -> dict[str, np.ndarray]:
    """Return w1 and w1_held_out, each (S,), from one exact transport per seed; arguments as in evaluate.

    w1 is the exact distance between the clouds. w1_held_out = mean phi(held_out) - mean phi(fresh), phi
    the optimal potential of that transport (larger on real points) extended 1-Lipschitz to the plane:
    in expectation w1_held_out <= W1 of the distributions <= w1.
    """
    clouds, others = as_clouds(samples, "samples"), as_clouds(fresh, "fresh")
    real, unseen = as_cloud(reference, "reference"), as_cloud(held_out, "held_out")
    if len(clouds) != len(others):
        raise UsageError(f"fresh: expected as many clouds as samples, {len(clouds)}, got {len(others)}")
    solver = "assignment" if len(real) == clouds.shape[1] else "linear-programme"
    plug_in, dual = np.empty(len(clouds)), np.empty(len(clouds))
    for seed, (cloud, other) in enumerate(zip(clouds, others, strict=True)):
        # Named, not "auto": the numbers must not depend on which extras are installed.
        transport = wasserstein1(real, cloud, solver=solver)
        plug_in[seed] = transport.cost
        dual[seed] = _mean_potential(transport, unseen) - _mean_potential(transport, other)
    return {"w1": plug_in, "w1_held_out": dual}


def histogram_distances(samples: Any, reference: Any, grid: Grid) -> dict[str, np.ndarray]:
    """Return js and overlap, each (S,), of the histograms of samples (S, n, 2) and reference (m, 2)."""
    clouds = as_clouds(samples, "samples")
    return {
        "js": np.asarray(js_from_samples(clouds, reference, grid.bounds, grid.bins)),
        "overlap": np.asarray(overlap_from_samples(clouds, reference, grid.bounds, grid.bins)),
    }


def coverage_metrics(samples: Any, distribution: Any) -> dict[str, np.ndarray]:
    """Return the metrics of mode coverage, each (S,) float64; nothing where there are no modes."""
    if not has_modes(distribution):
        return {}
    coverage = mode_coverage(as_clouds(samples, "samples"), distribution)
    values = {
        "modes_covered": np.asarray(coverage.covered, dtype=np.float64),
        "high_quality": np.asarray(coverage.high_quality),
        "within_mode_spread": np.asarray(coverage.within_mode_spread),
    }
    # A single mode has nothing to divide: its reverse KL is 0 whatever the samples.
    return (
        values if len(distribution.weights) == 1 else values | {"reverse_kl": np.asarray(coverage.reverse_kl)}
    )


def _mean_potential(transport: Any, points: np.ndarray) -> float:
    return float(np.asarray(transport.potential(points)).mean())
