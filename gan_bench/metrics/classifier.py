"""The extractor that a data set brings itself: a small classifier, trained once and cached."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_bench import places, seeds
from gan_bench.errors import UsageError
from gan_bench.metrics.classifier_cache import Trained, once
from gan_bench.metrics.classifier_network import RECIPE, Network
from gan_bench.metrics.features import Extractor, Features, check_images, in_batches, weights_digest

BATCH = 500
SMALLEST, LARGEST = 8, 128
# Held-out accuracy must beat the commonest class's share by this many standard errors.
CHANCE_ERRORS = 3.0
# Modules whose text decides what a classifier is; an edit of one trains all anew.
DECIDING = (
    "gan_bench.metrics.classifier",
    "gan_bench.metrics.classifier_cache",
    "gan_bench.metrics.classifier_network",
    "gan_bench.metrics.features",
    "gan_bench.seeds",
)


Labelled = tuple[Tensor, Tensor]


class _Classifier:
    """An extractor; see classifier."""

    def __init__(self, name: str, shape: tuple[int, int, int], classes: int, trained: Trained) -> None:
        self.name, self.classes = name, classes
        self.digest = weights_digest(trained.weights)
        self.accuracy: float | None = trained.accuracy
        self.confusion: Tensor | None = trained.confusion
        self._shape = shape
        self._network = _fresh(shape, classes)
        self._network.load_state_dict(dict(trained.weights))
        self._network.eval().requires_grad_(False)

    def __call__(self, images: Tensor) -> Features:
        check_images(images, self.name, self._shape[:1], self._shape[1])
        return in_batches(images, BATCH, self._network.to(images.device))


def classifier(name: str, train: Labelled, test: Labelled, classes: int, *, key: str) -> Extractor:
    """Return the classifier of a data set, from the cache or trained now (some 10 s at 16 x 16 pixels).

    train, test: images uint8 (n, C, H, W), square, 8 to 128 pixels, and labels (n,) from 0 to classes - 1;
    accuracy and confusion come from test. key: digest of the data set. Training is deterministic: on the
    CPU, with one thread and generators of its own; the cache's key covers data, recipe, code and torch's
    version.

    Raises UsageError, one line, for unfit images or labels, a class without images, a classifier that is
    not better than always naming the commonest class, or a cache that cannot be written.
    """
    check_images(train[0], f"{name}: training images")
    channels, height, width = _shape(train[0])
    if height != width or not SMALLEST <= height <= LARGEST:
        raise UsageError(
            f"{name}: expected square images of {SMALLEST} to {LARGEST} pixels, got {height} x {width}"
        )
    check_images(test[0], f"{name}: held-out images", (channels,), height)
    for split, (images, labels) in (("training", train), ("held-out", test)):
        _check_labels(f"{name}: {split} images", labels, len(images), classes)
    trained = once(
        _identity(key, train, test, classes),
        lambda: _trained(train, test, classes),
        lambda found: _fits(found, _shape(train[0]), classes),
    )
    labels = test[1]
    chance = labels.bincount().max().item() / len(labels)
    bar = chance + CHANCE_ERRORS * math.sqrt(chance * (1 - chance) / len(labels))
    if trained.accuracy <= bar:
        raise UsageError(
            f"{name}: the classifier is right on {trained.accuracy:.1%} of {len(labels)} held-out images, no "
            f"better than chance ({chance:.1%}, its error up to {bar:.1%}): its features would say nothing"
        )
    return _Classifier(name, _shape(train[0]), classes, trained)


def _check_labels(name: str, labels: Tensor, count: int, classes: int) -> None:
    if labels.shape != (count,) or labels.is_floating_point():
        raise UsageError(f"{name}: expected {count} whole labels, got {labels.dtype} {tuple(labels.shape)}")
    present = set(labels.tolist())
    unknown = sorted(present - set(range(classes)))
    missing = sorted(set(range(classes)) - present)
    if classes < 2 or unknown:
        raise UsageError(f"{name}: labels must lie in 0 to {classes - 1}, two at least, got {unknown[:3]}")
    if missing:
        raise UsageError(
            f"{name}: {len(missing)} of {classes} classes have no image, the first is {missing[0]}"
        )


def _shape(images: Tensor) -> tuple[int, int, int]:
    channels, height, width = images.shape[1:]
    return channels, height, width


def _identity(key: str, train: Labelled, test: Labelled, classes: int) -> str:
    code = places.code_digest(*DECIDING)
    digest = hashlib.sha256(f"{key} {classes} {RECIPE} {code} {torch.__version__}".encode())
    # The tensors too: a key that does not tell two parts of a data set apart must not mix them up.
    for tensor in (*train, *test):
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def _fresh(shape: tuple[int, int, int], classes: int) -> Network:
    with seeds.forked(0, "classifier/init"):
        return Network(shape[0], shape[1], classes)


def _fits(found: Trained, shape: tuple[int, int, int], classes: int) -> bool:
    """Whether what the cache holds are finite numbers of this very network."""
    expected = _fresh(shape, classes).state_dict()
    if found.weights.keys() != expected.keys() or found.confusion.shape != (classes, classes):
        return False
    alike = all(
        found.weights[name].shape == value.shape and found.weights[name].dtype == value.dtype
        for name, value in expected.items()
    )
    numbers = (*found.weights.values(), found.confusion)
    return alike and 0 <= found.accuracy <= 1 and all(bool(value.isfinite().all()) for value in numbers)


def _trained(train: Labelled, test: Labelled, classes: int) -> Trained:
    with _one_thread(), torch.enable_grad():
        network = _fit(_fresh(_shape(train[0]), classes), train[0].cpu(), train[1].cpu().long()).eval()
        named = in_batches(test[0].cpu(), BATCH, lambda images: (network(images)[1].argmax(1), None))
    truth, found = test[1].cpu().long(), named.values.long()
    counts = torch.bincount(truth * classes + found, minlength=classes**2).view(classes, classes).double()
    return Trained(
        weights=network.state_dict(),
        accuracy=(counts.trace() / counts.sum()).item(),
        confusion=counts / counts.sum(1, keepdim=True),
    )


def _fit(network: Network, images: Tensor, labels: Tensor) -> Network:
    batch = min(RECIPE.batch, len(images))
    steps = max(RECIPE.steps, math.ceil(RECIPE.epochs * len(images) / batch))
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=RECIPE.learning_rate, weight_decay=RECIPE.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RECIPE.learning_rate, total_steps=steps)
    for _, rows in zip(range(steps), _orders(len(images), batch), strict=False):
        optimiser.zero_grad()
        F.cross_entropy(network(images[rows])[1], labels[rows]).backward()
        optimiser.step()
        schedule.step()
    return network


def _orders(count: int, batch: int) -> Iterator[Tensor]:
    """Yield rows (batch,) without end, each pass in a new order; what is left of a pass is dropped."""
    source = seeds.generator(0, "classifier/order")
    while True:
        order = torch.randperm(count, generator=source)
        yield from order[: count - count % batch].split(batch)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute with one thread inside the block: how sums are split over threads would change the weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
