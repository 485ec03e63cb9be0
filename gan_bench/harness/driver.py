"""The driver: plan, decide what is missing, run it, store every outcome as it comes, write the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gan_bench.errors import UsageError
from gan_bench.harness.execute import Options, execute, require_possible
from gan_bench.harness.folder import Folder, check_ours, heads, locked
from gan_bench.harness.job import Job
from gan_bench.harness.listener import Listener, Silent
from gan_bench.harness.outcome import Outcome, SeedStatus, Status, unmeasured
from gan_bench.harness.plan import Plan, Selection, plan_suite
from gan_bench.harness.provenance import cores, environment
from gan_bench.harness.resume import Decision, change, decide, summary
from gan_bench.harness.suite import Planner, Suite, read_suite
from gan_bench.paths import without_absolute
from gan_bench.results import Results, load


@dataclass(frozen=True)
class Request:
    """What is asked for; the fields are the arguments of `run`."""

    suite: str | Path | Mapping[str, Any] | Suite
    out: str | Path | None = None
    seeds: int | None = None
    methods: Sequence[str] = ()
    datasets: Sequence[str] = ()
    add_methods: Sequence[str] = ()
    device: str = "auto"
    jobs: int | None = None
    executor: str = "processes"
    timeout: float | None = None
    force: bool = False
    keep_stale: bool = False
    listener: Listener = field(default_factory=Silent)
    command: str = ""


@dataclass(frozen=True)
class Prepared:
    """Everything settled before the first file is written."""

    suite: Suite
    output: Path
    plan: Plan
    decisions: tuple[Decision, ...]
    executor: str
    options: Options
    command: str

    @property
    def todo(self) -> list[Job]:
        """The jobs that will run."""
        return [decision.job for decision in self.decisions if decision.run]


def run(
    suite: str | Path | Mapping[str, Any] | Suite,
    *,
    out: str | Path | None = None,
    seeds: int | None = None,
    methods: Sequence[str] = (),
    datasets: Sequence[str] = (),
    add_methods: Sequence[str] = (),
    device: str = "auto",
    jobs: int | None = None,
    executor: str = "processes",
    timeout: float | None = None,
    force: bool = False,
    keep_stale: bool = False,
    dry_run: bool = False,
    report: bool = True,
    progress: Listener | None = None,
) -> Results:
    """Run what is missing of a suite and return all that its folder holds of it.

    suite: a file, the name of a shipped suite, plain data as in a file, or a Suite. out: the folder of the
    outcomes, reports/<suite's name> unless given. seeds: instead of the suite's number. methods, datasets:
    labels to run, all unless given. add_methods: names or references taken into every experiment. jobs:
    processes at once, as many as cores unless given. timeout: seconds per job. force: redo what is done.
    keep_stale: keep what older sources made. dry_run: plan, write nothing. report: write index.html into
    the folder. Raises UsageError before anything is written.
    """
    listener = progress or Silent()
    prepared = prepare(
        Request(
            suite=suite,
            out=out,
            seeds=seeds,
            methods=methods,
            datasets=datasets,
            add_methods=add_methods,
            device=device,
            jobs=jobs,
            executor=executor,
            timeout=timeout,
            force=force,
            keep_stale=keep_stale,
            listener=listener,
        )
    )
    if dry_run:
        return _as_planned(prepared)
    carry_out(prepared)
    result = load(prepared.output)
    if report:
        # Imported here: drawing needs libraries that a run does not.
        from gan_bench.report.render import write_report

        write_report(result, prepared.output / "index.html")
    return result


def prepare(request: Request) -> Prepared:
    """Check and plan without writing anything; raises UsageError with every complaint."""
    suite = read_suite(request.suite)
    suite = suite if request.seeds is None else suite.with_seeds(request.seeds)
    _require_positive("--jobs", request.jobs)
    _require_positive("--timeout", request.timeout)
    output = Path(request.out) if request.out is not None else Path("reports") / suite.header.name
    check_ours(output)
    device, devices = _device(suite.header.device if request.device == "auto" else request.device)
    workers = request.jobs or devices or cores()
    # Not from --jobs: threads change the bits, so a job would be another one with every number of workers.
    threads = suite.header.threads or 1
    selection = Selection(
        methods=tuple(request.methods),
        datasets=tuple(request.datasets),
        device=device,
        threads=threads,
        added=tuple(request.add_methods),
        execution=suite.header.execution,
    )
    plan = plan_suite(suite, selection)
    chosen = [job for job in plan.jobs if job.key in plan.selected]
    decisions = decide(chosen, heads(output), force=request.force, keep_stale=request.keep_stale)
    preload = tuple(dict.fromkeys(name for entry in suite.entries for name in _preload(entry.experiment)))
    options = Options(workers, request.timeout, devices, preload, request.listener)
    require_possible(request.executor, options)
    command = request.command or f'gan_bench.run("{suite.origin or suite.header.name}")'
    return Prepared(suite, output, plan, tuple(decisions), request.executor, options, command)


def carry_out(prepared: Prepared) -> None:
    """Run and store what is to do; whatever stops it, finished outcomes stay."""
    listener = prepared.options.listener
    with locked(prepared.output) as folder:
        for line in summary(prepared.decisions):
            listener.note(line)
        listener.planned(len(prepared.todo), len(prepared.decisions) - len(prepared.todo))
        provenance = environment()
        folder.mark(_marker(prepared, provenance))
        with _executing(prepared) as outcomes:
            _store(outcomes, prepared, folder, provenance)


def _store(
    outcomes: Iterator[Outcome], prepared: Prepared, folder: Folder, provenance: dict[str, Any]
) -> None:
    attempts = {decision.job.key: decision.attempt for decision in prepared.decisions}
    for outcome in outcomes:
        attempt = {"attempt": attempts[outcome.job.key]}
        folder.write(replace(outcome, provenance={**provenance, **attempt, **outcome.provenance}))
        prepared.options.listener.finished(outcome)


@contextmanager
def _executing(prepared: Prepared) -> Iterator[Iterator[Outcome]]:
    """The outcomes of what is to do; on any way out every process that still runs is ended."""
    with closing(execute(prepared.todo, prepared.executor, prepared.options)) as outcomes:  # type: ignore[type-var]
        yield outcomes


def _marker(prepared: Prepared, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """What the folder is about; of the jobs that are not selected now only those with an outcome."""
    present = heads(prepared.output)
    planned = [job for job in prepared.plan.jobs if job.key in prepared.plan.selected or job.key in present]
    todo = {job.key for job in prepared.todo}
    kept = [job for job in planned if job.key in present and job.key not in todo]
    return {
        "suite": _shown(prepared.suite.as_dict()),
        "command": prepared.command,
        "planned": [job.as_dict() for job in planned],
        "kept_stale": [job.key for job in kept if change(job, present[job.key])],
        "provenance": dict(provenance),
    }


def _shown(data: Any) -> Any:
    """Plain data without anybody's absolute paths, which a suite may name data sets and modules by."""
    if isinstance(data, Mapping):
        return {key: _shown(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_shown(value) for value in data]
    return without_absolute(data) if isinstance(data, str) else data


def _as_planned(prepared: Prepared) -> Results:
    """The run as it would begin: nothing has run."""
    waiting = SeedStatus(Status.NOT_RUN, message=Status.NOT_RUN.sentence)
    return Results(
        directory=prepared.output,
        suite=prepared.suite.as_dict(),
        command=prepared.command,
        outcomes=tuple(unmeasured(decision.job, waiting) for decision in prepared.decisions),
    )


def _preload(experiment: Planner) -> tuple[str, ...]:
    """Modules that the workers share; never a user's, which may have been edited when a job starts."""
    module = experiment.run.partition(":")[0] if isinstance(experiment.run, str) else ""
    return (*experiment.preload, module) if module.startswith("gan_bench.") else experiment.preload


def _device(wanted: str) -> tuple[str, int]:
    """The device of the jobs and the number of CUDA devices to share out; raises UsageError."""
    if wanted == "cpu":
        return "cpu", 0
    if wanted not in ("auto", "cuda"):
        raise UsageError(f'--device: must be "auto", "cpu" or "cuda", not "{wanted}"')
    # Imported here: only this question needs it, and it takes seconds.
    import torch

    if torch.cuda.is_available():
        return "cuda", torch.cuda.device_count()
    if wanted == "cuda":
        raise UsageError("--device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu", 0


def _require_positive(name: str, value: float | None) -> None:
    if value is not None and not value > 0:
        raise UsageError(f"{name}: must be positive, not {value:g}")
