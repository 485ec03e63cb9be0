"""What the figures of the critic surfaces are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from gan_bench.analysis.cells import Cell, end_values
from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.critic_surface.metrics import DESCRIPTORS
from gan_bench.experiments.critic_surface.settings import EXACT, EXPERIMENT


@dataclass(frozen=True)
class Board:
    """All cells of the experiment, and the look of every method of the run."""

    cells: tuple[Cell, ...]
    looks: dict[str, Look]

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Names of the data sets, in order."""
        return tuple(dict.fromkeys(cell.dataset for cell in self.cells))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels of the methods with rows, in order, without the exact potential."""
        return tuple(
            dict.fromkeys(c.label for c in self.cells if c.outcomes[0].job.method != EXACT and len(c.rows))
        )

    def exact(self, dataset: str) -> Cell | None:
        """The exact potential's cell on a data set."""
        mine = (c for c in self.cells if c.dataset == dataset and c.outcomes[0].job.method == EXACT)
        return next(mine, None)

    def cell(self, label: str, dataset: str) -> Cell | None:
        """A method's cell on a data set."""
        return next((c for c in self.cells if (c.label, c.dataset) == (label, dataset)), None)

    def ends(self, label: str, dataset: str, metric: str) -> pd.Series:
        """Value of each seed at the end; empty where there is none."""
        cell = self.cell(label, dataset)
        return pd.Series(dtype=float) if cell is None else end_values(cell, metric)

    def steepness(self) -> str:
        """How far methods are apart in steepness, on the data set where most, in words; or nothing."""
        factors = []
        for data in self.datasets:
            means = [ends.mean() for m in self.labels if len(ends := self.ends(m, data, "lipschitz_lower"))]
            if len(means) > 1 and min(means) > 0:
                factors.append(max(means) / min(means))
        return f" (steepest slopes by a factor of up to {max(factors):.2g} here)" if factors else ""

    def methods_with(self, metric: str) -> list[str]:
        """Labels of the methods that measured a metric."""
        return [m for m in self.labels if any(len(self.ends(m, data, metric)) for data in self.datasets)]

    def figure(
        self, part: str, title: str, caption: str, panels: Sequence[Panel], table: pd.DataFrame
    ) -> Figure:
        """Put panels together under the experiment's heading."""
        name = f"{EXPERIMENT}-{part}"
        return Figure(
            name,
            title,
            caption,
            tuple(panels),
            "results",
            EXPERIMENT,
            methods=self.labels,
            table=table,
            table_of="means over seeds at the end",
        )

    def end_table(self, metrics: Sequence[str]) -> pd.DataFrame:
        """Mean over seeds at the end: a row per data set and method, the exact potential first."""
        lines = []
        for dataset in self.datasets:
            for label in (EXACT, *self.labels):
                values = {metric: self.ends(label, dataset, metric) for metric in metrics}
                if any(len(series) for series in values.values()):
                    means = {metric: series.mean() for metric, series in values.items()}
                    lines.append({"method": label, "data set": dataset, **means})
        return pd.DataFrame(lines)


def by_dataset(ax: Axes, board: Board, metric: str) -> list[float]:
    """Draw seeds small, means and 95 % intervals of a metric: data sets side by side, methods within each.

    Returns every value drawn, for the limits.
    """
    methods, drawn = board.methods_with(metric), [0.0]
    for k, label in enumerate(methods):
        look = board.looks[label]
        shift = 0.7 * ((k + 0.5) / len(methods) - 0.5)
        for place, dataset in enumerate(board.datasets):
            values = board.ends(label, dataset, metric)
            if len(values):
                drawn += _mark(ax, place + shift, values, _interval(metric, values), look)
    ax.set_xticks(range(len(board.datasets)), board.datasets)
    ax.set_xlim(-0.5, len(board.datasets) - 0.5)
    ax.tick_params(axis="x", length=0)
    ax.grid(visible=False, axis="x")
    return drawn


def _mark(ax: Axes, place: float, values: pd.Series, interval: Interval, look: Look) -> list[float]:
    """Draw one cell: seeds small, the mean's marker, its interval as a bar; returns what was drawn."""
    seeds: dict[str, Any] = {"linestyle": "none", "markersize": 2.2, "markeredgewidth": 0, "alpha": 0.45}
    ax.plot([place + 0.045] * len(values), values, marker="o", **draw.of(look), **seeds)
    if interval.low is not None and interval.high is not None:
        ax.plot([place] * 2, [interval.low, interval.high], **draw.of(look), linewidth=1.4, alpha=0.7)
    ax.plot([place], [interval.centre], marker=look.marker, markersize=4.6, **draw.of(look))
    return [*values, *(end for end in (interval.low, interval.high) if end is not None)]


def _interval(metric: str, values: pd.Series) -> Interval:
    """Interval of the mean over seeds, cut to what the metric can be."""
    return t_interval(values.to_numpy()).within(*DESCRIPTORS[metric].range)


def named(ax: Axes, place: float, height: float, text: str) -> None:
    """Write the name of a dark line above its right end."""
    ax.annotate(
        text,
        (place, height),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7.5,
        color=INK,
    )


def said(board: Board, metric: str) -> str:
    """Every cell's mean and interval, for alt text."""
    parts = []
    for dataset in board.datasets:
        values = {label: board.ends(label, dataset, metric) for label in board.labels}
        texts = [f"{label} {_written(_interval(metric, v))}" for label, v in values.items() if len(v)]
        if texts:
            parts.append(f"{dataset}: {', '.join(texts)}")
    return "; ".join(parts)


def _written(interval: Interval) -> str:
    if not interval.known:
        return f"{interval.centre:.3g}"
    return f"{interval.centre:.3g} ({interval.low:.3g} to {interval.high:.3g})"
