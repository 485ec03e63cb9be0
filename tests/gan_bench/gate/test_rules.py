"""Every kind of rule: what passes, what does not, and the sentence that says so."""

import math

import pytest

from gan_bench.analysis.verdicts import Evidence, at_least
from gan_bench.errors import UsageError
from gan_bench.gate.finding import Outcome

EIGHT = [0.20, 0.22, 0.18, 0.21, 0.19, 0.23, 0.20, 0.21]
NOISE = [0.02, -0.03, 0.01, 0.04, -0.02, 0.0, 0.03, -0.01]


def worse(values, ratio):
    return [ratio * value * math.exp(noise) for value, noise in zip(values, NOISE, strict=False)]


def only(gate, kind=None):
    (finding,) = [f for f in gate.findings if kind in (None, f.kind)]
    return finding


def absolute(bound, cells="training/*/ring8", metric="w1"):
    return f'[[toy.absolute]]\ncells = "{cells}"\nmetric = "{metric}"\n{bound}\n'


@pytest.mark.parametrize(("bound", "outcome", "words"), [
    ("upper_end_below = 0.3", Outcome.PASS, "is 0.204 [0.191, 0.218] over 8 seeds, below 0.3"),
    ("upper_end_below = 0.1", Outcome.REGRESSION, "over 8 seeds, wholly above 0.1"),
    ("upper_end_below = 0.21", Outcome.INCONCLUSIVE, "0.21 lies inside, "),
    ("lower_end_above = 0.1", Outcome.PASS, ", above 0.1"),
    ("lower_end_above = 0.3", Outcome.REGRESSION, ", wholly below 0.3"),
    ("median_below = 0.21", Outcome.PASS, "has a median of 0.205 over 8 seeds, below 0.21"),
    ("median_below = 0.2", Outcome.REGRESSION, "has a median of 0.205 over 8 seeds, not below 0.2"),
    ("median_above = 0.21", Outcome.REGRESSION, "has a median of 0.205 over 8 seeds, not above 0.21"),
])  # fmt: skip
def test_absolute_bounds(run_of, gate_of, bound, outcome, words):
    finding = only(gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), absolute(bound)))
    assert finding.outcome is outcome
    assert finding.sentence.startswith("gan on ring8: Wasserstein-1 ")
    assert words in finding.sentence


@pytest.mark.parametrize(("lost", "bound", "outcome"), [
    (1, "upper_end_below = 0.3", Outcome.INCONCLUSIVE),  # the survivors' interval is no pass
    (1, "median_below = 0.3", Outcome.PASS),
    (5, "median_below = 0.3", Outcome.REGRESSION),  # the median itself diverged
    (5, "median_above = 0.1", Outcome.REGRESSION),  # and is worst whichever way is better
])  # fmt: skip
def test_diverged_seeds_are_worst_and_never_pass_by_an_interval(run_of, gate_of, lost, bound, outcome):
    run = run_of({"training/gan/ring8": {"w1": [*EIGHT[lost:], *[math.inf] * lost]}})
    finding = only(gate_of(run, absolute(bound)))
    assert finding.outcome is outcome


def test_the_longest_pattern_wins_whatever_its_place(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"w1": EIGHT}, "training/wgan-gp/ring8": {"w1": EIGHT}})
    strict, lax = "median_below = 0.1", "median_below = 0.9"
    rules = absolute(strict, "training/gan") + absolute(lax, "*") + absolute(strict, "training/*")
    rules = absolute(lax, "training/gan/ring8") + rules
    found = {f.subject: (f.outcome, f.place) for f in gate_of(run, rules).findings}
    assert found == {
        "training/gan/ring8": (Outcome.PASS, "toy.absolute 1"),
        "training/wgan-gp/ring8": (Outcome.REGRESSION, "toy.absolute 4"),
    }


