"""Differences between runs as a person reads them: per cent, points of a share, or the metric's own unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from gan_bench.analysis.environments import Change
from gan_bench.metrics.descriptor import Scale
from gan_bench.report.numbers import MINUS, NONE, number, plain_text

Size = tuple[float, float | None, float | None]
# Ratios beyond are told as times, not as per cent.
_PLAIN = 3.0
# Characters that tell a commit or a digest, and the most of a value that a line has room for.
_SHORT, _LONGEST = 8, 60


def size_words(size: Size, scale: Scale, unit: str = "") -> tuple[str, str]:
    """Write a ratio or difference and its interval: ("+62 %", "[41, 86] %"); no ends where there are none."""
    centre, low, high = size
    if math.isnan(centre):
        return NONE, ""
    if scale == "log":
        told = (centre, *(end for end in (low, high) if end is not None))
        plain = all(1 / _PLAIN < ratio < _PLAIN for ratio in told)
        scaled = [None if r is None else 100 * (r - 1) if plain else r for r in size]
        return _written(scaled, "%" if plain else "times", signed=plain)
    if unit == "share":
        return _written([None if d is None else 100 * d for d in size], "points", signed=True)
    return _written(list(size), "", signed=True)


def environment_words(changes: Sequence[Change], most: int = 6) -> list[str]:
    """One short text per difference, the telling ones first; the rest as a count."""
    texts = [
        f"{change.name.removeprefix('packages.')} {_brief(change.old)} → {_brief(change.new)}"
        for change in changes
    ]
    return texts if len(texts) <= most else [*texts[: most - 1], f"{len(texts) - most + 1} more"]


def change_lines(changes: Iterable[Change]) -> list[tuple[str, str, str]]:
    """Name, old and new of every difference, in full."""
    return [(change.name, plain_text(change.old), plain_text(change.new)) for change in changes]


def probability(p: float) -> str:
    """Write a p value: two digits, `below .0001` where it is tiny."""
    if math.isnan(p):
        return NONE
    if p < 1e-4:
        return "< 0.0001"
    return f"{p:.4f}" if p < 0.01 else f"{p:.2f}"


def _written(values: Sequence[float | None], unit: str, *, signed: bool) -> tuple[str, str]:
    texts = [None if value is None else _plain(value) for value in values]
    centre, low, high = values[0], texts[1], texts[2]
    sign = "+" if signed and centre is not None and centre > 0 else ""
    after = f" {unit}" if unit else ""
    ends = f"[{low}, {high}]{after}" if low is not None and high is not None else ""
    return f"{sign}{texts[0]}{after}", ends


def _plain(value: float) -> str:
    if 10 <= abs(value) < 1000:
        return f"{value:.0f}".replace("-", MINUS)
    return number(value, 2)


def _brief(value: Any) -> str:
    text = plain_text(value)
    if len(text) > _LONGEST:
        return f"{text[: _LONGEST - 1]}…"
    hexadecimal = len(text) >= 2 * _SHORT and all(character in "0123456789abcdef" for character in text)
    return text[:_SHORT] if hexadecimal else text
