"""Verdicts on images, from planted FIDs and counts of classes."""

import math

import numpy as np
import pytest

from gan_bench.analysis.power import fewest
from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.experiments.claims import CLAIMS
from gan_bench.experiments.images.claims import PROTOCOL_STEPS, claims
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

KINDS = {
    "gan": ("Minimax", None),
    "nsgan": ("NonSaturating", None),
    "gan+gp": ("Minimax", "GradientPenalty"),
    "wgan-clip": ("Wasserstein", "Clip"),
    "wgan-gp": ("Wasserstein", "GradientPenalty"),
    "sngan": ("Hinge", "Spectral"),
    "r1": ("NonSaturating", "R1"),
}
SEEDS = tuple(range(5))
# Deviations of log FID by seed: every method has the same, so that pairs differ by their means exactly; and
# ones that no other method shares.
SHARED = (-0.2, 0.1, 0.0, 0.3, -0.2)


def cell(
    method, fid=100.0, *, classes=0.0, dataset="glyphs", steps=400, norm=False, lost=(), spread=SHARED, **more
):
    """FIDs (geometric mean fid) and classes at the end on 2,000 images, with the curve's beside them."""
    objective, constraint = KINDS[method]
    described = {
        "objective": {"kind": objective},
        "constraints": [{"kind": constraint, **more.pop("weighed", {})}] if constraint else [],
        "updates": more.pop("updates", "alternating"),
        "conditional": more.pop("conditional", False),
        "grows": False,
    }
    extractor = more.pop("extractor", f"{dataset}-cnn")
    settings = {
        "method": described,
        "method_spec": method,
        "dataset": {"name": dataset},
        "steps": steps,
        "critic_batch_norm": norm,
        "width": 16,
        **more,
    }
    job = Job("images", method, dataset, SEEDS, settings)
    rows = []
    for seed in set(SEEDS) - set(lost):
        value = fid * math.exp(spread[seed])
        # Differences between minimax and others: 0, 1, 2, -2, -1 about that of the means.
        covered = classes + (seed if objective == "Minimax" else 2 * seed % 5)
        for metric, end in ((f"fid[{extractor}]", value), (f"classes_covered[{extractor}]", covered)):
            # Neither earlier steps nor fewer images may be taken for the end.
            rows += [Row(seed, step, metric, 7.0, 0.0, "n", 500.0) for step in (0, steps)]
            rows.append(Row(seed, steps, metric, end, 0.0, "n", 2000.0))
    status = {s: SeedStatus(Status.DIVERGED if s in lost else Status.COMPLETED) for s in SEEDS}
    return Outcome(job, frame_from_rows(job, rows), status)


def slightly(method, fid, **more):
    """A cell whose logarithms differ from `SHARED` by a spread of 0.1 with mean 0."""
    own = np.array([1.0, -1.0, 1.0, -1.0, 0.0]) * 0.1
    return cell(method, fid, spread=tuple(np.array(SHARED) + own), **more)


class Stub:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)


def found(claim, *outcomes):
    """Evidence on one claim, and its parts together."""
    evidence = [one for one in claims(Stub(*outcomes)) if one.claim == claim]
    assert all(one.claim in CLAIMS for one in evidence)
    return evidence, [part for one in evidence for part in one.parts]


def parts(claim, *outcomes):
    return found(claim, *outcomes)[1]


def test_a_lower_fid_with_every_control_confirms():
    evidence, made = found(
        "image-quality", cell("gan", 120), cell("nsgan", 10), slightly("wgan-gp", 60), slightly("sngan", 80)
    )
    assert verdict(made) is Verdict.CONFIRMED
    # Paired by seed; shown as ratios: minimax over the method, at the last step and on the most images.
    assert [part.interval.centre for part in made] == pytest.approx([2.0, 1.5])
    assert [part.interval.n for part in made] == [5, 5]
    assert made[0].interval.low < 2 < made[0].interval.high
    assert [one.figure for one in evidence] == ["fid-glyphs"]
    assert made[0].statement == (
        "glyphs: fid[glyphs-cnn] of gan (400 steps) over that of wgan-gp (400 steps) (geometric mean of the "
        "ratios), above 1"
    )