@pytest.mark.parametrize(("rules", "sentence"), [
    (absolute("median_below = 1", "training/gam/ring8"),
     '"training/gam/ring8" matches no cell of this run - did you mean "training/gan/ring8"?'),
    (absolute("median_below = 1", metric="w2"),
     'gan on ring8: nothing to compare for w2: the cell has no such metric - did you mean "w1"?'),
    (absolute("median_below = 1", metric="recall"),
     "gan on ring8: nothing to compare for recall: there is no value"),
    ('[[toy.claim]]\nclaim = "dirac"\nallowed = "confirmed"\n', "claim dirac: this run does not test it"),
    ('[[toy.rate]]\ncells = "training"\nof = "collapsed"\nupper_end_below = 1\n',
     "gan on ring8: the share of collapsed seeds is not known: no modes or classes are counted there"),
])  # fmt: skip
def test_what_compares_nothing_is_missing_and_never_a_pass(run_of, gate_of, rules, sentence):
    gate = gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), rules)
    assert (gate.verdict, gate.exit_code) == ("missing", 2)
    assert only(gate).sentence == sentence


def test_a_value_that_one_seed_lacks_is_missing(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"w1": [*EIGHT[:7], math.nan], "js": EIGHT}})
    gate = gate_of(run, absolute("median_below = 1"))
    assert gate.exit_code == 2
    assert gate.findings[0].sentence == "gan on ring8: nothing to compare for w1 of seed 7: there is no value"


def test_a_failed_seed_anywhere_keeps_a_run_from_passing(run_of, outcome_of, gate_of):
    broken = outcome_of("training/sngan/grid25", {"w1": EIGHT}, failed=(2, 5))
    gate = gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}, broken), absolute("median_below = 1"))
    assert gate.exit_code == 2
    assert only(gate, "run").sentence == "sngan on grid25: seeds 2, 5 ended with killed: killed"


@pytest.mark.parametrize(("lost", "bound", "outcome"), [
    (0, 0.4, Outcome.PASS),  # Wilson of 0 of 8: [0, .324]
    (0, 0.3, Outcome.INCONCLUSIVE),
    (8, 0.4, Outcome.REGRESSION),  # of 8 of 8: [.676, 1]
])  # fmt: skip
def test_rates_are_held_against_the_end_of_wilsons_interval(run_of, gate_of, lost, bound, outcome):
    run = run_of({"training/gan/ring8": {"w1": [*[math.inf] * lost, *EIGHT[lost:]]}})
    rules = f'[[toy.rate]]\ncells = "training"\nof = "diverged"\nupper_end_below = {bound}\n'
    finding = only(gate_of(run, rules))
    assert finding.outcome is outcome
    assert finding.sentence.startswith(f"gan on ring8: {lost} of 8 seeds diverged [")


def test_collapse_is_counted_against_a_perfect_sampler(run_of, gate_of):
    cells = {
        "training/gan/ring8": {"w1": EIGHT, "modes_covered": [8, 8, 3, 3, 3, 3, 3, 4]},
        "training/perfect-sampler/ring8": {"modes_covered": [8.0] * 20},
    }
    rules = '[[toy.rate]]\ncells = "training"\nof = "collapsed"\nupper_end_below = 0.2\n'
    finding = only(gate_of(run_of(cells), rules))
    assert finding.sentence.startswith(
        "gan on ring8: 5 of 8 seeds collapsed [0.306, 0.863], wholly above 0.2"
    )
    assert finding.outcome is Outcome.REGRESSION


TIMES = {
    "training/gan/ring8": {"w1": EIGHT, "steps_per_second": [200.0] * 8},
    "training/wgan-gp/ring8": {"w1": EIGHT, "steps_per_second": [50.0] * 8},
    "penalty-cost/wgan-gp/ring8": {"cost_ratio": [2.0, 2.1, 1.9, 2.0]},
}


@pytest.mark.parametrize(("rule", "outcome", "words"), [
    ('cells = "penalty-cost/wgan-gp"\nmetric = "cost_ratio"\nupper_end_below = 3', Outcome.PASS, ", below 3"),
    ('cells = "penalty-cost/wgan-gp"\nmetric = "cost_ratio"\nupper_end_below = 1.5',
     Outcome.REGRESSION, "above 1.5"),
    ('cells = "training/wgan-gp"\nover = "training/gan"\nmetric = "steps_per_second"\nmedian_above = 0.2',
     Outcome.PASS, "steps per second over that of gan on ring8 has a median of 0.25"),
    ('cells = "training/wgan-gp"\nover = "training/gan"\nmetric = "steps_per_second"\nlower_end_above = 0.2',
     Outcome.INCONCLUSIVE, "all seeds share one clock"),
    ('cells = "training/wgan-gp"\nover = "*"\nmetric = "steps_per_second"\nmedian_above = 0.2',
     Outcome.MISSING, 'over = "*" matches 3 cells'),
])  # fmt: skip
def test_time_is_compared_as_a_ratio_within_the_run(run_of, gate_of, rule, outcome, words):
    finding = only(gate_of(run_of(TIMES), f"[[toy.timing]]\n{rule}\n"))
    assert finding.outcome is outcome
    assert words in finding.sentence


