"""Freeze a run as a baseline: a small folder to be committed, which `load` reads like any other."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gan_bench.analysis.environments import PARTIAL
from gan_bench.analysis.pairing import ONE_VALUE_AXES, of_a_machine
from gan_bench.errors import UsageError
from gan_bench.experiments.base import STEPS
from gan_bench.harness.folder import JOBS, LOCK, MARKER, locked, read_marker
from gan_bench.harness.outcome import COLUMNS, Outcome
from gan_bench.harness.outcome_files import HEAD, ROWS
from gan_bench.harness.store import Run
from gan_bench.harness.strict_json import write_synced
from gan_bench.paths import shown

# Of all installed packages, those that decide numbers.
_PACKAGES = (
    "gan-bench",
    "numpy",
    "pandas",
    "POT",
    "scikit-learn",
    "scipy",
    "torch",
    "torch_fidelity",
    "torchvision",
)
# Of an outcome's provenance: what a comparison asks for.
_KEPT = ("sources", "plugins", "platform", "cpu", "cores", "processor_features", "torch", "gpu")
# Facts that a comparison or a figure asks for.
_FACTS = ("judged by", STEPS)
# What the marker of a baseline says beside what a run's does.
_FROZEN = "frozen"


@dataclass(frozen=True)
class Frozen:
    """What was written: jobs, and bytes on the disk."""

    jobs: int
    size: int


def freeze(run: Run, target: Path) -> Frozen:
    """Write a baseline of a run into a new folder, or over an older baseline; UsageError for anything else.

    Kept: end rows (largest sample size) of metrics that have a better direction or are a machine's, statuses,
    settings, descriptors of those metrics, what outcomes were judged by, the main packages. Not: samples,
    logs, tracebacks, curves.
    """
    _require_ours(run, target)
    marker = read_marker(run.directory)
    with locked(target) as folder:
        shutil.rmtree(target / JOBS, ignore_errors=True)
        folder.mark({**_without_format(marker), _FROZEN: True, "provenance": _main_only(run.provenance)})
        for outcome in run.outcomes:
            kept = _kept(outcome)
            folder.write(kept)
            # The usual writer's footer is larger than these rows.
            place = target / JOBS / outcome.job.key
            write_synced(place / ROWS, _compact(kept.rows))
            write_synced(place / HEAD, _unindented(place / HEAD))
    write_synced(target / MARKER, _unindented(target / MARKER))
    (target / LOCK).unlink(missing_ok=True)  # nothing to commit
    files = [path for path in target.rglob("*") if path.is_file()]
    return Frozen(len(run.outcomes), sum(path.stat().st_size for path in files))


def _require_ours(run: Run, target: Path) -> None:
    if target.resolve() == run.directory.resolve():
        raise UsageError(f"{shown(target)}: is the run itself; name another folder for its baseline")
    if (target / MARKER).is_file() and not read_marker(target).get(_FROZEN):
        raise UsageError(f"{shown(target)}: holds a run, not a baseline; name another folder")


def _without_format(marker: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in marker.items() if name != "format"}


def _main_only(provenance: Mapping[str, Any]) -> dict[str, Any]:
    packages = provenance.get("packages") or {}
    main = {name: packages[name] for name in _PACKAGES if name in packages}
    return {**provenance, "packages": main, PARTIAL: True}


def _kept(outcome: Outcome) -> Outcome:
    rows = _end_rows(outcome)
    measured = set(rows["metric"])
    return replace(
        outcome,
        rows=rows,
        descriptors={
            name: {**descriptor, "explanation": ""}
            for name, descriptor in outcome.descriptors.items()
            if name in measured
        },
        samples={},
        facts={name: fact for name, fact in outcome.facts.items() if name in _FACTS},
        provenance={name: outcome.provenance[name] for name in _KEPT if outcome.provenance.get(name)},
        traceback="",
        log="",
    )


def _end_rows(outcome: Outcome) -> pd.DataFrame:
    """The rows that a comparison reads: of each metric the last step, and there the largest sample size.

    Of what a machine decides also every place along an axis: a baseline's page shows it.
    """
    rows = outcome.rows
    machines = {name for name, descriptor in outcome.descriptors.items() if of_a_machine(descriptor, name)}
    directed = {n for n, d in outcome.descriptors.items() if d.get("better", "neither") != "neither"}
    of_ends = rows["metric"].isin(directed) & rows["axis"].isin(ONE_VALUE_AXES)
    rows = rows[rows["metric"].isin(machines) | of_ends]
    if rows.empty:
        return rows
    # A diverged seed ended earlier: it has no end value, whatever its last rows say.
    last = rows["step"] == rows.groupby("metric")["step"].transform("max")
    sizes = rows["at"].where(rows["axis"].isin(ONE_VALUE_AXES))
    largest = sizes.isna() | (sizes == sizes.groupby(rows["metric"]).transform("max"))
    return rows[last & largest].reset_index(drop=True)


def _unindented(path: Path) -> bytes:
    """The same JSON, without the blanks that are a third of it; a line per part keeps changes readable."""
    parts = json.loads(path.read_bytes())
    lines = (f"{json.dumps(name)}: {json.dumps(part, allow_nan=False)}" for name, part in parts.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _compact(rows: pd.DataFrame) -> bytes:
    """The rows as parquet without statistics and schemas of other libraries: a third of the usual size."""
    table = pa.Table.from_pandas(rows[list(COLUMNS)].astype(COLUMNS), preserve_index=False)
    content = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata(None),
        content,
        write_statistics=False,
        store_schema=False,
        compression="zstd",
        use_dictionary=["metric"],
    )
    return content.getvalue()
