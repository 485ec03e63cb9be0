"""Claims on the page: verdicts from stored outcomes, deciding numbers first, nothing where none is tested."""

import dataclasses
import math
import tomllib
from pathlib import Path

import pytest

import gan_bench
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.verdicts import Evidence, Verdict, at_least, exactly, untested
from gan_bench.experiments.base import Experiment
from gan_bench.experiments.claims import CLAIMS
from gan_bench.experiments.judge import _judgement, judge
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.report.claims import claims_table
from gan_bench.report.gather import page_context
from gan_bench.report.render import render

LABORATORY = f"{Path(__file__).parent / 'laboratory.py'}:EXPERIMENT"
SLOPE = Descriptor("slope", "slope", "decades", "neither")


def outcome(method, values):
    job = Job("laboratory", method, "", tuple(range(len(values))), {}, source=LABORATORY)
    rows = frame_from_rows(job, [Row(seed, 1, "slope", value) for seed, value in enumerate(values)])
    status = {seed: SeedStatus(Status.COMPLETED) for seed in job.seeds}
    return Outcome(job, rows, status, {"slope": SLOPE.as_dict()})


@pytest.fixture
def planted(synthetic):
    """Runs with the given slopes of both methods."""

    def make(minimax, non_saturating, *others):
        return synthetic.run_of([outcome("gan", minimax), outcome("nsgan", non_saturating), *others])

    return make


GOOD = ([-2.1, -2.0, -1.9, -2.2], [0.5, 0.6, 0.4, 0.5])


def test_evidence_becomes_verdicts_in_the_order_of_the_list(planted):
    found = judge(planted(*GOOD))
    assert [j.claim.name for j in found] == ["js-is-blind", "vanishing-gradient"]
    assert [j.verdict for j in found] == [Verdict.CONFIRMED, Verdict.INCONCLUSIVE]  # a part was not tested
    assert [verdict for _, verdict in found[1].parts] == [
        Verdict.CONFIRMED,
        Verdict.CONFIRMED,
        Verdict.NOT_TESTED,
        Verdict.CONFIRMED,
        Verdict.CONFIRMED,
    ]


def test_the_opposite_effect_turns_the_verdict(planted):
    found = judge(planted(GOOD[1], GOOD[1]))
    assert found[1].verdict is Verdict.REFUTED


def test_evidence_of_two_experiments_is_judged_together(planted, monkeypatch):
    def more(run):
        return [Evidence("js-is-blind", (exactly("JS again", 0.5, 0.693, 1e-3),), "", "It is not.")]

    second = Experiment("second", object, object, object, lambda run: [], more)
    from gan_bench import registry

    real = registry.load
    monkeypatch.setattr(
        registry, "load", lambda kind, name, *rest: second if name == "second" else real(kind, name, *rest)
    )
    other = outcome("gan", [1.0])
    job = Job("second", "gan", "", (0,), {})
    run = planted(*GOOD, Outcome(job, other.rows, other.status, other.descriptors))
    blind = judge(run)[0]
    assert blind.verdict is Verdict.REFUTED
    assert [part.statement for part, _ in blind.parts] == ["JS", "JS again"]
    assert blind.remarks == ("It is not.",)


def test_evidence_for_a_claim_that_nobody_made_is_a_fault(planted, monkeypatch):
    import gan_bench.experiments.judge as module

    monkeypatch.setattr(module, "CLAIMS", {"depth": CLAIMS["depth"]})
    with pytest.raises(ValueError, match='no claim "vanishing-gradient"'):
        judge(planted(*GOOD))


def test_what_decides_comes_first_and_the_rest_is_folded(planted):
    table = claims_table(judge(planted(GOOD[1], GOOD[1])), {"slopes": "Slopes"})
    blind, gradient = table.lines
    assert gradient.verdict == "refuted"
    assert gradient.deciding[0].statement.startswith("minimax")
    assert gradient.deciding[0].verdict == "refuted"
    assert (len(gradient.deciding), len(gradient.others)) == (3, 2)
    assert gradient.figures == (("Slopes", "#figure-slopes"),)
    assert blind.figures == ()  # a figure that the page does not hold is no link
    assert {count.text for count in table.counts} == {"1 confirmed", "1 refuted"}
    first = {line.verdict: line.anchor for line in reversed(table.lines)}
    assert {count.text.split()[1]: count.first for count in table.counts} == first
    assert table.untested == len(CLAIMS) - 2


def test_what_stands_in_the_way_of_a_verdict_comes_before_what_holds(planted):
    gradient = claims_table(judge(planted(*GOOD)), {}).lines[1]
    assert gradient.verdict == "inconclusive"
    assert [n.verdict for n in gradient.deciding] == ["not tested", "confirmed", "confirmed"]


