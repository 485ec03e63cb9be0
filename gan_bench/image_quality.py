"""How images of a data set are judged: an extractor, real images as reference, and what is made of both."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from torch import Tensor

from gan_bench import places
from gan_bench.data.images import ImageDataset
from gan_bench.data.pixels import to_bytes
from gan_bench.errors import UsageError
from gan_bench.metrics.classes import (
    ExpectedCoverage,
    class_agreement,
    class_coverage,
    expected_coverage,
)
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.extractors import (
    CHANNELS,
    OFFICIAL_DIGEST,
    classifier,
    inception,
    stacked,
    weights_file,
)
from gan_bench.metrics.features import Extractor
from gan_bench.metrics.fidelity import Reference, cautions, descriptors, feature_metrics
from gan_bench.metrics.fidelity_descriptors import class_descriptors, metric_name
from gan_bench.metrics.fidelity_options import FidelityOptions
from gan_bench.metrics.memorisation import Memory
from gan_bench.seeds import Streams

# Of an endless set: real images that judge, and those that its classifier learns from and is tested on.
REFERENCE_IMAGES, TRAINING_IMAGES, TEST_IMAGES = 5_000, 10_000, 5_000
# Of an endless or stacked set: images searched for the nearest one; real images that say how near is usual.
BANK, LOOKED_UP = 10_000, 200
# With more classes the share of a single one is noise.
MOST_CLASSES_APART = 100

Labelled = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Quality:
    """What decides the numbers beside the data; plain data once resolved.

    extractor "auto" is Inception where its weights were named, else the data set's classifier.
    inception_digest: the start of its file's SHA-256. reference_images: None for all of the split, or 5,000
    of an endless or stacked set. Raises UsageError for numbers that no metric can be computed with.
    """

    extractor: Literal["auto", "classifier", "inception"] = "auto"
    inception_digest: str = OFFICIAL_DIGEST
    reference_images: int | None = None
    reference_split: Literal["train", "test"] = "train"
    options: FidelityOptions = field(default_factory=FidelityOptions)

    def resolved(self) -> Quality:
        """The same with an extractor that is named."""
        if self.extractor != "auto":
            return self
        return replace(self, extractor="inception" if places.inception_weights() else "classifier")

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Quality:
        """Inverse of as_dict."""
        return cls(**{**data, "options": FidelityOptions.parsed(data["options"])})

    def real_images(self, dataset: ImageDataset) -> int:
        """Number of real images that judge."""
        size = dataset.size_of(self.reference_split)
        # All triples of a finite set are finitely many, and far too many.
        default = REFERENCE_IMAGES if size is None or dataset.channels_classes else size
        return self.reference_images or default


@dataclass(frozen=True)
class Judged:
    """Metric name -> (S,), and -> (S, K) for what is told of each class; NaN where it is not defined."""

    values: dict[str, np.ndarray]
    by_class: dict[str, np.ndarray]


def require_possible(quality: Quality, dataset: ImageDataset, fewest: int) -> None:
    """Raise UsageError, one line, where images of this data set cannot be judged.

    quality is resolved; fewest: the smallest number of images that are judged at once.
    """
    if find_spec("torch_fidelity") is None:
        raise UsageError("images are judged by torch-fidelity: pip install 'gan-bench[images]'")
    if quality.extractor == "inception":
        inception(weights_file(), digest=quality.inception_digest)
    elif reason := _untold(dataset):
        raise UsageError(
            f'data set "{dataset.name}" {reason}: no classifier can be trained on it, so its images can be '
            "judged by Inception only (name the file of its weights with --inception-weights, and let "
            'extractor be "inception" or "auto")'
        )
    size, wanted = dataset.size_of(quality.reference_split), quality.real_images(dataset)
    if size is not None and wanted > size:
        raise UsageError(
            f'data set "{dataset.name}": {wanted} reference images asked for, but its split '
            f'"{quality.reference_split}" has {size}'
        )
    quality.options.check_counts(wanted, fewest)


class Judge:
    """Judges generated images of one data set; real images take the same way, which gives the floor.

    extractor makes the features of FID and its relatives; teller, where the data set has classes that can be
    told, names them. seconds: what setting up took, without training a classifier that is not in the cache.
    """

    def __init__(self, dataset: ImageDataset, quality: Quality, device: str = "cpu") -> None:
        self.dataset, self.quality = dataset, quality
        self.teller = None if _untold(dataset) else class_teller(dataset)
        began = time.perf_counter()
        self.extractor = self._extractor()
        images, _ = dataset.reference(quality.real_images(dataset), "evaluation", quality.reference_split)
        self.reference = Reference(self.extractor, images.to(device))
        self.seconds = time.perf_counter() - began

    def _extractor(self) -> Extractor:
        if self.quality.extractor == "inception" or self.teller is None:
            return inception(weights_file(), digest=self.quality.inception_digest)
        return self.teller

    def __call__(self, images: Tensor, labels: Tensor | None = None) -> Judged:
        """Judge images (S, n, C, H, W), uint8; labels (S, n): the classes that were asked for, if any."""
        features = [self.extractor(one) for one in images]
        values = feature_metrics(self.extractor, self.reference, features, self.quality.options)
        if self.teller is None:
            return Judged(values, {})
        told = features if self.teller is self.extractor else [self.teller(one) for one in images]
        named = [one.logits.argmax(1).numpy() for one in told if one.logits is not None]
        asked = None if labels is None else labels.cpu().numpy()
        return Judged({**values, **self._of_classes(named, asked)}, self._by_class(named, asked))

    def _of_classes(self, named: list[np.ndarray], asked: np.ndarray | None) -> dict[str, np.ndarray]:
        """What the extractor has not told of the classes (n,) that the teller names, (S,) each."""
        values: dict[str, list[float]] = {}
        if self.teller is not self.extractor:
            shown = [class_coverage(one, self.dataset.classes) for one in named]
            values["classes_covered"] = [float(one.found) for one in shown]
            values["class_kl"] = [one.kl for one in shown]
        if asked is not None:
            values["conditional_accuracy"] = [
                float((one == wanted).mean()) for one, wanted in zip(named, asked, strict=True)
            ]
        return {self._named(metric): np.array(value) for metric, value in values.items()}

    def _by_class(self, named: list[np.ndarray], asked: np.ndarray | None) -> dict[str, np.ndarray]:
        """What is told of each class, (S, K) each."""
        classes = self.dataset.classes
        if classes > MOST_CLASSES_APART:
            return {}
        values = {"class_share": [class_coverage(one, classes).shares for one in named]}
        if asked is not None:
            pairs = zip(named, asked, strict=True)
            values["class_accuracy"] = [class_agreement(one, wanted, classes) for one, wanted in pairs]
        return {self._named(metric): np.stack(value) for metric, value in values.items()}

    def _named(self, metric: str) -> str:
        return metric_name(metric, (self.teller or self.extractor).name)

    def real(self, n: int, streams: Streams) -> Tensor:
        """Real images (S, n, C, H, W), uint8, that are none of the reference: what a perfect sampler gives.

        The same at every call; of a finite set from the other split than the reference's, with replacement.
        """
        if self.quality.reference_split == "test" and not self.dataset.endless:
            anew = Streams(streams.seeds, prefix=f"{streams.prefix}perfect/")
            return to_bytes(self.dataset.batch(n, anew)[0])
        return to_bytes(self.dataset.held_out(n, streams, "perfect")[0])

    @property
    def descriptors(self) -> dict[str, Descriptor]:
        """Descriptors of every metric that this judge gives, by name."""
        found = descriptors(self.extractor.name, self.extractor.classes)
        if self.teller is None:
            return found
        return found | class_descriptors(self.teller.name, self.dataset.classes)

    def expected(self, n: int) -> ExpectedCoverage | None:
        """Classes that n images of a perfect sampler show to this teller; None where there are no classes."""
        if self.teller is None or self.teller.confusion is None:
            return None
        channel = self.dataset.channel_set()
        channels = CHANNELS if self.dataset.channels_classes else 1
        return expected_coverage(channel.class_weights, self.teller.confusion, n, channels)

    def fingerprint(self) -> dict[str, Any]:
        """What must be the same where two values are compared, and how far the classifier can be trusted."""
        options, split = self.quality.options, self.quality.reference_split
        other = "train" if split == "test" else "test"
        real, dimension = self.reference.features.values.shape
        return {
            "extractor": self.extractor.name,
            "weights": self.extractor.digest,
            "classifier": self.teller.name if self.teller else None,
            "accuracy": self.teller.accuracy if self.teller else None,
            "classes": self.dataset.classes,
            "features": dimension,
            "reference images": real,
            "reference split": "endless" if self.dataset.endless else split,
            "perfect sampler": "fresh draws" if self.dataset.endless else f"{other} split, with replacement",
            "kid": f"{options.kid_subsets} subsets of {options.kid_subset_size}",
            "precision, recall, density, coverage": f"at most {options.manifold_images} images on each side",
        }

    def cautions(self, n: int) -> list[str]:
        """What a reader must know of values from n images: a sentence each, often none."""
        real, dimension = self.reference.features.values.shape
        said = cautions(real, n, dimension)
        split = "train" if self.quality.reference_split == "test" else "test"
        size = self.dataset.size_of(split)
        if size is not None and n > size:
            said.append(
                f"The band of real images repeats images: {n} are drawn with replacement from {size}. It "
                "lies higher than that of as many different ones, and its draws are alike."
            )
        return said


def _untold(dataset: ImageDataset) -> str:
    """Why no classifier can tell the set's classes; empty where one can."""
    channel = dataset.channel_set()
    if not dataset.classes:
        return "has no labels"
    for split in ("train", "test"):
        counts = channel.class_counts(split)
        missing = 0 if counts is None else int((counts == 0).sum())
        if missing:
            return f"has {missing} of {channel.classes} classes without an image in its {split} split"
    return ""


