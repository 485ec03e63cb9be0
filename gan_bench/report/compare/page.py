"""The page of a comparison: how it came out, claims, seeds, metrics, cells, settings, environment, suites."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.comparing import Compared, Kind, Told
from gan_bench.analysis.palette import looks
from gan_bench.analysis.verdicts import Verdict
from gan_bench.harness.outcome import Status
from gan_bench.report.claims import BADGES
from gan_bench.report.compare.comparison import Comparison, Fate
from gan_bench.report.compare.plots import HEIGHT, LOOKS, Plot, plot
from gan_bench.report.differences import change_lines, probability, size_words
from gan_bench.report.numbers import NONE, counted, measured
from gan_bench.report.pictures import anchor

# Above this a table is cut, and says so.
MOST_ROWS = 400
_FAILED = (Status.ERROR, Status.OOM, Status.KILLED, Status.TIMEOUT, Status.NOT_RUN)


@dataclass(frozen=True)
class Row:
    """One metric of one cell as text."""

    method: str
    dataset: str
    metric: str
    base: str
    new: str
    size: str
    ends: str
    p: str
    seeds: str
    told: str
    look: str
    symbol: str
    note: str


def context(found: Comparison) -> dict[str, Any]:
    """Return all that the template needs."""
    ranking = [one for one in found.compared if one.kind is Kind.RANKING]
    other = [one for one in found.compared if one.kind is Kind.OTHER]
    speed = [one for one in found.compared if one.kind is Kind.MACHINE]
    cells = [cell for pair in found.pairing.pairs for cell in (pair.new, pair.base)]
    labels = [cell.label for cell in (*cells, *found.pairing.new, *found.pairing.vanished)]
    changed = [pair for pair in found.pairing.pairs if pair.settings]
    return {
        "names": names(found),
        "dates": [str(run.provenance.get("started") or "no date")[:10] for run in (found.base, found.new)],
        "commits": [str(run.provenance.get("commit") or "")[:8] for run in (found.base, found.new)],
        "tally": tally(found),
        "lead": lead(found),
        "margin": f"{100 * found.margin:.3g} %",
        "looks": looks(labels),
        "plots": _plots(ranking),
        "family": sum(one.told is not Told.IDENTICAL for one in ranking),
        "rows": [row(one) for one in _by_news(ranking)],
        "other": _shown(other),
        "other_family": sum(one.told is not Told.IDENTICAL for one in other),
        "speed": _shown(speed),
        "claims": [_claim(*one) for one in found.claims],
        "fates": [_fate(fate) for fate in found.fates],
        "refused": _refused(found),
        "new": [_where(cell) for cell in found.pairing.new],
        "vanished": [_where(cell) for cell in found.pairing.vanished],
        "settings": [(*_where(pair.new), change_lines(pair.settings)) for pair in changed],
        "environment": change_lines(found.environment),
        "suites": change_lines(found.suites),
        "height": HEIGHT,
    }


def names(found: Comparison) -> tuple[str, str]:
    """The last part of each folder's path, told apart where both have the same."""
    base, new = (run.directory.resolve().name for run in (found.base, found.new))
    return (f"{base} (base)", f"{new} (new)") if base == new else (base, new)


def tally(found: Comparison) -> list[tuple[str, str, str]]:
    """(class, symbol, "2 worse") per verdict on what ranks methods; on other metrics where nothing ranks."""
    kinds = {one.kind for one in found.compared}
    kind = Kind.RANKING if Kind.RANKING in kinds else Kind.OTHER
    told = Counter(one.told for one in found.compared if one.kind is kind)
    return [(*LOOKS[one], f"{told[one]} {one.value}") for one in Told if told[one]]


def lead(found: Comparison) -> list[str]:
    """What else a reader must know at once, one short text each."""
    pairs = [pair for pair in found.pairing.pairs if not pair.new.skip]
    bits = [same for pair in pairs if (same := found.same_bits(pair)) is not None]
    facts = [
        f"{counted(len(pairs), 'cell')} in both runs, "
        f"{sum(bits)} of {len(bits)} with all recorded numbers identical"
    ]
    moves = [(old, new, len(seeds)) for fate in found.fates for (old, new), seeds in fate.moves.items()]
    diverged = sum(n for old, new, n in moves if new is Status.DIVERGED and old)
    failed = sum(n for _, new, n in moves if new in _FAILED)
    verdicts, others = len(found.claims), sum(bool(pair.settings) for pair in pairs)
    new, vanished = len(found.pairing.new), len(found.pairing.vanished)
    numbers = [
        (diverged, f"{counted(diverged, 'more seed')} diverged"),
        (failed, f"{counted(failed, 'seed')} failed or missing now"),
        (verdicts, f"{counted(verdicts, 'verdict on a claim', 'verdicts on claims')} changed"),
        (new, counted(new, "new cell")),
        (vanished, f"{counted(vanished, 'cell')} vanished"),
        (others, f"{counted(others, 'cell')} with other settings"),
        (len(found.refused), f"{counted(len(found.refused), 'metric')} of cells not comparable"),
    ]
    return [*facts, *(text for count, text in numbers if count)]


