"""The verdict on robustness, from planted shares: it holds, it turns, it says what it could not test."""

import math

import pytest

from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.robustness.claims import claims
from gan_bench.experiments.robustness.figures import figures
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

FLOOR, TARGET = 0.1, 0.3
NEAR, FAR = 0.2, 0.9


def cell(method, setting, reached, of=8, upper=1.001, dataset="ring8", steps=1000):
    """Of the seeds some end near the data, the others far or, every second of them, diverged."""
    job = Job("robustness", method, f"{dataset}, setting {setting}", tuple(range(of)),
              {"setting": setting, "target": 3.0, "steps": steps})  # fmt: skip
    rows, status = [], {}
    for seed in range(of):
        lost = seed >= reached and seed % 2 == 1
        status[seed] = SeedStatus(Status.DIVERGED if lost else Status.COMPLETED)
        if not lost:
            rows.append(Row(seed, 1000, "w1", NEAR if seed < reached else FAR, 0.0, "n", 500.0))
        # At the start every norm is exact.
        rows.append(Row(seed, 0, "lipschitz_upper", 1.0))
        rows.append(Row(seed, 1000, "lipschitz_upper", upper + 1e-4 * seed))
    return Outcome(job, frame_from_rows(job, rows), status)


class Stub:
    def __init__(self, sngan, wgan_gp, settings="ABCDEF", upper=1.001, floor=FLOOR, **more):
        reference = Job("robustness", "perfect-sampler", more.get("dataset", "ring8"), (0, 1, 2), {})
        rows = [Row(s, 0, "w1", floor * v, 0.0, "n", 500.0) for s, v in enumerate((0.5, 1.0, 9.0))]
        done = dict.fromkeys((0, 1, 2), SeedStatus(Status.COMPLETED))
        self.outcomes = [Outcome(reference, frame_from_rows(reference, rows), done)]
        for setting in settings:
            for method, reached in (("sngan", sngan), ("wgan-gp", wgan_gp)):
                if reached is not None:
                    self.outcomes.append(cell(method, setting, reached, upper=upper, **more))


def evidence(run, claim="robustness"):
    return next(found for found in claims(run) if found.claim == claim)


def test_spectral_everywhere_and_penalty_nowhere_confirms():
    found = evidence(Stub(8, 0))
    assert verdict(found.parts) is Verdict.CONFIRMED
    assert len(found.parts) == 9
    spectral, penalised = found.parts[:6], found.parts[6:]
    assert all(part.interval.centre == 1.0 for part in spectral)
    assert spectral[0].interval.low == pytest.approx(0.6756, abs=1e-4)  # Wilson, 8 of 8
    assert all(part.interval.centre == 0.0 for part in penalised)
    assert penalised[0].interval.high == pytest.approx(0.3244, abs=1e-4)
    # Newcombe from (.6756, 1) and (0, .3244): 1 - sqrt(.3244^2 + .3244^2) = .54.
    assert round(1 - math.hypot(0.3244, 0.3244), 2) == 0.54
    assert "W1 of 0.3, was" in found.remark
    assert "1.00 at D (95 % interval 0.54 to 1.00)" in found.remark


def test_exchanged_labels_turn_the_verdict():
    assert verdict(evidence(Stub(0, 8)).parts) is Verdict.REFUTED


def test_a_penalty_that_survives_refutes():
    found = evidence(Stub(8, 8))
    assert [part.holds for part in found.parts] == [True] * 6 + [False] * 3
    assert verdict(found.parts) is Verdict.REFUTED


def test_a_penalty_that_survives_at_one_setting_refutes_with_eight_seeds_and_not_with_four():
    """The correction over nine parts lets no four seeds refute: p = .023 each."""
    found = Stub(8, 0, settings="ABCDE")
    found.outcomes += [cell("sngan", "F", 8), cell("wgan-gp", "F", 8)]
    assert verdict(evidence(found).parts) is Verdict.REFUTED
    few = Stub(4, 0, settings="ABCDE", of=4)
    few.outcomes += [cell("sngan", "F", 4, of=4), cell("wgan-gp", "F", 4, of=4)]
    assert verdict(evidence(few).parts) is Verdict.INCONCLUSIVE


