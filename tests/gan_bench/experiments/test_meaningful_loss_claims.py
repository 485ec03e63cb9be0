"""The claim on the meaning of the loss and its pictures, from planted paths."""

from types import SimpleNamespace

import numpy as np
import pytest

from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.meaningful_loss.claims import CLAIM, claims
from gan_bench.experiments.meaningful_loss.figures import figures
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.theme import themed

SEEDS = tuple(range(6))
STEPS = np.unique(np.geomspace(25, 500, 24).round()).astype(int)
WASSERSTEIN, JENSEN_SHANNON = ("wgan-clip", "wgan-gp"), ("gan", "nsgan")
CONSTRAINTS = {"wgan-clip": "Clip", "wgan-gp": "GradientPenalty", "wgan-lp": "OneSidedPenalty"}


def follows(w1, rng):
    return 0.01 * w1 + 0.0004 * rng.standard_normal(w1.shape)


def noise(w1, rng):
    return rng.standard_normal(w1.shape)


def against(w1, rng):
    return -w1 + 0.2 * rng.standard_normal(w1.shape)


def described(method, base="", *, warm=True):
    """What a job stores of its method."""
    constraint = CONSTRAINTS.get(base or method)
    return {
        "name": method,
        "objective": {"kind": "Wasserstein" if constraint else "Minimax"},
        "constraints": [{"kind": constraint, "weight": 0.1}] if constraint else [],
        "critic_warm_up": warm and bool(constraint),
    }


def outcome(method, report, *, moves=1.0, steps=STEPS, lost=(), dataset="ring8", base="", warm=True):
    """W1 that falls from 1.2 with ups and downs, and a report of it; step 0, before the burn-in, is wild."""
    rng = np.random.default_rng([ord(letter) for letter in method])
    settings = {"burn_in": 25, "steps": int(steps[-1]), "method": described(method, base, warm=warm)}
    job = Job("meaningful-loss", method, dataset, SEEDS, settings)
    metric = "js_scores" if method in JENSEN_SHANNON else "critic_gap"
    rows = []
    for seed in SEEDS:
        w1 = 0.2 + moves * np.exp(-steps / 150) * (1 + 0.2 * np.sin(steps / 30 + seed))
        reported = report(w1, rng)
        if seed in lost:
            w1, reported = w1[:12], reported[:12]
        for name, start, path in (("w1", 1e3, w1), (metric, -1e3, reported)):
            rows.append(Row(seed, 0, name, start, 0.0, "n", 256))
            rows += [
                Row(seed, int(t), name, float(v), 0.0, "n", 256) for t, v in zip(steps, path, strict=False)
            ]
        rows += [Row(seed, int(t), "critic_loss", -float(v)) for t, v in zip(steps, reported, strict=False)]
    status = {s: SeedStatus(Status.DIVERGED if s in lost else Status.COMPLETED) for s in SEEDS}
    return Outcome(job, frame_from_rows(job, rows), status)


def floor(width=0.05, dataset="ring8"):
    job = Job("meaningful-loss", "perfect-sampler", dataset, tuple(range(21)), {})
    rows = [Row(k, 0, "w1", 0.1 + width * k / 18, 0.0, "n", 256) for k in range(21)]
    return Outcome(job, frame_from_rows(job, rows), {k: SeedStatus(Status.COMPLETED) for k in range(21)})


def suite(wasserstein=follows, jensen_shannon=noise, **changes):
    cells = [outcome(method, wasserstein, **changes) for method in WASSERSTEIN]
    cells += [outcome(method, jensen_shannon) for method in JENSEN_SHANNON]
    return SimpleNamespace(outcomes=[floor(), *cells])


def judged(run):
    (evidence,) = claims(run)
    assert (evidence.claim, evidence.figure) == (CLAIM, "correlation")
    return verdict(evidence.parts), evidence


def test_gaps_that_follow_w1_while_js_does_not_confirm():
    said, evidence = judged(suite())
    assert said is Verdict.CONFIRMED
    assert len(evidence.parts) == 6
    assert evidence.parts[0].interval.centre > 0.9
    assert "wgan-clip 0.9" in evidence.remark


@pytest.mark.parametrize("report", [noise, against])
def test_gaps_that_do_not_follow_refute(report):
    """A shuffled label, and a loss that rises while samples get better."""
    assert judged(suite(report))[0] is Verdict.REFUTED


def test_a_js_estimate_that_follows_better_refutes():
    def half(w1, rng):
        return w1 + 0.1 * rng.standard_normal(w1.shape)

    said, evidence = judged(suite(half, lambda w1, rng: w1))
    assert [part.holds for part in evidence.parts] == [True] * 2 + [False] * 4
    assert said is Verdict.REFUTED


def test_equally_good_reports_decide_nothing_for_the_claim():
    assert judged(suite(follows, follows))[0] in (Verdict.INCONCLUSIVE, Verdict.REFUTED)


def cold(report):
    """The two critics once more without their warm-up, under names of their own."""
    return [outcome(f"{name}-cold", report, base=name, warm=False) for name in WASSERSTEIN]


def test_critics_without_a_warm_up_are_judged_like_those_with_it():
    """No entry may be left out after a look at its numbers: what refutes without a warm-up refutes."""
    run = suite()
    run.outcomes += cold(against)
    said, evidence = judged(run)
    assert said is Verdict.REFUTED
    assert len(evidence.parts) == 4 + 8
    told = [part.statement for part in evidence.parts if not part.holds]
    assert all("-cold" in statement for statement in told)
    assert len(told) == 6
    run = suite()
    run.outcomes += cold(follows)
    assert judged(run)[0] is Verdict.CONFIRMED


