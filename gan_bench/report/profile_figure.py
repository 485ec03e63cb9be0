"""The performance profile as a drawing: which share of seeds ends within a multiple of a perfect sampler."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gan_bench.report.axis import Axis

# In units of the drawing, which the page scales to its own width.
WIDTH, HEIGHT = 640.0, 260.0
LEFT, BOTTOM, TOP, RIGHT = 46.0, 40.0, 8.0, 8.0


@dataclass(frozen=True)
class Shares:
    """One method: at each of `times` the share of its seeds that end within it, with pointwise ends."""

    label: str
    times: tuple[float, ...]
    shares: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class Curve:
    """One method's line, its band (empty without intervals) as SVG paths, and places of its markers."""

    label: str
    path: str
    band: str
    marks: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Profile:
    """All curves with the places of both axes' ticks: (place, label)."""

    curves: tuple[Curve, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    floor: float = HEIGHT - BOTTOM


# Places of a line's markers, as shares of its seeds; by turns, so that they do not lie on each other.
_MARKED = (0.3, 0.6, 0.9)


def profile_figure(methods: Sequence[Shares]) -> Profile | None:
    """Lay out the curves on a logarithmic axis of multiples, or None where no finite multiple is known."""
    known = [x for one in methods for x in one.times if math.isfinite(x) and x > 0]
    if not known:
        return None
    axis = Axis(known, log=True, length=WIDTH - LEFT - RIGHT)
    return Profile(
        curves=tuple(_curve(one, axis, 0.25 * k / len(methods)) for k, one in enumerate(methods)),
        across=tuple((_moved(place), label) for place, label in axis.ticks()),
        up=tuple((_height(share), f"{100 * share:.0f} %") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )


def _curve(one: Shares, axis: Axis, shift: float) -> Curve:
    points = [
        (x, s, low, high) for x, s, low, high in zip(one.times, one.shares, one.low, one.high, strict=True)
    ]
    placed = [(_moved(place), s, low, high) for x, s, low, high in points if (place := axis(x)) is not None]
    line = [(x, s) for x, s, _, _ in placed]
    under = [(x, low) for x, _, low, _ in placed if low is not None]
    over = [(x, high) for x, _, _, high in placed if high is not None]
    whole = len(under) == len(over) == len(placed) and placed
    reached = (next(((x, s) for x, s in line if s >= share - shift), None) for share in _MARKED)
    marks = tuple((x, _height(s)) for x, s in filter(None, reached))
    # What the last step reaches is seen only if the line goes on.
    path = f"{_steps(line)}H{WIDTH - RIGHT:g}" if line else ""
    return Curve(one.label, path, f"{_steps(over)}L{_back(under)}Z" if whole else "", marks)


def _moved(place: float) -> float:
    return round(LEFT + place, 1)


def _height(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """A staircase that rises at each point and stays until the next."""
    if not points:
        return ""
    first, *others = points
    return f"M{first[0]:g} {_height(first[1]):g}" + "".join(f"H{x:g}V{_height(y):g}" for x, y in others)


def _back(points: Sequence[tuple[float, float]]) -> str:
    """The same staircase walked back, from its right end."""
    x, y = points[-1]
    steps = "".join(f"V{_height(y):g}H{x:g}" for x, y in reversed(points[:-1]))
    return f"{x:g} {_height(y):g}{steps}"
