"""The verdict on robustness, from planted shares: it holds, it turns, it says what it could not test."""

import math

import pytest

from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.robustness.claims import claims
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

FLOOR, TARGET = 0.1, 0.3
NEAR, FAR = 0.2, 0.9


def cell(method, setting, reached, of=8, upper=1.001):
    """Of the seeds some end near the data, the others far or, every second of them, diverged."""
    job = Job("robustness", method, f"ring8, setting {setting}", tuple(range(of)),
              {"setting": setting, "target": 3.0, "steps": 1000})  # fmt: skip
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
    def __init__(self, sngan, wgan_gp, settings="ABCDEF", upper=1.001):
        reference = Job("robustness", "perfect-sampler", "ring8", (0, 1, 2), {})
        rows = [Row(s, 0, "w1", FLOOR * v, 0.0, "n", 500.0) for s, v in enumerate((0.5, 1.0, 9.0))]
        done = dict.fromkeys((0, 1, 2), SeedStatus(Status.COMPLETED))
        self.outcomes = [Outcome(reference, frame_from_rows(reference, rows), done)]
        for setting in settings:
            for method, reached in (("sngan", sngan), ("wgan-gp", wgan_gp)):
                if reached is not None:
                    self.outcomes.append(cell(method, setting, reached, upper=upper))


def evidence(run, claim="robustness"):
    return next(found for found in claims(run) if found.claim == claim)


def test_spectral_everywhere_and_penalty_nowhere_confirms():
    found = evidence(Stub(8, 0))
    assert verdict(found.parts) is Verdict.CONFIRMED
    assert len(found.parts) == 9
    shares, differences = found.parts[:6], found.parts[6:]
    assert all(part.interval.centre == 1.0 for part in shares)
    assert shares[0].interval.low == pytest.approx(0.6756, abs=1e-4)  # Wilson, 8 of 8
    assert all(part.interval.centre == 1.0 for part in differences)
    # Newcombe from (.6756, 1) and (0, .3244): 1 - sqrt(.3244^2 + .3244^2).
    assert differences[0].interval.low == pytest.approx(1 - math.hypot(0.3244, 0.3244), abs=2e-4)


def test_exchanged_labels_turn_the_verdict():
    assert verdict(evidence(Stub(0, 8)).parts) is Verdict.REFUTED


def test_a_penalty_that_does_not_fail_leaves_it_open():
    found = evidence(Stub(8, 8))
    assert verdict(found.parts) is Verdict.INCONCLUSIVE
    assert [part.holds for part in found.parts] == [True] * 6 + [False] * 3


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