@pytest.mark.parametrize(("rule", "message"), [
    ('[[toy.absolute]]\ncells = "training"\nmetric = "steps_per_second"\nmedian_above = 9',
     "toy.absolute 1: steps_per_second is the machine's: write [[toy.timing]], a ratio within one run"),
    ('[[toy.timing]]\ncells = "training/gan"\nmetric = "steps_per_second"\nmedian_above = 9',
     "toy.timing 1: steps_per_second is no ratio: name a cell to divide by"),
    ('[[toy.relative]]\ncells = "training/gan"\nmetric = "critic_loss"\nmargin = 1',
     "toy.relative 1: critic_loss has no better direction: it cannot be worse"),
    ('[[toy.relative]]\ncells = "training/gan"\nmetric = "js"\nmargin = "10%"',
     "toy.relative 1: js is no ratio: give the margin as a number, in nats"),
])  # fmt: skip
def test_rules_that_do_not_fit_their_metric_are_the_users_mistake(run_of, gate_of, rule, message):
    run = run_of(
        {**TIMES, "training/gan/ring8": {"js": EIGHT, "critic_loss": EIGHT, "steps_per_second": EIGHT}}
    )
    with pytest.raises(UsageError, match=message.replace("[", r"\[")):
        gate_of(run, rule, run)


def relative(margin='"10%"', cells="training", metric="w1", more=""):
    return f'[[toy.relative]]\ncells = "{cells}"\nmetric = "{metric}"\nmargin = {margin}\n{more}\n'


def test_a_regression_is_told_in_one_sentence(run_of, gate_of):
    base = run_of({"training/wgan-gp/ring8": {"w1": EIGHT}})
    new = run_of({"training/wgan-gp/ring8": {"w1": worse(EIGHT, 1.62)}})
    finding = only(gate_of(new, relative(), base))
    assert finding.outcome is Outcome.REGRESSION
    # d = log 1.62 + noise of mean .005 and standard deviation .025 over 8 seeds: t(.95, 7) = 1.895.
    assert finding.sentence == (
        "wgan-gp on ring8: Wasserstein-1 grew by 63 % [60, 66] against the baseline, "
        "more than the 10 % allowed (8 seeds, paired)"
    )


@pytest.mark.parametrize(("ratio", "margin", "outcome", "words"), [
    (1.05, '"10%"', Outcome.PASS, "grew by 5.5 % [3.8, 7.3] against the baseline, within the 10 % allowed"),
    (0.5, '"10%"', Outcome.PASS, "fell by 50 % [49, 51] against the baseline, within the 10 % allowed"),
    (1.10, '"10%"', Outcome.INCONCLUSIVE, "not told from the 10 % allowed (8 seeds, paired); suspect; "),
    (1.62, "1", Outcome.PASS, "within the 100 % allowed (8 seeds, paired); worse, within the margin"),
    (1.0, '"mean:5%"', Outcome.PASS, "grew by 0.5 % [-1.1, 2.2] against the baseline, "),
])  # fmt: skip
def test_three_verdicts_against_a_baseline(run_of, gate_of, ratio, margin, outcome, words):
    base = run_of({"training/wgan-gp/ring8": {"w1": EIGHT}})
    new = run_of({"training/wgan-gp/ring8": {"w1": worse(EIGHT, ratio)}})
    finding = only(gate_of(new, relative(margin), base))
    assert (finding.outcome, words in finding.sentence) == (outcome, True), finding.sentence


def test_a_share_that_falls_is_told_as_a_share(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"recall": [0.80, 0.82, 0.78, 0.80]}})
    new = run_of({"training/gan/ring8": {"recall": [0.60, 0.63, 0.57, 0.59]}})
    finding = only(gate_of(new, relative('"5%"', metric="recall"), base))
    assert finding.outcome is Outcome.REGRESSION
    assert finding.sentence.startswith("gan on ring8: recall fell by 0.2 [0.2, 0.21] against the baseline")