def test_minimax_under_a_penalty_is_a_control_and_no_rival():
    made = parts("image-quality", cell("gan", 100), slightly("gan+gp", 50), slightly("sngan", 25))
    assert [part.interval.centre for part in made] == pytest.approx([2.0, 4.0])


def test_other_updates_are_no_minimax_gan_and_weight_0_is_no_penalty():
    (part,) = parts(
        "image-quality", cell("gan", 100), cell("gan", 400, updates="consensus"), slightly("wgan-gp", 50)
    )
    assert part.interval.centre == pytest.approx(2.0)
    (none,) = parts("image-quality", cell("gan", 100), slightly("wgan-gp", 50, weighed={"weight": 0.0}))
    assert not none.tested
    (some,) = parts("image-quality", cell("gan", 100), slightly("wgan-gp", 50, weighed={"weight": 0.1}))
    assert some.tested


def test_exchanged_fids_refute():
    assert verdict(parts("image-quality", cell("gan", 60), slightly("wgan-gp", 120))) is Verdict.REFUTED


def test_one_control_that_is_worse_refutes_whatever_others_do():
    made = parts("image-quality", cell("gan", 100), slightly("wgan-gp", 50), slightly("sngan", 200))
    assert verdict(made) is Verdict.REFUTED


def test_what_five_seeds_cannot_tell_apart_names_the_seeds_needed():
    (part,) = parts("image-quality", cell("gan", 100), slightly("wgan-gp", 95))
    assert verdict([part]) is Verdict.INCONCLUSIVE
    needed = fewest(math.log(100 / 95), [0.1])
    assert needed > 5
    assert part.note == f"telling them apart at this spread takes about {needed} seeds"


@pytest.mark.parametrize(("sign", "said"), [(-1, Verdict.CONFIRMED), (1, Verdict.REFUTED)])
def test_what_is_decided_needs_no_more_seeds_even_where_that_was_luck(sign, said):
    """t = 3.2 on five seeds (2.78 is enough), which the same difference reaches in few repeats."""
    logs = 3.2 * 0.1 / math.sqrt(5)
    (part,) = parts("image-quality", cell("gan", 100), slightly("wgan-gp", 100 * math.exp(sign * logs)))
    assert fewest(logs, [0.1]) > 5
    assert verdict([part]) is said
    assert part.note == ""


def test_budgets_and_batch_norm_stand_in_words():
    evidence, (part,) = found(
        "image-quality", cell("gan", 100, steps=1200, norm=True), slightly("wgan-gp", 50, steps=300)
    )
    assert "of gan (1,200 steps, batch norm in its critic) over that of wgan-gp (300 steps)" in part.statement
    assert "Here the methods had 300 to 1,200 generator steps, different ones where" in evidence[0].remark
    assert "this run says nothing of them" in evidence[0].remark
    assert part.holds
    (full,), _ = found(
        "image-quality",
        cell("gan", 100, steps=PROTOCOL_STEPS),
        slightly("wgan-gp", 50, steps=PROTOCOL_STEPS),
    )
    assert full.remark.endswith("Here the methods had 100,000 generator steps.")


@pytest.mark.parametrize(("lost", "saved", "result"), [("wgan-gp", "gan", 0.0), ("gan", "wgan-gp", math.inf)])
def test_a_diverged_seed_is_infinitely_far(lost, saved, result):
    """Two of five beside finite ones that agree: the sign test, which five seeds cannot win."""
    made = {"gan": cell("gan", 100), "wgan-gp": slightly("wgan-gp", 100)}
    made[lost] = cell(lost, 100, lost=(0, 1, 2))
    (part,) = parts("image-quality", *made.values())
    assert part.interval.centre == result
    assert not part.interval.known
    assert verdict([part]) is Verdict.INCONCLUSIVE
    assert part.note == "seeds that would tell them apart: cannot be said (a seed has no finite value)"


