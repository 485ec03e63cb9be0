"""Where this machine keeps data sets, weights and what was made of them, and by which code it was made.

Only one of these places changes a number: where Inception's weights are named, they are the extractor "auto".

Environment variables, which the command line sets from its options, so that worker processes see the same:
GAN_BENCH_DATA_DIR (--data-dir), GAN_BENCH_DOWNLOAD (--download), GAN_BENCH_INCEPTION_WEIGHTS
(--inception-weights), GAN_BENCH_CACHE.
"""

from __future__ import annotations

import hashlib
import os
from importlib import util
from pathlib import Path

DATA_DIR, DOWNLOAD = "GAN_BENCH_DATA_DIR", "GAN_BENCH_DOWNLOAD"
INCEPTION_WEIGHTS, CACHE = "GAN_BENCH_INCEPTION_WEIGHTS", "GAN_BENCH_CACHE"


def data_dir() -> Path | None:
    """Folder of the data sets that the user has, or None where none was named."""
    named = os.environ.get(DATA_DIR)
    return Path(named) if named else None


def may_download() -> bool:
    """True where the user asked for missing data sets and weights to be downloaded."""
    return os.environ.get(DOWNLOAD) == "1"


def inception_weights() -> Path | None:
    """File of the Inception network's weights, or None where none was named."""
    named = os.environ.get(INCEPTION_WEIGHTS)
    return Path(named) if named else None


def cache_dir() -> Path:
    """Folder of decoded images and trained classifiers; it may be deleted at any time."""
    named = os.environ.get(CACHE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gan-bench"


def code_digest(*modules: str) -> str:
    """Sixteen hexadecimal digits over the text of modules, named in full: of the key to what they made.

    Raises ModuleNotFoundError for a module that is not there as a file.
    """
    digest = hashlib.sha256()
    for name in modules:
        spec = util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"no file of the module {name}")
        digest.update(name.encode() + b"\0" + Path(spec.origin).read_bytes() + b"\0")
    return digest.hexdigest()[:16]
