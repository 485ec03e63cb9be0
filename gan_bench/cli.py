"""The command line: options to functions, errors to one line, results to exit codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from gan_bench.commands import codes
from gan_bench.commands.check import check
from gan_bench.commands.compare import compare
from gan_bench.commands.doctor import doctor
from gan_bench.commands.freeze import freeze
from gan_bench.commands.history import history
from gan_bench.commands.list import list_names
from gan_bench.commands.report import report
from gan_bench.commands.run import run
from gan_bench.commands.score import score
from gan_bench.errors import GanBenchError

app = typer.Typer(
    name="gan-bench",
    help="Benchmark and stability analysis for GANs: exact ground truth, many seeds, one HTML report.",
    epilog="Exit codes: 0 fine, 1 regression, 2 something failed or is missing, 3 inconclusive (--strict), "
    "4 wrong usage, 5 nothing was compared, 130 interrupted.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(list_names)
app.command("run")(run)
app.command("report")(report)
app.command("score")(score)
app.command("check")(check)
app.command("freeze")(freeze)
app.command("compare")(compare)
app.command("history")(history)
app.command("doctor")(doctor)


def _version(show: bool) -> None:
    if show:
        from gan_bench import __version__

        typer.echo(f"gan-bench {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the program itself; the version is shown by its callback."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = int(app(given, prog_name="gan-bench", standalone_mode=False) or 0)
        # Ctrl-C comes as this code or as an exception, by typer's version.
        return _interrupted() if code == codes.INTERRUPTED else code
    except GanBenchError as error:
        return _complain(str(error))
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except Exception as error:
        # typer has its own copy of click or the installed one, by version: its errors are known by form.
        if not hasattr(error, "format_message"):
            # Python's own exit code of a fault is 1, which here means a regression.
            traceback.print_exc()
            return codes.FAILED
        message = error.format_message()
        return _complain(message) if message else codes.USAGE


def _interrupted() -> int:
    typer.echo("gan-bench: interrupted; what had finished is kept", err=True)
    return codes.INTERRUPTED


def _complain(message: str) -> int:
    for line in message.splitlines():
        typer.echo(f"gan-bench: {line}", err=True)
    return codes.USAGE
