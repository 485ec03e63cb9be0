"""A user's own images against an image data set, each metric beside real images at the same count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from gan_bench.data.images import ImageDataset
from gan_bench.image_quality import (
    LOOKED_UP,
    Judge,
    Judged,
    Quality,
    bank_of,
    memory_of,
    require_possible,
)
from gan_bench.metrics.bands import Band
from gan_bench.metrics.classes import ExpectedCoverage
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.memorisation import DESCRIPTOR as NEAREST
from gan_bench.scoring.given import Given, Request, given_images
from gan_bench.scoring.scored import Scored
from gan_bench.seeds import Streams

# Draws of the band: as many as take some seconds, by a count of images and never by a clock, so that the same
# call gives the same band everywhere. Inception, which is slow, gets the fewest.
FEWEST_DRAWS, MOST_DRAWS, IMAGES_DRAWN = 10, 24, 40_000


@dataclass(frozen=True, kw_only=True)
class ImageScore(Scored):
    """Metrics of n images against the data set `against`, and the band of real images at the same n.

    judged_by: extractor, its digest and accuracy, the reference, as `Judge.fingerprint` gives them. remark:
    how the images were read. searched: which images the nearest ones are looked for in. expected: classes
    that a perfect sampler of n images shows, and class_shares: share of the images in each class; both None
    without classes, the second with more than 100 too.
    """

    judged_by: Mapping[str, Any]
    remark: str
    searched: str
    cautions: tuple[str, ...]
    expected: ExpectedCoverage | None
    class_shares: np.ndarray | None
    described: Mapping[str, Descriptor]

    @property
    def descriptors(self) -> Mapping[str, Descriptor]:
        """Metric name, with its extractor's, such as `fid[glyphs-cnn]` -> unit, direction, range."""
        return self.described

    def heading(self) -> list[str]:
        """Images, data set and seed; who judges them; how they were read."""
        by = self.judged_by
        judge = f"judged by {by['extractor']} ({by['weights']})"
        if by["classifier"] not in (None, by["extractor"]):
            judge += f", classes named by {by['classifier']}"
        if by["accuracy"] is not None:
            judge += f", right on {by['accuracy']:.2%} of held-out images"
        drawn = (
            "drawn anew" if by["reference split"] == "endless" else f"of the {by['reference split']} split"
        )
        return [
            f"{self.used('images')} against {self.against}, seed {self.seed}",
            f"{judge}; reference: {by['reference images']:,} real images, {drawn}",
            f"images: {self.remark}",
        ]

    def remarks(self) -> list[str]:
        """What a perfect sampler shows of the classes, those that are missing, how copies were looked for."""
        lines = []
        if self.judged_by["reference split"] != "endless":
            lines.append(f"Its draws: {self.judged_by['perfect sampler']}.")
        if self.expected:
            of, all_classes = self.expected, f"{self.judged_by['classes']:,}"
            lines.append(
                f"Expected of it: {of.found:.1f} +- {of.found_error:.1f} of {all_classes} classes, "
                f"class KL {of.kl:.4f} +- {of.kl_error:.4f}."
            )
        if self.class_shares is not None and not self.class_shares.all():
            missing = ", ".join(map(str, np.flatnonzero(self.class_shares == 0)))
            lines.append(f"Classes that no image was put into: {missing}.")
        looked_up = min(self.n, LOOKED_UP)
        lines.append(
            f"Distance to the nearest of {self.searched}: of {looked_up} images, over held-out real ones'."
        )
        return [*lines, *self.cautions]


def score_images(samples: Any, dataset: ImageDataset, quality: Quality, request: Request) -> ImageScore:
    """Score what a user hands in as images (see `given_images`) against a data set.

    The band is over 10 to 24 draws of real images, through the very same functions. Everything random
    follows from the request's seed. Raises UsageError or PluginError, one line.
    """
    quality = quality.resolved()
    require_possible(quality, dataset, request.most)
    given = given_images(samples, dataset, request)
    n = len(given.images)
    quality.options.check_counts(quality.real_images(dataset), n)
    scorer = _Scorer(dataset, Judge(dataset, quality))
    measured, by_class = scorer.measure(given.images)
    real = [scorer.measure(images)[0] for images in _real_draws(scorer.judge, n, request.seed)]
    shares = [share[0] for name, share in by_class.items() if name.startswith("class_share[")]
    return ImageScore(
        against=dataset.name,
        given=given.out_of,
        n=n,
        seed=request.seed,
        values=measured,
        bands={name: Band.of(np.array([draw[name] for draw in real])) for name in measured},
        judged_by=scorer.judge.fingerprint(),
        remark=_remark(given, dataset, request),
        searched=bank_of(dataset),
        cautions=tuple(scorer.judge.cautions(n)),
        expected=scorer.judge.expected(n),
        class_shares=shares[0] if shares else None,
        described={**scorer.judge.descriptors, NEAREST.name: NEAREST},
    )


class _Scorer:
    """Judges images and looks for their copies: the user's and real ones alike."""

    def __init__(self, dataset: ImageDataset, judge: Judge) -> None:
        self.judge = judge
        self.memory = memory_of(dataset)

    def measure(self, images: Tensor) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Return metric -> value of images (n, C, H, W), and what is told of each class, (1, K)."""
        judged: Judged = self.judge(images[None])
        values = {name: float(value[0]) for name, value in judged.values.items()}
        return {**values, NEAREST.name: self.memory.ratio(images[:LOOKED_UP])}, judged.by_class


def _real_draws(judge: Judge, n: int, seed: int) -> Iterator[Tensor]:
    """Yield real images (n, C, H, W) that neither judge nor are trained on, draw by draw."""
    wanted = 0 if judge.quality.extractor == "inception" else IMAGES_DRAWN // n
    for draw in range(min(MOST_DRAWS, max(FEWEST_DRAWS, wanted))):
        yield judge.real(n, Streams((draw,), prefix=f"score/{seed}/"))[0]


def _remark(given: Given, dataset: ImageDataset, request: Request) -> str:
    channels, height, width = dataset.sample_shape
    fitted = f"fitted to {width} x {height}, channels: {channels}" if request.fit else ""
    about = f"{dataset.name}: {dataset.remark}" if dataset.remark else ""
    return "; ".join(text for text in (given.remark, fitted, about) if text)
