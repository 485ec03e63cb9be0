"""Which two cells of the image experiment are compared: like networks, batches, judge. Free of torch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, end_size, end_values
from gan_bench.analysis.rankings import named
from gan_bench.harness.outcome import Status

# What may differ between two cells that are compared. The critic's batch norm may, because a per-sample
# penalty forbids it and the unconstrained critic of the source has it: words say which critic had it.
_OWN = ("method", "method_spec", "steps", "critic_batch_norm")


@dataclass(frozen=True)
class Pair:
    """A method and its rival on one image set, both judged by one extractor."""

    cell: Cell
    rival: Cell

    @property
    def planned(self) -> int:
        """Seeds that were to be compared."""
        return max(len(self.cell.status), len(self.rival.status))

    @property
    def steps(self) -> int:
        """Generator steps of the one that had fewer."""
        return min(int(one.settings["steps"]) for one in (self.cell, self.rival))

    @property
    def skip(self) -> str:
        """Why one of the two cannot run; empty where both can."""
        return self.cell.skip or self.rival.skip

    def metric(self, name: str) -> str:
        """The metric's name with the extractor that judged both, such as `fid[glyphs-cnn]`.

        The bare name where nothing was measured.
        """
        return named((self.cell, self.rival), [name]).get(name, name)

    def values(self, name: str, lost: float) -> tuple[pd.Series, pd.Series]:
        """The method's and its rival's values at the end, of the seeds that both have, on the most images.

        A seed that diverged has the value `lost`; one that did not run to its end is absent, and so is one
        that both lost to infinity, where neither is ahead.
        """
        metric = self.metric(name)
        size = end_size((self.cell, self.rival), metric)
        ends = [_end(one, metric, size, lost) for one in (self.cell, self.rival)]
        mine, others = ends[0].align(ends[1], join="inner")
        known = np.isfinite(mine) | np.isfinite(others)
        return mine[known], others[known]


def _end(cell: Cell, metric: str, size: float, lost: float) -> pd.Series:
    diverged = [seed for seed, status in cell.status.items() if status.status is Status.DIVERGED]
    return pd.concat([end_values(cell, metric, size), pd.Series(lost, index=diverged, dtype=float)])


def rivals(cell: Cell, cells: Iterable[Cell]) -> list[Pair]:
    """Pair a cell with each of those that had the same networks, batches and judge."""
    return [Pair(cell, other) for other in cells if _shared(other) == _shared(cell)]


def _shared(cell: Cell) -> str:
    return json.dumps({k: v for k, v in cell.settings.items() if k not in _OWN}, sort_keys=True, default=str)


def constrained(cell: Cell, kinds: Sequence[str]) -> bool:
    """True where the method's critic is under a constraint of one of these kinds; weight 0 is none."""
    parts = cell.settings["method"]["constraints"]
    return any(part["kind"] in kinds and part.get("weight", 1) > 0 for part in parts)


def plain(cell: Cell) -> bool:
    """True for methods that are not told classes and do not grow: these have networks of their own."""
    method = cell.settings["method"]
    return not method["conditional"] and not method["grows"]


def described(cell: Cell) -> str:
    """The method's name with what it may have other than its rival: steps, batch norm in the critic."""
    norm = ", batch norm in its critic" if cell.settings["critic_batch_norm"] else ""
    return f"{cell.label} ({int(cell.settings['steps']):,} steps{norm})"
