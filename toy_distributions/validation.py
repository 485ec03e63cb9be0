"""Checks of parameters: each returns the value in its proper type or raises a ValueError that names it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from numbers import Real


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` - did you mean "..."?` for the closest known name, or nothing."""
    close = difflib.get_close_matches(name.lower().replace("_", "-"), list(known), n=1, cutoff=0.5)
    return f' - did you mean "{close[0]}"?' if close else ""


def number(name: str, value: object) -> float:
    """A finite real number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value!r}")
    return float(value)


def positive(name: str, value: object) -> float:
    """A finite real number above 0."""
    if number(name, value) <= 0:
        raise ValueError(f"{name} must be above 0, not {value!r}")
    return number(name, value)


def not_negative(name: str, value: object) -> float:
    """A finite real number, 0 or more."""
    if number(name, value) < 0:
        raise ValueError(f"{name} must be 0 or more, not {value!r}")
    return number(name, value)


def between(name: str, value: object, low: float, high: float, meaning: str) -> float:
    """A finite real number in [low, high]; meaning describes the range in words."""
    if not low <= number(name, value) <= high:
        raise ValueError(f"{name} must lie in {meaning}, not {value!r}")
    return number(name, value)


def count(name: str, value: object, low: int, high: int = 10_000) -> int:
    """A whole number in [low, high]; 8.0 is refused, as it usually is a mistake."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return value


def shares(name: str, values: object) -> tuple[float, ...]:
    """Relative weights, each above 0 -> the same, scaled to sum 1."""
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ValueError(f"{name} must be a list of numbers, not {values!r}")
    parts = [positive(f"{name}[{place}]", value) for place, value in enumerate(values)]
    total = math.fsum(parts)
    return tuple(part / total for part in parts)