def test_a_penalty_that_reaches_half_leaves_it_open():
    assert verdict(evidence(Stub(8, 4)).parts) is Verdict.INCONCLUSIVE


def cut_short(run, method, setting="F", seeds=(0, 1)):
    """Let seeds end by the clock, half-way: their rows of the end are not there."""
    for outcome in run.outcomes:
        if (outcome.job.method, outcome.job.settings.get("setting")) == (method, setting):
            for seed in seeds:
                outcome.status[seed] = SeedStatus(Status.TIMEOUT)


@pytest.mark.parametrize(("method", "part"), [("sngan", 5), ("wgan-gp", 8)])
def test_seeds_without_an_end_are_unknown_and_confirm_nothing(method, part):
    run = Stub(8, 0)
    cut_short(run, method)
    found = evidence(run)
    assert verdict(found.parts) is Verdict.INCONCLUSIVE
    assert found.parts[part].note == "6 of 8 seeds"
    assert [p.holds for p in found.parts] == [k != part for k in range(9)]


def test_a_norm_of_a_seed_that_was_cut_short_is_unknown():
    run = Stub(8, 0)
    cut_short(run, "sngan")
    (norms,) = evidence(run, "spectral-gradients").parts
    assert (norms.holds, norms.note) == (False, "6 of 8 seeds")


def test_a_method_without_a_seed_at_its_end_is_not_said_to_be_absent():
    run = Stub(8, 0)
    cut_short(run, "wgan-gp", seeds=range(8))
    assert evidence(run).parts[8].note == "no seed of wgan-gp ran to its end here"


def test_data_sets_are_tables_of_their_own():
    """What holds on the ring must not be judged by the grid's rows, nor by its noise floor."""
    run = Stub(8, 0)
    run.outcomes += Stub(0, 8, dataset="grid25", floor=0.09).outcomes
    run.outcomes += Stub(8, 0, steps=9).outcomes[1:]
    found = [one for one in claims(run) if one.claim == "robustness"]
    assert [one.figure for one in found] == ["settings-ring8", "settings-grid25", "settings-ring8 #2"]
    wanted = [Verdict.CONFIRMED, Verdict.REFUTED, Verdict.CONFIRMED]
    assert [verdict(one.parts) for one in found] == wanted
    assert all(part.statement.startswith("grid25: ") for part in found[1].parts)
    assert [f"W1 of {t}" in one.remark for one, t in zip(found, (0.3, 0.27, 0.3), strict=True)] == [True] * 3
    drawn = figures(run)
    assert [figure.name for figure in drawn] == [one.figure for one in found]
    assert drawn[1].title.endswith(": grid25")
    for figure in drawn:
        assert len(figure.table) == 12
        for panel in figure.panels:
            panel.draw()


def test_settings_and_methods_that_were_not_run_are_said_to_be_missing():
    found = evidence(Stub(8, 0, settings="DEF"))
    assert verdict(found.parts) is Verdict.INCONCLUSIVE
    assert sum(not part.tested for part in found.parts) == 3
    alone = evidence(Stub(8, None))
    assert [part.note for part in alone.parts if not part.tested] == ["wgan-gp was not run here"] * 3
    assert claims(Stub(None, None, settings="")) == []


def test_without_the_perfect_sampler_nothing_is_judged():
    run = Stub(8, 0)
    run.outcomes = run.outcomes[1:]
    assert verdict(evidence(run).parts) is Verdict.NOT_TESTED


def test_the_remark_names_settings_where_nobody_arrives():
    assert "At A, B, C, D, E, F no method brings half" in evidence(Stub(0, 0)).remark
    assert "no method brings half" not in evidence(Stub(8, 0)).remark


def test_norms_above_the_limit_refute_the_spectral_claim():
    assert verdict(evidence(Stub(8, 0), "spectral-gradients").parts) is Verdict.CONFIRMED
    assert verdict(evidence(Stub(8, 0, upper=1.2), "spectral-gradients").parts) is Verdict.REFUTED
