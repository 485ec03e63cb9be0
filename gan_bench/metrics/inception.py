"""The Inception network that published FIDs rest on, through torch-fidelity, from a checked weights file."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_bench import places, seeds
from gan_bench.errors import UsageError
from gan_bench.metrics.features import Extractor, Features, check_images, in_batches
from gan_bench.metrics.fidelity_options import OFFICIAL_DIGEST
from gan_bench.paths import shown

OFFICIAL_NAME = f"weights-inception-2015-12-05-{OFFICIAL_DIGEST}.pth"
OFFICIAL_URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{OFFICIAL_NAME}"

# Inception sees 299 x 299 pixels whatever it is given: 64 images keep its activations below 1 GB.
BATCH = 64
FEATURES, LOGITS = "2048", "logits_unbiased"


def weights_file() -> Path:
    """Return the weights file that the user named, or else the official one, downloaded where asked for.

    Raises UsageError where none was named and downloads are not asked for, or the download fails.
    """
    named = places.inception_weights()
    if named is not None:
        return named
    path = places.cache_dir() / "weights" / OFFICIAL_NAME
    if path.exists():
        return path
    if not places.may_download():
        raise UsageError(
            f"inception: no weights; name the file {OFFICIAL_NAME} with --inception-weights or "
            f"{places.INCEPTION_WEIGHTS}, or allow its download with --download"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(OFFICIAL_URL, str(path), hash_prefix=OFFICIAL_DIGEST, progress=False)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"inception: {OFFICIAL_NAME} could not be downloaded: {error}") from error
    return path


def inception(weights: Path, *, digest: str = OFFICIAL_DIGEST) -> Extractor:
    """Return InceptionV3 as FID was defined with (TensorFlow's of 2015-12-05; Heusel et al. 2017).

    weights: a file as torch-fidelity makes it. digest: hex digits that the file's SHA-256 must start with.
    Images have one channel, repeated to three, or three; any size. Features are those of the last pooling
    layer (n, 2048), logits those without bias (n, 1008). Its classes are ImageNet's, not the data set's.

    The file is read once, checked, and loaded as tensors only: nothing in it is executed. Raises UsageError,
    one line, for a missing file, a wrong digest, or a file that does not hold this network's weights.
    """
    name = shown(weights)
    content = _content(Path(weights), name)
    found = hashlib.sha256(content).hexdigest()
    if not digest or not found.startswith(digest.lower()):
        raise UsageError(
            f"{name}: not the expected Inception weights: its SHA-256 starts with "
            f"{found[: len(digest) or 8]}, expected {digest}"
        )
    return _Inception(_network(_tensors(content, name), name), found[:16])


class _Inception:
    """An extractor; see inception."""

    def __init__(self, network: Any, digest: str) -> None:
        self.name = "inception"
        self.digest = digest
        self.classes = 0
        self.accuracy: float | None = None
        self.confusion: Tensor | None = None
        self._network = network

    def __call__(self, images: Tensor) -> Features:
        check_images(images, self.name, (1, 3))
        network = self._network.to(images.device)
        return in_batches(images, BATCH, lambda batch: network(batch.expand(-1, 3, -1, -1)))


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{name}: Inception weights cannot be read: {error.strerror}; name the file with "
            f"--inception-weights or {places.INCEPTION_WEIGHTS}"
        ) from error


def _tensors(content: bytes, name: str) -> Mapping[str, Tensor]:
    try:
        with warnings.catch_warnings(action="ignore"):
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # what is no such file may fail in any way, none of which tells the user more
        raise UsageError(f"{name}: not a file of plain tensors ({type(error).__name__})") from error
    entries = state.items() if isinstance(state, Mapping) else ()
    if not entries or not all(isinstance(key, str) and torch.is_tensor(value) for key, value in entries):
        raise UsageError(f"{name}: holds {type(state).__name__}, not a table of named tensors")
    return state


def _network(state: Mapping[str, Tensor], name: str) -> Any:
    try:
        from torch_fidelity import FeatureExtractorInceptionV3
    except ImportError as error:
        raise UsageError(
            f"inception: needs torch-fidelity: pip install 'gan-bench[images]' ({error})"
        ) from error
    # torch-fidelity would unpickle the user's file as it is, which can run code; it gets our checked tensors.
    checked = io.BytesIO()
    torch.save(state, checked)
    checked.seek(0)
    try:
        with seeds.forked(0, "inception/init"):
            return FeatureExtractorInceptionV3(
                "inception", [FEATURES, LOGITS], feature_extractor_weights_path=checked
            )
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:150]
        raise UsageError(f"{name}: not the weights of torch-fidelity's Inception: {reason}...") from error
