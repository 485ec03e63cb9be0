"""`gan-bench report`: write the page of a folder of results anew. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gan_bench.commands import codes

_Directory = Annotated[Path, typer.Argument(help="A folder that `gan-bench run` wrote.", metavar="DIR")]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The page [DIR/index.html].", metavar="FILE")
]


def report(directory: _Directory, output: _Output = None) -> int:
    """Write the HTML report of a folder of results."""
    from gan_bench.harness.store import load

    result = load(directory)
    from gan_bench.report.render import write_report

    page = output or directory / "index.html"
    _require_writable(page)
    typer.echo(f"report: {write_report(result, page)}")
    return codes.FINE


def _require_writable(page: Path) -> None:
    from gan_bench.errors import UsageError

    if page.is_dir():
        raise UsageError(f"{page}: is a folder; --output names a file")
    if not page.parent.is_dir():
        raise UsageError(f"{page.parent}: no such folder")
