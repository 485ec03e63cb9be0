"""The claim on finite samples and its pictures, from planted rows."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.separability.claims import CLAIM, claims
from gan_bench.experiments.separability.figures import figures
from gan_bench.experiments.separability.naming import HELD_OUT, STEPS, TRAIN, axis_of
from gan_bench.experiments.separability.plan import plan
from gan_bench.experiments.separability.run import run
from gan_bench.experiments.separability.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.report.theme import themed

LN2 = math.log(2)
SEEDS = tuple(range(6))
SIZES, WIDTHS = [16, 256, 1024], [2, 64]


def outcome(train, held_out, *, method="gan", noise=30, lost=()):
    """Rows of every width and size; train and held_out map (width, n) to a mean over seeds."""
    rng = np.random.default_rng(0)
    dataset = f"ring8 + {noise} noise" if noise else "ring8"
    job = Job("separability", method, dataset, SEEDS, {"sizes": SIZES, "widths": WIDTHS, "noise": noise})
    rows = []
    for width in WIDTHS:
        for n in SIZES:
            for metric, mean in ((TRAIN, train(width, n)), (HELD_OUT, held_out(width, n)), (STEPS, 100)):
                rows += [
                    Row(seed, 0, metric, mean + 0.003 * rng.standard_normal(), 0.0, axis_of(width), n)
                    for seed in SEEDS
                    if seed not in lost
                ]
    status = {s: SeedStatus(Status.DIVERGED if s in lost else Status.COMPLETED) for s in SEEDS}
    return Outcome(job, frame_from_rows(job, rows), status)


def memorises(width, n):
    return 0.97 * LN2 if width == 64 and n <= 256 else 0.05


def knows_nothing(width, n):
    return -1.5 if width == 64 else -0.05


def of(*outcomes):
    return SimpleNamespace(outcomes=list(outcomes))


def judged(*outcomes):
    (evidence,) = claims(of(*outcomes))
    assert evidence.claim == CLAIM
    return verdict(evidence.parts), evidence


def test_memorising_without_knowing_confirms_at_the_widest_and_at_most_256_points():
    said, evidence = judged(outcome(memorises, knows_nothing))
    assert said is Verdict.CONFIRMED
    assert len(evidence.parts) == 4  # two sizes, two bounds; 1024 points are not asked
    assert all("width 64" in part.statement for part in evidence.parts)
    assert evidence.parts[0].interval.centre == pytest.approx(0.97 * LN2, abs=0.01)
    # Both sides are one distribution: what cannot fail in expectation must not be sold as a finding.
    assert ["a check, not a finding" in part.statement for part in evidence.parts] == [False, True] * 2


def test_a_discriminator_that_cannot_memorise_one_of_the_sizes_refutes():
    said, _ = judged(outcome(lambda w, n: 0.97 * LN2 if n == 16 else 0.5, knows_nothing))
    assert said is Verdict.REFUTED


def test_a_discriminator_that_knows_more_than_its_sample_refutes():
    """Such as one that is given samples of two distributions, or tested on its own training points."""
    said, _ = judged(outcome(memorises, memorises))
    assert said is Verdict.REFUTED


def test_a_held_out_bound_within_the_margin_is_no_knowledge():
    assert judged(outcome(memorises, lambda w, n: 0.002))[0] is Verdict.CONFIRMED


def test_lost_seeds_confirm_nothing():
    said, evidence = judged(outcome(memorises, knows_nothing, lost=(2,)))
    assert said is Verdict.INCONCLUSIVE
    assert evidence.parts[0].note == "5 of 6 seeds"


def test_only_the_plain_discriminator_at_the_most_coordinates_is_judged():
    fails = outcome(lambda w, n: 0.0, knows_nothing, noise=0)
    penalised = outcome(lambda w, n: 0.0, knows_nothing, method="nsgan-gp")
    said, evidence = judged(fails, penalised, outcome(memorises, knows_nothing))
    assert said is Verdict.CONFIRMED
    assert evidence.figure == "bounds-ring8 + 30 noise"
    assert "0.00 ln 2 at width 64 on ring8," in evidence.remark
    assert "0.07 ln 2 at width 2 on ring8 + 30 noise." in evidence.remark


def test_without_the_judged_method_or_a_small_sample_nothing_is_tested(monkeypatch):
    assert judged(outcome(memorises, knows_nothing, method="dragan"))[0] is Verdict.NOT_TESTED
    monkeypatch.setattr("gan_bench.experiments.separability.claims.MOST_POINTS", 8)
    assert judged(outcome(memorises, knows_nothing))[0] is Verdict.NOT_TESTED
    assert claims(of()) == []


def test_the_experiment_itself_turns_the_verdict_when_the_widest_is_narrow():
    settings = Settings(
        methods=[{"name": "gan", "learning_rate": 1e-2, "betas": [0.9, 0.999]}],
        datasets=["ring8"],
        sizes=[16],
        widths=[1, 64],
        noise_coordinates=[20],
        layers=2,
        steps=60,
        check_every=20,
        held_out=200,
    )

    def judged_at(widths):
        context = PlanContext("toy", "cpu")
        (job,) = plan(settings.model_copy(update={"widths": widths}), (0, 1, 2), context)
        collector = Collector(job)
        run(job, CheckedRecorder(job, collector))
        return judged(collector.outcome(Ending(SeedStatus(Status.COMPLETED))))[0]

    assert judged_at([1, 64]) is Verdict.CONFIRMED
    assert judged_at([1]) is Verdict.REFUTED


# --- figures


def test_pictures_show_every_width_on_both_kinds_of_points():
    (figure,) = figures(of(outcome(memorises, knows_nothing)))
    assert (figure.section, figure.group, figure.name) == (
        "results",
        "separability",
        "bounds-ring8 + 30 noise",
    )
    assert [panel.label for panel in figure.panels] == ["gan: training points", "gan: fresh points"]
    assert "width 64 from 0.67 at n = 16 to 0.05 at n = 1024" in figure.panels[0].alt
    assert len(figure.table) == 2 * 3 * 3
    with themed():
        train, fresh = (panel.draw().axes[0] for panel in figure.panels)
    assert fresh.get_yscale() == "symlog"
    assert fresh.get_ylim()[0] < -1.5
    for ax in (train, fresh):
        assert {"width 2", "width 64"} <= {text.get_text() for text in ax.texts}
    assert "memorising: ln 2" in {text.get_text() for text in train.texts}
    assert "true divergence: 0" in {text.get_text() for text in fresh.texts}


def test_a_run_without_rows_has_no_pictures_and_lost_cells_do_not_break_one():
    assert figures(of()) == []
    assert figures(of(outcome(memorises, knows_nothing, lost=SEEDS))) == []
    (figure,) = figures(of(outcome(memorises, knows_nothing, lost=SEEDS[1:])))
    with themed():
        assert all(panel.draw() is not None for panel in figure.panels)


def test_no_interval_is_cut_off_and_none_claims_more_than_ln_2():
    wild = outcome(memorises, knows_nothing)
    wild.rows.loc[wild.rows.metric == HELD_OUT, "value"] *= np.where(wild.rows.seed % 2, 9.0, -7.0)[
        wild.rows.metric == HELD_OUT
    ]
    (figure,) = figures(of(wild))
    assert figure.table["high"].max() == pytest.approx(LN2)
    with themed():
        ax = figure.panels[1].draw().axes[0]
    low, high = ax.get_ylim()
    drawn = np.concatenate([line.get_ydata() for line in ax.lines])
    assert low < drawn.min()
    assert drawn.max() < high
