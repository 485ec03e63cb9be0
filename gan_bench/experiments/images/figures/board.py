"""What the figures of one contest of images are drawn from: metrics are asked for by family."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, curve_size, end_size, end_values
from gan_bench.analysis.curves import seed_curves
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.analysis.rankings import Contest, named
from gan_bench.experiments.figures import LARGEST
from gan_bench.harness.outcome import Status
from gan_bench.metrics.bands import Band

FAMILIES = (
    "fid",
    "kid",
    "inception_score",
    "classes_covered",
    "class_kl",
    "class_share",
    "class_accuracy",
    "conditional_accuracy",
    "nearest_distance",
    "images_per_second",
    "steps_per_second",
    "peak_memory",
    "evaluation_share",
)


@dataclass(frozen=True)
class Board:
    """One contest with the looks of its methods."""

    contest: Contest
    looks: Mapping[str, Look]

    @cached_property
    def ran(self) -> tuple[Cell, ...]:
        """Cells with rows."""
        return tuple(cell for cell in self.contest.cells if len(cell.rows))

    @cached_property
    def names(self) -> dict[str, str]:
        """Metric of each family; no two extractors meet in one contest."""
        return named(self.ran, FAMILIES)

    def label(self, kind: str) -> str:
        """Label of a family's metric, which carries the extractor's name."""
        name = self.names.get(kind, kind)
        described = (cell.descriptors[name] for cell in self.ran if name in cell.descriptors)
        return str(next(described, {}).get("label", name))

    def fact(self, name: str) -> Any:
        """A fact that all jobs of the contest share, None where none has it."""
        facts = (outcome.facts for cell in self.ran for outcome in cell.outcomes)
        return next((said[name] for said in facts if name in said), None)

    def has(self, kind: str) -> list[Cell]:
        """Cells that measured a family."""
        name = self.names.get(kind)
        return [cell for cell in self.ran if name and len(cell.of(name))]

    def size(self, kind: str) -> float:
        """Number of images behind a family's curves."""
        return curve_size(self.ran, self.names.get(kind, kind))

    def band(self, kind: str, size: float) -> Band | None:
        """Perfect sampler's band of a family at a number of images."""
        return band(self.contest.reference, self.names[kind], size) if kind in self.names else None

    def curves(self, cell: Cell, kind: str) -> pd.DataFrame:
        """Seeds as columns over steps, at the sample size of the curves."""
        return seed_curves(cell, self.names[kind], self.size(kind)).clip(-LARGEST, LARGEST)

    def whole_curves(self, cell: Cell, kind: str) -> pd.DataFrame:
        """As curves, with every diverged seed, and up to the planned end where some did; NaN where lost."""
        curves, lost = self.curves(cell, kind), diverged(cell)
        if not lost:
            return curves
        steps, seeds = {*curves.index, last_step(cell)}, {*curves.columns, *lost}
        return curves.reindex(index=sorted(steps), columns=sorted(seeds))

    def worst(self, kind: str) -> float:
        """What a diverged seed counts as: infinity, or the lower end of a range where more is better."""
        name = self.names.get(kind, kind)
        described = next((cell.descriptors[name] for cell in self.ran if name in cell.descriptors), {})
        if described.get("better") != "higher":
            return math.inf
        lowest = (described.get("range") or (None,))[0]
        return -math.inf if lowest is None else float(lowest)

    def median(self, cell: Cell, kind: str) -> pd.Series:
        """Median over seeds by step, diverged ones at the worst; infinite where the median itself is lost."""
        curves, lost = self.whole_curves(cell, kind), diverged(cell)
        return curves.fillna(dict.fromkeys(lost, self.worst(kind))).median(axis=1)

    def ends(self, cell: Cell, kind: str) -> pd.Series:
        """End values of the completed seeds at the largest number of images, by seed."""
        name = self.names.get(kind, kind)
        return end_values(cell, name, end_size(self.ran, name))

    def median_of_all(self, cell: Cell, kind: str) -> float:
        """Median of the end values, diverged seeds at the worst; NaN where none ended."""
        values = [*self.ends(cell, kind), *(self.worst(kind) for _ in diverged(cell))]
        return float(pd.Series(values, dtype=float).median())

    def figure(
        self,
        part: str,
        title: str,
        caption: str,
        panels: Sequence[Panel] = (),
        table: pd.DataFrame | None = None,
        *,
        section: Literal["dynamics", "clouds"] = "dynamics",
        layout: Literal["grid", "tiles", "table"] = "grid",
        table_of: str = "",
        methods: Sequence[str] = (),
    ) -> Figure:
        """Put panels of this contest together, under its title."""
        return Figure(
            f"{part}-{self.contest.title}",
            title,
            caption,
            tuple(panels),
            section,
            self.contest.title,
            layout=layout,
            methods=tuple(methods),
            table=table,
            table_of=table_of,
        )


def diverged(cell: Cell) -> list[int]:
    """Seeds that diverged."""
    return [seed for seed, status in cell.status.items() if status.status is Status.DIVERGED]


def last_step(cell: Cell) -> int:
    """The generator step at which training was to end."""
    return int(setting(cell, "steps") or 0)


def end_of(cell: Cell, curve: pd.Series) -> float:
    """Value of a curve by step where training was to end, NaN where it has none there."""
    return float(curve.get(last_step(cell), math.nan))


def in_words(value: float) -> str:
    """A median at the end: a number, `lost` where it is infinite, or `none`."""
    return "lost" if math.isinf(value) else "none" if math.isnan(value) else f"{value:.3g}"


def setting(cell: Cell, name: str) -> Any:
    """A setting of the cell; a table without entries where there is none."""
    return cell.settings.get(name, {})
