"""`gan-bench compare`: two runs as a difference. It informs; `check` decides. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gan_bench.commands import codes

if TYPE_CHECKING:
    from gan_bench.report.compare import Comparison

_Base = Annotated[Path, typer.Argument(help="The folder of results to compare with.", metavar="BASE")]
_New = Annotated[Path, typer.Argument(help="The folder of results that is new.", metavar="NEW")]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The page [NEW/compare.html].", metavar="FILE")
]
# Lines of the terminal's table; the page has all.
_MOST = 20


def compare(base: _Base, new: _New, output: _Output = None) -> int:
    """Compare two folders of results: what moved, how surely, what is new, gone or not comparable."""
    from gan_bench.commands.pages import require_writable
    from gan_bench.report.compare import compare as compared

    page = output or new / "compare.html"
    found = compared(base, new)
    require_writable(page)
    _tell(found)
    from gan_bench.report.compare.render import write_comparison

    typer.echo(f"comparison: {write_comparison(found, page)}")
    if found.nothing:
        typer.echo("gan-bench: nothing was compared", err=True)
        return codes.NOTHING
    return codes.FINE


def _tell(found: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gan_bench.report.compare.page import lead, news, tally

    rows = news(found)
    table = Table(box=None, pad_edge=False)
    table.add_column("verdict", no_wrap=True)
    for heading in ("what", "difference", "note"):
        table.add_column(heading, overflow="fold")
    for row in rows[:_MOST]:
        what, size = f"{row.method} on {row.dataset}: {row.metric}", f"{row.size} {row.ends}".strip()
        texts = (f"{row.symbol} {row.told}", what, size, row.note)
        # As text: a method's name may look like markup.
        table.add_row(*(Text(text) for text in texts))
    console = Console(highlight=False, markup=False, emoji=False)
    if rows:
        console.print(table)
    if len(rows) > _MOST:
        console.print(f"... and {len(rows) - _MOST} more, see the page")
    told = ", ".join(text for _, _, text in tally(found)) or "nothing that ranks methods in both runs"
    console.print(f"{told}; {'; '.join(lead(found))}", soft_wrap=True)
