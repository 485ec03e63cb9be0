"""What a first-time reader is told to look at: made from the run, the gravest first, each with its place."""

import dataclasses
import math

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.leaderboard import leaderboard_of
from gan_bench.analysis.rankings import contests
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.gate import Source, gate_of
from gan_bench.report.banner import MOST_POINTERS, pointers
from gan_bench.report.claims import Claims, Line
from gan_bench.report.gated import MOST, gated
from gan_bench.report.stability import stable

NO_GATE = gated(None)


def boards_of(cells):
    return [leaderboard_of(contest) for contest in contests(cells, "training")]


def claims_of(*verdicts):
    lines = (
        Line(f"claim-{k}", "", "", verdict, f"statement {k}", "", (), (), (), ())
        for k, verdict in enumerate(verdicts)
    )
    return Claims(tuple(lines), (), {})


def told(outcomes, *verdicts, gate=NO_GATE):
    cells = cells_of(outcomes)
    return pointers(cells, claims_of(*verdicts), boards_of(cells), gate)


def test_what_broke_comes_before_what_was_refuted(synthetic):
    s = synthetic
    found = told([s.failed("gan", "ring8"), s.not_run("nsgan", "ring8")], "confirmed", "refuted", "refuted")
    assert found[0].text == "2 cells failed or did not run; nothing below speaks for them"
    assert found[0].label == "gan on ring8 and 1 other"
    assert found[0].link == f"#cell-{s.failed('gan', 'ring8').job.key}"
    assert found[1].text == "Theory that did not hold here, the first of 2"
    assert (found[1].link, found[1].label) == ("#claim-1", "statement 1")


def test_a_regression_comes_first(synthetic):
    finding = Finding("relative", Outcome.REGRESSION, "gan on ring8", "w1", "W1 grew by 62 %", "")
    gate = gate_of("s", [finding], Source("t.toml", ""), None, [], strict=False)
    first = told([synthetic.failed("gan", "ring8")], "refuted", gate=gated(gate))[0]
    assert (first.text, first.label) == ("The gate found a regression", "W1 grew by 62 %")
    outdated = gated(dataclasses.replace(gate, outdated=True))
    assert told([synthetic.trained("gan", "ring8", 3)], "refuted", gate=outdated)[0].link == "#claim-0"


def test_diverged_seeds_are_told_with_their_rate(synthetic):
    s = synthetic
    outcomes = [s.trained("gan", "ring8", 8), s.trained("wgan-clip", "ring8", 8, {2: 300, 5: 1500})]
    (lost,) = [p for p in told(outcomes) if "diverged" in p.text]
    low, high = wilson(2, 8)
    rate = f"{100 * low:.0f} to {100 * high:.0f} %"
    assert lost.text == f"Seeds diverged in 1 cell, most in wgan-clip on ring8: 2 of 8, a rate of {rate}"


def test_the_closest_race_is_that_of_the_smallest_ratio(synthetic):
    s = synthetic
    outcomes = [s.trained(m, d, 8) for m in ("gan", "wgan-gp", "sngan") for d in ("ring8", "grid25")]
    boards = boards_of(cells_of(outcomes))
    ratios = {b.title: b.standings[1].interval.centre / b.standings[0].interval.centre - 1 for b in boards}
    closest = min(ratios, key=ratios.get)
    (race,) = [p for p in told(outcomes) if "race" in p.text]
    assert race.link == f"#board-{closest}"
    share = f"{100 * ratios[closest]:.0f} %" if ratios[closest] >= 0.01 else "less than 1 %"
    assert f"{share} further" in race.text


def test_there_are_few_and_a_run_of_nothing_has_none(synthetic):
    s = synthetic
    many = [
        s.failed("gan", "ring8"),
        s.trained("nsgan", "ring8", 8, {2: 300}),
        s.trained("sngan", "ring8", 8),
    ]
    assert len(told(many, "refuted", "inconclusive", "confirmed")) == MOST_POINTERS
    assert told([]) == ()


def test_no_divergence_says_what_the_fewest_seeds_still_allow(synthetic):
    s = synthetic
    outcomes = [s.trained("nsgan", "ring8", 8), s.trained("sngan", "ring8", 4), s.perfect("ring8")]
    bound = f"{100 * wilson(0, 4)[1]:.0f}\N{NO-BREAK SPACE}%"
    assert stable(boards_of(cells_of(outcomes))) == tuple(
        f"No seed {what} (0 of 12); 4 seeds of a method cannot rule out a rate of up to {bound}."
        for what in ("diverged", "ended with under half the modes or classes")
    )
    assert stable([]) == ()


