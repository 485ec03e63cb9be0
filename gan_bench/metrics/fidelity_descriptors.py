"""What the report must know of image metrics; a value's name carries its extractor's. Free of torch."""

from __future__ import annotations

import math

from gan_bench.metrics.descriptor import Descriptor

POSITIVE, SHARE = (0.0, math.inf), (0.0, 1.0)


def metric_name(metric: str, extractor: str) -> str:
    """Return the name of a metric's values with one extractor, such as `fid[glyphs-cnn]`."""
    return f"{metric}[{extractor}]"


def descriptors(extractor: str, classes: int = 0, *, scored: bool = True) -> dict[str, Descriptor]:
    """Describe every metric that `image_metrics` gives with the extractor of this name, in its order.

    classes: those that the extractor tells apart in the data set, 0 for none. scored: whether it has logits.
    """
    rows = _distances(extractor) + _manifolds(extractor)
    if scored:
        rows += _scores(extractor)
    if classes:
        rows += _coverage(extractor, classes)
    return {row.name: row for row in rows}


def _distances(extractor: str) -> list[Descriptor]:
    return [
        Descriptor(
            metric_name("fid", extractor), f"FID ({extractor})", "squared feature units", "lower", POSITIVE,
            "log",
            explanation="Frechet distance between Gaussians fitted to the features of real and generated "
            "images; biased upward at few images, so read it beside the real-against-real floor.",
        ),
        Descriptor(
            metric_name("kid", extractor), f"KID ({extractor})", "squared kernel distance", "lower",
            explanation="Squared maximum mean discrepancy of the features with a cubic kernel, averaged over "
            "subsets; unbiased, so it may be negative.",
        ),
    ]  # fmt: skip


def _manifolds(extractor: str) -> list[Descriptor]:
    return [
        Descriptor(
            metric_name("precision", extractor), f"Precision ({extractor})", "share", "higher", SHARE,
            "logit",
            explanation="Share of generated images among the nearest neighbours of a real one: quality.",
        ),
        Descriptor(
            metric_name("recall", extractor), f"Recall ({extractor})", "share", "higher", SHARE,
            "logit",
            explanation="Share of real images among the nearest neighbours of a generated one: variety.",
        ),
        Descriptor(
            metric_name("density", extractor), f"Density ({extractor})", "ratio", "target", POSITIVE,
            target=1.0,
            explanation="Real images that have a generated one in their neighbourhood, counted per generated "
            "image, relative to what a perfect sampler gives: above 1 the images crowd where data are dense.",
        ),
        Descriptor(
            metric_name("coverage", extractor), f"Coverage ({extractor})", "share", "higher", SHARE, "logit",
            explanation="Share of real images with a generated one in their neighbourhood; depends on the "
            "number of images, so read it beside the real-against-real floor.",
        ),
    ]  # fmt: skip


def _scores(extractor: str) -> list[Descriptor]:
    return [
        Descriptor(
            metric_name("inception_score", extractor), f"Inception Score ({extractor})", "effective classes",
            "higher", (1.0, math.inf),
            explanation="Exponential of the mean divergence between an image's predicted classes and all "
            "images'; high for sure and varied predictions, blind to variety within a class.",
        )
    ]  # fmt: skip


def _coverage(extractor: str, classes: int) -> list[Descriptor]:
    return [
        Descriptor(
            metric_name("classes_covered", extractor), f"Classes covered ({extractor})", "classes", "higher",
            (0.0, float(classes)),
            explanation=f"Of {classes} classes, those that the classifier names for at least one image.",
        ),
        Descriptor(
            metric_name("class_kl", extractor), f"Class KL ({extractor})", "nats", "lower",
            (0.0, math.log(classes)),
            explanation="Divergence of the generated images' predicted classes from equal shares; "
            f"{math.log(classes):.2f} where all are of one class, above 0 for a perfect sampler too.",
        ),
    ]  # fmt: skip


def class_descriptors(extractor: str, classes: int) -> dict[str, Descriptor]:
    """Describe what is told of the classes by an extractor that tells so many apart."""
    named = [
        Descriptor(
            metric_name("class_share", extractor), f"Share of a class ({extractor})", "share", "neither",
            SHARE, "logit", explanation="Share of generated images that the classifier puts into the class.",
        ),
        Descriptor(
            metric_name("conditional_accuracy", extractor), f"Asked class shown ({extractor})", "share",
            "higher", SHARE, "logit",
            explanation="Share of generated images that the classifier puts into the class asked for.",
        ),
        Descriptor(
            metric_name("class_accuracy", extractor), f"Asked class shown, by class ({extractor})", "share",
            "higher", SHARE, "logit", explanation="The same among the images asked for as one class.",
        ),
    ]  # fmt: skip
    return {row.name: row for row in [*_coverage(extractor, classes), *named]}
