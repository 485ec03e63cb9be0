"""The mean difference of two runs over cells, the seed being the unit: groups of cells, put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property, reduce
from operator import add

import numpy as np
import pandas as pd

# A spread below this share of the largest value is what rounding leaves of none.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Arms:
    """One cell in two runs: harm by seed (analysis.harm), +inf where a seed diverged, NaN left out."""

    base: pd.Series
    new: pd.Series

    @cached_property
    def key(self) -> tuple[tuple[int, ...], ...]:
        """What cells of one group share: the seeds of both runs; one seed in common makes no pairs."""
        base, new = (tuple(arm) for arm in self.known)
        shared = tuple(seed for seed in base if seed in self.known[1])
        pairs = len(shared) >= 2 or (len(shared) == 1 and len(base) == len(new) == 1)
        return (shared,) if pairs else (base, new)

    @cached_property
    def known(self) -> tuple[dict[int, float], dict[int, float]]:
        """Harm by seed of the base and of the new run, without NaN."""
        base, new = (
            {int(seed): x for seed, x in zip(arm.index, arm.to_numpy(dtype=float).tolist(), strict=True)}
            for arm in (self.base, self.new)
        )
        return {s: x for s, x in base.items() if x == x}, {s: x for s, x in new.items() if x == x}


@dataclass(frozen=True)
class Counts:
    """Seeds of which some cell diverged, in both runs, of how many; newly: those beyond the base's."""

    base: int
    new: int
    of_base: int
    of_new: int
    newly: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Estimate:
    """Mean of new - base with its standard error and degrees of freedom; NaN where unknown.

    n: seeds (the fewest of any group, the smaller arm where unpaired); spreads: standard deviations that n
    seeds average, for `power.fewest`; diverged: summed over groups; identical: every value has the same bits
    in both runs; left_out: cells whose seeds give no spread to judge by.
    """

    mean: float
    error: float
    freedom: float
    n: int
    paired: bool
    spreads: tuple[float, ...]
    diverged: Counts
    identical: bool = False
    left_out: int = 0


def combined(cells: Sequence[Arms]) -> Estimate:
    """Estimate the mean of d over all cells.

    Cells with the same seeds form a group. Within it the values of one seed belong together (they share data,
    and the noise of both), so a seed's d is first averaged over the cells, and the seeds are the sample: that
    holds whatever binds the cells. Groups differ in their seeds because experiments do: other networks, other
    data, streams hashed apart, hence they count as independent. The whole is the mean weighted by numbers of
    cells, its variance the sum of theirs, its degrees of freedom Satterthwaite's (1946): (sum v)^2 /
    sum(v^2 / nu). A group without a variance (one seed) is left out unless it is unchanged.
    """
    groups: dict[tuple[tuple[int, ...], ...], list[Arms]] = {}
    for cell in cells:
        groups.setdefault(cell.key, []).append(cell)
    parts = [(len(group), _group(group)) for group in groups.values()]
    return parts[0][1] if len(parts) == 1 else _together(parts)


def _together(parts: Sequence[tuple[int, Estimate]]) -> Estimate:
    known = [(cells, part) for cells, part in parts if not math.isnan(part.error)]
    moving = [part for _, part in known if part.error > 0] or [part for _, part in known]
    whole = sum(cells for cells, _ in known)
    errors = [(cells / whole * part.error, part.freedom) for cells, part in known]
    variance = sum(error**2 for error, _ in errors)
    below = sum(error**4 / freedom for error, freedom in errors if error > 0)
    n = min((part.n for part in moving), default=0)
    return Estimate(
        mean=sum(cells / whole * part.mean for cells, part in known) if known else math.nan,
        error=math.sqrt(variance) if known else math.nan,
        freedom=variance**2 / below if below else math.nan,
        n=n,
        paired=all(part.paired for _, part in known),
        spreads=(math.sqrt(variance * n),),
        diverged=reduce(add, (part.diverged for _, part in parts)),
        identical=all(part.identical for _, part in parts),
        left_out=sum(cells for cells, part in parts if math.isnan(part.error)),
    )


