"""`gan-bench list`: names with a line each, read from tables: nothing that is named is imported."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from gan_bench.commands import codes

_SHOWN = ("methods", "objectives", "constraints", "nets", "datasets", "metrics", "experiments", "executors")


_Kind = Annotated[
    str | None, typer.Argument(help="methods, datasets, metrics, experiments, suites, ...", metavar="[KIND]")
]


def list_names(kind: _Kind = None) -> int:
    """List names that suites and options may use, all kinds or one."""
    from gan_bench.errors import unknown

    if kind is not None and kind not in (*_SHOWN, "suites"):
        raise unknown("kind", kind, (*_SHOWN, "suites"))
    for position, one in enumerate((kind,) if kind else (*_SHOWN, "suites")):
        if position:
            typer.echo()
        _show(one)
    return codes.FINE


def _show(kind: str) -> None:
    from gan_bench import registry
    from gan_bench.shipped import shipped

    described = shipped() if kind == "suites" else registry.descriptions(kind)
    typer.secho(kind, bold=True)
    column = max((len(name) for name in described), default=0) + 2
    # A pipe gets whole lines, a terminal what fits on it.
    width = shutil.get_terminal_size().columns if typer.get_text_stream("stdout").isatty() else 10_000
    for name, text in described.items():
        typer.echo(f"  {name:{column}}{text}"[:width].rstrip())
