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
_Method = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", help="Show this method only; may be repeated; needs -o.", metavar="M"),
]
_Dataset = Annotated[
    list[str] | None,
    typer.Option("--dataset", "-d", help="Show this data set only; may be repeated; needs -o.", metavar="D"),
]


def report(
    directory: _Directory, output: _Output = None, method: _Method = None, dataset: _Dataset = None
) -> int:
    """Write the HTML report of a folder of results, or of a part of them."""
    from gan_bench.commands.pages import require_writable
    from gan_bench.errors import UsageError
    from gan_bench.harness.store import load

    if (method or dataset) and output is None:
        raise UsageError("a page of a part needs --output FILE: DIR/index.html is the whole run's")
    result = load(directory)
    from gan_bench.report.drawing import selected
    from gan_bench.report.render import write_report

    page = output or directory / "index.html"
    require_writable(page)
    part = selected(result, method or (), dataset or ())
    typer.echo(f"report: {write_report(part, page)}")
    return codes.FINE
