"""Every metric of generated images at once: torch-fidelity's, beside density, coverage and classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.metrics.classes import class_coverage
from gan_bench.metrics.features import Extractor, Features
from gan_bench.metrics.fidelity_descriptors import descriptors, metric_name
from gan_bench.metrics.fidelity_options import FidelityOptions, cautions
from gan_bench.metrics.neighbours import Balls
from gan_bench.metrics.precision_recall import precision_recall, radii

__all__ = [
    "FidelityOptions", "Reference", "cautions", "descriptors", "feature_metrics", "fid", "image_metrics",
    "inception_score", "kid",
]  # fmt: skip

Statistics = Mapping[str, np.ndarray]
DEFAULTS = FidelityOptions()


class Reference:
    """Real images as an extractor sees them, with what does not change from snapshot to snapshot.

    extractor: the extractor's name; digest: that of its weights; features: the real images'.
    """

    def __init__(self, extractor: Extractor, images: Tensor) -> None:
        """Extract the features of real images, uint8 (n, C, H, W)."""
        self.extractor, self.digest = extractor.name, extractor.digest
        self.features = extractor(images)
        self._balls: dict[tuple[int, int], Balls] = {}
        self._radii: dict[tuple[int, int], Tensor] = {}

    @cached_property
    def statistics(self) -> Statistics:
        """Mean and covariance of the features, float64, for FID."""
        return _statistics(self.features.values)

    def balls(self, k: int, count: int) -> Balls:
        """Balls around the first features, out to their k-th neighbours among these: density, coverage."""
        if (k, count) not in self._balls:
            self._balls[k, count] = Balls.around(self.features.values[:count], k)
        return self._balls[k, count]

    def radii(self, k: int, count: int) -> Tensor:
        """Distances (count,) of the first features to their k-th neighbours among these, for precision."""
        if (k, count) not in self._radii:
            self._radii[k, count] = radii(self.features.values[:count], k)
        return self._radii[k, count]


def image_metrics(
    extractor: Extractor,
    reference: Reference,
    samples: Tensor | Sequence[Tensor],
    options: FidelityOptions = DEFAULTS,
) -> dict[str, np.ndarray]:
    """Return every metric of samples, uint8 (S, n, C, H, W), by its name with the extractor's, (S,) float64.

    Real images in the place of samples give the floor. Classes are counted where the extractor has some.
    Raises UsageError for another extractor than the reference's, or too few images for a metric.
    """
    return feature_metrics(extractor, reference, [extractor(images) for images in samples], options)


def feature_metrics(
    extractor: Extractor,
    reference: Reference,
    features: Sequence[Features],
    options: FidelityOptions = DEFAULTS,
) -> dict[str, np.ndarray]:
    """Return the same from features that were extracted already, one item a seed."""
    if (reference.extractor, reference.digest) != (extractor.name, extractor.digest):
        raise UsageError(
            f"metrics: the reference was made with {reference.extractor} ({reference.digest}), the samples "
            f"with {extractor.name} ({extractor.digest})"
        )
    values = [_of_seed(extractor, reference, one, options) for one in features]
    names = values[0] if values else {}
    return {metric_name(name, extractor.name): np.array([value[name] for value in values]) for name in names}


def _of_seed(
    extractor: Extractor, reference: Reference, fake: Features, options: FidelityOptions
) -> dict[str, float]:
    options.check_counts(len(reference.features), len(fake), scored=fake.logits is not None)
    real = reference.features.values
    # Equally many on each side: where one is denser, its balls are smaller.
    count, k = min(len(real), len(fake), options.manifold_images), options.neighbours
    real_near, fake_near = real[:count], fake.values[:count]
    precision, recall = precision_recall(real_near, fake_near, k, reference.radii(k, count))
    held = reference.balls(options.coverage_neighbours, count).measure(fake_near)
    values = {
        "fid": fid(reference.statistics, _statistics(fake.values)),
        "kid": kid(real, fake.values, options),
        "precision": precision,
        "recall": recall,
        "density": held.density,
        "coverage": held.coverage,
    }
    if fake.logits is not None:
        values["inception_score"] = inception_score(fake.logits, options)
    if fake.logits is not None and extractor.classes:
        shown = class_coverage(fake.logits.argmax(1), extractor.classes)
        values |= {"classes_covered": float(shown.found), "class_kl": shown.kl}
    return values


def fid(real: Statistics, fake: Statistics) -> float:
    """Frechet distance |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)) (Heusel et al. 2017, eq. 6), 0 to infinity.

    Equal to 1e-6, relative, to a computation with a matrix square root, and below 1e-9 for equal features,
    where there are more images than features; `cautions` speaks where not. Rounding below 0 is cut off.
    """
    metric = _torch_fidelity().metric_fid
    result = metric.fid_statistics_to_metric(dict(real), dict(fake), False)
    return max(0.0, float(result[metric.KEY_METRIC_FID]))


def kid(real: Tensor, fake: Tensor, options: FidelityOptions = DEFAULTS) -> float:
    """Unbiased squared MMD of features (n, d), (m, d) with the kernel (x y / d + 1)^3, mean over subsets.

    Binkowski et al. (2018), section 4. May be negative. Between a set and itself its expectation is
    2 / n (mean kernel of pairs - mean kernel of a point with itself), slightly below 0.
    """
    metric = _torch_fidelity().metric_kid
    result = metric.kid_features_to_metric(
        fake.double(),
        real.double(),
        kid_subsets=options.kid_subsets,
        kid_subset_size=options.kid_subset_size,
        rng_seed=options.seed,
        verbose=False,
    )
    return float(result[metric.KEY_METRIC_KID_MEAN])


def inception_score(logits: Tensor, options: FidelityOptions = DEFAULTS) -> float:
    """exp E KL(p(y|x), p(y)) of logits (n, k), 1 to k, mean over shuffled splits (Salimans et al. 2016)."""
    metric = _torch_fidelity().metric_isc
    result = metric.isc_features_to_metric(logits, options.splits, True, options.seed)
    return float(result[metric.KEY_METRIC_ISC_MEAN])


def _statistics(values: Tensor) -> Statistics:
    # From float32 features it would take the mean in float32; FID is a small difference of large terms.
    statistics: Statistics = _torch_fidelity().metric_fid.fid_features_to_statistics(values.double())
    return statistics


def _torch_fidelity() -> Any:
    """Import torch-fidelity when needed: it belongs to an extra and takes seconds."""
    try:
        import torch_fidelity
    except ImportError as error:
        raise UsageError(
            f"metrics: need torch-fidelity: pip install 'gan-bench[images]' ({error})"
        ) from error
    return torch_fidelity
