"""`gan-bench history`: several folders of results over time, and what changed when. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gan_bench.commands import codes

if TYPE_CHECKING:
    from gan_bench.report.history import History

_Runs = Annotated[
    list[Path], typer.Argument(help="Folders that `gan-bench run` wrote, in any order.", metavar="RUN...")
]
_Output = Annotated[
    Path, typer.Option("--output", "-o", help="The page [history.html].", metavar="FILE", show_default=False)
]
_Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        help="A further metric, by name or family; repeatable [what ranks, losses, seconds].",
        metavar="NAME",
    ),
]
# Changes that the terminal shows; the page has all.
_MOST = 20


def history(runs: _Runs, output: _Output = Path("history.html"), metric: _Metrics = None) -> int:
    """Look for steps in what several runs measured, and write the page of their history."""
    from gan_bench.commands.pages import require_writable
    from gan_bench.report.history import history as followed

    require_writable(output)
    found = followed(runs, metric or ())
    _tell(found)
    from gan_bench.report.history.render import write_history

    typer.echo(f"history: {write_history(found, output)}")
    return codes.FINE


def _tell(found: History) -> None:
    from gan_bench.report.history.page import sentence, tally
    from gan_bench.report.history.stops import stops_of

    stops = stops_of(found.runs, found.names, found.environments)
    typer.echo(f"{len(stops)} runs, from {stops[0].title} to {stops[-1].title}")
    typer.echo(", ".join(text for _, _, text in tally(found)))
    for change in found.worst[:_MOST]:
        typer.echo(f"- {sentence(change, stops)}")
    if len(found.worst) > _MOST:
        typer.echo(f"... and {len(found.worst) - _MOST} more, see the page")
