"""Critic surfaces: verdicts on planted rows, and the pictures of a planted run."""

import numpy as np
import pytest

from gan_bench.analysis.figure import Figure
from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.critic_surface.claims import claims
from gan_bench.experiments.critic_surface.figures import figures
from gan_bench.experiments.critic_surface.metrics import DESCRIPTORS
from gan_bench.experiments.critic_surface.plan import plan
from gan_bench.experiments.critic_surface.run import run
from gan_bench.experiments.critic_surface.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.report.theme import themed

SEEDS = (0, 1, 2, 3)
W1, LAW = 0.8, 1 + 0.8 / 20
# What a textbook would see: the two-sided critic underestimates, the one-sided one obeys its law.
PLANTED = {
    "exact": {"w1": W1, "w1_held_out": 0.99 * W1, "w1_plug_in": 1.01 * W1,
              "score": 0.99, "affine_r2": 0.02, "quadratic_r2": 0.6},
    "wgan-clip": {"affine_r2": 0.6, "score": 0.5, "gap_over_w1": 1e-4, "lipschitz_lower": 1e-3},
    "wgan-gp": {"affine_r2": 0.1, "score": 0.8, "gap_over_w1": 0.8, "stationarity": 0.02,
                "objective_over_w1": 0.7, "mean_slope_from_one": 1.0, "lipschitz_lower": 1.2},
    "wgan-lp": {"affine_r2": 0.1, "score": 0.9, "gap_over_w1": LAW, "stationarity": 0.01,
                "objective_over_w1": 1.02, "mean_slope_from_one": 1.03, "lipschitz_lower": 1.2},
    "wgan-sn": {"affine_r2": 0.2, "score": 0.6, "gap_over_w1": 0.5, "score_at_least": 0.5,
                "lipschitz_lower": 0.8},
}  # fmt: skip


class Stored:
    def __init__(self, outcomes):
        self.outcomes = outcomes


def outcome_of(name, values, lost=(), spread=0.002, method=None, dataset="ring8"):
    """A cell with planted means; seeds differ by a little, alike in every metric."""
    settings = {"agreement": 0.1, "dataset": dataset}
    if name != "exact":
        settings["method"] = build_method(method or name).describe()
    job = Job("critic-surface", name, dataset, SEEDS, settings)
    rng = np.random.default_rng(len(name))
    rows = [
        Row(seed, step, metric, value + spread * rng.normal())
        for metric, value in {"w1": W1, **values}.items()
        for seed in SEEDS
        for step in ((10, 100) if seed not in lost else (10,))
    ]
    if name != "exact":
        for metric, value in (("ray_slope", values["lipschitz_lower"]), ("ray_alignment", 0.9)):
            rows += [
                Row(s, 100, metric, value, 0.0, "way", at)
                for s in SEEDS
                for at in (0, 0.5, 1)
                if s not in lost
            ]
    status = {seed: SeedStatus(Status.DIVERGED if seed in lost else Status.COMPLETED) for seed in SEEDS}
    described = {key: d.as_dict() for key, d in DESCRIPTORS.items()}
    return Outcome(job, frame_from_rows(job, rows), status, described, _pictures(name))


def _pictures(name):
    ticks = np.linspace(-1, 1, 9)
    surface = -np.hypot(*np.meshgrid(ticks, ticks))[None]
    if name != "exact":
        return {"surface": surface}
    points = np.random.default_rng(0).normal(size=(2, 1, 20, 2))
    return {"surface": surface, "known": surface > -1.2, "real": points[0], "fake": points[1],
            "region": np.array([[-1.0, -1.0], [1.0, 1.0]])}  # fmt: skip


def planted(changes=None, without=(), **more):
    table = {name: {**values, **(changes or {}).get(name, {})} for name, values in PLANTED.items()}
    return Stored([outcome_of(name, values, **more) for name, values in table.items() if name not in without])


def judged(stored):
    return {found.claim: verdict(found.parts) for found in claims(stored)}


def evidence(stored, claim):
    return next(found for found in claims(stored) if found.claim == claim)


