"""What ran: counts in every square, collapse, how dark, totals where it is dense, clocks, signs in styles."""

import dataclasses
import re

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard_of
from gan_bench.analysis.palette import looks
from gan_bench.analysis.rankings import RANKINGS, contests
from gan_bench.report.heatmap import MOST_WIDE, SQUARES
from gan_bench.report.ran import what_ran
from gan_bench.report.shell import environment, stylesheet


def ran_of(run):
    cells = cells_of(run.outcomes)
    ranked = [leaderboard_of(contest) for name in RANKINGS for contest in contests(cells, name)]
    return what_ran(cells, dict(run.provenance), ranked)


def section_of(run):
    labels = [cell.label for cell in cells_of(run.outcomes) if not cell.is_reference]
    page = environment().get_template("ran.html.j2")
    return page.render(ran=ran_of(run), questions={}, looks=looks(labels))


def squares_of(run):
    laid_out = ran_of(run).map
    return {
        (row.label, dataset): square
        for row in laid_out.rows
        for dataset, square in zip(laid_out.datasets, row.squares, strict=True)
    }


def test_every_square_counts_what_became_of_its_seeds(synthetic):
    squares = squares_of(synthetic.standard_run())
    assert set(squares) == {(m, d) for m in synthetic.METHODS for d in synthetic.DATASETS}

    def told(method, dataset):
        square = squares[method, dataset]
        return square.state, square.main, square.details, square.signs, square.lost

    assert told("wgan-gp", "swiss-roll") == ("completed", "8/8", "", "", 0)
    assert told("wgan-clip", "grid25") == ("diverged", "6/8", "2 diverged", "≈2", 1)
    assert told("nsgan", "parallel-lines") == ("failed", "0/8", "8 error", "✕8", 4)
    assert told("gan", "parallel-lines")[:2] == ("skipped", "skipped")
    assert "needs a density" in told("gan", "parallel-lines")[2]
    # The made-up GAN covers 4 tenths of the modes, where a perfect sampler covers all.
    assert told("gan", "ring8") == ("collapsed", "8/8", "8 collapsed", "◐8", 4)


@pytest.mark.parametrize(("lost", "grade"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (6, 3), (7, 4), (8, 4)])
def test_a_square_is_the_darker_the_more_quarters_of_its_seeds_were_lost(synthetic, lost, grade):
    outcome = synthetic.trained("wgan-gp", "swiss-roll", 8, dict.fromkeys(range(lost), 300))
    square = squares_of(synthetic.run_of([outcome]))["wgan-gp", "swiss-roll"]
    assert (square.main, square.lost) == (f"{8 - lost}/8", grade)
    assert (f"lost-{grade}" in section_of(synthetic.run_of([outcome]))) == bool(lost)


def test_a_pair_that_was_not_planned_is_a_dash_and_no_link(synthetic):
    run = synthetic.run_of([synthetic.trained("gan", "ring8", 2), synthetic.trained("nsgan", "grid25", 2)])
    assert squares_of(run)["gan", "grid25"] is None
    section = section_of(run)
    assert section.count('class="square none"') == 2
    assert section.count('href="#cell-training--') == 2


def test_rows_and_squares_belong_to_their_method(synthetic):
    section = section_of(synthetic.standard_run())
    assert re.findall(r'<tr data-method="([^"]+)">', section) == list(synthetic.METHODS)


def test_with_few_data_sets_every_square_says_which_it_is(synthetic):
    section = section_of(synthetic.standard_run())
    assert section.count('data-label="grid25"') == len(synthetic.METHODS)
    assert "dense" not in section


def test_with_many_data_sets_rows_are_summed_up_and_words_are_kept_for_the_ear(synthetic):
    names = [f"set-{k}" for k in range(MOST_WIDE + 1)]
    lost = {"set-0": {0: 300}, "set-3": {0: 300, 2: 1500}}
    run = synthetic.run_of([synthetic.trained("gan", name, 3, lost.get(name)) for name in names])
    laid_out = ran_of(run).map
    assert laid_out.dense
    assert (laid_out.rows[0].total, laid_out.rows[0].trouble) == ("24/27", "3 diverged")
    section = section_of(run)
    assert 'class="ran map dense"' in section
    assert '<span class="visually-hidden"> 2 diverged</span>' in section
    assert "data-label" not in section


def test_the_legend_explains_just_the_states_that_are_shown(synthetic):
    ran = ran_of(synthetic.standard_run())
    assert [name for name, _, _ in ran.legend] == ["completed", "diverged", "failed", "skipped", "collapsed"]
    alone = ran_of(synthetic.run_of([synthetic.trained("gan", "swiss-roll", 2)]))
    assert [name for name, _, _ in alone.legend] == ["completed"]


@pytest.mark.parametrize("name", SQUARES)
def test_the_styles_draw_the_sign_of_every_state(name):
    """Signs are no text of the table, so that a column sorts by its numbers: two places must agree."""
    rule = re.search(rf"\.square\.{name} a::before {{ content: \"(.) \"", stylesheet())
    assert rule is not None
    assert rule[1] == SQUARES[name][0]


def test_the_clock_on_the_wall_stands_beside_the_summed_training_time(synthetic):
    silent = synthetic.trained("gan", "ring8", 2)
    told = dataclasses.replace(
        silent, provenance={"job_started": "2026-11-20T19:00:00Z", "wall_seconds": 75.0}
    )
    assert "by the clock" not in ran_of(synthetic.run_of([silent])).seeds
    seeds = ran_of(synthetic.run_of([told])).seeds
    assert "13 s inside training updates, summed over jobs; the jobs took 1 min 15 s by the clock" in seeds


def test_timings_beside_other_jobs_are_named(synthetic):
    when = {"job_started": "2026-11-20T19:00:00Z", "wall_seconds": 9.0}
    alone = {"job_started": "2026-11-20T20:00:00Z", "wall_seconds": 9.0}
    trained = dataclasses.replace(synthetic.trained("gan", "ring8", 2), provenance=when)
    timed = dataclasses.replace(
        synthetic.trained("wgan-gp", "ring8", 2), provenance=when, facts={"timing": {}}
    )
    other = dataclasses.replace(
        synthetic.trained("sngan", "ring8", 2), provenance=alone, facts={"timing": {}}
    )
    run = synthetic.run_of([trained, timed, other])
    sentence = ran_of(run).accompanied
    assert sentence.startswith("1 of 2 cells that time single steps ran while other jobs did")
    assert "wgan-gp on ring8 (training)" in sentence
    assert "sngan" not in sentence
    assert sentence in section_of(run)
    assert ran_of(synthetic.run_of([trained, other])).accompanied == ""


def test_a_hostile_name_is_just_a_name(synthetic):
    hostile = "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
    section = section_of(synthetic.run_of([synthetic.trained(hostile, hostile, 2)]))
    assert "<img" not in section
    assert "49" not in section
    assert 'data-method="&lt;/script&gt;' in section
