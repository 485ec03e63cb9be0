"""Feature extractors by kind: a data set's own classifier, that of stacked sets, and Inception."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.metrics.classifier import classifier
from gan_bench.metrics.features import Extractor, Features, check_images
from gan_bench.metrics.fidelity_options import OFFICIAL_DIGEST
from gan_bench.metrics.inception import inception, weights_file

__all__ = [
    "CHANNELS", "OFFICIAL_DIGEST", "Extractor", "Features", "classifier", "inception", "stacked",
    "weights_file",
]  # fmt: skip

# A stacked image shows three images of one channel, one as each colour. data/stacked.py says so too: the two
# are siblings, which may not import each other.
CHANNELS = 3


def stacked(base: Extractor, name: str) -> Extractor:
    """Return the extractor of images that stack three one-channel images as colours (Stacked MNIST).

    base: a classifier of the one-channel images, k classes. Features lie side by side (n, 3 d); the k^3
    logits are sums of the channels' log-probabilities, class = k^2 first + k second + third channel's class.
    Its accuracy is the base's cubed, since channels are independent.
    """
    if base.classes < 2:
        raise UsageError(f'{name}: the extractor "{base.name}" has no classes, so stacked ones have none')
    return _Stacked(base, name)


class _Stacked:
    """An extractor; see stacked."""

    def __init__(self, base: Extractor, name: str) -> None:
        self._base = base
        self.name = name
        self.digest = base.digest
        self.classes = base.classes**CHANNELS
        self.accuracy = None if base.accuracy is None else base.accuracy**CHANNELS
        self.confusion = base.confusion

    def __call__(self, images: Tensor) -> Features:
        check_images(images, self.name, (CHANNELS,))
        parts = self._base(images.flatten(0, 1).unsqueeze(1))
        if parts.logits is None:
            raise UsageError(f'{self.name}: the extractor "{self._base.name}" gave no logits')
        values = parts.values.unflatten(0, (-1, CHANNELS)).flatten(1)
        first, second, third = parts.logits.log_softmax(1).unflatten(0, (-1, CHANNELS)).unbind(1)
        logits = first[:, :, None, None] + second[:, None, :, None] + third[:, None, None, :]
        return Features(values, torch.flatten(logits, 1))