def test_collapse_is_told_of_data_sets_with_modes_only(synthetic):
    s = synthetic
    spiral = [s.trained("gan", "swiss-roll", 8), s.perfect("swiss-roll")]
    (only,) = stable(boards_of(cells_of(spiral)))
    assert only.startswith("No seed diverged (0 of 8)")
    ring = [s.trained("gan", "ring8", 4), s.perfect("ring8")]
    _, collapsed = stable(boards_of(cells_of([*spiral, *ring])))
    # The made-up gan ends with 40 % of the modes.
    assert collapsed == "Seeds that ended with under half the modes or classes: gan 4 of 4."


def test_seeds_that_were_lost_are_counted_by_method_over_data_sets(synthetic):
    s = synthetic
    outcomes = [s.trained("gan", d, 4) for d in ("ring8", "grid25")]
    outcomes += [
        s.trained("wgan-clip", "ring8", 4, {1: 200}),
        s.trained("wgan-clip", "grid25", 4, {0: 9, 1: 9}),
    ]
    outcomes += [s.perfect("ring8"), s.perfect("grid25")]
    diverged, collapsed = stable(boards_of(cells_of(outcomes)))
    assert diverged == "Seeds that diverged: wgan-clip 3 of 8; none of gan."
    # The made-up gan ends with 40 % of the modes.
    assert collapsed.startswith("Seeds that ended with under half the modes or classes: gan 8 of 8")


@pytest.mark.parametrize(
    ("outcomes", "verdict", "state"),
    [
        ([Outcome.PASS], "PASS", "completed"),
        ([Outcome.PASS, Outcome.INCONCLUSIVE], "INCONCLUSIVE", "diverged"),
        ([Outcome.PASS, Outcome.REGRESSION, Outcome.MISSING], "REGRESSION", "failed"),
        ([Outcome.PASS, Outcome.MISSING], "MISSING", "failed"),
        ([], "NOTHING COMPARED", "skipped"),
    ],
)
def test_gate_in_words(outcomes, verdict, state):
    findings = [
        Finding("absolute", o, "gan on ring8", "w1", f"sentence {k}", "") for k, o in enumerate(outcomes)
    ]
    gate = gate_of("mine", findings, Source("t.toml", ""), Source("base", ""), [], strict=False)
    shown = gated(gate)
    assert (shown.verdict, shown.state, shown.asked, shown.outdated) == (verdict, state, True, False)
    assert len(shown.findings) == len(outcomes)
    if outcomes:
        assert "by the thresholds of t.toml, against the baseline base: " in shown.sentence
        assert f"1 {shown.findings[0].outcome}" in shown.sentence
    else:
        assert shown.sentence == "No threshold speaks of the suite mine in t.toml."


def test_an_outdated_gate_says_what_it_said_and_shows_no_finding():
    finding = Finding("absolute", Outcome.PASS, "gan on ring8", "w1", "fine", "")
    gate = gate_of("mine", [finding], Source("t.toml", ""), None, [], strict=False)
    shown = gated(dataclasses.replace(gate, outdated=True))
    assert (shown.verdict, shown.state, shown.findings) == ("outdated", "skipped", ())
    assert shown.sentence.startswith("It said PASS of earlier results")


def test_no_gate_and_too_many_findings():
    assert (NO_GATE.asked, NO_GATE.verdict) == (False, "not asked")
    findings = [Finding("absolute", Outcome.PASS, "", "w1", str(k), "") for k in range(MOST + 3)]
    shown = gated(gate_of("mine", findings, Source("t.toml", ""), None, [], strict=False))
    assert (len(shown.findings), shown.left_out) == (MOST, 3)


def test_a_board_whose_best_scores_nothing_runs_no_race(synthetic):
    """A distance of 0 has no ratio to it."""
    cells = cells_of([synthetic.trained(m, "ring8", 3) for m in ("gan", "sngan")])
    (board,) = boards_of(cells)
    nothing = Interval(0.0, None, None, 3, "no spread, no interval")
    standings = (dataclasses.replace(board.standings[0], interval=nothing), *board.standings[1:])
    board = dataclasses.replace(board, standings=standings)
    found = pointers(cells, claims_of(), [board], NO_GATE)
    assert [p for p in found if "race" in p.text] == []
    assert math.isfinite(board.standings[1].interval.centre)
