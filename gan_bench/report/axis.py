"""An axis for hand-drawn figures: values to places, and a handful of round ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable

# Ends that are closer than this share of themselves are drawn apart all the same.
_LEAST = 0.05


class Axis:
    """A logarithmic or linear axis over finite values, with room at both ends; `length` in any unit.

    Values must be positive on a logarithmic axis, or there is no place for them (None).
    """

    def __init__(self, values: Iterable[float], *, log: bool, length: float = 100.0) -> None:
        self.log, self.length = log, length
        known = [self._scaled(v) for v in values if math.isfinite(v) and (v > 0 or not log)]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        least = math.log10(1 + _LEAST) if log else _LEAST * max(abs(low), abs(high)) or 1.0
        room = max(0.08 * (high - low), least)
        self.low, self.high = low - room, high + room

    def __call__(self, value: float) -> float | None:
        """Return a value's place from the axis's start, to a hundredth; None where it has none."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return None
        share = (self._scaled(value) - self.low) / (self.high - self.low)
        return round(self.length * min(max(share, 0.0), 1.0), 2)

    def ticks(self, least: int = 3) -> tuple[tuple[float, str], ...]:
        """Return places and labels of round values, at least so many where the axis has them."""
        found = self._decades(least) if self.log else []
        if len(found) < least:
            found = self._steps(least)
        return tuple((place, f"{v:.4g}") for v in found if (place := self(v)) is not None)

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def _decades(self, least: int) -> list[float]:
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        found: list[float] = []
        for leads in ((1,), (1, 3), (1, 2, 5)):
            found = [lead * 10.0**d for d in decades for lead in leads]
            found = [v for v in found if self.low <= math.log10(v) <= self.high]
            if len(found) >= least:
                break
        return found

    def _steps(self, least: int) -> list[float]:
        """Multiples of 1, 2 or 5 times a power of ten between the ends."""
        low, high = (10**self.low, 10**self.high) if self.log else (self.low, self.high)
        power = math.floor(math.log10(high - low))
        for exponent in (power, power - 1):
            for lead in (5, 2, 1):
                step = lead * 10.0**exponent
                first, last = math.ceil(low / step), math.floor(high / step)
                if last - first + 1 >= least:
                    return [k * step for k in range(first, last + 1)]
        return []