def test_the_planted_textbook_is_confirmed():
    assert judged(planted()) == dict.fromkeys(
        ("simple-surfaces", "gap-and-w1", "one-sided"), Verdict.CONFIRMED
    )


@pytest.mark.parametrize(("claim", "changes"), [
    # A clip of 10 leaves as rich a surface; a penalty of almost no weight is no nearer to the potential.
    ("simple-surfaces", {"wgan-clip": {"affine_r2": 0.1}}),
    ("simple-surfaces", {"wgan-clip": {"affine_r2": 0.12}}),
    ("simple-surfaces", {"wgan-gp": {"score": 0.5}}),
    ("gap-and-w1", {"wgan-lp": {"gap_over_w1": 0.9 * LAW}}),
    ("gap-and-w1", {"wgan-lp": {"score": 1.1}}),
    ("gap-and-w1", {"wgan-lp": {"mean_slope_from_one": 1.3}}),
    ("gap-and-w1", {"wgan-sn": {"score_at_least": 1.1}}),
    ("one-sided", {"wgan-gp": {"gap_over_w1": 1.0}}),
])  # fmt: skip
def test_the_opposite_effect_turns_the_verdict(claim, changes):
    assert judged(planted(changes))[claim] is Verdict.REFUTED


def test_shuffled_labels_refute_what_differs_between_methods():
    swapped = {"wgan-clip": PLANTED["wgan-gp"], "wgan-gp": PLANTED["wgan-clip"]}
    assert judged(planted(swapped))["simple-surfaces"] is Verdict.REFUTED


def test_noise_between_seeds_leaves_it_open():
    assert judged(planted({"wgan-clip": {"affine_r2": 0.15}}, spread=0.3))["simple-surfaces"] in (
        Verdict.INCONCLUSIVE, Verdict.REFUTED)  # fmt: skip
    assert judged(planted(spread=2.0))["simple-surfaces"] is Verdict.INCONCLUSIVE


def test_a_critic_that_is_not_stationary_is_not_judged_and_the_rest_is_named():
    stored = planted({"wgan-lp": {"stationarity": -0.2}})
    laws = evidence(stored, "gap-and-w1").parts
    assert [part.tested for part in laws] == [False, False, False, True]
    assert "wgan-lp is not at a stationary point: some seed is off by 20 % of T" in laws[0].note
    assert judged(stored)["one-sided"] is Verdict.NOT_TESTED
    assert judged(planted({"wgan-gp": {"stationarity": 0.2}}))["one-sided"] is Verdict.NOT_TESTED


def test_a_critic_that_the_exact_potential_beats_is_not_asked_about_the_law_of_the_optimum():
    stored = planted({"wgan-lp": {"objective_over_w1": 0.7, "gap_over_w1": 0.75}})
    laws = evidence(stored, "gap-and-w1").parts
    assert [part.tested for part in laws] == [False, False, False, True]
    assert "wgan-lp is not at its optimum: its penalised objective is 0.7" in laws[0].note
    assert "the exact potential's, rescaled, 1.02 W1" in laws[0].note
    assert not evidence(stored, "one-sided").parts[0].tested
    # .96 W1 would do were the potential's own objective W1; rescaled it attains 1.02 W1.
    nearly = evidence(planted({"wgan-lp": {"objective_over_w1": 0.96}}), "gap-and-w1")
    assert not nearly.parts[0].tested


def test_one_seed_that_is_not_stationary_is_enough_not_to_judge():
    stored = planted()
    rows = stored.outcomes[3].rows
    assert stored.outcomes[3].job.method == "wgan-lp"
    one = (rows["metric"] == "stationarity") & (rows["seed"] == 2) & (rows["step"] == 100)
    rows.loc[one, "value"] = 0.1
    assert judged(stored)["one-sided"] is Verdict.NOT_TESTED
    assert "some seed is off by 10 % of T" in evidence(stored, "gap-and-w1").parts[0].note