def news(found: Comparison) -> list[Row]:
    """What a terminal shows, worst first: what ranks methods and moved, other metrics that moved for sure."""
    told = [one for one in found.compared if one.kind is Kind.RANKING and one.told is not Told.IDENTICAL]
    sure = (Told.WORSE, Told.BETTER, Told.CHANGED)
    told += [one for one in found.compared if one.kind is Kind.OTHER and one.told in sure]
    return [row(one) for one in _by_news(told)]


def row(one: Compared) -> Row:
    """Write one compared metric."""
    cell, unit = one.pair.new, one.meaning.unit
    size, ends = size_words(one.size, one.meaning.scale, unit)
    lost, now_lost = one.diverged
    if lost != now_lost:
        more = f"{abs(now_lost - lost)} {'more' if now_lost > lost else 'fewer'} diverged"
        size, ends = more, " ".join(filter(None, ("survivors:", size, ends)))
    base, new = one.centres
    look, symbol = LOOKS[one.told]
    return Row(
        method=cell.label,
        dataset=cell.dataset or cell.experiment,
        metric=one.meaning.label,
        base=measured(base, unit),
        new=measured(new, unit),
        size=NONE if one.told is Told.IDENTICAL else size,
        ends="" if one.told is Told.IDENTICAL else ends,
        p=NONE if one.told is Told.IDENTICAL else probability(one.p),
        seeds=str(one.found.n),
        told=one.told.value,
        look=look,
        symbol=symbol,
        note=_note(one),
    )


def _note(one: Compared) -> str:
    lost, now_lost = one.diverged
    notes = []
    if lost or now_lost:
        notes.append(f"diverged {lost} → {now_lost}, the values are the survivors'")
    if one.pair.settings:
        notes.append("other settings")
    if one.found.note and one.told is not Told.IDENTICAL:
        notes.append(one.found.note)
    if not one.found.paired and one.found.n:
        notes.append("unpaired")
    if one.told is Told.UNTOLD and one.seeds:
        notes.append(f"about {counted(one.seeds, 'seed')} would tell")
    return ", ".join(notes)


def _by_news(compared: Sequence[Compared]) -> list[Compared]:
    """Worst news first, the largest difference first."""
    order = list(Told)

    def news(one: Compared) -> tuple[int, int, float]:
        lost, now_lost = one.diverged
        size = abs(one.found.mean)
        return order.index(one.told), -abs(now_lost - lost), 0.0 if math.isnan(size) else -size

    return sorted(compared, key=news)


def _shown(compared: Sequence[Compared]) -> dict[str, Any]:
    """Rows of a table that may be long: what is identical is only counted."""
    told = [one for one in _by_news(compared) if one.told is not Told.IDENTICAL]
    return {
        "rows": [row(one) for one in told[:MOST_ROWS]],
        "left_out": max(0, len(told) - MOST_ROWS),
        "identical": len(compared) - len(told),
        "counts": Counter(one.told.value for one in told),
    }


def _plots(compared: Sequence[Compared]) -> list[Plot]:
    groups: dict[tuple[str, str, str], list[Compared]] = {}
    for one in compared:
        cell = one.pair.new
        groups.setdefault((cell.experiment, cell.dataset, one.metric), []).append(one)
    names = [dataset for _, dataset, _ in groups]
    return [
        plot(
            f"{dataset}, {metric}" if names.count(dataset) > 1 else dataset,
            f"difference-{anchor(experiment)}-{anchor(dataset)}-{anchor(metric)}",
            group,
        )
        for (experiment, dataset, metric), group in groups.items()
    ]


def _claim(claim: Any, old: Verdict | None, new: Verdict | None) -> dict[str, Any]:
    badges = [("skipped", NONE, "not spoken of") if v is None else (*BADGES[v], v.value) for v in (old, new)]
    return {"statement": claim.statement, "old": badges[0], "new": badges[1]}


def _fate(fate: Fate) -> dict[str, Any]:
    moves = [
        (old.value if old else "absent", new.value if new else "absent", ", ".join(map(str, seeds)))
        for (old, new), seeds in fate.moves.items()
    ]
    return {"method": fate.pair.new.label, "where": _where(fate.pair.new)[1], "moves": moves}


def _where(cell: Cell) -> tuple[str, str]:
    place = f"{cell.dataset}, {cell.experiment}" if cell.dataset else cell.experiment
    return cell.label, place


def _refused(found: Comparison) -> list[tuple[str, int, list[str]]]:
    """Reasons, how many metrics of cells each concerns, and which."""
    groups: dict[str, list[str]] = {}
    for one in found.refused:
        label, place = _where(one.pair.new)
        # One reason for many metrics is told once.
        reason = one.reason.replace(one.metric, "the metric")
        groups.setdefault(reason, []).append(f"{one.metric} of {label} ({place})")
    return [(reason, len(texts), texts) for reason, texts in groups.items()]
