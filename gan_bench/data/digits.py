"""The 1,797 scanned digits of scikit-learn (Alpaydin & Kaynak 1998), 8 x 8, or enlarged."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from gan_bench.data.pixels import checked_size
from gan_bench.data.sampled import SampledImages
from gan_bench.data.stored import Decoded, StoredImages
from gan_bench.data.toy import label
from gan_bench.errors import UsageError

SIZES = (8, 16, 32)
_TEST_SHARE = 0.2  # of each class: 359 of the 1,797
_LARGEST = 16  # the scans' white


def digits(size: int = 8) -> SampledImages:
    """Scanned digits, white on black, 10 classes; 1,438 for training and 359 for tests, fixed by class.

    size 16 and 32 enlarge the scans bilinearly. UsageError for another size or without scikit-learn.
    """
    decoded = _decoded(checked_size(size, "digits", SIZES))
    digest = hashlib.sha256(decoded.images.tobytes())
    for part in (decoded.labels, decoded.train, decoded.test):
        digest.update(np.asarray(part).tobytes())
    options = {} if size == 8 else {"size": size}
    return SampledImages(
        name=label("digits", options),
        spec={"name": "digits", **options},
        digest=digest.hexdigest()[:16],
        source=StoredImages(decoded),
    )


@cache
def _decoded(size: int) -> Decoded:
    scans, labels = _scans()
    images = torch.from_numpy(scans).float()[:, None] / _LARGEST * 255
    if size != 8:
        images = F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False)
    train, test = _split(labels)
    return Decoded(images.round().to(torch.uint8).numpy(), labels, train, test, classes=10)


def _scans() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise UsageError(
            'digits: the scans come with scikit-learn, which is missing: pip install "gan-bench[images]"'
        ) from None
    found = load_digits()
    return found.images, found.target.astype(np.int64)


def _split(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows for training and for tests: of each class the same share, chosen once and for all."""
    chosen = []
    for digit in range(10):
        rows = np.flatnonzero(labels == digit)
        order = np.random.default_rng(digit).permutation(len(rows))
        chosen.append(rows[order[: round(_TEST_SHARE * len(rows))]])
    test = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(labels)), test), test
