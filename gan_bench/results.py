"""A stored run for Python users: tidy frames, verdicts, a summary for notebooks. Free of torch."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from gan_bench.analysis import aggregates as together
from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.leaderboard import Leaderboard, Standing, leaderboard_of
from gan_bench.analysis.rankings import RANKINGS, contests
from gan_bench.analysis.scores import Group, groups
from gan_bench.analysis.scores import scores as end_scores
from gan_bench.experiments.judge import Judgement, judge
from gan_bench.harness import store
from gan_bench.harness.outcome import Status
from gan_bench.harness.store import Run

BOARD_COLUMNS = (
    "experiment",
    "dataset",
    "rank",
    "method",
    "metric",
    "centre",
    "low",
    "high",
    "median",
    "worst",
    "seeds",
    "planned",
    "diverged",
    "collapsed",
    "separate",
    "p",
    "note",
)
CLAIM_COLUMNS = (
    "claim",
    "statement",
    "verdict",
    "part",
    "part_verdict",
    "value",
    "low",
    "high",
    "seeds",
    "unit",
    "note",
)

_MORE = (
    "<p>All of it on one page: <code>.write_report()</code>; as frames: <code>.leaderboard()</code>, "
    "<code>.aggregates()</code>, <code>.improvements()</code>, <code>.claims()</code>, "
    "<code>.frame()</code>.</p>"
)
# Inherited colours and thin lines: legible in a light and in a dark notebook.
_TABLE = 'style="border-collapse:collapse;font-variant-numeric:tabular-nums"'
_CELL = 'style="text-align:left;padding:.2em .9em .2em 0;border-bottom:1px solid rgba(128,128,128,.35)"'


@dataclasses.dataclass(frozen=True)
class Results(Run):
    """A run as `load` returns it: everything that `Run` holds, and what the page says, as frames."""

    def leaderboard(self) -> pd.DataFrame:
        """One line per method and board, best first: end values with their 95 % interval over seeds.

        rank is shared by methods that no test tells from the best; centre, low and high are the survivors'
        where seeds diverged; separate: whether the method is told from the best, None where it cannot be; p:
        of the exact test against the best, NaN for the best itself.
        """
        lines = [_standing(board, s) for board in self._boards for s in board.standings]
        return pd.DataFrame(lines, columns=list(BOARD_COLUMNS))

    def scores(self) -> pd.DataFrame:
        """One line per seed that ended or diverged: its end value against a perfect sampler's median.

        score = log(reference / value): 0 is as near as a perfect sampler, -inf diverged.
        """
        return end_scores(self._cells)

    def aggregates(self) -> pd.DataFrame:
        """Interquartile mean and optimality gap over all data sets, by ranking metric and method.

        Methods that did not run on the same data sets are left out (gan_bench.analysis.scores.groups).
        """
        return self._over_groups(together.aggregates, together.MEASURE_COLUMNS)

    def improvements(self) -> pd.DataFrame:
        """How often a seed of one method ends nearer than one of another, every pair of methods both ways."""
        return self._over_groups(
            lambda group: together.improvements(group, most=len(group.methods)),
            together.IMPROVEMENT_COLUMNS,
        )

    def profile(self) -> pd.DataFrame:
        """Performance profiles: the share of seeds with a score above tau, by ranking metric and method."""
        return self._over_groups(together.profile, together.PROFILE_COLUMNS)

    def claims(self) -> pd.DataFrame:
        """One line per part of every claim that this run speaks of, with the verdicts of both."""
        lines = [line for judgement in self._judgements for line in _parts(judgement)]
        return pd.DataFrame(lines, columns=list(CLAIM_COLUMNS))

    def budgets(self) -> pd.DataFrame:
        """Methods at equal generator steps, critic updates and seconds (gan_bench.analysis.budgets)."""
        from gan_bench.analysis.budgets import COLUMNS, equal_budgets

        frames = [
            equal_budgets(contest).assign(experiment=name, dataset=contest.title)
            for name in RANKINGS
            for contest in contests(self._cells, name)
        ]
        whole = [frame for frame in frames if len(frame)]
        columns = ["experiment", "dataset", *COLUMNS]
        return pd.concat(whole, ignore_index=True)[columns] if whole else pd.DataFrame(columns=columns)

    def variance(self) -> pd.DataFrame:
        """Training anew against drawing anew, by cell (gan_bench.analysis.variance)."""
        from gan_bench.analysis.variance import levels_of

        return levels_of(self._cells)

    def write_report(self, output: str | Path | None = None) -> Path:
        """Write the HTML page, by default `index.html` in the run's folder, and return its path."""
        from gan_bench.report.render import write_report

        return write_report(self, Path(output) if output is not None else self.directory / "index.html")

    def __repr__(self) -> str:
        statuses = Counter(seed.status for outcome in self.outcomes for seed in outcome.status.values())
        ended = ", ".join(f"{n} {status.value}" for status, n in sorted(statuses.items()))
        return f"<Results of {self.name}: {len(self.outcomes)} jobs, {statuses.total()} seeds ({ended})>"

    def _repr_html_(self) -> str:
        """A summary for a notebook: no script, nothing fetched, every name escaped."""
        tally = Counter(judgement.verdict.value for judgement in self._judgements)
        told = ", ".join(f"{n} {verdict}" for verdict, n in sorted(tally.items()))
        claims = f"<p>Claims: {escape(told)}.</p>" if told else ""
        boards = [board for board in self._boards if board.best]
        head = f"<p><strong>{escape(self.name)}</strong>: {escape(self._ended())}</p>"
        return f"<div>{head}{claims}{_glance(boards)}{_MORE}</div>"

    def _ended(self) -> str:
        return repr(self).partition(": ")[2].removesuffix(">")

    def _over_groups(self, frame_of: Callable[[Group], pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
        frames = [
            frame_of(group).assign(experiment=group.experiment, label=group.label)
            for group in groups(self.scores())
        ]
        heads = ["experiment", "label", *columns]
        return pd.concat(frames, ignore_index=True)[heads] if frames else pd.DataFrame(columns=heads)

    @cached_property
    def _cells(self) -> list[Cell]:
        return cells_of(self.outcomes)

    @cached_property
    def _boards(self) -> list[Leaderboard]:
        return [leaderboard_of(contest) for name in RANKINGS for contest in contests(self._cells, name)]

    @cached_property
    def _judgements(self) -> list[Judgement]:
        return judge(self)


def load(directory: str | Path) -> Results:
    """Read a folder that `gan-bench run` wrote; jobs without an outcome have the status `not-run`."""
    run = store.load(directory)
    return Results(**{field.name: getattr(run, field.name) for field in dataclasses.fields(run)})


def _standing(board: Leaderboard, s: Standing) -> tuple[Any, ...]:
    lost = f"{len(s.ends)} of {s.planned} seeds" if s.ends and len(s.ends) < s.planned else ""
    low, high = (math.nan if end is None else end for end in (s.interval.low, s.interval.high))
    return (
        s.cell.experiment,
        board.title,
        s.rank,
        s.cell.label,
        board.ranked,
        s.interval.centre,
        low,
        high,
        s.median,
        s.worst,
        len(s.ends),
        s.planned,
        s.cell.counts[Status.DIVERGED],
        s.collapsed,
        s.separate,
        s.better.p if s.better else math.nan,
        "; ".join(filter(None, (lost, s.interval.note))),
    )


def _parts(judgement: Judgement) -> list[tuple[Any, ...]]:
    claim = judgement.claim
    head = (claim.name, claim.statement, judgement.verdict.value)
    return [
        (
            *head,
            part.statement,
            verdict.value,
            part.interval.centre,
            *(math.nan if end is None else end for end in (part.interval.low, part.interval.high)),
            part.interval.n,
            part.unit,
            part.note or ("" if part.interval.known else part.interval.note),
        )
        for part, verdict in judgement.parts
    ]


def _glance(boards: list[Leaderboard]) -> str:
    """The best method of every board as a table; nothing where nothing ended."""
    if not boards:
        return ""
    heads = ("data set", "nearest", "95 % interval", "seeds", "perfect sampler")
    rows = "".join(
        f"<tr>{''.join(f'<td {_CELL}>{entry}</td>' for entry in _entries(board))}</tr>" for board in boards
    )
    head = "".join(f'<th scope="col" {_CELL}>{name}</th>' for name in heads)
    return f"<table {_TABLE}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _entries(board: Leaderboard) -> list[str]:
    best, band = board.best, board.bands.get(board.ranked)
    if best is None:
        return []
    ends = f" [{best.interval.low:.3g}, {best.interval.high:.3g}]" if best.interval.known else ""
    alike = [s.cell.label for s in board.standings if s.rank == 1 and s is not best]
    beside = f" (not told from it: {', '.join(alike)})" if alike else ""
    return [
        escape(board.title),
        escape(best.cell.label + beside),
        f"{escape(board.label)} {best.interval.centre:.3g}{ends}",
        f"{len(best.ends)} of {best.planned}",
        f"{band.median:.3g}" if band else "",
    ]
