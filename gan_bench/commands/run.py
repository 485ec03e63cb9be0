"""`gan-bench run`: run what is missing of a suite, then write the report."""

from __future__ import annotations

import re
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gan_bench.commands import codes
from gan_bench.commands.options import DataDir, Download, InceptionWeights, set_places

if TYPE_CHECKING:
    from gan_bench.harness.driver import Prepared
    from gan_bench.harness.store import Run

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


_Suite = Annotated[
    str,
    typer.Argument(help="A suite file, or the name of a shipped suite.", metavar="SUITE"),
]
_Out = Annotated[
    Path | None,
    typer.Option("--out", "--output", "-o", help="Folder of the results [reports/SUITE].", metavar="DIR"),
]
_Method = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", help="Run this method only; may be repeated.", metavar="M"),
]
_Dataset = Annotated[
    list[str] | None,
    typer.Option("--dataset", "-d", help="Run this data set only; may be repeated.", metavar="D"),
]
_AddMethod = Annotated[
    list[str] | None,
    typer.Option(
        "--add-method",
        "-a",
        help="Take a method, or file.py:Object, into every experiment; may be repeated.",
        metavar="M",
    ),
]
_Seeds = Annotated[
    int | None, typer.Option("--seeds", help="Number of seeds, instead of the suite's.", metavar="N")
]
_Device = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.", metavar="DEVICE")]
_Jobs = Annotated[int | None, typer.Option("--jobs", "-j", help="Processes at once [cores].", metavar="N")]
_Executor = Annotated[str, typer.Option("--executor", help="processes or serial.", metavar="NAME")]
_Timeout = Annotated[
    str | None, typer.Option("--timeout", help="Per job: 600, 90s, 10m, 2h.", metavar="TIME")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would run; write nothing.")]
_Force = Annotated[bool, typer.Option("--force", help="Redo what is done.")]
_KeepStale = Annotated[bool, typer.Option("--keep-stale", help="Keep results that older sources made.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but the summary.")]


def run(
    suite: _Suite,
    out: _Out = None,
    method: _Method = None,
    dataset: _Dataset = None,
    add_method: _AddMethod = None,
    seeds: _Seeds = None,
    device: _Device = "auto",
    jobs: _Jobs = None,
    executor: _Executor = "processes",
    timeout: _Timeout = None,
    dry_run: _DryRun = False,
    force: _Force = False,
    keep_stale: _KeepStale = False,
    data_dir: DataDir = None,
    download: Download = False,
    inception_weights: InceptionWeights = None,
    quiet: _Quiet = False,
) -> int:
    """Run what is missing of a suite, store every result, and write OUT/index.html."""
    seconds = None if timeout is None else parse_duration(timeout)
    set_places(data_dir, download, inception_weights)
    from gan_bench.harness.driver import Request, carry_out, prepare
    from gan_bench.harness.progress import display

    with display(quiet=quiet) as shown:
        prepared = prepare(
            Request(
                suite=suite,
                out=out,
                seeds=seeds,
                methods=method or (),
                datasets=dataset or (),
                add_methods=add_method or (),
                device=device,
                jobs=jobs,
                executor=executor,
                timeout=seconds,
                force=force,
                keep_stale=keep_stale,
                listener=shown,
                command=_command(),
            )
        )
        if not dry_run:
            carry_out(prepared)
    return _show_plan(prepared) if dry_run else _finish(prepared)


def parse_duration(text: str) -> float:
    """Seconds of "600", "90s", "10m" or "2h"; raises UsageError."""
    from gan_bench.errors import UsageError

    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if not found or float(found[1]) == 0:
        raise UsageError(f'--timeout: "{text}" is no time; write 600 (seconds), 90s, 10m or 2h')
    return float(found[1]) * _SECONDS[found[2]]


def _command() -> str:
    """The command line without anybody's absolute paths."""
    from gan_bench.paths import without_absolute

    return without_absolute(shlex.join(["gan-bench", *sys.argv[1:]]))


def _show_plan(prepared: Prepared) -> int:
    from gan_bench.harness.progress import label

    for decision in prepared.decisions:
        job = decision.job
        action = "skip" if job.skip else "run " if decision.run else "done"
        reason = job.skip or decision.reason
        typer.echo(f"{action}  {label(job)}, {len(job.seeds)} seeds{f' - {reason}' if reason else ''}")
    typer.echo(f"{len(prepared.todo)} of {len(prepared.decisions)} jobs would run, into {prepared.output}")
    return codes.FINE


def _finish(prepared: Prepared) -> int:
    from gan_bench.harness.store import load
    from gan_bench.report.render import write_report

    result = load(prepared.output)
    page = write_report(result, prepared.output / "index.html")
    fine = _summarise(result, prepared.plan.selected)
    typer.echo(f"report: {page}")
    typer.echo(f"open it with: {_opener()} {shlex.quote(str(page))}")
    return codes.FINE if fine else codes.FAILED


def _summarise(result: Run, selected: frozenset[str]) -> bool:
    """Say how the seeds of the selected jobs ended; True where all have a result."""
    chosen = [outcome for outcome in result.outcomes if outcome.job.key in selected]
    counts = Counter(seed.status for outcome in chosen for seed in outcome.status.values())
    listed = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    typer.echo(f"{len(chosen)} jobs, {counts.total()} seeds: {listed}")
    for outcome in chosen:
        if not outcome.fine:
            typer.echo(f"failed: {outcome.job.key}: {_why(outcome)}")
    return all(outcome.fine for outcome in chosen)


def _why(outcome: object) -> str:
    from gan_bench.harness.progress import ended

    return ended(outcome)  # type: ignore[arg-type]


def _opener() -> str:
    return {"darwin": "open", "win32": "start"}.get(sys.platform, "xdg-open")