@pytest.mark.parametrize(("claim", "changes"), [
    ("gap-and-w1", {"wgan-lp": {"gap_over_w1": 0.96 * LAW}}),
    ("gap-and-w1", {"wgan-sn": {"score_at_least": 0.97}}),
    ("one-sided", {"wgan-gp": {"gap_over_w1": 0.97}}),
    ("simple-surfaces", {"wgan-gp": {"score": 0.553}}),
])  # fmt: skip
def test_what_holds_at_one_end_of_w1_s_bracket_only_is_left_open(claim, changes):
    """W1 is known within 10 % only here: confirmed or refuted where it is known within 1 %."""
    wide = {"exact": {"w1_held_out": 0.9 * W1, "w1_plug_in": 1.1 * W1}, "wgan-lp": {"objective_over_w1": 1.3}}
    merged = {name: {**wide.get(name, {}), **changes.get(name, {})} for name in {*wide, *changes}}
    assert judged(planted(merged))[claim] is Verdict.INCONCLUSIVE
    parts = [part for part in evidence(planted(merged), claim).parts if part.tested and not part.holds]
    assert "bound 0." in parts[0].note


def test_contradicted_at_both_ends_is_refuted_and_without_the_bracket_nothing_is_judged():
    wide = {"exact": {"w1_held_out": 0.9 * W1, "w1_plug_in": 1.1 * W1}}
    assert judged(planted({**wide, "wgan-sn": {"score_at_least": 1.3}}))["gap-and-w1"] is Verdict.REFUTED
    parts = evidence(planted(without=("exact",)), "gap-and-w1").parts
    assert not any(part.tested for part in parts)
    assert "brackets W1" in parts[0].note


@pytest.mark.parametrize(("absent", "word", "claim"), [
    ("wgan-clip", "clipped", "simple-surfaces"), ("wgan-gp", "two-sided", "one-sided"),
    ("wgan-lp", "one-sided", "gap-and-w1"), ("wgan-sn", "spectral", "gap-and-w1"),
])  # fmt: skip
def test_an_absent_method_leaves_its_parts_untested(absent, word, claim):
    parts = evidence(planted(without=(absent,)), claim).parts
    notes = [part.note for part in parts if not part.tested]
    assert notes
    assert all(note == f"no {word} Wasserstein critic was run" for note in notes)


def test_lost_seeds_cannot_confirm():
    stored = planted()
    stored.outcomes[1] = outcome_of("wgan-clip", PLANTED["wgan-clip"], lost=(3,))
    parts = evidence(stored, "simple-surfaces").parts
    assert all(part.note.startswith("3 of 4 seeds") for part in parts)
    assert judged(stored)["simple-surfaces"] is Verdict.INCONCLUSIVE


def test_a_role_is_played_by_the_constraint_not_by_the_name():
    other = {"name": "mine", "base": "wgan-clip"}
    stored = planted(without=("wgan-clip",))
    stored.outcomes.append(outcome_of("mine", PLANTED["wgan-clip"], method=other))
    assert judged(stored)["simple-surfaces"] is Verdict.CONFIRMED
    hinge = {"name": "mine", "base": "wgan-clip", "objective": "hinge"}
    stored.outcomes[-1] = outcome_of("mine", PLANTED["wgan-clip"], method=hinge)
    assert judged(stored)["simple-surfaces"] is Verdict.NOT_TESTED


def test_remarks_name_what_is_reported_without_a_law():
    stored = planted()
    assert "T / W1 = 0.80 on ring8" in evidence(stored, "gap-and-w1").remark
    assert "Below 1 it underestimates. A possible reason" in evidence(stored, "gap-and-w1").remark
    above = evidence(planted({"wgan-gp": {"gap_over_w1": 1.05}}), "gap-and-w1").remark
    assert "T / W1 = 1.05 on ring8" in above
    assert "underestimate" not in above
    assert "A quadratic" not in evidence(stored, "simple-surfaces").remark
    with_fits = planted({"wgan-clip": {"quadratic_r2": 0.9}})
    assert "clipped 0.90 (ring8)" in evidence(with_fits, "simple-surfaces").remark


