"""`gan-bench list`: names with a line each, read from tables: nothing that is named is imported."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from gan_bench.commands import codes

_SHOWN = ("methods", "objectives", "constraints", "nets", "datasets", "metrics", "experiments", "executors")
_KINDS = (*_SHOWN, "claims", "suites")


_Kind = Annotated[
    str | None,
    typer.Argument(help="methods, datasets, metrics, experiments, claims, suites, ...", metavar="[KIND]"),
]


def list_names(kind: _Kind = None) -> int:
    """List names that suites and options may use, all kinds or one."""
    from gan_bench.errors import unknown

    if kind is not None and kind not in _KINDS:
        raise unknown("kind", kind, _KINDS)
    for position, one in enumerate((kind,) if kind else _KINDS):
        if position:
            typer.echo()
        _show(one)
    return codes.FINE


def _described(kind: str) -> dict[str, str]:
    from gan_bench import registry
    from gan_bench.experiments.claims import CLAIMS
    from gan_bench.shipped import shipped

    if kind == "claims":
        return {name: f"{claim.statement} ({claim.source})" for name, claim in CLAIMS.items()}
    return shipped() if kind == "suites" else registry.descriptions(kind)


def _show(kind: str) -> None:
    described = _described(kind)
    typer.secho(kind, bold=True)
    column = max((len(name) for name in described), default=0) + 2
    # A pipe gets whole lines, a terminal what fits on it.
    width = shutil.get_terminal_size().columns if typer.get_text_stream("stdout").isatty() else 10_000
    for name, text in described.items():
        typer.echo(f"  {name:{column}}{text}"[:width].rstrip())
