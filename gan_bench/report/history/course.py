"""The history of several runs: series, changes, statuses, verdicts, environments. Free of torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from gan_bench.analysis.changes import MARGIN, as_frame, find_changes
from gan_bench.analysis.environments import Change as Difference
from gan_bench.analysis.environments import environment_changes
from gan_bench.analysis.rankings import family
from gan_bench.analysis.series import DIVERGED, Track, series_of, tracks
from gan_bench.analysis.steps import Change, Series
from gan_bench.analysis.verdicts import Verdict
from gan_bench.errors import UsageError, unknown
from gan_bench.experiments.claims import Claim
from gan_bench.experiments.judge import judge
from gan_bench.harness.store import Run, load


@dataclass(frozen=True)
class History:
    """Runs in the order in which they were started, with a name each, and what changed between them."""

    runs: tuple[Run, ...]
    names: tuple[str, ...]
    tracks: tuple[Track, ...]
    series: tuple[Series, ...]
    found: tuple[Change, ...]
    margin: float = MARGIN

    def frame(self) -> pd.DataFrame:
        """One line per run, cell, metric and seed: value in the metric's unit, +inf where a seed diverged.

        part numbers the stretches of a metric that must not be compared with each other, why says why. seed
        is missing for what all seeds of a run share.
        """
        lines = [
            (run, self.names[run], s.experiment, s.method, s.dataset, s.metric, part, s.note, seed, value)
            for s, part in zip(self.series, self._parts, strict=True)
            for run, values in zip(s.runs, s.table.to_numpy(dtype=float), strict=True)
            for seed, value in zip(s.table.columns, values, strict=True)
            if not np.isnan(value)
        ]
        columns = ["run", "name", "experiment", "method", "dataset", "metric", "part", "why", "seed", "value"]
        frame = pd.DataFrame(lines, columns=columns).astype({"seed": "Int64"})
        shared = {s.metric for s in self.series if s.unit == "run"}
        return frame.assign(seed=frame["seed"].mask(frame["metric"].isin(shared)))

    def changes(self) -> pd.DataFrame:
        """One line per change, worst first: where, between which runs, size with interval, p after Holm."""
        names = dict(enumerate(self.names))
        frame = as_frame(self.worst)
        return frame.assign(
            after_run=frame["first_after"].map(names), before_run=frame["last_before"].map(names)
        )

    @cached_property
    def worst(self) -> tuple[Change, ...]:
        """Changes, the worst first: see `badness`."""
        return tuple(sorted(self.found, key=badness))

    @cached_property
    def verdicts(self) -> tuple[tuple[Claim, tuple[Verdict | None, ...]], ...]:
        """Every claim that a run speaks of, with its verdict in each run, None where a run does not."""
        judged = [{one.claim.name: one for one in judge(run)} for run in self.runs]
        claims = {name: one.claim for found in judged for name, one in found.items()}
        return tuple(
            (claim, tuple(found[name].verdict if name in found else None for found in judged))
            for name, claim in claims.items()
        )

    @cached_property
    def environments(self) -> tuple[tuple[Difference, ...], ...]:
        """What differs between each run and the one before it; nothing for the first."""
        pairs = zip(self.runs, self.runs[1:], strict=False)
        return ((), *(environment_changes(before, after) for before, after in pairs))

    @cached_property
    def _parts(self) -> list[int]:
        seen: Counter[tuple[str, str, str, str]] = Counter()
        parts = []
        for s in self.series:
            seen[s.experiment, s.method, s.dataset, s.metric] += 1
            parts.append(seen[s.experiment, s.method, s.dataset, s.metric])
        return parts


def history(
    runs: Sequence[Run | str | Path], metrics: Sequence[str] = (), *, margin: float = MARGIN
) -> History:
    """Put runs (or their folders) in order and look for step changes.

    metrics: names or families of metrics beside those that rank, losses and seconds. Raises UsageError for
    fewer than two runs, a folder given twice, and a metric that no run has.
    """
    loaded = [run if isinstance(run, Run) else load(run) for run in runs]
    _check(loaded)
    ordered = sorted(loaded, key=lambda run: str(run.provenance.get("started") or ""))
    followed = tracks(ordered)
    _check_metrics(metrics, followed)
    series = [one for track in followed for one in series_of(track, metrics)]
    found = find_changes(series, margin=margin)
    return History(tuple(ordered), _names(ordered), tuple(followed), tuple(series), found, margin)


def badness(change: Change) -> tuple[int, bool, float]:
    """Order of changes: for the worse, then without a side, then for the better; speed last; by size."""
    side = {False: 0, None: 1, True: 2}[change.better]
    # A seed that diverges is worse than any value that moved.
    lost = change.series.metric == DIVERGED
    return side, change.series.unit == "run", -(1e3 if lost else 1.0) * abs(change.found.mean)


def _check(runs: Sequence[Run]) -> None:
    if len(runs) < 2:
        raise UsageError(f"a history needs two runs, not {len(runs)}")
    twice = [path for path, n in Counter(run.directory.resolve() for run in runs).items() if n > 1]
    if twice:
        raise UsageError(f"{twice[0].name}: given twice")


def _check_metrics(metrics: Sequence[str], followed: Sequence[Track]) -> None:
    known = {name for track in followed for _, cell, _ in track.stops for name in cell.descriptors}
    families = {family(name) for name in known}
    for metric in metrics:
        if metric not in known | families:
            raise unknown("metric", metric, families, "--metric")


def _names(runs: Sequence[Run]) -> tuple[str, ...]:
    """The last part of each folder's path, numbered where several share it."""
    parts = [run.directory.resolve().name for run in runs]
    seen: Counter[str] = Counter()
    names = []
    for part in parts:
        seen[part] += 1
        names.append(f"{part} ({seen[part]})" if parts.count(part) > 1 else part)
    return tuple(names)