def test_a_number_that_is_reported_but_not_judged_is_shown():
    part = dataclasses.replace(
        at_least("modes", [1.0, 2.0, 3.0], 0.0, unit="modes"),
        holds=False,
        against=math.nan,
        note="not judged",
    )
    line = claims_table([_judgement(CLAIMS["depth"], [Evidence("depth", (part,))])], {}).lines[0]
    assert line.verdict == "not tested"
    assert line.deciding[0].value == "2 modes"
    assert line.deciding[0].ends.startswith("[")
    assert line.deciding[0].note == "3 seeds, not judged"


def test_numbers_carry_interval_seeds_and_reasons(planted):
    table = claims_table(judge(planted(*GOOD)), {})
    numbers = {n.statement: n for line in table.lines for n in (*line.deciding, *line.others)}
    minimax = numbers["minimax: slope of the gradient per decade at most -1"]
    assert minimax.value.endswith("decades")
    assert minimax.ends == "[\N{MINUS SIGN}2.26, \N{MINUS SIGN}1.84]"  # t interval by hand: 2.05 -+ .2054
    assert minimax.note == "4 seeds"
    absent = numbers["penalised: slope within .2 of 0"]
    assert (absent.value, absent.ends) == ("\N{EN DASH}", "the method wgan-gp is not in this run")


def test_the_page_opens_with_the_claims_and_leads_to_their_figures(planted):
    text = render(planted(*GOOD))
    assert text.index('id="claims"') < text.index('id="ran"') < text.index('id="results"')
    assert 'href="#figure-slopes"' in text
    assert 'id="figure-slopes"' in text
    assert "The gradient&#39;s fate" in text
    assert "Does it vanish?" in text
    assert "1 confirmed" in text
    assert "1 inconclusive" in text
    assert f"{len(CLAIMS) - 2} claims not tested in this run" in text


def suite_of(name):
    return tomllib.loads((Path(gan_bench.__file__).parent / "suites" / f"{name}.toml").read_text("utf-8"))


def test_the_suite_that_is_named_for_a_claim_speaks_of_it():
    """Each claim is named in the claims of an experiment that its suite runs."""
    speaks = {}
    for suite in {claim.suite for claim in CLAIMS.values()}:
        folders = {e["kind"].replace("-", "_") for e in suite_of(suite)["experiment"]}
        found = [
            f for n in folders for f in (Path(gan_bench.__file__).parent / "experiments" / n).rglob("*.py")
        ]
        speaks[suite] = "".join(f.read_text("utf-8") for f in found)
    assert [claim.name for claim in CLAIMS.values() if f'"{claim.name}"' not in speaks[claim.suite]] == []


@pytest.mark.parametrize(("claim", "steps"), [("mode-coverage", 400_000), ("image-coverage", 100_000)])
def test_claims_that_are_judged_at_the_sources_protocol_only_name_a_suite_of_it(claim, steps):
    experiments = suite_of(CLAIMS[claim].suite)["experiment"]
    set_of = {"mode-coverage": "grid25", "image-coverage": "stacked-mnist"}[claim]
    assert [e["steps"] for e in experiments if set_of in e.get("datasets", ())] == [steps]


def test_claims_that_were_not_tested_stand_below_the_suite_that_tests_them(planted):
    text = render(planted(*GOOD))
    untold = text[text.index('class="untold"') :]
    heads = [untold.index(f"<code>gan-bench run {suite}</code>") for suite in ("theory", "paper", "images")]
    coverage = untold.index("more modes than minimax on the 25-mode grid")
    quality = untold.index("lower FID than the minimax")
    assert heads[1] < coverage < heads[2] < quality < untold.index("run stacked-mnist</code>")


def test_a_run_without_claims_has_no_table_of_them(synthetic):
    run = synthetic.run_of([synthetic.trained("wgan-gp", "ring8")])
    assert 'id="claims"' not in render(run)
    assert page_context(run)["claims"].lines == ()


def test_cells_of_other_experiments_are_listed_under_their_own_heading(planted):
    ran = page_context(planted(*GOOD))["ran"]
    assert ran.sentence.startswith("1 experiment, 2 cells")
    assert [group.name for group in ran.groups] == ["laboratory"]
    assert [words for words, _ in ran.groups[0].squares] == ["gan", "nsgan"]
    assert ran.map.rows == ()


def test_a_claim_with_nothing_tested_says_so():
    found = _judgement(CLAIMS["depth"], [Evidence("depth", (untested("x", "absent"),))])
    assert found.verdict is Verdict.NOT_TESTED
    assert claims_table([found], {}).counts[0].text == "1 not tested"


def test_an_end_that_rounds_to_its_margin_gets_further_digits():
    """ "[1.00, 1.15]" above 1 would read as if it reached 1."""
    part = dataclasses.replace(
        at_least("W1 falls by a factor above 1", [1.0, 1.1], 1.0), interval=Interval(1.07, 1.0032, 1.152, 8)
    )
    claim = _judgement(CLAIMS["depth"], [Evidence("depth", (part,))])
    (line,) = claims_table([claim], {}).lines
    assert (line.deciding[0].value, line.deciding[0].ends) == ("1.07", "[1.003, 1.152]")
