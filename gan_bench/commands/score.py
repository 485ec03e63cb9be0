"""`gan-bench score`: a user's own samples against a known truth."""

from __future__ import annotations

from typing import Annotated

import typer

from gan_bench.commands import codes
from gan_bench.commands.options import DataDir, Download, InceptionWeights, set_places

_Samples = Annotated[
    str,
    typer.Argument(
        help="Images: a folder, a .npz, .npy or .pt file, or a generator, file.py:Generator. "
        "Points: a .npy file, (n, 2).",
        metavar="SAMPLES",
    ),
]
_Against = Annotated[
    str,
    typer.Option(
        "--against",
        "-a",
        help='Data set: ring8, glyphs, "glyphs[size=32]", a folder (gan-bench list datasets).',
        metavar="NAME",
    ),
]
_N = Annotated[
    int | None,
    typer.Option(
        "--samples", "-n", help="Images that are scored [all; 2000 of a generator].", metavar="N", min=1
    ),
]
_Latent = Annotated[
    int | None,
    typer.Option("--latent", help="Size of a generator's latents [64].", metavar="N", min=1),
]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.", metavar="N")]
_Extractor = Annotated[
    str | None,
    typer.Option("--extractor", help="Of images: auto, classifier, inception [auto].", metavar="NAME"),
]
_Fit = Annotated[bool, typer.Option("--fit", help="Bring images to the data set's size and channels.")]
_Broken = Annotated[
    str | None,
    typer.Option("--broken", help="Pictures that cannot be read: fail or skip [fail].", metavar="HOW"),
]


def score(
    samples: _Samples,
    against: _Against,
    n: _N = None,
    latent: _Latent = None,
    seed: _Seed = 0,
    extractor: _Extractor = None,
    fit: _Fit = False,
    broken: _Broken = None,
    data_dir: DataDir = None,
    download: Download = False,
    inception_weights: InceptionWeights = None,
) -> int:
    """Measure your samples, points or images, beside what a perfect sampler reaches."""
    set_places(data_dir, download, inception_weights)
    from gan_bench.scoring import score as measure

    measured = measure(
        samples, against, seed=seed, n=n, latent=latent, extractor=extractor, fit=fit, broken=broken
    )
    typer.echo(str(measured))
    return codes.FINE
