"""What the depth experiment concludes: verdicts that turn, figures that draw, settings that complain."""

import math

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.cli import main
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.critic_depth.claims import BOUNDS, bound_at_512, claims
from gan_bench.experiments.critic_depth.figures import figures
from gan_bench.experiments.critic_depth.plan import plan
from gan_bench.experiments.critic_depth.run import run
from gan_bench.experiments.critic_depth.settings import Settings
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.report.theme import themed

SEEDS = tuple(range(8))  # a sign test of eight seeds outlasts Holm over four parts
RATE = 0.005  # of the critic, times c
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
KIND = "gan_bench.experiments.critic_depth:EXPERIMENT"


class Stored:
    """A run as the claims and figures see it."""

    def __init__(self, outcomes):
        self.outcomes = outcomes


def clip(c, name=""):
    constraint = [{"name": "clip", "c": c}]
    return {"name": name or f"clip-{c}", "base": "wgan-clip", "constraints": constraint,
            "critic_learning_rate": RATE * c}  # fmt: skip


# At a width of 128 a bound of .2 does what .1 does at 512.
FOUR = [clip(0.2), clip(0.02), clip(0.002), "wgan-gp"]
PUBLISHED = {
    "clip-0.2": (1.0, 0.7),
    "clip-0.02": (-1.0, 0.7),
    "clip-0.002": (-2.0, 0.7),
    "wgan-gp": (0.0, 0.01),
}


def made_up(values, methods=FOUR, lost=(), dead=(), **changes):
    """Outcomes of made-up rows: slope, share and change by method, spread a little over the seeds.

    dead: seeds in which no gradient reaches the input of the first method.
    """
    settings = Settings(methods=methods, **{"depths": [12], **changes})
    outcomes = []
    for job in plan(settings, SEEDS, CONTEXT):
        slope, share, *moved = values[job.method]
        rows = []
        for seed in SEEDS:
            noise = 0.001 * (seed - 3.5)
            ends = {"gradient_slope": slope + noise, "edge_share": share + noise,
                    "weight_change": moved[0] if moved else 1.0, "idle_share": 0.4}  # fmt: skip
            if seed in dead and job.method == methods[0]["name"]:
                ends["gradient_slope"] = -math.inf
            rows += [Row(seed, settings.steps, name, value) for name, value in ends.items()]
            rows += [Row(seed, settings.steps, "activation_gradient", 10.0 ** (10 * slope), 0.0, "layer", 1)]
            rows += [Row(seed, 0, "edge_share", 0.0)]
        status = {seed: SeedStatus(Status.DIVERGED if seed in lost else Status.COMPLETED) for seed in SEEDS}
        outcomes.append(Outcome(job, frame_from_rows(job, rows), status))
    return Stored(outcomes)


def verdicts(stored):
    return {evidence.claim: verdict(evidence.parts) for evidence in claims(stored)}


def evidence(stored, claim):
    return next(found for found in claims(stored) if found.claim == claim)


def test_what_was_published_is_confirmed():
    assert verdicts(made_up(PUBLISHED)) == {
        "depth": Verdict.CONFIRMED,
        "clipping-saturates": Verdict.CONFIRMED,
    }


@pytest.mark.parametrize(("method", "slope", "expected"), [
    ("clip-0.2", -0.05, Verdict.REFUTED), ("clip-0.02", 0.1, Verdict.REFUTED),
    ("wgan-gp", 0.2, Verdict.REFUTED), ("wgan-gp", -0.2, Verdict.REFUTED),
    ("clip-0.2", -math.inf, Verdict.REFUTED),
    # Between nothing and the margin nothing is refuted.
    ("clip-0.2", 0.03, Verdict.INCONCLUSIVE), ("clip-0.002", -0.1, Verdict.INCONCLUSIVE),
])  # fmt: skip
def test_a_slope_short_of_its_margin_or_beyond_nought_turns_depth(method, slope, expected):
    stored = made_up({**PUBLISHED, method: (slope, PUBLISHED[method][1])})
    assert verdicts(stored) == {"depth": expected, "clipping-saturates": Verdict.CONFIRMED}


@pytest.mark.parametrize(("method", "share"), [("clip-0.2", 0.4), ("clip-0.002", 0.0), ("wgan-gp", 0.2)])
def test_a_share_on_the_other_side_of_its_margin_refutes_saturation(method, share):
    stored = made_up({**PUBLISHED, method: (PUBLISHED[method][0], share)})
    assert verdicts(stored) == {"depth": Verdict.CONFIRMED, "clipping-saturates": Verdict.REFUTED}


