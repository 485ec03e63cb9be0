"""What the cost experiment concludes: a verdict that turns, figures that draw."""

import pytest

from gan_bench.analysis.verdicts import Verdict, contradicted, verdict, verdict_of_part
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.penalty_cost.claims import claims
from gan_bench.experiments.penalty_cost.figures import figures
from gan_bench.experiments.penalty_cost.plan import plan
from gan_bench.experiments.penalty_cost.settings import Settings
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.theme import themed

REPEATS = (0, 1, 2, 3, 4)
METHODS = ["wgan-clip", "wgan-gp", "wgan-sn"]
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")


class Stored:
    """A run as the claims and figures see it."""

    def __init__(self, outcomes):
        self.outcomes = outcomes


def made_up(ratios, spread=0.02, lost=(), methods=METHODS, **changes):
    """Outcomes of made-up costs by method, spread over the repeats."""
    outcomes = []
    for job in plan(Settings(methods=methods, **changes), REPEATS, CONTEXT):
        rows = []
        for k, repeat in enumerate(REPEATS):
            ratio = ratios.get(job.method, 1.0) + spread * (k - 2)
            for prefix in ("", "critic_", "generator_"):
                rows.append(Row(repeat, 50, f"{prefix}cost_ratio", ratio))
                rows.append(Row(repeat, 50, f"{prefix}step_seconds", 0.01 * ratio))
                rows.append(Row(repeat, 50, f"baseline_{prefix}step_seconds", 0.01))
        status = {seed: SeedStatus(Status.DIVERGED if seed in lost else Status.COMPLETED) for seed in REPEATS}
        outcomes.append(Outcome(job, frame_from_rows(job, rows), status))
    return Stored(outcomes)


def judged(stored):
    """Verdict of the claim and of its parts."""
    (found,) = claims(stored)
    parts = zip(found.parts, contradicted(found.parts), strict=True)
    return verdict(found.parts), [verdict_of_part(part, against) for part, against in parts]


def test_a_cost_within_the_range_confirms_the_claim_for_mlps():
    stored = made_up({"wgan-gp": 1.8})
    assert judged(stored) == (Verdict.CONFIRMED, [Verdict.CONFIRMED])
    (found,) = claims(stored)
    assert found.claim == "penalty-cost"
    assert found.parts[0].statement.startswith("wgan-gp: an MLP's training step")
    assert "repeat" in found.remark
    assert "images, of which the published logs speak, are not tested" in found.remark


def test_the_claim_and_the_figure_show_the_same_geometric_mean():
    stored = made_up({"wgan-gp": 1.8}, spread=0.3)  # 1.2, 1.5, 1.8, 2.1, 2.4
    (part,) = claims(stored)[0].parts
    middle = (1.2 * 1.5 * 1.8 * 2.1 * 2.4) ** (1 / 5)
    assert part.interval.centre == pytest.approx(middle)
    assert figures(stored)[0].table["cost of a training step"][1] == pytest.approx(middle)
    assert part.interval.low < middle < part.interval.high
    assert middle / part.interval.low == pytest.approx(part.interval.high / middle)


@pytest.mark.parametrize("ratio", [1.0, 1.2, 2.6, 5.0])
def test_a_cost_outside_of_the_range_refutes(ratio):
    assert judged(made_up({"wgan-gp": ratio})) == (Verdict.REFUTED, [Verdict.REFUTED])


def test_repeats_that_scatter_over_a_bound_are_inconclusive():
    assert judged(made_up({"wgan-gp": 1.35}, spread=0.1))[1][0] is Verdict.INCONCLUSIVE


def test_a_penalty_that_is_secretly_a_clip_turns_the_verdict():
    # The label says wgan-gp, the rows are those of the control.
    stored = made_up({"wgan-gp": 1.8})
    clip, gp, _ = stored.outcomes
    planted = Outcome(gp.job, clip.rows.assign(method="wgan-gp"), gp.status)
    assert judged(Stored([clip, planted]))[0] is Verdict.REFUTED


IMAGES = {"dataset": "glyphs", "network": "dcgan"}


def together(*runs):
    return Stored([outcome for run in runs for outcome in run.outcomes])


def test_image_networks_are_judged_apart_from_mlps():
    stored = together(made_up({"wgan-gp": 1.8}), made_up({"wgan-gp": 5.0}, **IMAGES))
    points, images = claims(stored)
    assert [len(one.parts) for one in (points, images)] == [1, 1]
    assert points.parts[0].statement.startswith("wgan-gp: an MLP's training step costs 1.3 to 2.5")
    assert images.parts[0].statement.startswith(
        "wgan-gp: an image network's (dcgan on glyphs) training step costs 1.3 to 2.5 clipped steps"
    )
    parts = [*points.parts, *images.parts]
    assert [part.holds for part in parts] == [True, False]
    assert contradicted(parts) == [False, True]
    assert verdict(parts) is Verdict.REFUTED
    both = together(made_up({"wgan-gp": 1.8}), made_up({"wgan-gp": 1.5}, **IMAGES))
    assert verdict([part for one in claims(both) for part in one.parts]) is Verdict.CONFIRMED


def test_the_remark_follows_what_was_run():
    points, images = made_up({"wgan-gp": 1.8}), made_up({"wgan-gp": 1.8}, **IMAGES)
    (both,) = {one.remark for one in claims(together(points, images))}
    assert "judged apart" in both
    assert "not tested" not in both
    assert "MLPs are not tested here" in claims(images)[0].remark


def test_each_kind_of_network_has_a_figure_of_its_own():
    stored = together(
        made_up({"wgan-gp": 1.8}),
        made_up({"wgan-gp": 2.1}, **IMAGES),
        made_up({"wgan-gp": 1.4}, **{**IMAGES, "network": "resnet"}),
    )
    made = figures(stored)
    assert [figure.name for figure in made] == ["cost-ring8", "cost-glyphs-dcgan", "cost-glyphs-resnet"]
    assert [one.figure for one in claims(stored)] == [figure.name for figure in made]
    assert len({figure.title for figure in made}) == 3
    assert [figure.table["cost of a training step"][1] for figure in made] == pytest.approx(
        [1.8, 2.1, 1.4], rel=1e-3
    )
    with themed():
        for figure in made:
            (ax,) = figure.panels[0].draw().axes
            # Two pairs of one data set share their methods' names: a number tells them apart.
            assert len(ax.get_yticklabels()) == 3


def test_other_penalties_other_baselines_and_lost_repeats_do_not_confirm():
    assert judged(made_up({"wgan-sn": 1.8}, methods=["wgan-sn"]))[0] is Verdict.NOT_TESTED
    assert judged(made_up({"wgan-gp": 1.8}, baseline="wgan-none"))[0] is Verdict.NOT_TESTED
    lost = claims(made_up({"wgan-gp": 1.8}, lost=(1,)))[0].parts[0]
    assert not lost.holds
    assert lost.note.endswith("4 of 5 seeds")
    assert claims(Stored([])) == []


def test_the_figure_draws_and_holds_the_numbers():
    stored = made_up({"wgan-gp": 1.8})
    (figure,) = figures(stored)
    assert figure.name == claims(stored)[0].figure
    assert figure.group == "penalty-cost"
    assert list(figure.table["method"]) == METHODS
    assert figure.table["cost of a training step"][1] == pytest.approx(1.8, rel=1e-3)
    assert figure.table["training step [ms]"][0] == pytest.approx(10, rel=1e-2)
    with themed():
        for panel in figure.panels:
            (ax,) = panel.draw().axes
            assert [label.get_text() for label in ax.get_yticklabels()] == METHODS
            assert ax.get_xlabel()
