"""Trained classifiers on disk: made once, whichever of several processes comes first, read by all."""

from __future__ import annotations

import fcntl
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gan_bench import places
from gan_bench.errors import UsageError
from gan_bench.paths import shown


@dataclass(frozen=True, eq=False)
class Trained:
    """A classifier's weights, its held-out accuracy, and its confusion (k, k) float64, row = truth."""

    weights: Mapping[str, Tensor]
    accuracy: float
    confusion: Tensor


def once(identity: str, make: Callable[[], Trained], fits: Callable[[Trained], bool]) -> Trained:
    """Return what is cached under identity; where nothing is, make and cache it, in one process only.

    A file that cannot be read, or whose content does not fit, is made again: the identity covers all that
    goes into it. Raises UsageError where the folder cannot be written or is full.
    """
    folder = places.cache_dir() / "classifiers"
    path = folder / f"{identity}.pt"
    stored = _read(path, fits)
    if stored is not None:
        return stored
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f"{identity}.lock"):
            return _read(path, fits) or _write(path, make())
    except OSError as error:
        raise UsageError(
            f"{shown(folder)}: cannot be written: {error.strerror or error}; "
            f"{places.CACHE} names another folder"
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it; the kernel frees it when its holder dies, however it dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path, fits: Callable[[Trained], bool]) -> Trained | None:
    try:
        data = torch.load(path, weights_only=True)
        trained = Trained(data["weights"], data["accuracy"], data["confusion"])
        return trained if fits(trained) else None
    except Exception:  # absent or, in whatever way, damaged: the same thing is made again
        return None


def _write(path: Path, trained: Trained) -> Trained:
    """Write beside the target and rename: a reader sees all of it or none. OSError where there is no room."""
    # torch's own writer says of a full disk only that an internal check failed.
    content = io.BytesIO()
    torch.save(vars(trained), content)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".tmp-", delete=False) as file:
        try:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return trained
