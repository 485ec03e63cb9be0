"""The leaderboard's table as the page shows it: numbers as text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.analysis.rankings import extractor
from gan_bench.metrics.bands import Band
from gan_bench.report.apart import statement
from gan_bench.report.forest import unended
from gan_bench.report.given import budget
from gan_bench.report.numbers import NONE, interval_ends, measured, number
from gan_bench.report.ran import cell_anchor, state


@dataclass(frozen=True)
class Line:
    """One line of the leaderboard's table.

    numbers: what the cells are sorted by, in their order, None where there is none; ratio: the same of
    against_best.
    """

    rank: str
    label: str
    link: str
    state: str
    cells: tuple[tuple[str, str], ...]
    numbers: tuple[float | None, ...]
    budget: str
    seeds: str
    rate: str
    against_best: str
    ratio: float | None
    verdict: str


def columns(board: Leaderboard) -> list[tuple[str, str, str]]:
    """Headings: (metric, label, unit) of what the table shows beside the metric that ranks.

    The ranking metric's extractor is named there and in the caption; only others' are named in a heading.
    """
    shown = []
    for metric in board.beside:
        descriptor = board.descriptors.get(metric)
        seen = any(s.beside.get(metric) and s.beside[metric].n for s in board.standings)
        if descriptor and seen:
            target = descriptor.get("target")
            unit = str(descriptor.get("unit", ""))
            aim = f"target {measured(target, unit, 4)}" if target is not None else unit
            shown.append((metric, str(descriptor["label"]).removesuffix(f" ({board.judge})"), aim))
    return shown


def judge_of_columns(board: Leaderboard) -> str:
    """Say whose the values are that name no extractor in their heading; empty where none has one."""
    if not board.judge:
        return ""
    judges = {extractor(metric) for metric, _, _ in columns(board)} - {"", board.judge}
    whole = ", where a heading names no other" if judges else ""
    return f"features and classes by {board.judge}{whole}"


def lines(board: Leaderboard) -> list[Line]:
    """Return the table's lines, best first."""
    return [_line(s, board) for s in board.standings]


def perfect_line(board: Leaderboard) -> list[tuple[str, str]]:
    """The perfect sampler's median and 5-95 % range, in the order of the columns."""
    metrics = [(board.ranked, "", ""), *columns(board)]
    cells = []
    for metric, _, _ in metrics:
        band, unit = board.bands.get(metric), str(board.descriptors.get(metric, {}).get("unit", ""))
        ends = band_ends(band, unit) if band else ""
        cells.append((measured(band.median, unit) if band else NONE, ends))
    return cells


def band_ends(band: Band, unit: str) -> str:
    """Write a band's range; nothing where it has no width."""
    if band.low == band.high:
        return ""
    return interval_ends(Interval(band.median, band.low, band.high, band.n), unit)


def judged(board: Leaderboard) -> str:
    """Say who judges a board of images, how far to trust it, and against what; empty where it is not told."""
    facts = next(
        (s.cell.outcomes[0].facts for s in board.standings if "judged by" in s.cell.outcomes[0].facts), {}
    )
    told = facts.get("judged by")
    if not isinstance(told, Mapping):
        return ""
    against = f"Against {number(told.get('reference images'))} real images"
    teller, accuracy = told.get("classifier"), told.get("accuracy")
    trust = f"; {teller} names {measured(accuracy, 'share')} of held-out images right" if accuracy else ""
    caution = facts.get(f"caution at {board.size:.0f} images", "")
    draws = told.get("perfect sampler")
    perfect = f"The perfect sampler: {draws}." if draws else ""
    return " ".join(part for part in (f"{against}{trust}.", perfect, caution) if part)


def _line(s: Standing, board: Leaderboard) -> Line:
    unit = board.unit
    shown = [_value(s.interval, unit), (measured(s.median, unit), ""), (measured(s.worst, unit), "")]
    values = [s.interval.centre, s.median, s.worst]
    for metric, _, _ in columns(board):
        described, interval = str(board.descriptors.get(metric, {}).get("unit", "")), s.beside.get(metric)
        shown.append(_value(interval, described))
        values.append(interval.centre if interval else math.nan)
    ratio = _ratio(s, board)
    return Line(
        rank=_rank(s, board),
        label=s.cell.label,
        link=f"#{cell_anchor(s.cell)}",
        state=state(s.cell),
        cells=tuple(shown),
        numbers=tuple(None if math.isnan(value) else value for value in values),
        budget=budget(s.cell),
        seeds=_seeds(s),
        rate=_rate(s, board.ranking.parts),
        against_best=_ratio_words(s, board, ratio),
        ratio=ratio,
        verdict=statement(s),
    )


def _rank(s: Standing, board: Leaderboard) -> str:
    """The place, with the sign of a draw where others share it."""
    if s.rank is None:
        return NONE
    return f"{s.rank} =" if sum(other.rank == s.rank for other in board.standings) > 1 else str(s.rank)


def _value(interval: Interval | None, unit: str) -> tuple[str, str]:
    if interval is None or interval.n == 0:
        return NONE, ""
    ends = interval_ends(interval, unit) if interval.known else interval.note.partition(",")[0]
    return measured(interval.centre, unit), ends


def _seeds(s: Standing) -> str:
    """What became of all seeds, in words; of those that collapsed `_rate` speaks."""
    if len(s.ends) < s.planned:
        return unended(s)
    return f"all {s.planned} completed" if s.planned > 1 else "1 completed"


def _rate(s: Standing, parts: str) -> str:
    """Rates of divergence and, where seeds collapsed, of collapse, with Wilson's intervals; two seeds on."""
    n = len(s.ends) + s.diverged
    if n < 2:
        return ""
    collapsed = (
        f"; {s.collapsed} with under half the {parts}, {_share(s.collapsed, n)}" if s.collapsed else ""
    )
    return f"diverged {_share(s.diverged, n)}{collapsed}"


def _share(k: int, n: int) -> str:
    low, high = wilson(k, n)
    return f"{100 * k / n:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _ratio(s: Standing, board: Leaderboard) -> float | None:
    """How many times the lowest's distance, None where either is not known."""
    if s.rank is None or board.best is None or not board.best.interval.centre > 0:
        return None
    return s.interval.centre / board.best.interval.centre


def _ratio_words(s: Standing, board: Leaderboard, ratio: float | None) -> str:
    if s is board.best:
        return "lowest"
    return NONE if ratio is None else f"{number(ratio)} times"


def label_of(descriptors: Mapping[str, Mapping[str, object]], metric: str) -> str:
    """Label of a metric, its name where nothing describes it."""
    return str(descriptors.get(metric, {}).get("label", metric))