def _group(group: Sequence[Arms]) -> Estimate:
    """One group: (cells, seeds) of each run, paired where the seeds are shared."""
    key = group[0].key
    base = np.array([[cell.known[0][seed] for seed in key[0]] for cell in group])
    new = np.array([[cell.known[1][seed] for seed in key[-1]] for cell in group])
    paired = len(key) == 1
    counts = _counts(base, new, paired)
    if not paired:
        return _welch(_per_seed(base), _per_seed(new), counts)
    both = np.isfinite(base) & np.isfinite(new)
    counts = counts + _beside(group, key[0])
    same = bool((base == new).all()) and not counts.newly
    d = _per_seed(np.subtract(new, base, where=both, out=np.full(base.shape, math.nan)))
    largest = float(np.abs(np.concatenate([base[both], new[both]])).max(initial=0.0))
    return _paired(d, largest, counts, same)


def _counts(base: np.ndarray, new: np.ndarray, paired: bool) -> Counts:
    lost = [np.isinf(arm) for arm in (base, new)]
    n_base, n_new = (int(arm.any(axis=0).sum()) for arm in lost)
    if paired:
        newly = int((lost[1] & ~lost[0]).any(axis=0).sum())
    else:
        expected = n_base * new.shape[1] / max(base.shape[1], 1)
        newly = max(math.ceil(n_new - expected), 0)
    return Counts(n_base, n_new, base.shape[1], new.shape[1], newly)


def _beside(group: Sequence[Arms], shared: Sequence[int]) -> Counts:
    """Of seeds that only one run has, how many diverged: they are in no pair, but diverged none the less."""
    lost: list[set[int]] = [set(), set()]
    seen: list[set[int]] = [set(), set()]
    for cell in group:
        for k, arm in enumerate(cell.known):
            alone = {seed: x for seed, x in arm.items() if seed not in shared}
            seen[k] |= set(alone)
            lost[k] |= {seed for seed, x in alone.items() if math.isinf(x)}
    base, new = map(len, lost)
    return Counts(base, new, len(seen[0]), len(seen[1]), new)


def _paired(d: np.ndarray, largest: float, counts: Counts, same: bool) -> Estimate:
    n = d.size
    mean = float(d.mean()) if n else math.nan
    if same or n < 2:
        error = 0.0 if same else math.nan
        return Estimate(mean, error, math.nan, n, True, (), counts, identical=same)
    spread = float(d.std(ddof=1))
    spread = 0.0 if spread <= _ROUNDING * largest else spread
    return Estimate(mean, spread / math.sqrt(n), n - 1, n, True, (spread,), counts)


def _welch(x: np.ndarray, y: np.ndarray, counts: Counts) -> Estimate:
    n = min(x.size, y.size)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, False, (), counts)
    mean = float(y.mean() - x.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1, False, (), counts)
    spreads = tuple(float(arm.std(ddof=1)) for arm in (x, y))
    tiny = _ROUNDING * float(np.abs(np.concatenate([x, y])).max())
    if max(spreads) <= tiny:
        # Without a pair a difference without spread is no proof: too few seeds for a bound.
        return Estimate(mean, math.nan, math.nan, n, False, (), counts)
    parts = [spread**2 / arm.size for spread, arm in zip(spreads, (x, y), strict=True)]
    freedom = sum(parts) ** 2 / sum(p**2 / (arm.size - 1) for p, arm in zip(parts, (x, y), strict=True))
    return Estimate(mean, math.sqrt(sum(parts)), freedom, n, False, spreads, counts)


def _per_seed(values: np.ndarray) -> np.ndarray:
    """Mean over cells of each seed, (cells, seeds) -> (seeds with a value,)."""
    known = np.isfinite(values)
    counts = known.sum(axis=0)
    sums = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(sums[counts > 0] / counts[counts > 0])