def test_gradients_that_vanish_altogether_count_as_fading_and_are_named():
    stored = made_up({**PUBLISHED, "clip-0.002": (-math.inf, 0.7)})
    assert verdicts(stored)["depth"] is Verdict.CONFIRMED
    notes = [part.note for part in evidence(stored, "depth").parts]
    assert "in 8 of 8 seeds no gradient arrives at all (dead ReLUs, slope -inf)" in notes[2]
    assert not any("dead" in note for note in (*notes[:2], notes[3]))


def test_a_few_dead_seeds_are_named_where_their_means_are_shown():
    stored = made_up(PUBLISHED, methods=FOUR[1:3], dead=(2, 5))
    assert "in 2 of 8 seeds no gradient arrives" in evidence(stored, "depth").parts[1].note
    (pictures, _) = figures(stored)
    assert list(pictures.table["seeds"]) == ["8 of 8, 2 without a gradient", "8 of 8"]
    assert "are in no mean slope: clip-0.02 2 of 8." in pictures.caption


def test_swapped_labels_turn_the_verdict():
    swapped = {**PUBLISHED, "clip-0.2": PUBLISHED["wgan-gp"], "wgan-gp": PUBLISHED["clip-0.2"]}
    assert set(verdicts(made_up(swapped)).values()) == {Verdict.REFUTED}


def test_a_critic_that_did_not_train_or_not_long_enough_is_not_judged_on_saturation():
    still = made_up({**PUBLISHED, "clip-0.002": (-2.0, 0.0, 1e-9)})
    found = evidence(still, "clipping-saturates")
    assert verdict(found.parts) is Verdict.INCONCLUSIVE
    assert [part.note for part in found.parts if not part.tested] == [
        "the critic did not train: its weights have hardly moved since the start"
    ]
    assert "clip-0.2, 12 layers: 40%;" in found.remark
    short = evidence(made_up(PUBLISHED, steps=159), "clipping-saturates")
    assert [part.note for part in short.parts if not part.tested] == [
        "795 critic steps; 4c / rate is 800"
    ] * 3


def test_a_critic_that_did_not_train_is_judged_on_its_start_or_not_at_all():
    still = {method: (*ends, 1e-9) for method, ends in PUBLISHED.items()}
    depth = evidence(made_up(still), "depth")
    assert [part.tested for part in depth.parts] == [False, True, True, False]
    assert {part.note for part in depth.parts if not part.tested} == {
        "not trained: that is the slope of the start"
    }
    assert all("slope of the start" in part.statement for part in depth.parts if part.tested)
    assert not any(part.tested for part in evidence(made_up(still), "clipping-saturates").parts)
    assert not any("of the start" in part.statement for part in evidence(made_up(PUBLISHED), "depth").parts)


def test_the_epsilon_is_a_possible_reason_only_where_gradients_are_as_small():
    faint = evidence(made_up({**PUBLISHED, "clip-0.02": (-1.0, 0.7, 1e-9)}), "depth").remark
    assert "The weights of clip-0.02 have hardly moved" in faint
    assert "clip-0.02 1e-10): a possible reason" in faint
    strong = evidence(made_up({**PUBLISHED, "clip-0.02": (-0.3, 0.7, 1e-9)}), "depth").remark
    assert "The weights of clip-0.02 have hardly moved" in strong
    assert "RMSProp" not in strong
    assert "hardly moved" not in evidence(made_up(PUBLISHED), "depth").remark


def test_absent_methods_and_other_bounds_are_not_tested():
    only = made_up({"wgan-gp": (0.0, 0.01)}, methods=["wgan-gp"])
    assert verdicts(only) == {"depth": Verdict.INCONCLUSIVE, "clipping-saturates": Verdict.INCONCLUSIVE}
    # A clip of 10 is none of the published bounds, nor is any bound at another width.
    wide = made_up({"clip-10.0": (1.0, 0.0)}, methods=[clip(10.0)])
    assert set(verdicts(wide).values()) == {Verdict.NOT_TESTED}
    assert set(verdicts(made_up(PUBLISHED, width=64, depths=[12])).values()) == {Verdict.INCONCLUSIVE}
    shallow = made_up(PUBLISHED, depths=[3])
    assert verdicts(shallow) == {"depth": Verdict.NOT_TESTED, "clipping-saturates": Verdict.CONFIRMED}
    assert claims(Stored([])) == []


