"""`gan-bench freeze`: keep of a run what later runs are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gan_bench.commands import codes

_Run = Annotated[Path, typer.Argument(help="A folder that `gan-bench run` wrote.", metavar="RUN")]
_Directory = Annotated[Path, typer.Argument(help="The baseline's folder, to be committed.", metavar="DIR")]


def freeze(run: _Run, directory: _Directory) -> int:
    """Write a small baseline of a run, for `gan-bench check --baseline` and `gan-bench compare`."""
    from gan_bench.gate.freezing import freeze as write
    from gan_bench.harness.store import load

    result = load(run)
    frozen = write(result, directory)
    typer.echo(f"baseline: {directory} ({frozen.jobs} jobs, {frozen.size / 1000:.0f} kB)")
    if not result.fine:
        typer.echo("gan-bench: some cells of this run have no result, and the baseline lacks them", err=True)
    return codes.FINE
