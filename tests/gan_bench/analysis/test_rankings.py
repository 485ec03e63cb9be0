"""Who competes with whom on images: one contest per data set and judge, values of unlike extractors apart."""

import dataclasses

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.intervals import t_interval
from gan_bench.analysis.leaderboard import leaderboard_of
from gan_bench.analysis.rankings import RANKINGS, Contest, contests, extractor, family, named, trials
from gan_bench.harness.outcome import Row, frame_from_rows


@pytest.fixture(scope="module")
def twice(synthetic_images):
    """CIFAR-10 judged by two extractors, the perfect sampler by one of them only."""
    s = synthetic_images
    outcomes = [
        s.trained(m, "cifar10", 2, extractor=e)
        for e in ("classifier", "inception")
        for m in ("wgan-gp", "sngan")
    ]
    return cells_of([*outcomes, s.perfect("cifar10", "inception"), s.trained("gan", "glyphs", 2)])


def test_names_come_apart_into_family_and_extractor():
    assert (family("fid[glyphs-cnn]"), extractor("fid[glyphs-cnn]")) == ("fid", "glyphs-cnn")
    assert (family("w1"), extractor("w1")) == ("w1", "")


def test_one_contest_per_data_set_and_judge(twice):
    made = contests(twice, "images")
    assert [contest.title for contest in made] == [
        "cifar10, judged by cifar10-cnn", "cifar10, judged by inception", "glyphs",
    ]  # fmt: skip
    assert [len(contest.cells) for contest in made] == [2, 2, 1]
    assert [contest.reference is not None for contest in made] == [False, True, False]
    assert contests(twice, "training") == []


def test_a_board_holds_the_values_of_one_extractor(twice):
    first, second, _ = (leaderboard_of(contest) for contest in contests(twice, "images"))
    assert (first.label, second.label) == ("FID (cifar10-cnn)", "FID (inception)")
    for board, judges in ((first, {"cifar10-cnn", ""}), (second, {"inception", "cifar10-cnn", ""})):
        assert {extractor(metric) for metric in board.beside} == judges
        assert len({family(metric) for metric in board.beside}) == len(board.beside)
    # Classes are told by the classifier, whatever makes the features.
    assert "classes_covered[cifar10-cnn]" in second.beside
    assert "kid[inception]" in second.beside


def test_unlike_extractors_cannot_meet_on_one_board(twice):
    mixed = Contest("images", "cifar10", "cifar10", tuple(c for c in twice if c.dataset == "cifar10"), None)
    with pytest.raises(ValueError, match="not comparable"):
        leaderboard_of(mixed)
    with pytest.raises(ValueError, match=r"fid\[cifar10-cnn\] and fid\[inception\]"):
        named(mixed.cells, ["fid"])


def test_shares_of_neighbours_are_of_no_more_images_than_are_looked_at(synthetic_images):
    made = synthetic_images.trained("gan", "glyphs", 2)
    ranking = RANKINGS["images"]

    def of(metric, size, manifold, reference=5000):
        quality = {**made.job.settings["quality"], "options": {"manifold_images": manifold}}
        job = dataclasses.replace(made.job, settings={**made.job.settings, "quality": quality})
        facts = {"judged by": {"reference images": reference}}
        (cell,) = cells_of([dataclasses.replace(made, job=job, facts=facts)])
        return trials(ranking, cell, f"{metric}[glyphs-cnn]", size)

    for metric in ("precision", "recall", "coverage"):
        assert of(metric, 2000, 1000) == 1000
        assert of(metric, 500, 1000) == 500
        assert of(metric, 2000, 1000, reference=360) == 360
    assert of("conditional_accuracy", 2000, 1000) == 2000
    assert of("fid", 2000, 1000) == 2000
    assert trials(ranking, cells_of([made])[0], "precision[glyphs-cnn]", 2000) == 2000


