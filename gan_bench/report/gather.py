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
from gan_bench.analysis.rankings import RANKINGS, Contest, contests
from gan_bench.experiments.base import Experiment
from gan_bench.experiments.judge import experiments_of, judge
from gan_bench.gate.stored import read
from gan_bench.report import board as boards
from gan_bench.report.again import OWN_METHOD, again
from gan_bench.report.aggregate import all_together
from gan_bench.report.apart import not_separable, open_question, out_of_order
from gan_bench.report.banner import pointers
from gan_bench.report.budgets import equal, levels, tries
from gan_bench.report.claims import claims_table
from gan_bench.report.details import every_cell, plain_rows
from gan_bench.report.drawing import BOARDS, to_draw
from gan_bench.report.forest import forest
from gan_bench.report.gated import gated
from gan_bench.report.given import given_table
from gan_bench.report.glances import glances, nearest_alone
from gan_bench.report.glossary import glossary
from gan_bench.report.numbers import flattened, number
from gan_bench.report.pictures import anchor, drawn
from gan_bench.report.progress import progress
from gan_bench.report.ran import what_ran
from gan_bench.report.reproduce import Planned
from gan_bench.report.stability import stable
from gan_bench.report.throughput import throughput

# Its boards, words and methods text differ from those about points.
IMAGES = "images"
# Figures that have a section of their own, by how their names begin.
PUBLISHED = "published-"
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


def page_context(run: Any, *, few: bool = False) -> dict[str, Any]:
    """Return all that the template needs; few: of pictures no more than a very large run has."""
    cells = cells_of(run.outcomes)
    provenance = dict(run.provenance or {})
    experiments, notes = experiments_of(run.outcomes)
    found = [contest for name in RANKINGS for contest in contests(cells, name)]
    ranked = [leaderboard_of(contest) for contest in found]
    together, tables = all_together(cells), glances(ranked)
    drawn_run, undrawn = to_draw(run, cells, ranked, few=few)
    figures = [figure for e in experiments.values() for figure in registry.resolve(e.figures)(drawn_run)]
    results = _by_group(figures, "results")
    speeds = _by_group(figures, "throughput")
    published = _taken(results, PUBLISHED)
    claims = claims_table(judge(run), {figure.name: figure.title for figure in figures})
    gate = gated(read(run.directory, run.outcomes))
    commands = again(run.command, _title(run), provenance)
    return {
        "title": _title(run),
        "subtitle": _header(run).get("title", ""),
        "again": commands,
        "own_method": OWN_METHOD,
        "ran": what_ran(cells, provenance, ranked),
        "claims": claims,
        "gate": gate,
        "pointers": pointers(cells, claims, ranked, gate),
        "stable": stable(ranked),
        "looks": looks(cell.label for cell in cells if not cell.is_reference),
        "toys": _has_toys(cells),
        "images": any(cell.experiment == IMAGES for cell in cells),
        "glances": tables,
        "aggregates": together,
        "nearest": [
            *(group.conclusion for group in together),
            *nearest_alone(tables, [group.label for group in together]),
        ],
        "boards": [
            _board(contest, board, whole=not undrawn or k < BOARDS)
            for k, (contest, board) in enumerate(zip(found, ranked, strict=True))
        ],
        "dynamics": _by_group(figures, "dynamics"),
        "clouds": _by_group(figures, "clouds"),
        "results": results,
        "published": published,
        "throughput": throughput(cells_of(drawn_run.outcomes) if undrawn else cells),
        "speeds": speeds,
        "questions": {name: _question(name, e) for name, e in experiments.items()},
        "plain": [table for table in _plain(cells) if table["experiment"] not in {*results, *speeds}],
        "details": every_cell(cells, Planned.of(run), many=bool(undrawn)),
        "notes": [*notes, undrawn] if undrawn else notes,
        "glossary": glossary(cells, aggregated=bool(together)),
        "processor": str(provenance.get("gpu") or provenance.get("cpu") or ""),
        "cores": provenance.get("cores"),
        "provenance": flattened({k: v for k, v in provenance.items() if k != "packages"}),
        "packages": _packages(provenance),
        "suite": json.dumps(run.suite, indent=2, ensure_ascii=False, default=str) if run.suite else "",
        "stale": list(run.stale),
        "kept_stale": list(getattr(run, "kept_stale", ())),
    }


def _header(run: Any) -> Mapping[str, Any]:
    return run.suite.get("suite", {}) if run.suite else {}


def _title(run: Any) -> str:
    return str(_header(run).get("name") or "run")


def _question(name: str, experiment: Experiment) -> tuple[str, str]:
    """Heading and question of an experiment."""
    question = experiment.description
    return experiment.title or name, question[:1].upper() + question[1:]


def _has_toys(cells: Sequence[Cell]) -> bool:
    """Whether the page speaks of exact distances on points; also where nothing ran."""
    return not cells or any(
        cell.experiment != IMAGES and cell.settings.get("network", "mlp") == "mlp" for cell in cells
    )


def _board(contest: Contest, board: Leaderboard, *, whole: bool) -> dict[str, Any]:
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
        "overlapping": not_separable(board),
        "out_of_order": out_of_order(board),
        "best": board.best.cell.label if board.best else "",
        "lost": any(s.diverged for s in board.standings),
        "open": open_question(board),
        "judged": boards.judged(board),
        "judge": boards.judge_of_columns(board),
        "progress": progress(board) if whole else None,
        "equal": equal(contest, board) if whole else None,
        "tries": tries(board) if whole else None,
        "levels": levels(contest, board) if whole else "",
        "given": given_table([s.cell for s in board.standings]) if whole else None,
    }


def _by_group(figures: Iterable[Figure], section: str) -> dict[str, list[Shown]]:
    groups: dict[str, list[Shown]] = {}
    for figure in figures:
        if figure.section == section:
            groups.setdefault(figure.group, []).append(_shown(figure))
    return groups


def _taken(results: dict[str, list[Shown]], names: str) -> list[Shown]:
    """Take the figures whose name begins so out of their groups: they have a section of their own."""
    found = [shown for group in results.values() for shown in group if shown.figure.name.startswith(names)]
    for group in list(results):
        results[group] = [shown for shown in results[group] if shown not in found]
        if not results[group]:
            del results[group]
    return found


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


def _packages(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    packages = provenance.get("packages")
    if not isinstance(packages, Mapping):
        return []
    return sorted((str(name), str(version)) for name, version in packages.items())