def test_identical_bits_pass_and_say_so(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"w1": [0.3, 0.2]}})
    finding = only(gate_of(run, relative(), run))
    assert finding.outcome is Outcome.PASS
    assert finding.sentence == "gan on ring8: Wasserstein-1 is what it was in the baseline: identical bits"


def test_what_cannot_be_resolved_says_how_many_seeds_would(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": [0.2, 0.4, 0.3]}})
    new = run_of({"training/gan/ring8": {"w1": [0.4, 0.2, 0.33]}})
    finding = only(gate_of(new, relative(), base))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "not told from the 10 % allowed (3 seeds, paired); 331 seeds would tell" in finding.sentence


def test_diverged_seeds_against_a_baseline(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": EIGHT}})
    new = run_of({"training/gan/ring8": {"w1": [math.inf] * 5 + EIGHT[5:]}})
    finding = only(gate_of(new, relative(), base))
    assert finding.outcome is Outcome.REGRESSION
    assert finding.sentence.endswith("5 more seeds diverged than in the base")


def test_many_cells_have_one_primary_gate_and_tripwires(run_of, gate_of):
    names = [f"training/{method}/ring8" for method in ("gan", "nsgan", "sngan")]
    base = run_of({name: {"w1": EIGHT} for name in names})
    new = run_of({name: {"w1": worse(EIGHT, 1.3)} for name in names})
    gate = gate_of(new, relative(more="primary = true") + relative('"50%"'), base)
    primary = only(gate, "primary")
    assert primary.outcome is Outcome.REGRESSION
    assert primary.sentence.startswith("mean of 3 cells (training): Wasserstein-1 grew by 31 % [")
    assert [f.outcome for f in gate.findings if f.kind == "relative"] == [Outcome.PASS] * 3
    assert gate.findings[0] is primary


def test_tripwires_are_corrected_for_their_number(run_of, gate_of):
    # The last cell alone: d = .25, .3, .5, .6 against log 1.2 = .18, t with 3 degrees of freedom, p = .025.
    names = [f"training/method-{k}/ring8" for k in range(5)]
    base = run_of({name: {"w1": [1.0] * 4} for name in names})
    better = [0.5, 0.51, 0.49, 0.5]
    barely = [math.exp(d) for d in (0.25, 0.3, 0.5, 0.6)]
    new = run_of({name: {"w1": barely if name is names[-1] else better} for name in names})
    alone = only(gate_of(new, relative('"20%"', names[-1]), base))
    assert alone.outcome is Outcome.REGRESSION
    among = gate_of(new, relative('"20%"'), base)
    assert among.exit_code == 0
    assert among.findings[0].outcome is Outcome.INCONCLUSIVE
    assert (
        "suspect: beyond the margin by itself, but not as one of 5 comparisons" in among.findings[0].sentence
    )


def test_cells_that_vanished_are_missing_and_new_ones_are_not_compared(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": EIGHT}, "training/old/ring8": {"w1": EIGHT}})
    new = run_of({"training/gan/ring8": {"w1": EIGHT}, "training/fresh/ring8": {"w1": EIGHT}})
    gate = gate_of(new, relative(), base)
    assert [(f.outcome, f.sentence) for f in gate.findings] == [
        (Outcome.MISSING, "old on ring8 is in the baseline and not in this run"),
        (Outcome.PASS, "gan on ring8: Wasserstein-1 is what it was in the baseline: identical bits"),
        (Outcome.NOT_COMPARED, "fresh on ring8 is new: the baseline has nothing to compare it with"),
    ]
    assert gate.exit_code == 2


def test_a_pair_that_cannot_run_is_no_matter_unless_it_ran_in_the_base(run_of, outcome_of, gate_of):
    skipped = outcome_of("training/nsgan/ring8", {"w1": EIGHT}, skip="they do not go together")
    new = run_of({"training/gan/ring8": {"w1": EIGHT}}, skipped)
    assert gate_of(new, relative() + absolute("median_below = 1"), new).exit_code == 0
    base = run_of({name: {"w1": EIGHT} for name in ("training/gan/ring8", "training/nsgan/ring8")})
    gate = gate_of(new, relative(), base)
    assert gate.exit_code == 2
    assert gate.findings[0].sentence == "nsgan on ring8 is in the baseline and not in this run"


def test_unlike_values_are_refused_never_compared(run_of, outcome_of, gate_of):
    times = {"w1": EIGHT, "steps_per_second": [100.0] * 8}
    base = run_of({"training/gan/ring8": times})
    slow = {**times, "steps_per_second": [10.0] * 8}
    elsewhere = run_of({}, outcome_of("training/gan/ring8", slow, machine={"cpu": "model 2"}))
    gate = gate_of(elsewhere, relative(metric="steps_per_second"), base)
    assert (gate.verdict, gate.exit_code) == ("nothing compared", 5)
    assert "unlike or unknown machines" in only(gate).sentence
    here = gate_of(run_of({"training/gan/ring8": slow}), relative(metric="steps_per_second"), base)
    assert only(here).outcome is not Outcome.PASS
    other = run_of({}, outcome_of("training/gan/ring8", times, settings={"dataset": "ring"}))
    gate = gate_of(other, relative(), base)
    assert (gate.exit_code, "not comparable: another data set" in only(gate).sentence) == (2, True)


def test_settings_that_differ_stand_in_the_sentence(run_of, outcome_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": EIGHT}})
    new = run_of({}, outcome_of("training/gan/ring8", {"w1": EIGHT}, settings={"steps": 20}))
    assert only(gate_of(new, relative(), base)).sentence.endswith("(settings differ: steps 10 -> 20)")


def test_without_a_baseline_relative_rules_compare_nothing(run_of, gate_of):
    gate = gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), relative())
    assert (gate.verdict, gate.exit_code) == ("nothing compared", 5)
    assert only(gate).sentence == "not compared: there is no --baseline"


@pytest.mark.parametrize(("mean", "rule", "outcome", "words"), [
    (2.0, 'claim = "*"\nnot = "refuted"', Outcome.PASS, "claim dirac: confirmed"),
    (0.0, 'claim = "dirac"\nnot = "refuted"', Outcome.REGRESSION,
     "claim dirac: refuted, where anything but refuted is asked for (more than one)"),
    (1.0, 'claim = "dirac"\nallowed = "confirmed"', Outcome.INCONCLUSIVE,
     "claim dirac: inconclusive, where confirmed is asked for (more than one)"),
    (1.0, 'claim = "dirac"\nallowed = ["confirmed", "inconclusive"]', Outcome.PASS, "dirac: inconclusive"),
    (2.0, 'claim = "dirac"\nnot = "confirmed"', Outcome.REGRESSION, "anything but confirmed"),
])  # fmt: skip
def test_verdicts_of_claims(run_of, gate_of, monkeypatch, mean, rule, outcome, words):
    values = [mean + x for x in (-0.1, 0.1, 0.05, -0.05, 0.02)]
    evidence = [Evidence("dirac", (at_least("more than one", values, 1.0),))]
    monkeypatch.setattr("gan_bench.experiments.training.claims.claims", lambda run: evidence)
    finding = only(gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), f"[[toy.claim]]\n{rule}\n"))
    assert finding.outcome is outcome
    assert words in finding.sentence


@pytest.mark.parametrize(("numbers", "strict", "code"), [
    ({"median_below": 0.1}, True, 1),
    ({"upper_end_below": 0.21}, False, 0),
    ({"upper_end_below": 0.21}, True, 3),
    ({"upper_end_below": 0.3}, True, 0),
])  # fmt: skip
def test_exit_codes(run_of, gate_of, numbers, strict, code):
    bound = "\n".join(f"{name} = {value}" for name, value in numbers.items())
    gate = gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), absolute(bound), strict=strict)
    assert gate.exit_code == code


def test_a_regression_goes_before_what_is_missing(run_of, gate_of):
    rules = absolute("median_below = 0.1") + absolute("median_below = 1", "images")
    assert gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), rules).exit_code == 1


def test_a_suite_without_thresholds_compares_nothing(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"w1": EIGHT}})
    gate = gate_of(run, absolute("median_below = 1").replace("toy.", "other."))
    assert (gate.verdict, gate.exit_code) == ("nothing compared", 5)
    assert gate.reason == 'no threshold for the suite "toy" in thresholds.toml'
