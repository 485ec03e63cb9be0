"""What the training figures of one data set are drawn from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, curve_size
from gan_bench.analysis.curves import last_points, median_curve, seed_curves
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments.figures import LARGEST
from gan_bench.metrics.bands import Band

STEP = "generator step"


@dataclass(frozen=True)
class Board:
    """All that the figures of one data set are drawn from."""

    dataset: str
    cells: tuple[Cell, ...]
    reference: Cell | None
    looks: dict[str, Look]

    @cached_property
    def ran(self) -> tuple[Cell, ...]:
        """Cells with rows."""
        return tuple(cell for cell in self.cells if len(cell.rows))

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Labels of the cells with rows."""
        return tuple(cell.label for cell in self.ran)

    @cached_property
    def _sizes(self) -> dict[str, float]:
        return {}

    @cached_property
    def _curves(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {}

    def size(self, metric: str) -> float:
        """Sample size of the curves of a metric, NaN where it has none."""
        if metric not in self._sizes:
            self._sizes[metric] = curve_size(self.ran, metric)
        return self._sizes[metric]

    def has(self, metric: str) -> list[Cell]:
        """Cells that measured a metric."""
        return [cell for cell in self.ran if metric in cell.metrics]

    def band(self, metric: str) -> Band | None:
        """Perfect sampler's band at the sample size of the curves."""
        return band(self.reference, metric, self.size(metric))

    def curves(self, cell: Cell, metric: str) -> pd.DataFrame:
        """Seeds as columns over steps, at the sample size of the curves."""
        if (cell.key, metric) not in self._curves:
            curves = seed_curves(cell, metric, self.size(metric)).clip(-LARGEST, LARGEST)
            self._curves[cell.key, metric] = curves
        return self._curves[cell.key, metric]

    def figure(
        self, part: str, title: str, caption: str, panels: Sequence[Panel], table: pd.DataFrame
    ) -> Figure:
        """Put panels of this data set together."""
        name = f"{part}-{self.dataset}"
        return Figure(
            name,
            title,
            caption,
            tuple(panels),
            "dynamics",
            self.dataset,
            methods=self.methods,
            table=table,
            table_of="medians over seeds",
        )

    def median(self, cell: Cell, metric: str) -> pd.Series:
        """Median over seeds; for distances diverged seeds count as infinitely far."""
        curves = self.curves(cell, metric)
        lost = len(last_points(cell, curves)) if metric in ("w1", "js") else 0
        return median_curve(curves, lost)

    def end_table(self, metrics: Sequence[str]) -> pd.DataFrame:
        """Median over seeds at the last step, a row per method."""
        present = [metric for metric in metrics if self.has(metric)]
        rows: list[dict[str, Any]] = [
            {"method": cell.label, **{m: last(self.median(cell, m)) for m in present}} for cell in self.ran
        ]
        return pd.DataFrame(rows)


def last(curve: pd.Series) -> float:
    """Last number of a curve, NaN where it has none."""
    known = curve.dropna()
    return float(known.iloc[-1]) if len(known) else math.nan
