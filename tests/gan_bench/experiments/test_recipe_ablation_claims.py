"""The ablation's verdicts and figures from planted rows: claims hold, and turn with their opposite."""

import math
import zlib
from dataclasses import replace

import numpy as np
import pytest

from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.recipe_ablation.arms import RUNGS
from gan_bench.experiments.recipe_ablation.claims import claims
from gan_bench.experiments.recipe_ablation.figures import figures
from gan_bench.experiments.recipe_ablation.results import Results, growth
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

SEEDS = tuple(range(8))
STEPS = 1000
METHOD = {"critic_optimiser": {"learning_rate": 3e-4}}


def made(role, method, rows, label="", lost=(), **more):
    settings = {"role": role, "steps": STEPS, "method": METHOD, **more}
    job = Job("recipe-ablation", method, f"ring8, {label}" if label else "ring8", SEEDS, settings)
    status = {s: SeedStatus(Status.DIVERGED if s in lost else Status.COMPLETED) for s in SEEDS}
    return Outcome(job, frame_from_rows(job, [row for row in rows if row.seed not in lost]), status)


def ends(role, method, level, *, spread=0.1, lost=(), label="", **more):
    """W1 at the end about a level; the seeds' own factors are shared by all arms, spread is not."""
    rng = np.random.default_rng(zlib.crc32(f"{role}/{method}/{label}".encode()))
    shared = np.exp(0.5 * np.sin(np.arange(8)))
    values = level * shared * np.exp(spread * (rng.permutation(8) - 3.5) / 3.5)
    rows = [Row(s, STEPS, "w1", float(values[s]), 0.0, "n", 500.0) for s in SEEDS]
    return made(role, method, rows, label, lost, **more)


def gap(method, power, lost=()):
    steps = [0, *np.unique(np.geomspace(1, STEPS, 60).round().astype(int))]
    rows = [
        Row(s, int(t), metric, float((1 + 0.1 * s) * max(t, 1) ** power))
        for s in SEEDS
        for t in steps
        for metric in ("critic_gap", "lipschitz_lower")
    ]
    return made("gap", method, rows, "fixed generator", lost)


def spectral(method, upper, lower=0.7, bump=0.0):
    """Bounds at three steps; the upper one is higher by `bump` at the second."""
    rows = []
    for seed in SEEDS:
        for step in (0, 500, STEPS):
            rows.append(Row(seed, step, "lipschitz_lower", lower))
            rows.append(Row(seed, step, "lipschitz_upper", upper + 1e-3 * seed + bump * (step == 500)))
    return made("spectral", method, rows)


class Stub:
    def __init__(self, *outcomes):
        job = Job("recipe-ablation", "perfect-sampler", "ring8", (0, 1), {})
        rows = [Row(s, 0, "w1", v, 0.0, "n", 500.0) for s, v in enumerate((0.06, 0.08))]
        done = dict.fromkeys((0, 1), SeedStatus(Status.COMPLETED))
        self.outcomes = [Outcome(job, frame_from_rows(job, rows), done), *outcomes]


def judged(claim, *outcomes):
    found = next(one for one in claims(Stub(*outcomes)) if one.claim == claim)
    return verdict(found.parts), found


def table(run):
    (found,) = Results.tables(run)
    return found


# --- no constraint


def test_the_slope_is_the_power_of_the_growth():
    (cell,) = table(Stub(gap("wgan-none", 1.7))).having("gap")
    assert growth(cell) == pytest.approx(np.full(8, 1.7), abs=1e-9)


def test_only_the_last_half_of_the_steps_counts():
    levelled = gap("wgan-gp", 2.0)
    late = levelled.rows["step"] >= STEPS / 2
    levelled.rows.loc[late, "value"] = 5.0
    (cell,) = table(Stub(levelled)).having("gap")
    assert growth(cell) == pytest.approx(np.zeros(8), abs=1e-9)


def constrained(power):
    return [gap(name, power) for name in ("wgan-clip", "wgan-gp", "wgan-sn")]


def test_growth_without_and_plateaus_with_a_constraint_confirm():
    assert judged("unconstrained", gap("wgan-none", 2.0), *constrained(0.02))[0] is Verdict.CONFIRMED


@pytest.mark.parametrize(("free", "bound"), [(0.0, 0.0), (2.0, 2.0)])
def test_the_opposite_refutes(free, bound):
    """A constraint that does nothing (clip of 10, weight 0) lets the gap grow as without it."""
    assert judged("unconstrained", gap("wgan-none", free), *constrained(bound))[0] is Verdict.REFUTED


