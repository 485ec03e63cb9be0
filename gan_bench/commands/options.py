"""Options that commands share: where data sets and weights are, and whether to fetch what is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gan_bench import places
from gan_bench.errors import UsageError

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="Folder of MNIST, CIFAR-10 and the like [$GAN_BENCH_DATA_DIR].", metavar="DIR"
    ),
]
Download = Annotated[
    bool, typer.Option("--download", help="Download data sets and weights that are missing.")
]
InceptionWeights = Annotated[
    Path | None,
    typer.Option(
        "--inception-weights",
        help="Weights of Inception, for FID as in papers [$GAN_BENCH_INCEPTION_WEIGHTS].",
        metavar="FILE",
    ),
]


def set_places(data_dir: Path | None, download: bool, inception_weights: Path | None) -> None:
    """Put what was given where this process and its workers look for it; raises UsageError, one line."""
    if data_dir is not None:
        if data_dir.exists() and not data_dir.is_dir():
            raise UsageError(f"--data-dir {data_dir}: is a file, not a folder")
        if not data_dir.exists() and not download:
            raise UsageError(f"--data-dir {data_dir}: there is no such folder")
        os.environ[places.DATA_DIR] = str(data_dir.absolute())
    if inception_weights is not None:
        if not inception_weights.is_file():
            raise UsageError(f"--inception-weights {inception_weights}: there is no such file")
        os.environ[places.INCEPTION_WEIGHTS] = str(inception_weights.absolute())
    if download:
        os.environ[places.DOWNLOAD] = "1"