def test_where_both_diverged_the_seed_counts_for_neither_and_nothing_is_confirmed():
    (part,) = parts("image-quality", cell("gan", 100, lost=(3,)), slightly("wgan-gp", 50, lost=(3,)))
    assert part.interval.n == 4
    assert part.interval.centre == pytest.approx(2.0, rel=0.05)
    assert not part.holds
    # More seeds are not what it lacks.
    assert part.note == "4 of 5 seeds"


def test_seeds_that_did_not_run_prevent_a_confirmation():
    cut = slightly("wgan-gp", 50)
    cut.status[0] = SeedStatus(Status.TIMEOUT)
    (part,) = parts("image-quality", cell("gan", 100), cut)
    assert (part.holds, part.note) == (False, "4 of 5 seeds")


def test_only_like_networks_and_one_extractor_are_compared():
    wide = {"width": 64}
    made = parts("image-quality", cell("gan", 10), cell("gan", 150, **wide), slightly("wgan-gp", 50, **wide))
    assert [part.interval.centre for part in made] == pytest.approx([3.0])
    inception = {"extractor": "inception", "quality": {"extractor": "inception"}}
    other = parts("image-quality", cell("gan", 10, **inception), slightly("wgan-gp", 50))
    assert verdict(other) is Verdict.NOT_TESTED
    assert other[0].note == "no such two methods with the same networks, batches and judge"
    evidence, both = found(
        "image-quality",
        cell("gan", 10, **inception),
        slightly("wgan-gp", 50, **inception),
        cell("gan", 100),
        slightly("wgan-gp", 50),
    )
    figures = [one.figure for one in evidence]
    assert sorted(part.interval.centre for part in both) == pytest.approx([0.2, 2.0])
    assert figures == ["fid-glyphs, judged by inception", "fid-glyphs, judged by glyphs-cnn"]
    assert {part.statement.split()[1] for part in both} == {"fid[inception]", "fid[glyphs-cnn]"}


def test_methods_that_are_told_classes_are_no_part():
    made = parts(
        "image-quality", cell("gan", 100), slightly("sngan", 50), slightly("wgan-gp", 900, conditional=True)
    )
    assert [part.interval.centre for part in made] == pytest.approx([2.0])


def test_image_sets_are_parts_of_one_claim_with_a_figure_each():
    digits = {"dataset": "digits"}
    evidence, made = found(
        "image-quality",
        cell("gan", 100),
        slightly("wgan-gp", 50),
        cell("gan", 50, **digits),
        slightly("wgan-gp", 100, **digits),
        slightly("wgan-gp", 100, dataset="folder"),
    )
    assert [(one.figure, len(one.parts)) for one in evidence] == [("fid-glyphs", 1), ("fid-digits", 1)]
    assert verdict(made) is Verdict.REFUTED


def test_clipping_is_held_against_the_controls_with_and_without_batch_norm():
    clipped = cell("wgan-clip", 200), cell("wgan-clip", 150, norm=True)
    made = parts(
        "image-clipping", *clipped, slightly("wgan-gp", 50), slightly("sngan", 100), slightly("r1", 900)
    )
    assert verdict(made) is Verdict.CONFIRMED
    assert [part.interval.centre for part in made] == pytest.approx([4.0, 3.0, 2.0, 1.5])
    assert "wgan-clip #1 (400 steps) over" in made[0].statement
    assert "wgan-clip #2 (400 steps, batch norm in its critic) over" in made[1].statement
    worse = parts(
        "image-clipping", cell("wgan-clip", 200), cell("wgan-clip", 20, norm=True), slightly("wgan-gp", 50)
    )
    assert verdict(worse) is Verdict.REFUTED
    # Clipping is no control of its own against minimax.
    assert verdict(parts("image-quality", cell("gan", 500), *clipped)) is Verdict.NOT_TESTED
    assert verdict(parts("image-clipping", cell("gan", 500), cell("wgan-gp", 50))) is Verdict.NOT_TESTED