def test_a_penalty_of_almost_no_weight_never_confirms_the_law_of_the_gap():
    weak = {"name": "weak", "base": "wgan-lp", "constraints": [{"name": "one-sided-penalty", "weight": 1e-4}]}
    settings = Settings(
        methods=[weak], datasets=["ring8"], steps=60, batch_size=16, width=8, layers=1, snapshots=2,
        points=30, fresh=60, resolution=5, ray_points=2,
    )  # fmt: skip
    outcomes = []
    for job in plan(settings, (0, 1, 2), PlanContext("toy", "cpu")):
        collector = Collector(job)
        run(job, CheckedRecorder(job, collector))
        outcomes.append(collector.outcome(Ending(SeedStatus(Status.COMPLETED))))
    assert judged(Stored(outcomes))["gap-and-w1"] is Verdict.NOT_TESTED


# --- figures


def drawn(stored, only=""):
    """Draw the panels of all figures, or of one."""
    found = figures(stored)
    with themed():
        for figure in found:
            for panel in figure.panels:
                assert panel.alt
                if figure.name.endswith(only):
                    panel.draw().canvas.draw()
    return {figure.name.removeprefix("critic-surface-"): figure for figure in found}


def test_every_picture_is_drawn_with_words_and_numbers():
    found = drawn(planted({"wgan-sn": {"correlation": 0.5}}))
    assert list(found) == ["surfaces", "scores", "gap", "rays"]
    assert [panel.label for panel in found["surfaces"].panels] == list(PLANTED)
    assert found["surfaces"].layout == "strip"
    assert found["surfaces"].columns == ("ring8",)
    scores = found["scores"].table.set_index("method")
    assert scores.loc["wgan-clip", "score"] == pytest.approx(0.5, abs=0.01)
    assert scores.loc["exact", "score"] == pytest.approx(0.99, abs=0.01)
    assert "wgan-clip 0.5" in found["scores"].panels[0].alt
    steep = {name: {"lipschitz_lower": 1.0} for name in PLANTED if name != "exact"}
    steep["wgan-clip"] = {"lipschitz_lower": 0.02}
    captions = [figure.caption for figure in figures(planted(steep, spread=0.0))]
    assert ["steepest slopes by a factor of up to 50 here" in caption for caption in captions] == [1, 0, 0, 1]
    rays = found["rays"].table
    assert rays[rays.method == "wgan-gp"]["relative slope"].to_numpy() == pytest.approx(1, abs=0.01)
    assert all(isinstance(figure, Figure) and figure.group == "critic-surface" for figure in found.values())
    names = {f"critic-surface-{part}" for part in found}
    assert {found.figure for found in claims(planted())} <= names


def test_pictures_without_the_exact_potential_without_samples_and_without_anything():
    assert "surfaces" in drawn(planted(without=("exact",)), "scores")
    bare = planted()
    for outcome in bare.outcomes:
        outcome.samples = {}
    assert list(drawn(bare, "nothing")) == ["scores", "gap", "rays"]
    assert figures(Stored([])) == []
    assert [found.parts for found in claims(Stored([]))] == [(), (), ()]


def test_a_surface_that_does_not_vary_or_is_nowhere_known_is_drawn_empty():
    stored = planted()
    stored.outcomes[0].samples["known"] = np.zeros((1, 9, 9), dtype=bool)
    stored.outcomes[1].samples["surface"] = np.ones((1, 9, 9))
    surfaces = drawn(stored, "surfaces")["surfaces"]
    # No row is left out for it: the method's place says that there is nothing to see.
    assert [panel.label for panel in surfaces.panels] == [
        p.label for p in drawn(planted(), "usual")["surfaces"].panels
    ]


def test_a_run_in_which_every_seed_diverged_still_has_its_pictures_drawn():
    stored = planted()
    stored.outcomes[1] = outcome_of("wgan-clip", PLANTED["wgan-clip"], lost=SEEDS)
    found = drawn(stored, "rays")
    assert "wgan-clip" not in found["rays"].panels[0].alt
