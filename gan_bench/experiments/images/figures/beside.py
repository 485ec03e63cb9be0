"""Ours beside the published numbers, each extractor's values in a column of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import Figure
from gan_bench.experiments.images.figures import captions
from gan_bench.experiments.images.figures.board import Board, setting
from gan_bench.experiments.images.published import Comparison, Published, comparison
from gan_bench.harness.outcome import Status

_NOTHING = "\N{EN DASH}"


def published(boards: Sequence[Board], group: str) -> list[Figure]:
    """Return a table for each data set of the boards on which something is published."""
    figures = []
    for dataset in dict.fromkeys(board.contest.dataset for board in boards):
        mine = [board for board in boards if board.contest.dataset == dataset and board.ran]
        known = comparison(str(setting(mine[0].ran[0], "dataset").get("name", ""))) if mine else None
        if known is not None:
            figures.append(_figure(dataset, known, mine, group))
    return figures


def _figure(dataset: str, known: Comparison, boards: Sequence[Board], group: str) -> Figure:
    protocol = "; ".join(dict.fromkeys(_protocol(board) for board in boards))
    caption = captions.PUBLISHED.format(what=known.what, difference=known.difference, protocol=protocol)
    title = f"{dataset} beside published numbers"
    table = _table(known, [(board, _methods(board)) for board in boards])
    return Figure(f"published-{dataset}", title, caption, (), group=group, layout="table", table=table)


def _methods(board: Board) -> dict[str, Cell]:
    """Cells of a board by method; by label where the board has a method twice."""
    found: dict[str, list[Cell]] = {}
    for cell in board.ran:
        found.setdefault(cell.outcomes[0].job.method, []).append(cell)
    return {
        method if len(cells) == 1 else cell.label: cell for method, cells in found.items() for cell in cells
    }


Ours = Sequence[tuple[Board, dict[str, Cell]]]


def _table(known: Comparison, ours: Ours) -> pd.DataFrame:
    """A line per published number, ours beside those of the same method; then our methods without any."""
    cells = {name: cell for _, methods in ours for name, cell in methods.items()}
    rows = []
    for line in known.lines:
        alike = [name for name, cell in cells.items() if _preset(cell) == line.like]
        rows += [_row(known, ours, line, name) for name in alike or [""]]
    likes = {line.like for line in known.lines}
    alone = [name for name, cell in cells.items() if _preset(cell) not in likes]
    return pd.DataFrame(rows + [_row(known, ours, None, name) for name in alone])


def _preset(cell: Cell) -> str:
    """The preset that a method is, or that its table is based on."""
    spec = setting(cell, "method_spec")
    base = spec.get("base") or spec.get("name") if isinstance(spec, Mapping) else spec
    return str(base or cell.outcomes[0].job.method)


def _row(known: Comparison, ours: Ours, line: Published | None, name: str) -> dict[str, Any]:
    """One line; a name of ours, a published line, or both."""
    theirs = line.method if line else _NOTHING
    row: dict[str, Any] = {"method": name or theirs, "published as": theirs}
    for kind, called in known.families.items():
        printed = line.numbers.get(kind, _NOTHING) if line else _NOTHING
        row[f"{called} by {known.judge}, published"] = printed
    for board, methods in ours:
        for kind in known.families:
            known_here = name in methods and board.has(kind)
            value = board.median_of_all(methods[name], kind) if known_here else math.nan
            row[f"{board.label(kind)}, ours"] = value
    return row | {
        "source": line.source if line else _NOTHING,
        "its protocol": line.protocol if line else _NOTHING,
    }


def _protocol(board: Board) -> str:
    """How our numbers came about, in words."""
    steps = sorted({int(setting(cell, "steps") or 0) for cell in board.ran})
    spent = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
    first = board.ran[0]
    batches = f"batches of {setting(first, 'batch_size')}"
    pairs = (f"{setting(cell, 'network')} of width {setting(cell, 'width')}" for cell in board.ran)
    networks = " or ".join(dict.fromkeys(pairs))
    judged = f"{setting(first, 'end_samples'):,} images{_against(first)}"
    return f"medians over seeds: {spent} generator steps in {batches}, {networks}, {judged}{_unended(board)}"


def _unended(board: Board) -> str:
    """Methods that not all seeds of completed."""
    done = {cell.label: (cell.counts[Status.COMPLETED], len(cell.status)) for cell in board.ran}
    few = ", ".join(f"{label} {n} of {planned}" for label, (n, planned) in done.items() if n < planned)
    return f"; not all seeds completed: {few}" if few else ""


def _against(cell: Cell) -> str:
    told = cell.outcomes[0].facts.get("judged by") or {}
    if "reference images" not in told:
        return ""
    split = str(told.get("reference split", ""))
    whole = "endless set" if split == "endless" else f"{split} split"
    return f" against {told['reference images']:,} of the {whole}"
