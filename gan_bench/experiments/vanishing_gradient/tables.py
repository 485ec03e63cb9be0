"""The numbers behind the figures: slopes and last values, each with its interval over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gan_bench.analysis.intervals import Interval
from gan_bench.experiments.vanishing_gradient.board import LINEAR, Board, interval, text
from gan_bench.experiments.vanishing_gradient.claims import VARIANCE
from gan_bench.experiments.vanishing_gradient.slopes import NORM


def end_interval(board: Board, method: str, units: int | None, metric: str, separation: float) -> Interval:
    """Interval of the last value over seeds."""
    curves = board.curves(method, units, metric, separation)
    values = curves.iloc[-1].dropna().to_numpy() if curves.size else np.empty(0)
    highest = 1.0 if metric == "accuracy" else None
    return interval(values, "identity" if metric in LINEAR else "log").within(0.0, highest)


def slope_table(board: Board) -> pd.DataFrame:
    """Fitted slopes and the norm at the end: a row per method, units and separation."""
    return pd.DataFrame(
        {
            "method": method,
            "units": units,
            "moved by": separation,
            "slope of |g|": text(board.slope_interval(method, units, NORM, separation)),
            "slope of tr Cov": text(board.slope_interval(method, units, VARIANCE, separation)),
            "|g| at the end": text(end_interval(board, method, units, NORM, separation)),
        }
        for method in board.methods
        for units in board.units
        for separation in board.separations
        if board.of(method, units)
    )


def end_table(board: Board, metrics: tuple[str, ...]) -> pd.DataFrame:
    """Last values of metrics: a row per method, units and separation."""
    return pd.DataFrame(
        {
            "method": method,
            "units": units,
            "moved by": separation,
            **{metric: text(end_interval(board, method, units, metric, separation)) for metric in metrics},
        }
        for method in board.methods
        for units in board.units
        for separation in board.separations
        if board.of(method, units)
    )