STACKED = {"dataset": "stacked-glyphs", "steps": PROTOCOL_STEPS}


@pytest.mark.parametrize(("mine", "minimax", "said"), [
    (700, 300, Verdict.CONFIRMED), (300, 700, Verdict.REFUTED)
])  # fmt: skip
def test_classes_covered_are_judged_at_the_sources_steps(mine, minimax, said):
    evidence, made = found(
        "image-coverage", cell("gan", classes=minimax, **STACKED), cell("wgan-gp", classes=mine, **STACKED)
    )
    assert verdict(made) is said
    assert made[0].interval.centre == mine - minimax
    assert evidence[0].figure == "covered-stacked-glyphs"


def test_undecided_classes_name_their_own_seeds_needed():
    """Not those of the FID, which differ by a factor of two here."""
    mine = cell("wgan-gp", 50, classes=300, **STACKED)
    ends = (mine.rows["at"] == 2000) & mine.rows["metric"].str.startswith("classes")
    mine.rows.loc[ends, "value"] += [4.0, -6.0, 14.0, -1.0, 4.0]
    (part,) = parts("image-coverage", cell("gan", 100, classes=300, **STACKED), mine)
    needed = fewest(3.0, [float(np.std([4, -5, 16, -3, 3], ddof=1))])
    assert part.note == f"telling them apart at this spread takes about {needed} seeds"


def test_a_diverged_seed_covers_no_class():
    lost = cell("wgan-gp", classes=700, lost=SEEDS, **STACKED)
    assert verdict(parts("image-coverage", cell("gan", classes=300, **STACKED), lost)) is Verdict.REFUTED


@pytest.mark.parametrize("mine", [700, 10])
def test_classes_covered_after_fewer_steps_are_reported_and_not_judged(mine):
    short = {"dataset": "stacked-glyphs", "steps": 300}
    (part,) = parts(
        "image-coverage", cell("gan", classes=300, **short), cell("wgan-gp", classes=mine, **short)
    )
    assert verdict([part]) is Verdict.NOT_TESTED
    assert part.note.endswith("reported, not judged: 300 of 100,000 steps")
    assert part.interval.centre == mine - 300
    assert not part.holds


def test_one_short_method_is_enough_not_to_judge_classes():
    long = cell("gan", classes=300, **STACKED)
    (part,) = parts("image-coverage", long, cell("wgan-gp", classes=700, **{**STACKED, "steps": 300}))
    assert verdict([part]) is Verdict.NOT_TESTED


def test_ten_classes_are_no_matter_of_coverage():
    assert parts("image-coverage", cell("gan", classes=1), cell("wgan-gp", classes=9)) == []


def test_planned_and_skipped_cells_are_not_tested():
    planned = [cell(name, lost=SEEDS, **STACKED) for name in ("gan", "wgan-gp", "wgan-clip")]
    for one in planned:
        one.status.clear()
    for claim in ("image-quality", "image-clipping", "image-coverage"):
        made = parts(claim, *planned)
        assert [part.note for part in made] == ["none of 5 seeds has a value"]
        assert verdict(made) is Verdict.NOT_TESTED
    gan, gp = cell("gan"), slightly("wgan-gp", 50)
    skipped = Outcome(Job(**{**vars(gp.job), "skip": "coupled"}), gp.rows.iloc[:0], {})
    (part,) = parts("image-quality", gan, skipped)
    assert (part.tested, part.note) == (False, "coupled")


def test_other_experiments_say_nothing():
    toy = cell("gan")
    assert (
        claims(Stub(Outcome(Job(**{**vars(toy.job), "experiment": "training"}), toy.rows, toy.status))) == []
    )
    assert claims(Stub()) == []