def test_the_remark_says_what_the_warm_up_changes():
    run = suite()
    assert "warm-up" not in judged(run)[1].remark
    run.outcomes += cold(against)
    remark = judged(run)[1].remark
    before, after = remark.split("A critic warm-up, all else equal, takes it from ")
    assert "wgan-gp-cold -0.7" in before
    assert after.startswith("-0.7")
    assert " to 0.9" in after
    assert "(wgan-clip-cold to wgan-clip on ring8), and from -0.7" in after
    assert "gan on" not in after.replace("wgan", "")


def test_a_one_sided_penalty_counts_and_other_losses_do_not():
    run = suite()
    run.outcomes += [outcome("wgan-lp", against), outcome("sngan", against)]
    _, evidence = judged(run)
    assert len(evidence.parts) == 3 + 6
    assert not any("sngan's" in part.statement.replace("nsgan", "") for part in evidence.parts)


def test_a_method_whose_seeds_all_diverged_is_said_to_have_lost_them():
    run = suite(lost=SEEDS)
    said, evidence = judged(run)
    assert said is Verdict.NOT_TESTED
    assert evidence.parts[0].note == "wgan-clip: none of 6 seeds finished (6 diverged)"
    assert not any("W1 moves by" in part.note for part in evidence.parts)


@pytest.mark.parametrize(("changes", "why"), [
    ({"moves": 0.1}, "W1 moves by"),
    ({"steps": STEPS[::2]}, "snapshots after the burn-in, fewer than 20"),
])  # fmt: skip
def test_paths_that_can_say_nothing_are_not_judged(changes, why):
    said, evidence = judged(suite(against, **changes))
    assert said is Verdict.NOT_TESTED
    assert all(why in part.note for part in evidence.parts)


def test_without_a_floor_or_a_method_parts_say_why():
    run = suite()
    run.outcomes = run.outcomes[1:]
    assert "no perfect sampler" in judged(run)[1].parts[0].note
    run = suite()
    run.outcomes = run.outcomes[:2]
    said, evidence = judged(run)
    assert said is Verdict.INCONCLUSIVE
    assert [part.tested for part in evidence.parts] == [True] + [False] * 5
    assert evidence.parts[-1].note == "a penalised critic and nsgan did not run"
    assert claims(SimpleNamespace(outcomes=[])) == []


def test_lost_seeds_confirm_nothing_and_leave_the_pairs():
    said, evidence = judged(suite(lost=(1,)))
    assert said is Verdict.INCONCLUSIVE
    assert {part.note for part in evidence.parts} == {"5 of 6 seeds"}


def test_seeds_that_stand_still_are_named_beside_the_verdict():
    run = suite()
    assert "hardly moved" not in judged(run)[1].remark
    run = suite()
    rows = run.outcomes[1].rows
    rows.loc[(rows.metric == "w1") & rows.seed.isin([0, 3]), "value"] = 0.8
    _, evidence = judged(run)
    assert evidence.remark.endswith("W1 hardly moved in 2 of 6 seeds of wgan-clip on ring8.")
    assert evidence.parts[0].interval.centre < 0.7


def test_each_data_set_is_asked_for_itself():
    run = suite()
    run.outcomes += [floor(dataset="grid25"), outcome("wgan-gp", against, dataset="grid25")]
    said, evidence = judged(run)
    assert said is Verdict.REFUTED
    assert len(evidence.parts) == 12


# --- figures


def test_pictures_name_and_number_what_they_show():
    run = suite()
    run.outcomes += [outcome("sngan", noise, moves=0.1)]
    every = figures(run)
    assert [figure.name for figure in every] == [
        "correlation",
        "report-against-w1-ring8",
        "over-training-ring8",
    ]
    dots, paths, curves = every
    assert {figure.group for figure in every} == {"meaningful-loss"}
    assert {figure.section for figure in every} == {"results"}
    assert len(dots.panels) == 1
    assert len(paths.panels) == len(curves.panels) == 5
    assert paths.panels[0].label.startswith("wgan-clip, rho = 0.9")
    assert list(dots.table["judged"][:4]) == ["yes"] * 4
    assert "W1 moves by" in dots.table["judged"].iloc[4]
    assert "0.2" in curves.panels[0].alt
    with themed():
        drawn = [[panel.draw() for panel in figure.panels] for figure in every]
    names = [label.get_text() for label in drawn[0][0].axes[0].get_yticklabels()]
    assert names == ["wgan-clip", "wgan-gp", "gan JS", "nsgan JS", "(sngan)"]
    upper, lower = drawn[2][0].axes
    assert upper.get_xlim() == lower.get_xlim()
    # The burn-in is left out: neither the 1000 of W1 nor the -1000 of the report is on an axis.
    assert upper.get_ylim()[1] < 10
    assert lower.get_ylim()[0] > -1


def test_without_a_finished_seed_there_is_no_picture():
    run = SimpleNamespace(outcomes=[floor(), outcome("gan", follows, lost=SEEDS)])
    assert figures(run) == []
    assert figures(SimpleNamespace(outcomes=[])) == []
    assert judged(run)[0] is Verdict.NOT_TESTED
