"""What the page says of an order: the test's words, shared ranks, and what few seeds cannot tell."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard, leaderboard_of
from gan_bench.analysis.rankings import contests
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.apart import alike, not_separable, open_question, out_of_order, statement
from gan_bench.report.board import lines
from gan_bench.report.glances import glances, nearest_alone
from gan_bench.report.numbers import share_ends


def outcome(method, values, diverged=0):
    seeds = tuple(range(len(values) + diverged))
    job = Job("training", method, "ring8", seeds)
    kinds = [Status.COMPLETED] * len(values) + [Status.DIVERGED] * diverged
    rows = [Row(seed, 9, "w1", float(value), axis="n", at=500) for seed, value in enumerate(values)]
    status = {seed: SeedStatus(kind) for seed, kind in zip(seeds, kinds, strict=True)}
    return Outcome(job, frame_from_rows(job, rows), status)


def board(*outcomes):
    return leaderboard(cells_of(outcomes), None, "training", "ring8")


BEST, NEAR, FAR = (0.8, 1.0, 1.1, 1.3, 1.2), (0.9, 1.05, 1.4, 1.25, 1.0), (5.0, 6.0, 7.0, 5.5, 6.5)


def p_of(x, y):
    return stats.mannwhitneyu(x, y, method="exact").pvalue


def test_statements_are_those_of_the_exact_test():
    made = board(outcome("best", BEST), outcome("near", (*NEAR[:4], 1.01)), outcome("far", FAR))
    said = {s.cell.label: statement(s) for s in made.standings}
    assert said["best"] == ""
    wins = np.mean([x < y for x in BEST for y in (*NEAR[:4], 1.01)])
    assert said["near"].startswith(f"not told apart: lowest nearer in {100 * wins:.0f} % [")
    p = p_of(BEST, FAR)
    assert 0.001 < p < 0.01
    assert said["far"].startswith("further: lowest nearer in 100 % [")
    assert said["far"].endswith(f"of pairs, p = {f'{p:.3f}'[1:]}")
    assert not_separable(made) == ["near"]
    ranks = [(line.rank, line.label) for line in lines(made)]
    assert ranks == [("1 =", "best"), ("1 =", "near"), ("3", "far")]
    against = [line.against_best for line in lines(made)]
    assert against[0] == "lowest"
    assert all(words.endswith(" times") for words in against[1:])


def test_a_draw_above_a_lower_mean_is_explained():
    """No test tells `wide`, whose best seed is the lowest, from the best; `tight` always loses."""
    best, tight, wide = (1.0, 1.01, 1.02, 1.03), (1.1, 1.11, 1.12, 1.13), (0.9, 1.005, 2.0, 2.1)
    made = board(outcome("best", best), outcome("tight", tight), outcome("wide", wide))
    assert [(s.rank, s.cell.label) for s in made.standings] == [(1, "best"), (1, "wide"), (3, "tight")]
    words = "wide shares the first rank, though tight has a lower mean: seeds of wide scatter more."
    assert out_of_order(made) == words
    assert out_of_order(board(outcome("best", best), outcome("tight", tight))) == ""
    # Lost seeds, not scatter, put a method below one with a higher mean of survivors.
    lost = board(outcome("best", best), outcome("wide", wide), outcome("lost", tight, diverged=1))
    assert out_of_order(lost) == ""


def test_three_seeds_can_tell_nothing_and_that_is_said():
    made = board(outcome("best", BEST[:3]), outcome("far", FAR[:3]))
    assert [statement(s) for s in made.standings] == ["", "too few seeds to tell: needs 4 a side"]
    assert open_question(made) == (
        "Inconclusive: 3 seeds cannot tell methods apart by any test; it takes 4 of each."
    )
    assert not_separable(made) == ["far"]


def test_lost_seeds_take_part_in_the_test_and_survivors_are_named_as_such():
    made = board(outcome("best", BEST), outcome("lossy", BEST[:2], diverged=3))
    lossy = next(s for s in made.standings if s.cell.label == "lossy")
    assert statement(lossy).startswith("survivors only; ")
    dead = board(outcome("best", BEST), outcome("dead", [], diverged=5))
    (gone,) = [s for s in dead.standings if s.cell.label == "dead"]
    assert statement(gone).startswith("further: lowest nearer in 100 %")


def test_an_open_board_says_what_would_tell():
    made = board(outcome("best", BEST), outcome("near", NEAR))
    assert open_question(made).startswith(
        "Inconclusive: no method is told apart from best; telling near from best, the easiest pair, "
    )
    assert open_question(board(outcome("best", BEST), outcome("far", FAR))) == ""


def test_alike_compares_with_a_method_that_is_not_the_lowest():
    made = board(
        outcome("best", [v / 10 for v in BEST]),
        outcome("near", NEAR),
        outcome("also", BEST),
        outcome("far", FAR),
    )
    by_label = {s.cell.label: s for s in made.standings}
    others = [by_label[name] for name in ("near", "far")]
    assert alike(by_label["also"], others) == ["near"]
    empty = dataclasses.replace(by_label["near"], ends={})
    assert alike(by_label["also"], [empty]) == []


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.46, 0.73, "[46, 73]"),
        (0.4967, 0.78, "[49.7, 78.0]"),
        (0.5004, 0.8, "[50.04, 80.00]"),
        (0.5, 1.0, "[50, 100]"),
    ],
)
def test_an_end_does_not_read_like_one_half(low, high, text):
    assert share_ends(low, high, 0.5) == text


def test_the_banner_has_a_sentence_for_data_sets_that_stand_alone():
    tables = glances([board(outcome("best", BEST), outcome("far", FAR))])
    (sentence,) = nearest_alone(tables, [])
    assert sentence == "On ring8 best ends nearest: W1 1.07; told apart from all others."
    assert nearest_alone(tables, ["W1"]) == []
    (open_one,) = nearest_alone(glances([board(outcome("best", BEST), outcome("near", NEAR))]), [])
    assert open_one.endswith("; not told apart from near.")
    (few,) = nearest_alone(glances([board(outcome("best", BEST[:3]), outcome("far", FAR[:3]))]), [])
    assert few.endswith("; 3 seeds cannot tell methods apart.")
    (single,) = nearest_alone(glances([board(outcome("best", BEST))]), [])
    assert single == "On ring8 best ends nearest: W1 1.07."


def test_a_nearest_that_is_told_the_classes_says_so(synthetic_images):
    s = synthetic_images
    cells = cells_of([s.trained(m, "glyphs", 5) for m in ("cgan", "gan", "wgan-gp")] + [s.perfect("glyphs")])
    (contest,) = contests(cells, "images")
    (sentence,) = nearest_alone(glances([leaderboard_of(contest)]), [])
    assert sentence.startswith("On glyphs cgan ends nearest: FID ")
    assert " times a perfect sampler's; " in sentence
    assert " It is told the classes; lowest without: wgan-gp, " in sentence
