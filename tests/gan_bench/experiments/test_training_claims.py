"""The verdict on mode coverage, from planted counts on the grid."""

import numpy as np
import pytest

from gan_bench.analysis.verdicts import Verdict, contradicted, verdict
from gan_bench.experiments.training.claims import claims
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

OBJECTIVES = {"gan": "Minimax", "nsgan": "NonSaturating"}
CONSTRAINTS = {"wgan-clip": "Clip", "wgan-gp": "GradientPenalty", "sngan": "Spectral", "r1": "R1"}
SEEDS = tuple(range(8))


def cell(method, modes, *, dataset="grid25", lost=(), width=64, steps=400_000, name=None):
    """Modes covered at the end about a mean, with a spread of one mode over seeds; lost seeds diverge."""
    constraint = CONSTRAINTS.get(method)
    described = {
        "objective": {"kind": OBJECTIVES.get(method, "Wasserstein")},
        "constraints": [{"kind": constraint}] if constraint else [],
    }
    settings = {"method": described, "method_spec": method, "steps": steps, "width": width}
    job = Job("training", name or method, dataset, SEEDS, settings)
    rows = []
    for seed in set(SEEDS) - set(lost):
        # The smaller clouds of the curve must not be taken for the end's.
        rows += [Row(seed, step, "modes_covered", 0.0, 0.0, "n", 256.0) for step in (0, steps)]
        rows.append(Row(seed, steps, "modes_covered", modes + (seed % 3) - 1, 0.0, "n", 500.0))
    status = {s: SeedStatus(Status.DIVERGED if s in lost else Status.COMPLETED) for s in SEEDS}
    return Outcome(job, frame_from_rows(job, rows), status)


class Stub:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)


def evidence(*outcomes):
    (found,) = claims(Stub(*outcomes))
    assert (found.claim, found.figure) == ("mode-coverage", "shape-grid25")
    return found


def test_more_modes_with_every_control_confirms():
    found = evidence(cell("gan", 10), cell("nsgan", 24), cell("wgan-clip", 14), cell("wgan-gp", 20))
    assert verdict(found.parts) is Verdict.CONFIRMED
    # Paired: seed by seed the difference is the same, and only methods with Lipschitz control are parts.
    assert [part.interval.centre for part in found.parts] == pytest.approx([4.0, 10.0])


def test_exchanged_counts_turn_the_verdict():
    assert verdict(evidence(cell("gan", 20), cell("wgan-gp", 10)).parts) is Verdict.REFUTED


def test_one_method_that_covers_fewer_refutes_whatever_others_do():
    found = evidence(cell("gan", 12), cell("wgan-clip", 6), cell("wgan-gp", 20), cell("sngan", 20))
    assert contradicted(found.parts) == [True, False, False]
    assert verdict(found.parts) is Verdict.REFUTED


def test_equal_counts_are_inconclusive():
    rng = np.random.default_rng(0)
    noisy = cell("wgan-gp", 12)
    mask = (noisy.rows["at"] == 500).to_numpy()
    noisy.rows.loc[mask, "value"] = 12 + rng.permutation([-2.0, 2.0, -1.0, 1.0, -3.0, 3.0, 0.0, 0.0])
    assert verdict(evidence(cell("gan", 12), noisy).parts) is Verdict.INCONCLUSIVE


def test_a_diverged_seed_covers_no_mode():
    found = evidence(cell("gan", 10), cell("wgan-gp", 10, lost=SEEDS))
    assert verdict(found.parts) is Verdict.REFUTED
    saved = evidence(cell("gan", 10, lost=SEEDS), cell("wgan-gp", 10))
    assert verdict(saved.parts) is Verdict.CONFIRMED


def test_seeds_that_did_not_run_prevent_a_confirmation():
    cut = cell("wgan-gp", 20)
    for seed in (0, 1):
        cut.status[seed] = SeedStatus(Status.TIMEOUT)
    (part,) = evidence(cell("gan", 10), cut).parts
    assert not part.holds
    assert part.note == "6 of 8 seeds"


def test_only_like_networks_are_compared():
    found = evidence(cell("gan", 20), cell("gan", 5, width=400), cell("wgan-gp", 10, width=400))
    assert [part.interval.centre for part in found.parts] == pytest.approx([5.0])
    apart = evidence(cell("gan", 20), cell("wgan-gp", 10, width=400))
    assert verdict(apart.parts) is Verdict.NOT_TESTED
    assert "no minimax method with the same networks" in apart.parts[0].note


@pytest.mark.parametrize("modes", [20, 2])
def test_short_budgets_are_reported_and_not_judged(modes):
    short = evidence(cell("gan", 10, steps=2900), cell("wgan-gp", modes, steps=470))
    assert verdict(short.parts) is Verdict.NOT_TESTED
    (part,) = short.parts
    assert part.note == "reported, not judged: 470 of 400,000 steps"
    assert (part.interval.centre, part.interval.n, part.holds) == (modes - 10, 8, False)
    assert part.statement.startswith(
        "wgan-gp (470 steps): modes covered at the end, less those of gan (2,900"
    )
    assert "reported and not judged: here the methods had 470 to 2,900" in short.remark


def test_one_short_method_is_enough_not_to_be_judged():
    assert verdict(evidence(cell("gan", 10, steps=2900), cell("wgan-gp", 20)).parts) is Verdict.NOT_TESTED


def test_the_protocol_s_budget_is_judged_and_needs_no_steps_in_words():
    full = evidence(cell("gan", 10), cell("wgan-gp", 20))
    assert "judged" not in full.remark
    assert "steps" not in full.parts[0].statement


def test_the_grid_alone_is_judged():
    assert claims(Stub(cell("gan", 7, dataset="ring8"), cell("wgan-gp", 8, dataset="ring8"))) == []
    alone = evidence(cell("gan", 10), cell("r1", 20))
    assert verdict(alone.parts) is Verdict.NOT_TESTED