def test_a_slow_power_law_is_without_bound_and_refutes_nothing():
    assert judged("unconstrained", gap("wgan-none", 0.4), *constrained(0.02))[0] is Verdict.INCONCLUSIVE


def test_an_unconstrained_critic_that_overflows_has_grown_without_bound():
    blown = gap("wgan-none", 2.0, lost=SEEDS)
    assert judged("unconstrained", blown, *constrained(0.0))[0] is Verdict.CONFIRMED


def test_a_constraint_that_was_not_run_is_missing():
    found, evidence = judged("unconstrained", gap("wgan-none", 2.0))
    assert found is Verdict.INCONCLUSIVE
    assert [part.tested for part in evidence.parts] == [True, False, False, False]


# --- momentum


def momentum(adam, rmsprop=0.2, **more):
    return judged(
        "momentum", ends("ladder", "wgan-clip", rmsprop), ends("momentum", "wgan-clip-adam", adam, **more)
    )


def test_worse_with_momentum_confirms_and_better_refutes():
    assert momentum(0.4)[0] is Verdict.CONFIRMED
    assert momentum(0.1)[0] is Verdict.REFUTED
    assert momentum(0.2)[0] is Verdict.INCONCLUSIVE


def test_differences_are_paired():
    """Seeds differ by a factor of e, the arms by 10 %: only the pairing can see that."""
    found, evidence = judged(
        "momentum",
        ends("ladder", "wgan-clip", 0.2, spread=0),
        ends("momentum", "wgan-clip-adam", 0.22, spread=0.01),
    )
    assert found is Verdict.CONFIRMED
    assert evidence.parts[0].interval.centre == pytest.approx(math.log(1.1), abs=0.01)


def test_divergence_with_momentum_counts_as_worse():
    assert momentum(0.2, lost=SEEDS)[0] is Verdict.CONFIRMED
    assert momentum(0.1, lost=(1,))[0] is Verdict.INCONCLUSIVE


def test_sgd_is_told_apart_from_the_claim():
    arms = [ends("ladder", "wgan-clip", 0.2), ends("momentum", "wgan-clip-adam", 0.4)]
    found, evidence = judged("momentum", *arms, ends("momentum", "wgan-clip-sgd", 0.8, spread=0.01))
    assert found is Verdict.CONFIRMED
    assert "wgan-clip-adam ends at 0.50 times the W1 of wgan-clip-sgd" in evidence.remark
    assert len(evidence.parts) == 1


# --- spectral normalisation


def test_norms_near_1_confirm_and_larger_ones_refute():
    names = ("sngan", "wgan-sn", "sngan-one-direction")
    assert judged("spectral-gradients", *(spectral(name, 1.0) for name in names))[0] is Verdict.CONFIRMED
    # Only one step of the three is too large: "throughout training" means every one.
    late = [spectral(name, 1.0, bump=0.2) for name in names]
    assert judged("spectral-gradients", *late)[0] is Verdict.REFUTED


def test_the_published_single_direction_is_judged_by_itself():
    """Sixteen directions that hold the norm are no evidence for the algorithm with one."""
    ours = [spectral(name, 1.0) for name in ("sngan", "wgan-sn")]
    found, evidence = judged("spectral-gradients", *ours, spectral("sngan-one-direction", 1.16))
    assert found is Verdict.REFUTED
    assert [part.holds for part in evidence.parts] == [True] * 4 + [False, True]
    assert "(1 direction, as published)" in evidence.parts[4].statement
    assert "(16 directions)" in evidence.parts[0].statement
    assert "gradient that was sampled is sngan 0.7, wgan-sn 0.7, sngan-one" in evidence.remark
    ours[0].status[3] = SeedStatus(Status.TIMEOUT)  # half-way: its rows so far are no largest value
    assert judged("spectral-gradients", *ours)[1].parts[0].note == "7 of 8 seeds"
    assert judged("spectral-gradients", *ours)[0] is Verdict.INCONCLUSIVE


def test_a_gradient_above_the_product_refutes():
    """No critic can do this: it would be a mistake in one of the two measurements."""
    assert (
        judged("spectral-gradients", spectral("sngan", 1.0, lower=1.1), spectral("wgan-sn", 1.0))[0]
        is Verdict.REFUTED
    )


# --- one-sided against two-sided


def penalties(ratio, spread=0.02):
    return [
        ends(
            "penalty",
            name,
            0.2 * (ratio if name == "wgan-lp" else 1),
            spread=spread,
            label=f"weight {w:g}",
            weight=w,
        )
        for w in (0.1, 1.0, 10.0)
        for name in ("wgan-gp", "wgan-lp")
    ]


