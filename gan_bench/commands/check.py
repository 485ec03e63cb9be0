"""`gan-bench check`: hold a run against thresholds and a baseline; the exit code is the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gan_bench.gate.gate import Gate
    from gan_bench.harness.store import Run

_Run = Annotated[Path, typer.Argument(help="A folder that `gan-bench run` wrote.", metavar="RUN")]
_Thresholds = Annotated[
    Path, typer.Option("--thresholds", "-t", help="File of thresholds, by suite.", metavar="FILE")
]
_Baseline = Annotated[
    Path | None,
    typer.Option("--baseline", "-b", help="Run or frozen baseline for relative thresholds.", metavar="DIR"),
]
_Strict = Annotated[bool, typer.Option("--strict", help="Fail (3) where something is inconclusive.")]
_Junit = Annotated[
    Path | None, typer.Option("--junit", help="Write the findings as JUnit XML.", metavar="FILE")
]
_Summary = Annotated[
    Path | None, typer.Option("--summary", help="Write the findings as markdown.", metavar="FILE")
]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but the verdict.")]


def check(
    run: _Run,
    thresholds: _Thresholds,
    baseline: _Baseline = None,
    strict: _Strict = False,
    junit: _Junit = None,
    summary: _Summary = None,
    quiet: _Quiet = False,
) -> int:
    """Hold a run against thresholds and a baseline; the exit code is the verdict."""
    _require_writable(junit, summary)
    from gan_bench.gate.check import check as hold
    from gan_bench.gate.stored import write
    from gan_bench.gate.thresholds import read_thresholds
    from gan_bench.harness.store import load

    rules = read_thresholds(thresholds)
    result = load(run)
    gate = hold(result, rules, load(baseline) if baseline else None, strict=strict)
    _write_files(gate, junit, summary)
    write(gate, run)
    _refresh(result)
    _show(gate, quiet)
    return gate.exit_code


def _write_files(gate: Gate, junit: Path | None, summary: Path | None) -> None:
    from gan_bench.errors import UsageError
    from gan_bench.gate.junit import junit as as_xml
    from gan_bench.gate.summary import summary as as_markdown

    for path, made in ((junit, as_xml), (summary, as_markdown)):
        if path is not None:
            try:
                path.write_text(made(gate), encoding="utf-8")
            except OSError as error:
                raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _refresh(result: Run) -> None:
    """Write the page again where there is one: its banner shows the gate."""
    page = result.directory / "index.html"
    if page.is_file():
        from gan_bench.report.render import write_report

        write_report(result, page)


def _show(gate: Gate, quiet: bool) -> None:
    if not quiet:
        from gan_bench.commands.gate_table import show

        show(gate)
    typer.echo(f"{gate.verdict.upper()}: {gate.reason}")


def _require_writable(*files: Path | None) -> None:
    from gan_bench.errors import UsageError

    for path in files:
        if path is not None and path.is_dir():
            raise UsageError(f"{path}: is a folder, not a file to write")
        if path is not None and not path.parent.is_dir():
            raise UsageError(f"{path.parent}: no such folder")
