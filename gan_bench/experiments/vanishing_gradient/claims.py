"""What the experiment says of the claim `vanishing-gradient`. Margins were fixed before any run.

Minimax at most -1 per decade: where the supports are apart the discriminator's loss falls at least as
1 / steps (logistic loss on separable data, Soudry et al. 2018), and the gradient falls with it. Penalised:
within .2 of flat. Where supports overlap: "does not vanish" is flat or growing within the same .2, and
refuted by a slope that would count as vanishing.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.verdicts import Evidence, Part, at_least, at_most, untested, within
from gan_bench.experiments.vanishing_gradient.slopes import log_curves, mean_over_units, slopes

VANISHES = -1.0
FLAT = 0.2
MINIMAX, NON_SATURATING, PENALISED = "gan", "nsgan", "wgan-gp"
NORM, VARIANCE = "generator_gradient_norm", "gradient_variance"
PER_DECADE = "decades per decade of critic steps"


def claims(run: Any) -> list[Evidence]:
    """Return the evidence, one part per method and separation; seeds are averaged over frozen generators."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == "vanishing-gradient"]
    if not cells:
        return []
    judged = Judged(cells)
    parts = [part for separation in judged.apart for part in judged.parts_apart(separation)]
    parts += [judged.overlapping(), judged.early()]
    return [Evidence("vanishing-gradient", tuple(parts), "gradient-over-steps", judged.remark())]


class Judged:
    """The cells of one run, by method, and what is asked of them."""

    def __init__(self, cells: list[Cell]) -> None:
        self.settings = cells[0].settings
        self.by_method: dict[str, list[Cell]] = {}
        for cell in cells:
            if not cell.skip:
                self.by_method.setdefault(cell.outcomes[0].job.method, []).append(cell)
        self.apart = [s for s in self.settings["separations"] if s >= self.settings["apart"]]
        self.overlap = [s for s in self.settings["separations"] if s == 0]

    def parts_apart(self, separation: float) -> list[Part]:
        """What is asked where the output is moved so far that the supports are apart."""
        at = f"moved by {separation:g}"
        return [
            self._slope(
                at_most, MINIMAX, NORM, f"minimax gradient, {at}: slope at most -1", separation, VANISHES
            ),
            self._slope(
                at_least,
                NON_SATURATING,
                NORM,
                f"non-saturating gradient, {at}: slope above 0",
                separation,
                0.0,
            ),
            self._slope(
                at_least,
                NON_SATURATING,
                VARIANCE,
                f"variance of the non-saturating gradient, {at}: slope above 0",
                separation,
                0.0,
            ),
            self._flat(f"gradient under the penalty, {at}: slope within ±0.2", separation),
        ]

    def overlapping(self) -> Part:
        """Minimax where nothing was moved."""
        statement = "minimax gradient where supports overlap (not moved): slope above -0.2"
        if not self.overlap:
            return untested(statement, "no separation of 0", PER_DECADE)
        values = self.slopes(MINIMAX, NORM, 0.0).to_numpy()
        return at_least(
            statement, values, -FLAT, refuted_below=VANISHES, planned=self._planned(MINIMAX), unit=PER_DECADE
        )

    def early(self) -> Part:
        """Goodfellow's comparison, on one generator and, loss for loss, one and the same discriminator."""
        statement = (
            "early in training (fewest units, first decade of the fit, not moved) the non-saturating "
            "gradient exceeds the minimax one: log10 ratio above 0"
        )
        pair = [self._earliest(method) for method in (NON_SATURATING, MINIMAX)]
        if not self.overlap or any(cell is None for cell in pair):
            return untested(statement, "gan, nsgan or the separation of 0 is absent", "decades")
        first, second = (self._first_decade(cell) for cell in pair if cell is not None)
        difference = (first - second).dropna().to_numpy()
        return at_least(statement, difference, 0.0, planned=self._planned(MINIMAX), unit="decades")

    def slopes(self, method: str, metric: str, separation: float) -> pd.Series:
        """Mean slope over the frozen generators, a value per seed."""
        return mean_over_units([slopes(cell, metric, separation) for cell in self.by_method.get(method, [])])

    def remark(self) -> str:
        """How far apart the supports really were, and why a near miss may be one."""
        gaps = [
            f"{gap:.2g} when moved by {separation:g}"
            for separation in self.settings["separations"]
            if (gap := self._smallest_gap(separation)) is not None
        ]
        if not gaps:
            return ""
        return (
            f"Smallest distance seen between a real and a fake point: {', '.join(gaps)}. The slope is "
            "that of the whole fitted range: the nearer the supports, the longer the critic needs to tell "
            "them apart, and the later the minimax gradient begins to fall."
        )

    def _slope(
        self, rule: Any, method: str, metric: str, statement: str, separation: float, margin: float
    ) -> Part:
        if method not in self.by_method:
            return untested(statement, f"{method} is absent", PER_DECADE)
        values = self.slopes(method, metric, separation).to_numpy()
        part: Part = rule(statement, values, margin, planned=self._planned(method), unit=PER_DECADE)
        return part

    def _flat(self, statement: str, separation: float) -> Part:
        if PENALISED not in self.by_method:
            return untested(statement, f"{PENALISED} is absent", PER_DECADE)
        values = self.slopes(PENALISED, NORM, separation).to_numpy()
        return within(statement, values, -FLAT, FLAT, planned=self._planned(PENALISED), unit=PER_DECADE)

    def _planned(self, method: str) -> int:
        return max((len(cell.status) for cell in self.by_method.get(method, [])), default=0)

    def _earliest(self, method: str) -> Cell | None:
        return min(self.by_method.get(method, []), key=lambda cell: cell.settings["units"], default=None)

    def _first_decade(self, cell: Cell) -> pd.Series:
        curves = log_curves(cell, NORM, 0.0)
        low = cell.settings["fit_from"]
        return curves[(curves.index >= low) & (curves.index <= 10 * low)].mean()

    def _smallest_gap(self, separation: float) -> float | None:
        gaps = [
            cell.of("support_gap", separation)["value"] for group in self.by_method.values() for cell in group
        ]
        known = [float(values.min()) for values in gaps if len(values)]
        return min(known) if known else None
