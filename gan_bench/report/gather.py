"""Everything the page shows, gathered from a run: experiments' figures, leaderboards, details, provenance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gan_bench import registry
from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.leaderboard import Leaderboard, leaderboard_of
from gan_bench.analysis.palette import looks
from gan_bench.analysis.rankings import RANKINGS, contests
from gan_bench.experiments.base import Experiment
from gan_bench.experiments.judge import experiments_of, judge
from gan_bench.report import board as boards
from gan_bench.report.claims import claims_table
from gan_bench.report.details import details, plain_rows
from gan_bench.report.forest import forest
from gan_bench.report.given import given_table, told_classes
from gan_bench.report.numbers import NONE, flattened, interval_ends, number
from gan_bench.report.pictures import anchor, drawn
from gan_bench.report.ran import what_ran

# Its boards, words and methods text differ from those about points.
IMAGES = "images"
# With more columns a board is wider than a page, and what decides moves to the front.
MOST_BESIDE = 6


@dataclass(frozen=True)
class Shown:
    """A figure as the page holds it: pictures drawn, table as text; words: columns that are no numbers."""

    anchor: str
    figure: Figure
    pictures: list[Any]
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[bool, ...]


def page_context(run: Any) -> dict[str, Any]:
    """Return all that the template needs."""
    cells = cells_of(run.outcomes)
    provenance = dict(run.provenance or {})
    experiments, notes = experiments_of(run.outcomes)
    figures = [figure for e in experiments.values() for figure in registry.resolve(e.figures)(run)]
    ranked = _leaderboards(cells)
    results = _by_group(figures, "results")
    return {
        "title": _title(run),
        "command": run.command,
        "ran": what_ran(cells, provenance),
        "claims": claims_table(judge(run), {figure.name: figure.title for figure in figures}),
        "looks": looks(cell.label for cell in cells if not cell.is_reference),
        "toys": _has_toys(cells),
        "images": any(cell.experiment == IMAGES for cell in cells),
        "glances": _glances(ranked),
        "boards": [_board(board) for board in ranked],
        "dynamics": _by_group(figures, "dynamics"),
        "clouds": _by_group(figures, "clouds"),
        "results": results,
        "questions": {name: _question(name, e) for name, e in experiments.items()},
        "plain": [table for table in _plain(cells) if table["experiment"] not in results],
        "details": _details(cells),
        "notes": notes,
        "glossary": _glossary(cells),
        "provenance": flattened({k: v for k, v in provenance.items() if k != "packages"}),
        "packages": _packages(provenance),
        "suite": json.dumps(run.suite, indent=2, ensure_ascii=False, default=str) if run.suite else "",
        "stale": list(run.stale),
        "kept_stale": list(getattr(run, "kept_stale", ())),
    }


def _title(run: Any) -> str:
    header = run.suite.get("suite", {}) if run.suite else {}
    return str(header.get("name") or "run")


def _question(name: str, experiment: Experiment) -> tuple[str, str]:
    """Heading and question of an experiment."""
    question = experiment.description
    return experiment.title or name, question[:1].upper() + question[1:]


def _leaderboards(cells: Sequence[Cell]) -> list[Leaderboard]:
    return [leaderboard_of(contest) for name in RANKINGS for contest in contests(cells, name)]


def _has_toys(cells: Sequence[Cell]) -> bool:
    """Whether the page speaks of exact distances on points; also where nothing ran."""
    return not cells or any(
        cell.experiment != IMAGES and cell.settings.get("network", "mlp") == "mlp" for cell in cells
    )


def _glances(ranked: Sequence[Leaderboard]) -> list[dict[str, Any]]:
    """The header's tables, one per metric that ranks: values of unlike extractors share no column."""
    tables: dict[str, dict[str, Any]] = {}
    for board in ranked:
        if board.best:
            table = {"label": board.label, "ranking": board.ranking, "rows": []}
            tables.setdefault(board.label, table)["rows"].append(_glance(board))
    return list(tables.values())