def test_lost_seeds_are_no_confirmation():
    stored = made_up(PUBLISHED, lost=(2,))
    parts = [part for found in claims(stored) for part in found.parts]
    assert all("7 of 8 seeds" in part.note for part in parts)
    for picture in figures(stored):
        assert set(picture.table["seeds"]) == {"7 of 8"}
        assert "Not all seeds survived" in picture.caption
        assert "clip-0.2 7 of 8" in picture.caption
    assert not any(part.holds for part in parts)
    assert verdicts(made_up(PUBLISHED, lost=(2,))) == {
        "depth": Verdict.INCONCLUSIVE,
        "clipping-saturates": Verdict.INCONCLUSIVE,
    }


def test_bounds_are_scaled_to_the_width_of_the_source():
    outcomes = made_up(PUBLISHED).outcomes
    assert [bound_at_512(cell) for cell in cells_of(outcomes)] == [
        *(pytest.approx(bound) for bound in BOUNDS),
        None,
    ]


def trained(methods, **changes):
    """Outcomes of a real run, tiny and without the source's depth in seconds."""
    settings = Settings(methods=methods, width=16, batch_size=16, points=32, snapshots=2, **changes)
    outcomes = []
    for job in plan(settings, SEEDS[:4], CONTEXT):
        collector = Collector(job)
        run(job, CheckedRecorder(job, collector))
        outcomes.append(collector.outcome(Ending(SeedStatus(Status.COMPLETED))))
    return Stored(outcomes)


def test_a_penalty_without_weight_turns_the_verdict_of_a_trained_critic():
    rate = {"base": "wgan-gp", "learning_rate": 3e-3, "n_critic": 10}
    parts = {}
    for weight in (10.0, 0.0):
        method = {"name": "gp", **rate, "constraints": [{"name": "gradient-penalty", "weight": weight}]}
        parts[weight] = evidence(trained([method], depths=[12], steps=3), "depth").parts[-1]
    assert abs(parts[10.0].interval.centre) < 0.1
    assert parts[0.0].interval.centre > 0.15
    assert not parts[0.0].holds
    assert parts[0.0].against < 0.025


def test_figures_of_a_trained_run_draw_and_hold_the_numbers():
    stored = trained([clip(0.5), "wgan-gp", "sngan"], depths=[4, 2], steps=2)
    found = figures(stored)
    assert [figure.name for figure in found] == [
        "gradients-swiss-roll, 4 layers", "weights-swiss-roll, 4 layers",
        "gradients-swiss-roll, 2 layers", "weights-swiss-roll, 2 layers",
    ]  # fmt: skip
    assert {evidence.figure for evidence in claims(stored)} <= {"", *(figure.name for figure in found)}
    with themed():
        for figure in found:
            assert figure.group == "critic-depth"
            assert list(figure.table["method"]) == ["clip-0.5", "wgan-gp", "sngan"]
            for panel in figure.panels:
                assert panel.draw().axes[0].get_ylabel()
    slopes = stored.outcomes[1].rows.query("metric == 'gradient_slope' and step == 2")["value"]
    shown = found[0].table.set_index("method")["slope [decades per layer]"]["wgan-gp"]
    assert shown == pytest.approx(slopes.mean())


@pytest.mark.parametrize(("line", "message"), [
    ("depths = [12, 0]", "depths: item 2: should be greater than or equal to 2, not 0"),
    ("depths = []", "depths: "),
    ("depths = [3, 3]", "depths: should name each depth once, not [3, 3]"),
    ("width = 0", "width: should be greater than or equal to 1, not 0"),
    ("points = -5", "points: should be greater than or equal to 2, not -5"),
    ("methods = []", "methods: "),
    ("steps = 0", "steps: should be greater than or equal to 1, not 0"),
    ("widht = 3", 'unknown key "widht" - did you mean "width"?'),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, line, message):
    monkeypatch.chdir(tmp_path)
    methods = "" if line.startswith("methods") else 'methods = ["gan"]'
    header = '[suite]\nname = "toy"\nseeds = 2\ndevice = "cpu"\n'
    (tmp_path / "toy.toml").write_text(f'{header}[[experiment]]\nkind = "{KIND}"\n{methods}\n{line}\n')
    assert main(["run", "toy.toml"]) == 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("gan-bench: toy.toml: experiment 1: ")
    assert message in lines[0]


def test_an_objective_of_a_users_own_takes_part(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "class Mine:\n"
        "    def critic_loss(self, real, fake):\n        return fake.mean(1) - real.mean(1)\n"
        "    def generator_loss(self, fake, real=None):\n        return -fake.mean(1)\n"
    )
    (outcome,) = trained(["mine.py:Mine"], depths=[3], steps=1).outcomes
    assert outcome.job.method == "mine.py:Mine"
    assert {status.status for status in outcome.status.values()} == {Status.COMPLETED}
    assert len(outcome.rows.query("metric == 'gradient_slope'")) == 2 * len(outcome.job.seeds)