def test_the_same_within_20_percent_is_an_equivalence():
    assert judged("one-sided", *penalties(1.05))[0] is Verdict.CONFIRMED
    larger, evidence = judged("one-sided", *penalties(1.5))
    assert larger is Verdict.REFUTED
    assert [part.interval.centre for part in evidence.parts] == pytest.approx([math.log(1.5)] * 3, abs=0.05)
    assert judged("one-sided", *penalties(0.5))[0] is Verdict.REFUTED
    # Seeds too noisy to tell are no evidence of sameness.
    assert judged("one-sided", *penalties(1.0, spread=1.5))[0] is Verdict.INCONCLUSIVE


def test_each_data_set_is_an_ablation_of_its_own():
    """The same arms on another data set, with the opposite result and another noise floor."""

    def ablation(dataset, adam, width=64):
        arms = [ends("ladder", "wgan-clip", 0.2), ends("momentum", "wgan-clip-adam", adam), *penalties(1.0)]
        run = Stub(*arms, gap("wgan-none", 2.0))
        for k, one in enumerate(run.outcomes):
            settings = {**one.job.settings, "width": width}
            job = replace(one.job, dataset=one.job.dataset.replace("ring8", dataset), settings=settings)
            run.outcomes[k] = Outcome(job, one.rows, one.status)
        return run.outcomes

    run = Stub()
    run.outcomes = [*ablation("ring8", 0.4), *ablation("grid25", 0.1), *ablation("ring8", 0.1, width=9)]
    found = [one for one in claims(run) if one.claim == "momentum"]
    assert [verdict(one.parts) for one in found] == [Verdict.CONFIRMED, Verdict.REFUTED, Verdict.REFUTED]
    assert [one.figure for one in found] == ["optimisers-ring8", "optimisers-grid25", "optimisers-ring8 #2"]
    assert found[1].parts[0].statement.startswith("grid25: Adam")
    drawn = figures(run)
    names = {figure.name for figure in drawn}
    assert names > {one.figure for one in found}
    assert len(names) == len(drawn) == 12
    # Without the grid no method's label is its name.
    run.outcomes = [one for one in run.outcomes if "grid25" not in one.job.dataset]
    for figure in (*drawn, *figures(run)):
        for panel in figure.panels:
            panel.draw()


def test_a_run_without_the_experiment_says_nothing():
    run = Stub()
    run.outcomes = []
    assert claims(run) == figures(run) == []


# --- figures


@pytest.fixture(scope="module")
def drawn():
    ladder = [ends("ladder", name, 0.8 / (k + 1), lost=(2,) * (k == 2)) for k, name in enumerate(RUNGS)]
    others = [ends("momentum", name, 0.3) for name in ("wgan-clip-adam", "wgan-clip-adam0", "wgan-clip-sgd")]
    yours = ends("yours", "loss.py:Mine", 0.5)
    run = Stub(*ladder, *others, yours, *penalties(1.1), gap("wgan-none", 2.0), *constrained(0.0),
               spectral("sngan", 1.0), spectral("wgan-sn", 1.01))  # fmt: skip
    return run, {figure.name: figure for figure in figures(run)}


def test_every_claim_names_a_figure_that_is_there(drawn):
    run, found = drawn
    assert list(found) == ["ladder", "optimisers", "penalties", "gap", "spectral"]
    assert {one.figure for one in claims(run)} <= set(found)
    for figure in found.values():
        assert figure.caption
        assert figure.group == "recipe-ablation"
        assert figure.table is not None
        for panel in figure.panels:
            assert panel.alt
            panel.draw().canvas.draw()


def test_the_caption_speaks_of_rungs_where_users_rows_differ(drawn):
    caption = drawn[1]["ladder"].caption
    assert "All rungs have the same number of generator steps (1,000), learning rate" in caption
    assert "All rows" not in caption


def test_the_ladder_s_factors_are_paired_and_lost_seeds_are_shown(drawn):
    run, found = drawn
    table = found["ladder"].table.set_index("method")
    assert table.loc["wasserstein-logits", "diverged"] == 1
    assert math.isnan(table.loc["wasserstein-logits", "W1"])
    frame = run.outcomes[1].rows, run.outcomes[2].rows
    first, second = (f.sort_values("seed").value.to_numpy() for f in frame)
    assert table.loc["wasserstein-sigmoid", "factor"] == pytest.approx(np.exp(np.log(second / first).mean()))
    assert math.isnan(table.loc["gan", "factor"])
    assert table.index[-1] == "loss.py:Mine"