def bank_of(dataset: ImageDataset) -> str:
    """What `memory_of` searches, in words."""
    size = dataset.size_of("train")
    drawn = size is None or dataset.channels_classes
    return f"{BANK:,} real images drawn anew" if drawn else f"all {size:,} training images"


def memory_of(dataset: ImageDataset) -> Memory:
    """Return the training images, all of a finite set and a draw of others, to look for copies of."""
    size = dataset.size_of("train")
    count = BANK if size is None or dataset.channels_classes else size
    held_out = dataset.held_out(LOOKED_UP, Streams((0,)), "memorisation")[0][0]
    return Memory(dataset.reference(count, "bank")[0], to_bytes(held_out))


def class_teller(dataset: ImageDataset) -> Extractor:
    """Return the classifier that names a data set's classes, trained now or from the cache.

    Stacked sets are told by the classifier of the set that they stack.
    """
    channel = dataset.channel_set()
    own = classifier(f"{channel.name}-cnn", *_labelled(channel), channel.classes, key=channel.digest)
    return stacked(own, f"{dataset.name}-cnn") if dataset.channels_classes else own


def _labelled(dataset: ImageDataset) -> tuple[Labelled, Labelled]:
    """Images and labels to train a classifier on, and to test it on."""
    parts = []
    for split, endless in (("train", TRAINING_IMAGES), ("test", TEST_IMAGES)):
        size = dataset.size_of(split)
        images, labels = dataset.reference(endless if size is None else size, f"classifier/{split}", split)
        if labels is None:
            raise UsageError(f'data set "{dataset.name}" has no labels to train a classifier on')
        parts.append((images, labels))
    return parts[0], parts[1]