def _glance(board: Leaderboard) -> dict[str, Any]:
    """One line of the header's table: who is lowest, how sure, how far from the truth."""
    best, band = board.best, board.bands.get(board.ranked)
    if best is None:
        return {}
    return {
        "dataset": board.title,
        "link": f"#board-{anchor(board.title)}",
        "label": best.cell.label,
        "value": number(best.interval.centre),
        "ends": interval_ends(best.interval),
        "survived": "" if len(best.ends) == best.planned else f"{len(best.ends)} of {best.planned} seeds",
        "floor": number(band.median) if band else NONE,
        "ratio": number(best.interval.centre / band.median, 2) if band and band.median > 0 else NONE,
        "overlapping": boards.not_separable(board),
        "several": len([s for s in board.standings if s.ends]) > 1,
        "untold": _untold(board),
    }


def _untold(board: Leaderboard) -> str:
    """Who is lowest without being told the classes, where the lowest of all is told them."""
    if board.best is None or not told_classes(board.best.cell):
        return ""
    others = [s for s in board.standings if s.rank is not None and not told_classes(s.cell)]
    lowest = (
        f"; lowest without: {others[0].cell.label}, {number(others[0].interval.centre)}" if others else ""
    )
    return f"told the classes{lowest}"


def _board(board: Leaderboard) -> dict[str, Any]:
    return {
        "dataset": board.title,
        "anchor": f"board-{anchor(board.title)}",
        "label": board.label,
        "short": board.ranking.short,
        "samples": board.ranking.samples,
        "size": number(board.size),
        "forest": forest(board),
        "columns": boards.columns(board),
        "wide": len(board.beside) > MOST_BESIDE,
        "lines": boards.lines(board),
        "perfect": boards.perfect_line(board) if board.bands else [],
        "unit": board.unit,
        "overlapping": boards.not_separable(board),
        "best": board.best.cell.label if board.best else "",
        "lost": any(s.diverged for s in board.standings),
        "open": boards.open_question(board),
        "judged": boards.judged(board),
        "judge": boards.judge_of_columns(board),
        "given": given_table([s.cell for s in board.standings]),
    }


def _by_group(figures: Iterable[Figure], section: str) -> dict[str, list[Shown]]:
    groups: dict[str, list[Shown]] = {}
    for figure in figures:
        if figure.section == section:
            groups.setdefault(figure.group, []).append(_shown(figure))
    return groups


def _shown(figure: Figure) -> Shown:
    table = figure.table if figure.table is not None else pd.DataFrame()
    rows = tuple(tuple(_entry(value) for value in row) for row in table.itertuples(index=False))
    headings = tuple(str(name) for name in table.columns)
    words = tuple(bool(table[name].map(lambda value: isinstance(value, str)).any()) for name in table.columns)
    return Shown(f"figure-{anchor(figure.name)}", figure, drawn(figure), headings, rows, words)


def _entry(value: Any) -> str:
    return value if isinstance(value, str) else number(value, 4)


def _plain(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Tables of end values of the experiments that have no leaderboard."""
    tables = []
    for name in dict.fromkeys(cell.experiment for cell in cells if cell.experiment not in RANKINGS):
        rows, left_out = plain_rows([c for c in cells if c.experiment == name and len(c.rows)])
        tables.append({"experiment": name, "rows": rows, "left_out": left_out})
    return tables


def _details(cells: Sequence[Cell]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for cell in sorted(cells, key=lambda cell: cell.is_reference):
        name = cell.dataset if cell.experiment in RANKINGS and cell.dataset else cell.experiment
        groups.setdefault(name, []).append(details(cell))
    return groups


def _glossary(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for cell in cells:
        found |= cell.descriptors
    measured = {str(metric) for cell in cells for metric in cell.rows["metric"].unique()}
    return [{"name": name, **descriptor} for name, descriptor in found.items() if name in measured]


def _packages(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    packages = provenance.get("packages")
    if not isinstance(packages, Mapping):
        return []
    return sorted((str(name), str(version)) for name, version in packages.items())
