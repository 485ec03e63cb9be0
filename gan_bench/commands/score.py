"""`gan-bench score`: a user's own samples against a known distribution."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gan_bench.commands import codes

_File = Annotated[Path, typer.Argument(help="A .npy file with points of shape (n, 2).", metavar="FILE")]
_Against = Annotated[
    str,
    typer.Option("--against", "-a", help="Name of a distribution (gan-bench list datasets).", metavar="NAME"),
]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the reference draws.", metavar="N")]


def score(file: _File, against: _Against, seed: _Seed = 0) -> int:
    """Measure samples: exact W1 beside a perfect sampler's, JS, mode coverage."""
    from gan_bench.scoring import load_samples
    from gan_bench.scoring import score as measure

    typer.echo(str(measure(load_samples(file), against, seed=seed)))
    return codes.FINE
