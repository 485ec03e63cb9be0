"""Pictures of the images experiment: samples, FID, KID, classes, nearest images, published numbers."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.analysis.rankings import contests
from gan_bench.experiments.images.figures import classes, curves, samples
from gan_bench.experiments.images.figures.beside import published
from gan_bench.experiments.images.figures.board import Board
from gan_bench.experiments.training.figures.board import Board as DynamicsBoard
from gan_bench.experiments.training.figures.dynamics import forces

EXPERIMENT = "images"


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's image jobs, contest by contest."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    boards = [Board(contest, shared) for contest in contests(every, EXPERIMENT)]
    found = [figure for board in boards for figure in _of_contest(board)]
    found += published(boards, EXPERIMENT)
    return [figure for figure in found if figure is not None]


def _of_contest(board: Board) -> list[Figure | None]:
    pictures = [samples.over_training(board), samples.every_seed(board), samples.nearest(board)]
    if not board.ran:
        return pictures
    contest = board.contest
    dynamics = DynamicsBoard(contest.title, contest.cells, contest.reference, dict(board.looks))
    return [
        *pictures,
        curves.fid(board),
        curves.summary(board, "fid"),
        curves.kid(board),
        curves.summary(board, "kid"),
        classes.covered(board),
        classes.shares(board),
        classes.accuracy(board),
        forces(dynamics),
    ]
