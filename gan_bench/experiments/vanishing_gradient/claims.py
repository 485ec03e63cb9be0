"""What the experiment says of the claim `vanishing-gradient`. Margins were fixed before any run.

Minimax at most -1 per decade: where the supports are apart the discriminator's loss falls at least as
1 / steps (logistic loss on separable data, Soudry et al. 2018), and the gradient falls with it; refuted by a
slope above -.2, that is flat or growing. Penalised: within .2 of flat. Where supports overlap: "does not
vanish" is flat or growing within the same .2, and refuted by a slope that would count as vanishing. Supports
count as apart where the output was moved by the settings' `apart` or more and no real point touches a fake.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.verdicts import Evidence, Part, at_least, at_most, untested, within
from gan_bench.experiments.vanishing_gradient.groups import grouped
from gan_bench.experiments.vanishing_gradient.slopes import NORM, log_curves, mean_over_units, slopes

VANISHES = -1.0
FLAT = 0.2
MINIMAX, NON_SATURATING, PENALISED = "gan", "nsgan", "wgan-gp"
VARIANCE = "gradient_variance"
PER_DECADE = "decades per decade of critic steps"


def claims(run: Any) -> list[Evidence]:
    """Return the evidence: one part per data set, method and separation, averaged over frozen generators."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == "vanishing-gradient"]
    if not cells:
        return []
    groups = grouped([cell for cell in cells if not cell.skip] or cells)
    judged = [Judged(group, name if len(groups) > 1 else "") for name, group in groups.items()]
    figure = f"gradient-over-steps-{judged[0].dataset}" if len(groups) > 1 else "gradient-over-steps"
    parts = tuple(part for one in judged for part in one.parts())
    return [Evidence("vanishing-gradient", parts, figure, " ".join(filter(None, map(_remark, judged))))]


def _remark(judged: Judged) -> str:
    """How far apart the supports really were, and why a near miss may be one."""
    gaps = [
        f"{gap:.2g} when moved by {separation:g}"
        for separation in judged.settings["separations"]
        if (gap := judged.smallest_gap(separation)) is not None
    ]
    if not gaps:
        return ""
    return (
        f"{judged.prefix}Smallest distance seen between a real and a fake point: {', '.join(gaps)}. The "
        "slope is that of the whole fitted range: the nearer the supports, the longer the critic needs to "
        "tell them apart, and the later the minimax gradient begins to fall."
    )


class Judged:
    """The cells of one data set, by method, and what is asked of them; dataset is named where it is given."""

    def __init__(self, cells: list[Cell], dataset: str = "") -> None:
        self.dataset, self.prefix = dataset, f"{dataset}: " if dataset else ""
        self.settings = cells[0].settings
        self.by_method: dict[str, list[Cell]] = {}
        for cell in (cell for cell in cells if not cell.skip):
            self.by_method.setdefault(cell.outcomes[0].job.method, []).append(cell)
        self.apart = [s for s in self.settings["separations"] if s >= self.settings["apart"]]
        self.overlap = [s for s in self.settings["separations"] if s == 0]

    def parts(self) -> list[Part]:
        """All parts, those that cannot be tested included."""
        apart = [part for separation in self.apart for part in self._parts_apart(separation)]
        return [*(apart or self._parts_apart(None)), self._overlapping(), self._early()]

    def _parts_apart(self, separation: float | None) -> list[Part]:
        """What is asked where the supports are apart; None where no output was moved so far."""
        far = f"at least {self.settings['apart']:g}" if separation is None else f"{separation:g}"
        why = self._not_apart(separation)
        return [
            untested(self.prefix + statement, why or f"{method} is absent", PER_DECADE)
            if separation is None or why or method not in self.by_method
            else self._judged(judge, method, metric, statement, separation)
            for judge, method, metric, statement in _asked(f"moved by {far}")
        ]

    def _not_apart(self, separation: float | None) -> str:
        """Why the supports cannot be said to be apart; empty where they are."""
        if separation is None:
            return f"no separation of {self.settings['apart']:g} or more"
        gap = self.smallest_gap(separation)
        if gap is None:
            return "no distance between real and fake points was measured"
        return "" if gap > 0 else f"the supports are not apart: a real and a fake point are {gap:g} apart"

    def _judged(self, judge: Any, method: str, metric: str, statement: str, separation: float) -> Part:
        values = self.slopes(method, metric, separation).to_numpy()
        part: Part = judge(self.prefix + statement, values, self._planned(method))
        return part

    def _overlapping(self) -> Part:
        """Minimax where nothing was moved."""
        statement = f"{self.prefix}minimax gradient where supports overlap (not moved): slope above -0.2"
        if not self.overlap:
            return untested(statement, "no separation of 0", PER_DECADE)
        if MINIMAX not in self.by_method:
            return untested(statement, f"{MINIMAX} is absent", PER_DECADE)
        values = self.slopes(MINIMAX, NORM, 0.0).to_numpy()
        return at_least(
            statement, values, -FLAT, refuted_below=VANISHES, planned=self._planned(MINIMAX), unit=PER_DECADE
        )

    def _early(self) -> Part:
        """Goodfellow's comparison, on one generator and, loss for loss, one and the same discriminator."""
        statement = (
            f"{self.prefix}early in training (fewest units, first decade of the fit, not moved) the "
            "non-saturating gradient exceeds the minimax one: log10 ratio above 0"
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

    def smallest_gap(self, separation: float) -> float | None:
        """Smallest distance between a real and a fake point, over all seeds and units."""
        gaps = [
            cell.of("support_gap", separation)["value"] for group in self.by_method.values() for cell in group
        ]
        known = [float(values.min()) for values in gaps if len(values)]
        return min(known) if known else None

    def _planned(self, method: str) -> int:
        return max((len(cell.status) for cell in self.by_method.get(method, [])), default=0)

    def _earliest(self, method: str) -> Cell | None:
        return min(self.by_method.get(method, []), key=lambda cell: cell.settings["units"], default=None)

    def _first_decade(self, cell: Cell) -> pd.Series:
        curves = log_curves(cell, NORM, 0.0)
        low = cell.settings["fit_from"]
        return curves[(curves.index >= low) & (curves.index <= 10 * low)].mean()


def _asked(at: str) -> list[tuple[Any, str, str, str]]:
    """(judge, method, metric, statement) of all that is asked where the supports are apart."""
    return [
        (_falls, MINIMAX, NORM, f"minimax gradient, {at}: slope at most -1"),
        (_grows, NON_SATURATING, NORM, f"non-saturating gradient, {at}: slope above 0"),
        (_grows, NON_SATURATING, VARIANCE, f"variance of the non-saturating gradient, {at}: slope above 0"),
        (_flat, PENALISED, NORM, f"gradient under the penalty, {at}: slope within ±0.2"),
    ]


def _falls(statement: str, values: Any, planned: int) -> Part:
    return at_most(statement, values, VANISHES, refuted_above=-FLAT, planned=planned, unit=PER_DECADE)


def _grows(statement: str, values: Any, planned: int) -> Part:
    return at_least(statement, values, 0.0, planned=planned, unit=PER_DECADE)


def _flat(statement: str, values: Any, planned: int) -> Part:
    return within(statement, values, -FLAT, FLAT, planned=planned, unit=PER_DECADE)
