"""Which cells are drawn: all of a usual run, and of a very large one a few that say most, with a note.

The pictures of a cell cost a third of a second and some ninety kilobytes, so that a thousand cells would take
minutes and make a page that no browser likes; a few cells of large images may make one, too. All boards and
every cell stay at any size; cells then tell the seeds of the ranking metric only, and budgets, courses of
training and speed are those of what is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from gan_bench.analysis.cells import REFERENCE, Cell
from gan_bench.analysis.leaderboard import Leaderboard
from gan_bench.errors import unknown
from gan_bench.paths import shown
from gan_bench.report.numbers import counted

# Ranked cells up to which everything is drawn, some eight megabytes; beyond it the first board's
# nearest and last. A second board costs a quarter of the time that a thousand cells take.
MOST_CELLS = 100
BOARDS, NEAREST, LAST = 1, 2, 1


def to_draw(
    run: Any, cells: Sequence[Cell], boards: Sequence[Leaderboard], *, few: bool = False
) -> tuple[Any, str]:
    """Return the run with the outcomes that are drawn, and a sentence on what is not; empty where all are.

    few: draw few cells however many there are, because the page of all of them was too large.
    """
    ranked = sum(len(board.standings) for board in boards)
    if ranked <= MOST_CELLS and not few:
        return run, ""
    chosen = [board.standings for board in boards[:BOARDS]]
    kept = {id(s.cell) for standings in chosen for s in (*standings[:NEAREST], *standings[-LAST:])}
    competing = {id(s.cell) for board in boards for s in board.standings}
    datasets = {standings[0].cell.dataset for standings in chosen if standings}
    drawn = [
        cell
        for cell in cells
        if id(cell) in kept
        or (id(cell) not in competing and (not cell.is_reference or cell.dataset in datasets))
    ]
    outcomes = {id(outcome) for cell in drawn for outcome in cell.outcomes}
    part = [outcome for outcome in run.outcomes if id(outcome) in outcomes]
    return dataclasses.replace(run, outcomes=type(run.outcomes)(part)), _note(ranked, boards, few=few)


def selected(run: Any, methods: Sequence[str], datasets: Sequence[str]) -> Any:
    """Return the part of a run that has these methods and data sets, () = all; its title says so.

    Yardsticks of the data sets stay. Raises UsageError for a name that the run does not have.
    """
    if not methods and not datasets:
        return run
    jobs = [outcome.job for outcome in run.outcomes]
    for option, wanted, known in (
        ("--method", methods, {job.method for job in jobs}),
        ("--dataset", datasets, {job.dataset for job in jobs}),
    ):
        for name in wanted:
            if name not in known:
                raise unknown(option.removeprefix("--"), name, sorted(known - {""}), shown(run.directory))
    allowed = {*methods, REFERENCE} if methods else None
    part = [
        outcome
        for outcome in run.outcomes
        if (allowed is None or outcome.job.method in allowed)
        and (not datasets or outcome.job.dataset in datasets)
    ]
    header = dict(run.suite.get("suite", {}))
    words = f"only {' and '.join(', '.join(names) for names in (methods, datasets) if names)}"
    header["title"] = f"{header['title']}; {words}" if header.get("title") else words
    return dataclasses.replace(run, outcomes=type(run.outcomes)(part), suite={**run.suite, "suite": header})


def _note(ranked: int, boards: Sequence[Leaderboard], *, few: bool) -> str:
    names = " and ".join(board.title for board in boards[:BOARDS])
    if not boards:
        return "Above 10 megabytes, which fewer pictures do not mend here: the page opens slowly."
    why = "Above 10 megabytes" if few else f"With {counted(ranked, 'cell')}"
    return (
        f"{why} the page draws training curves and samples of the {NEAREST} nearest "
        f"methods and the last one on {names} only, and tells budgets, courses of training and speed there. "
        "Every board is here, and every cell, with the seeds of the metric that ranks. "
        "Any others: gan-bench report DIR --method M --dataset D --output FILE."
    )
