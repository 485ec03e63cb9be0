"""Words that findings share: numbers, ends of intervals, seeds, changes of a value."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from gan_bench.analysis.harm import Yardstick
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.noninferiority import Judged

# A relative change that is told as next to none: what another processor's rounding makes of a short training.
_HARDLY = 1e-4


def number(value: float) -> str:
    """Return a number to three significant digits; infinity and NaN as words."""
    if math.isnan(value):
        return "unknown"
    return f"{value:.3g}" if math.isfinite(value) else "infinite" if value > 0 else "-infinite"


def with_ends(interval: Interval) -> str:
    """Return `0.16 [0.14, 0.19]`, or the centre with what its note says."""
    if interval.low is None or interval.high is None:
        return f"{number(interval.centre)} ({interval.note})" if interval.note else number(interval.centre)
    return f"{number(interval.centre)} [{number(interval.low)}, {number(interval.high)}]"


def seeds(n: int) -> str:
    """Return `1 seed`, `8 seeds`."""
    return f"{n} seed{'' if n == 1 else 's'}"


def listed(values: Iterable[int]) -> str:
    """Return `seed 3`, `seeds 3, 5`."""
    found = sorted(values)
    return f"seed{'' if len(found) == 1 else 's'} {', '.join(map(str, found))}"


def change(name: str, unit: str, yardstick: Yardstick, judged: Judged, base: pd.Series) -> str:
    """Return `W1 grew by 62 % [41, 86]`, with the one-sided 95 % bounds; base: the base's harm by seed.

    Told as the verb has it: a fall by 12 % [3, 20] is one by between 3 and 20 %.
    """
    what = f"the distance of {name} to its target" if yardstick.better == "target" else name
    told = [yardstick.told(h, base) for h in (judged.mean, judged.low, judged.high)]
    if yardstick.relative and max(map(abs, told)) < _HARDLY:
        return f"{what} moved by less than {100 * _HARDLY:g} %"
    up = told[0] >= 0
    shown = [100 * x if yardstick.relative else x for x in told]
    signed = [x if up else -x for x in shown]
    low, high = sorted(signed[1:])
    of_unit = " %" if yardstick.relative else f" {unit}" if unit and yardstick.scale == "identity" else ""
    bounds = "" if math.isnan(low) else f" [{_short(low)}, {_short(high)}]"
    return f"{what} {'grew' if up else 'fell'} by {_short(signed[0])}{of_unit}{bounds}"


def _short(value: float) -> str:
    """Two significant digits, or all of an integer part."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
