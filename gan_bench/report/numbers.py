"""Numbers as a person reads them: few digits, no stray exponents, intervals in brackets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.intervals import Interval

NONE, MINUS, TIMES = "\N{EN DASH}", "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_HOUR, _MINUTE = 3600, 60
_MOST_DIGITS = 6


@dataclass(frozen=True)
class Entry:
    """A number of a table: its text, and the number itself to sort by; None where there is none."""

    text: str
    value: float | None


def entry(value: float, unit: str = "", digits: int = 3) -> Entry:
    """Return the entry of a value of a metric, infinity included; a dash without value for NaN."""
    return Entry(NONE, None) if math.isnan(value) else Entry(measured(value, unit, digits), value)


def number(value: Any, digits: int = 3) -> str:
    """Write a number with so many significant digits; integers in full, NaN and None as a dash."""
    if value is None or isinstance(value, str | bool):
        return NONE if value is None else str(value)
    x = float(value)
    if math.isnan(x):
        return NONE
    if math.isinf(x):
        return "∞" if x > 0 else f"{MINUS}∞"
    if x == int(x) and abs(x) < 1e9:
        return f"{int(x):,}".replace("-", MINUS)
    if not 1e-4 <= abs(x) < 1e6:
        return _scientific(x, digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(x))))
    return f"{x:,.{decimals}f}".replace("-", MINUS)


def p_value(p: float) -> str:
    """Write a p value: `p = .03`, `p < .001`; as many digits as one needs."""
    if p < 1e-3:
        return "p < .001"
    text = f"{p:.3f}" if p < 0.01 else f"{p:.2f}"
    return f"p = {text.removeprefix('0')}"


def share_ends(low: float, high: float, margin: float) -> str:
    """Write the ends of a share in per cent, `[46, 73]`, with as many decimals as tell them from a margin."""
    texts = [f"{100 * end:.0f}" for end in (low, high)]
    for decimals in (1, 2):
        ends = zip((low, high), texts, strict=True)
        if not any(float(text) == 100 * margin != 100 * end for end, text in ends):
            break
        texts = [f"{100 * end:.{decimals}f}" for end in (low, high)]
    return f"[{', '.join(texts)}]"


def _scientific(x: float, digits: int) -> str:
    lead, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    return f"{lead} {TIMES} 10{str(int(exponent)).translate(_SUPERSCRIPTS)}".replace("-", MINUS)


def measured(value: float, unit: str, digits: int = 3) -> str:
    """Write a value of a metric: shares in per cent, anything else as a number."""
    if unit == "share" and not math.isnan(value):
        return f"{100 * value:.1f} %"
    return number(value, digits)


def interval_ends(interval: Interval, unit: str = "", margins: Sequence[float] = ()) -> str:
    """Write `[low, high]`, or why there is no interval.

    margins: numbers that the ends are held against. An end that would read like one of them without being it
    gets further digits, so that "[1.003, 1.152]" above 1 does not read "[1.00, 1.15]".
    """
    if interval.low is None or interval.high is None:
        return interval.note
    if unit == "share":
        return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}] %"
    return f"[{', '.join(_apart(interval.low, interval.high, margins))}]"


def _apart(low: float, high: float, margins: Sequence[float]) -> tuple[str, str]:
    """Write two numbers with as many digits, three to six, as tell them from the margins."""
    for digits in range(3, _MOST_DIGITS):
        texts = _alike(low, high, digits)
        ends = zip((low, high), texts, strict=True)
        if not any(_reads_as(text, margin) and end != margin for end, text in ends for margin in margins):
            return texts
    return _alike(low, high, _MOST_DIGITS)


def _reads_as(text: str, margin: float) -> bool:
    if TIMES in text or not text[-1].isdecimal():
        return False
    return float(text.replace(MINUS, "-").replace(",", "")) == margin


def _alike(low: float, high: float, digits: int = 3) -> tuple[str, str]:
    """Write two numbers with the decimals that the larger needs, unless the smaller is lost by it."""
    largest = max(abs(low), abs(high))
    if 1e-4 <= largest < 1e6:
        decimals = max(0, digits - 1 - math.floor(math.log10(largest)))
        if low == 0 or abs(low) >= 10.0**-decimals:
            return f"{low:,.{decimals}f}".replace("-", MINUS), f"{high:,.{decimals}f}".replace("-", MINUS)
    return number(low, digits), number(high, digits)


def duration(seconds: float) -> str:
    """Write seconds as 4.2 s, 3 min 12 s or 2 h 5 min."""
    if seconds < _MINUTE:
        return f"{number(seconds, 2)} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def short(value: float) -> str:
    """Write a number for a machine to read: five significant digits, which is more than any seed knows."""
    return f"{value:.5g}"


def counted(n: int, noun: str, plural: str = "") -> str:
    """Write `1 seed`, `8 seeds`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def flattened(data: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested plain data as (dotted name, text) pairs, in order."""
    pairs: list[tuple[str, str]] = []
    for name, value in data.items():
        full = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            pairs += flattened(value, f"{full}.")
        else:
            pairs.append((full, plain_text(value)))
    return pairs


def plain_text(value: Any) -> str:
    """One line of text for any plain JSON value."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {plain_text(v)}" for k, v in value.items()) or NONE
    if isinstance(value, list | tuple):
        return "; ".join(plain_text(item) for item in value) or NONE
    if isinstance(value, float):
        return f"{value:.5g}"
    return NONE if value is None or value == "" else str(value)
