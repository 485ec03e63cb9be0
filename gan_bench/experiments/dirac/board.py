"""What the claims and figures of the Dirac-GAN read: the numbers of each method beside what theory says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.experiments.dirac import theory
from gan_bench.experiments.dirac.schemes import Scheme, schemes, strengthened
from gan_bench.experiments.dirac.theory import Class, Linear

# (axis, at) of numbers at the method's own settings.
OWN = ("", math.nan)


@dataclass(frozen=True)
class Played:
    """The stored numbers of one method."""

    cell: Cell

    @property
    def label(self) -> str:
        """The method's name."""
        return self.cell.label

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of the job."""
        return self.cell.settings

    @property
    def described(self) -> Mapping[str, Any]:
        """The method, as `Method.describe` wrote it."""
        method: Mapping[str, Any] = self.settings["method"]
        return method

    @cached_property
    def schemes(self) -> list[Scheme]:
        """Schemes with a stored trajectory."""
        return [s for s in schemes(self.settings) if (f"radius_late_{s.key}", "start", 0.0) in self._values]

    @cached_property
    def linear(self) -> Linear | None:
        """The closed form at the method's own settings."""
        return theory.linear(self.described)

    @cached_property
    def _values(self) -> dict[tuple[str, str, float], float]:
        rows = self.cell.rows
        keys = zip(rows["metric"], rows["axis"].fillna(""), rows["at"].fillna(-1.0), strict=True)
        return {
            (str(m), str(a), float(at)): float(v) for (m, a, at), v in zip(keys, rows["value"], strict=True)
        }

    def value(self, metric: str, axis: str = "", at: float = math.nan) -> float:
        """One stored number, NaN where there is none."""
        return self._values.get((metric, axis, -1.0 if math.isnan(at) else float(at)), math.nan)

    def along(self, metric: str, axis: str) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates and values of a metric along an axis, in order."""
        found = sorted((at, v) for (m, a, at), v in self._values.items() if (m, a) == (metric, axis))
        table = np.array(found, dtype=float).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def eigenvalues(self, axis: str = "", at: float = math.nan) -> np.ndarray:
        """Measured eigenvalues, complex; empty where the field jumps."""
        parts = [[self.value(f"eigenvalue_{k}_{p}", axis, at) for p in ("real", "imag")] for k in (1, 2, 3)]
        return np.array([complex(*part) for part in parts if not math.isnan(part[0])])

    def one_sided(self, axis: str = "", at: float = math.nan) -> np.ndarray:
        """Measured one-sided limits of psi's velocity, (2,)."""
        return np.array([self.value(f"one_sided_{side}", axis, at) for side in ("below", "above")])

    def strengths(self) -> Iterator[tuple[str, float, Mapping[str, Any]]]:
        """(axis, at, the method there): its own strength first, then those swept."""
        yield (*OWN, self.described)
        swept = {(a, at) for (m, a, at) in self._values if m == "one_sided_above" and a}
        for axis, at in sorted(swept):
            yield axis, at, strengthened(self.described, axis, at)

    def deviations(self) -> list[float]:
        """|measured - closed form| of eigenvalues, one-sided limits and multipliers that have one."""
        found: list[float] = []
        for axis, at, described in self.strengths():
            field, height = theory.linear(described), theory.jump(described)
            if field is not None:
                found += _apart(self.eigenvalues(axis, at), field.eigenvalues)
            elif height is not None:
                found += _apart(self.one_sided(axis, at), np.array([-height, height]))
        return found + (self._multiplier_deviations(self.linear) if self.linear else [])

    def _multiplier_deviations(self, field: Linear) -> list[float]:
        found: list[float] = []
        for scheme in self.schemes:
            hs, radii = self.along(f"multiplier_{scheme.key}", "step size")
            wanted = [theory.radius(field, h, scheme.updates, scheme.n_critic) for h in hs]
            found += _apart(radii, np.array(wanted))
        counts, radii = self.along("multiplier_alternating", "critic steps")
        step = self.settings["step_size"]
        return found + _apart(
            radii, np.array([theory.radius(field, step, "alternating", int(n)) for n in counts])
        )

    def path_class(self, key: str, axis: str = "start", at: float = 0.0) -> Class:
        """The class of a stored trajectory."""
        names = ("radius_start", "radius_middle", "radius_late", "movement_late")
        return theory.classify(*(self.value(f"{name}_{key}", axis, at) for name in names))

    def predicted(self, scheme: Scheme) -> frozenset[Class]:
        """The classes that theory allows; empty where it says nothing."""
        step, steps = self.settings["step_size"], self.settings["steps"]
        return theory.predicted(self.described, step, steps, scheme.updates, scheme.n_critic)


def played(run: Any) -> list[Played]:
    """All methods of a run with stored numbers, in order."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == "dirac"]
    return [Played(cell) for cell in cells if len(cell.rows)]


def _apart(measured: np.ndarray, wanted: np.ndarray) -> list[float]:
    """Distances, one each, of sizes above 1 as a share; infinite where numbers are missing or not finite."""
    if len(measured) != len(wanted):
        return [math.inf] * max(len(wanted), 1)
    distances = np.abs(measured - wanted) / np.maximum(1.0, np.abs(wanted))
    return [float(d) if math.isfinite(d) else math.inf for d in distances]
