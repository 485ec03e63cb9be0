"""Tables of what trained critics say, places x seeds, as the pictures and their numbers show it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.experiments.divergence_sweep.reading import table

Values = Callable[[Cell], pd.DataFrame]


def gap(cell: Cell) -> pd.DataFrame:
    """The gap T, places x seeds."""
    return table(cell, "critic_gap")


def ratio(cell: Cell) -> pd.DataFrame:
    """T / W1 where W1 is not 0."""
    w1 = table(cell, "w1_exact")
    return (gap(cell) / w1.where(w1 > 0)).dropna(how="all")


def factor(cell: Cell) -> pd.DataFrame:
    """W1 / T where T is not 0: how many times too small the gap is."""
    found = ratio(cell)
    return (1 / found.where(found != 0)).dropna(how="all")


def over(bound: str) -> Values:
    """T / (bound x W1), with a bound of the critic's Lipschitz constant."""
    return lambda cell: (ratio(cell) / table(cell, bound)).dropna(how="all")


def residual(cell: Cell) -> pd.DataFrame:
    """Residual of stationarity over T, of penalised critics, where W1 is not 0."""
    apart = gap(cell).where(table(cell, "w1_exact") > 0)
    return (table(cell, "stationarity") / apart).dropna(how="all")


def pull(cell: Cell) -> pd.DataFrame:
    """Size of the gradient handed to the generator, where the distributions differ.

    A gradient of exactly 0 has no place on a log axis.
    """
    size = table(cell, "pull").abs()
    return size.where((size > 0) & (table(cell, "w1_exact") > 0)).dropna(how="all")
