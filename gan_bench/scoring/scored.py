"""What a score is: each value beside the band that real samples reach at the same count, as a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gan_bench.metrics.bands import Band
from gan_bench.metrics.descriptor import Descriptor

_LABEL_WIDTH = 30


@dataclass(frozen=True, kw_only=True)
class Scored(ABC):
    """Metrics of n samples against `against`, with the band of a perfect sampler of it at the same n.

    values and bands: metric name -> number, or Band over draws that took the very same way. given: samples
    handed in; n: those used.
    """

    against: str
    given: int
    n: int
    seed: int
    values: Mapping[str, float]
    bands: Mapping[str, Band]

    @property
    @abstractmethod
    def descriptors(self) -> Mapping[str, Descriptor]:
        """Metric name -> its unit, direction and range; some may have no value here."""

    @abstractmethod
    def heading(self) -> list[str]:
        """Lines above the table: what was measured against what."""

    def remarks(self) -> list[str]:
        """Lines below the table, on top of what the band is."""
        return []

    def used(self, kind: str) -> str:
        """Say how many samples were used, e.g. "300 points"."""
        if self.n == self.given:
            return f"{self.n:,} {kind}"
        return f"{self.n:,} of {self.given:,} {kind}, at random,"

    def as_frame(self) -> pd.DataFrame:
        """Return one row per metric: value, the band's median, low and high, and where the value lies."""
        rows = []
        for name, value in self.values.items():
            row, floor = self.descriptors[name], self.bands[name]
            rows.append(
                {
                    "metric": name,
                    "label": row.label,
                    "unit": row.unit,
                    "better": row.better if row.target is None else f"{row.target:.5g}",
                    "value": value,
                    "sampler_median": floor.median,
                    "sampler_low": floor.low,
                    "sampler_high": floor.high,
                    "position": floor.position(value),
                }
            )
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        """A table for a terminal, at most 100 columns wide unless labels are long."""
        frame = self.as_frame()
        width = max(_LABEL_WIDTH, frame["label"].str.len().max() + 1)
        lines = [
            *self.heading(),
            f"{'':{width}}{'value':>10}   {'perfect sampler [5 %, 95 %]':32} {'better':8} band",
        ]
        for row in frame.itertuples():
            floor = f"{row.sampler_median:.4g} [{row.sampler_low:.4g}, {row.sampler_high:.4g}]"
            lines.append(f"{row.label:{width}}{row.value:>10.4g}   {floor:32} {row.better:8} {row.position}")
        draws = next(iter(self.bands.values())).n
        lines.append(
            f"Perfect sampler: median and range of {draws} draws of the truth, same reference and size."
        )
        lines.append("It is no lower bound: copies of the reference score below it.")
        return "\n".join([*lines, *self.remarks()])
