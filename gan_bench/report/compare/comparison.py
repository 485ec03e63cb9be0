"""A comparison of two runs: cells, seeds, verdicts, environments, suites. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.changes import MARGIN
from gan_bench.analysis.comparing import Compared, Refused, compare_pairs
from gan_bench.analysis.environments import PARTIAL, Change, changes, environment_changes
from gan_bench.analysis.pairing import Pair, Pairing, pair_cells
from gan_bench.analysis.series import row_hashes
from gan_bench.analysis.verdicts import Verdict
from gan_bench.experiments.claims import Claim
from gan_bench.experiments.judge import judge
from gan_bench.harness.outcome import Status
from gan_bench.harness.store import Run, load

COLUMNS = (
    "experiment",
    "method",
    "dataset",
    "metric",
    "base",
    "new",
    "kind",
    "size",
    "low",
    "high",
    "p",
    "n",
    "verdict",
    "seeds_needed",
    "reason",
)


@dataclass(frozen=True)
class Fate:
    """Seeds of one cell that ended otherwise: (old, new status) -> seeds; None: that run lacks them."""

    pair: Pair
    moves: dict[tuple[Status | None, Status | None], tuple[int, ...]]


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side: cells in both, what was compared and how it came out, what must not be."""

    base: Run
    new: Run
    pairing: Pairing
    compared: tuple[Compared, ...]
    refused: tuple[Refused, ...]
    margin: float = MARGIN

    @property
    def nothing(self) -> bool:
        """True where not one value of the two runs could be held against another."""
        return not self.compared and not any(self.same_bits(pair) for pair in self.pairing.pairs)

    def frame(self) -> pd.DataFrame:
        """One line per metric and cell: values, ratio or difference with its interval, verdict.

        Metrics that must not be compared have no numbers, the verdict "not comparable" and the reason. Cells
        that only one run has are lines with the verdict "new" or "vanished".
        """
        lines = [_line(one) for one in self.compared]
        lines += [_wordy(one.pair.new, one.metric, "not comparable", one.reason) for one in self.refused]
        lines += [_wordy(cell, "", "new", "") for cell in self.pairing.new]
        lines += [_wordy(cell, "", "vanished", "") for cell in self.pairing.vanished]
        return pd.DataFrame(lines, columns=list(COLUMNS)).astype({"n": "Int64", "seeds_needed": "Int64"})

    def same_bits(self, pair: Pair) -> bool | None:
        """Whether a cell measured the same bits in both runs; None where one has none but a machine's.

        Of a frozen baseline, which keeps part of its rows, those that it has.
        """
        return self._same[id(pair)]

    @cached_property
    def fates(self) -> tuple[Fate, ...]:
        """Cells in which a seed ended otherwise than in the base."""
        found = ((pair, _moves(pair)) for pair in self.pairing.pairs)
        return tuple(Fate(pair, moves) for pair, moves in found if moves)

    @cached_property
    def claims(self) -> tuple[tuple[Claim, Verdict | None, Verdict | None], ...]:
        """Claims whose verdict differs: claim, in the base, now; None where a run does not speak of it."""
        before, after = ({one.claim.name: one for one in judge(run)} for run in (self.base, self.new))
        found = {name: one.claim for judged in (after, before) for name, one in judged.items()}
        pairs = ((claim, before.get(name), after.get(name)) for name, claim in found.items())
        verdicts = [(c, old.verdict if old else None, now.verdict if now else None) for c, old, now in pairs]
        return tuple(one for one in verdicts if one[1] is not one[2])

    @cached_property
    def environment(self) -> tuple[Change, ...]:
        """What differs in machine, sources, commit, packages."""
        return environment_changes(self.base, self.new)

    @cached_property
    def suites(self) -> tuple[Change, ...]:
        """What differs in the resolved suites."""
        return tuple(changes(_named(self.base.suite), _named(self.new.suite)))

    @cached_property
    def _same(self) -> dict[int, bool | None]:
        part = bool(self.base.provenance.get(PARTIAL)), bool(self.new.provenance.get(PARTIAL))
        return {id(pair): _same_rows(pair, *part) for pair in self.pairing.pairs}


def compare(base: Run | str | Path, new: Run | str | Path, *, margin: float = MARGIN) -> Comparison:
    """Compare two runs, or their folders; margin: the change that still counts as alike (`scales.bounds`).

    Raises UsageError for a folder that cannot be read.
    """
    runs = [run if isinstance(run, Run) else load(run) for run in (base, new)]
    pairing = pair_cells(*(cells_of(run.outcomes) for run in runs))
    compared, refused = compare_pairs(pairing, margin=margin)
    return Comparison(runs[0], runs[1], pairing, compared, refused, margin)


def _same_rows(pair: Pair, base_is_part: bool, new_is_part: bool) -> bool | None:
    base, new = row_hashes(pair.base), row_hashes(pair.new)
    if not len(base) or not len(new):
        return None
    if base_is_part or new_is_part:
        shared = np.intersect1d(base, new)
        wanted = len(np.unique(base)) if base_is_part else len(np.unique(new))
        return len(shared) >= wanted
    return np.array_equal(base, new)


def _moves(pair: Pair) -> dict[tuple[Status | None, Status | None], tuple[int, ...]]:
    moves: dict[tuple[Status | None, Status | None], list[int]] = {}
    for seed in sorted(pair.base.status.keys() | pair.new.status.keys()):
        ends = (pair.base.status.get(seed), pair.new.status.get(seed))
        old, now = (end.status if end else None for end in ends)
        if old is not now:
            moves.setdefault((old, now), []).append(seed)
    return {key: tuple(seeds) for key, seeds in moves.items()}


def _named(suite: Mapping[str, Any]) -> dict[str, Any]:
    """The suite with a name for each of its experiments, so that tables are compared with their like."""
    seen: dict[str, int] = {}
    tables = {}
    for table in suite.get("experiment", ()):
        kind = str(table.get("kind", "experiment"))
        seen[kind] = seen.get(kind, 0) + 1
        tables[f"{kind} #{seen[kind]}" if seen[kind] > 1 else kind] = table
    return {**{name: value for name, value in suite.items() if name != "experiment"}, **tables}


def _line(one: Compared) -> tuple[Any, ...]:
    cell, (base, new) = one.pair.new, one.centres
    kind = "ratio" if one.meaning.scale == "log" else "difference"
    where = (cell.experiment, cell.label, cell.dataset, one.metric)
    return (*where, base, new, kind, *one.size, one.p, one.found.n, one.told.value, one.seeds, one.found.note)


def _wordy(cell: Cell, metric: str, verdict: str, reason: str) -> tuple[Any, ...]:
    nothing: Sequence[None] = (None,) * 8
    return (cell.experiment, cell.label, cell.dataset, metric, *nothing, verdict, None, reason)