def test_the_boards_interval_of_a_share_of_neighbours_takes_their_number(synthetic_images):
    made = synthetic_images.trained("gan", "glyphs", 2)
    quality = {**made.job.settings["quality"], "options": {"manifold_images": 50}}
    job = dataclasses.replace(made.job, settings={**made.job.settings, "quality": quality})
    rows = [
        Row(seed, 750, f"{kind}[glyphs-cnn]", value, axis="n", at=2000)
        for seed, value in ((0, 0.5), (1, 1.0))
        for kind in ("fid", "recall")
    ]
    (contest,) = contests(
        cells_of([dataclasses.replace(made, job=job, rows=frame_from_rows(job, rows))]), "images"
    )
    (standing,) = leaderboard_of(contest).standings
    assert standing.beside["recall[glyphs-cnn]"] == t_interval([0.5, 1.0], "logit", trials=50)


def test_the_same_extractor_on_another_number_of_images_is_another_contest(synthetic_images):
    one = synthetic_images.trained("gan", "glyphs", 2)
    job = dataclasses.replace(one.job, settings={**one.job.settings, "end_samples": 9000})
    made = contests(cells_of([one, dataclasses.replace(one, job=job)]), "images")
    assert [c.title for c in made] == ["glyphs, judged by glyphs-cnn", "glyphs, judged by glyphs-cnn (2)"]


def test_ranked_by_fid_at_the_larger_number_of_images(synthetic_images):
    """By hand: gan's geometric mean is 4, nsgan's 3, though nsgan's FID is higher on fewer images."""
    s, made = synthetic_images, []
    for method, ends in (("gan", (2.0, 8.0)), ("nsgan", (3.0, 3.0))):
        outcome = s.trained(method, "glyphs", 2)
        rows = [Row(k, 750, "fid[glyphs-cnn]", v, axis="n", at=2000) for k, v in enumerate(ends)]
        rows += [Row(k, 750, "fid[glyphs-cnn]", 10 * v, axis="n", at=500) for k, v in enumerate(ends)]
        made.append(dataclasses.replace(outcome, rows=frame_from_rows(outcome.job, rows)))
    (contest,) = contests(cells_of(made), "images")
    board = leaderboard_of(contest)
    assert board.size == 2000
    centres = [(st.cell.label, st.interval.centre) for st in board.standings]
    assert centres == [("nsgan", pytest.approx(3.0)), ("gan", pytest.approx(4.0))]


def test_collapse_is_under_half_the_classes(synthetic_images):
    outcome = synthetic_images.trained("gan", "glyphs", 3)
    rows = outcome.rows.copy()
    ends = (rows["metric"] == "classes_covered[glyphs-cnn]") & (rows["at"] == synthetic_images.END)
    rows.loc[ends, "value"] = [4.0, 5.0, 9.0]
    cells = cells_of([dataclasses.replace(outcome, rows=rows), synthetic_images.perfect("glyphs")])
    (contest,) = contests(cells, "images")
    assert leaderboard_of(contest).standings[0].collapsed == 1


def test_a_kid_below_zero_keeps_its_interval(synthetic_images):
    outcome = synthetic_images.trained("gan", "glyphs", 3)
    rows = outcome.rows.copy()
    ends = (rows["metric"] == "kid[glyphs-cnn]") & (rows["at"] == synthetic_images.END)
    rows.loc[ends, "value"] = [-0.001, 0.001, 0.003]
    (contest,) = contests(cells_of([dataclasses.replace(outcome, rows=rows)]), "images")
    interval = leaderboard_of(contest).standings[0].beside["kid[glyphs-cnn]"]
    assert interval.centre == pytest.approx(0.001)
    assert interval.low < 0 < interval.high


def test_cells_that_measured_nothing_still_compete(synthetic_images):
    s = synthetic_images
    cells = cells_of([s.failed("gan", "glyphs"), s.skipped("cgan", "glyphs"), s.perfect("stacked-glyphs")])
    (contest,) = contests(cells, "images")
    board = leaderboard_of(contest)
    assert (contest.title, board.best, len(board.standings)) == ("glyphs", None, 2)


def test_every_ranking_is_complete():
    for ranking in RANKINGS.values():
        assert ranking.covered in ranking.beside
        assert len(set(ranking.families)) == len(ranking.families)
