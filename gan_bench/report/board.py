"""The leaderboard's table as the page shows it: numbers as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.analysis.rankings import extractor
from gan_bench.analysis.separation import Inconclusive, inconclusive
from gan_bench.metrics.bands import Band
from gan_bench.report.forest import losses
from gan_bench.report.given import budget
from gan_bench.report.numbers import NONE, counted, interval_ends, measured, number
from gan_bench.report.ran import cell_anchor, state


@dataclass(frozen=True)
class Line:
    """One line of the leaderboard's table."""

    rank: str
    label: str
    link: str
    state: str
    cells: tuple[tuple[str, str], ...]
    budget: str
    seeds: str
    rate: str
    against_best: str
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


def open_question(board: Leaderboard) -> str:
    """Say in one sentence that the board tells no two methods apart, and what would; empty where it does."""
    found = inconclusive(board)
    if found is None:
        return ""
    if not found.all_overlap:
        return "Inconclusive: no two methods have an interval to compare, which takes two seeds that differ."
    whole = " that kept every seed" if any(s.diverged for s in board.standings) else ""
    overlap = f"Inconclusive: the intervals of all methods{whole} overlap that of {found.best}"
    return f"{overlap}{_what_would_tell(found)}."


def _what_would_tell(found: Inconclusive) -> str:
    if found.seeds is None:
        return "; how many seeds would tell them apart cannot be said"
    pair, seeds = f"{found.other} from {found.best}", counted(found.seeds, "seed")
    if found.seeds > found.trained:
        return (
            f"; telling {pair}, the easiest pair, at the measured difference and spread takes about {seeds}"
        )
    return (
        f"; only compared seed by seed, for which about {seeds} would do at the measured difference and "
        f"spread, may {found.trained} tell {pair}"
    )


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


def not_separable(board: Leaderboard) -> list[str]:
    """Labels of the methods whose interval overlaps the best's."""
    return [s.cell.label for s in board.standings if s.separate is False]


def _line(s: Standing, board: Leaderboard) -> Line:
    unit = board.unit
    shown = [_value(s.interval, unit), (measured(s.median, unit), ""), (measured(s.worst, unit), "")]
    for metric, _, _ in columns(board):
        described = str(board.descriptors.get(metric, {}).get("unit", ""))
        shown.append(_value(s.beside.get(metric), described))
    return Line(
        rank=NONE if s.rank is None else str(s.rank),
        label=s.cell.label,
        link=f"#{cell_anchor(s.cell)}",
        state=state(s.cell),
        cells=tuple(shown),
        budget=budget(s.cell),
        seeds=_seeds(s, board.ranking.parts),
        rate=_rate(s),
        against_best=_ratio(s, board),
        verdict=_verdict(s),
    )


def _value(interval: Interval | None, unit: str) -> tuple[str, str]:
    if interval is None or interval.n == 0:
        return NONE, ""
    ends = interval_ends(interval, unit) if interval.known else interval.note.partition(",")[0]
    return measured(interval.centre, unit), ends


def _seeds(s: Standing, parts: str) -> str:
    """What became of all seeds, in words."""
    lost = losses(s, parts)
    if len(s.ends) < s.planned:
        return lost
    done = f"all {s.planned} completed" if s.planned > 1 else "1 completed"
    return f"{done}, {lost}" if lost else done


def _rate(s: Standing) -> str:
    """Wilson's interval of the divergence rate, where a seed ended at all."""
    n = len(s.ends) + s.diverged
    if n < 2:
        return ""
    low, high = wilson(s.diverged, n)
    return f"diverged {100 * s.diverged / n:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _ratio(s: Standing, board: Leaderboard) -> str:
    if s.rank is None or board.best is None:
        return NONE
    if s.rank == 1:
        return "lowest"
    return f"{number(s.interval.centre / board.best.interval.centre)} times"


def _verdict(s: Standing) -> str:
    """What the intervals say against the lowest; no test."""
    if s.rank in (None, 1):
        return ""
    if s.diverged:
        return "survivors only"
    if s.separate is None:
        return "no interval to compare"
    return "intervals do not overlap" if s.separate else "intervals overlap"


def label_of(descriptors: Mapping[str, Mapping[str, object]], metric: str) -> str:
    """Label of a metric, its name where nothing describes it."""
    return str(descriptors.get(metric, {}).get("label", metric))
