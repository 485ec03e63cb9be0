"""Verdicts of the divergence sweep on made-up rows that hold, and on rows with the opposite planted."""

import dataclasses
import math
from types import SimpleNamespace

import pytest

from gan_bench.analysis.verdicts import Verdict, contradicted, verdict
from gan_bench.experiments.divergence_sweep.claims import claims
from gan_bench.experiments.divergence_sweep.figures import figures
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.methods.build import build_method

SEEDS = (0, 1, 2, 3)
PLACES = [0.0, 2.0, 4.0, 8.0]
ANGLES = [0.0, 0.5, 1.5]
LN2 = math.log(2)


def outcome(label, pair, rows, seeds=SEEDS, lost=(), /, **settings):
    places = ANGLES if pair == "crossing-segments" else PLACES
    settings = {"pair": pair, "places": places, "points": 20, **settings}
    job = Job("divergence-sweep", label, pair, seeds, settings)
    made = [Row(seed, 1, metric, float(value), 0.0, "separation", at) for seed, metric, at, value in rows]
    status = {seed: SeedStatus(Status.DIVERGED if seed in lost else Status.COMPLETED) for seed in seeds}
    return Outcome(job, frame_from_rows(job, [row for row in made if row.seed not in lost]), status)


def w1(pair, at):
    return {"crossing-segments": math.sin(at / 2), "disjoint-disks": at + 1}.get(pair, at)


def exact(pair, **changes):
    """Closed forms; changes replace a metric by a function of the place."""
    values = {
        "js_exact": lambda at: LN2 if w1(pair, at) else 0.0,
        "tv_exact": lambda at: 1.0 if w1(pair, at) else 0.0,
        "kl_exact": lambda at: math.inf if w1(pair, at) else 0.0,
        "w1_exact": lambda at: w1(pair, at),
        "w1_programme": lambda at: w1(pair, at),
        "w1_derivative": lambda at: 1.0,
        "js_derivative": lambda at: 0.0,
        "js_atoms": lambda at: LN2 if w1(pair, at) else 0.0,
        **changes,
    }
    places = ANGLES if pair == "crossing-segments" else PLACES
    return outcome("exact", pair, [(0, m, at, of(at)) for m, of in values.items() for at in places], (0,))


def independent(pair="parallel-lines"):
    rows = [(seed, "w1_independent", at, w1(pair, at) + 0.01 * seed) for seed in SEEDS for at in PLACES]
    return outcome("perfect-sampler", pair, [*rows, *[(seed, "w1_floor", math.nan, 0.1) for seed in SEEDS]])


def critic(name, gap, pair="parallel-lines", upper=lambda at: 1.0, residual=0.0, lost=()):
    """A trained cell whose gap at a place is gap(W1), with one part in a thousand of noise of its own."""
    places = ANGLES if pair == "crossing-segments" else PLACES
    rows = []
    for seed in SEEDS:
        for at in places:
            t = gap(w1(pair, at)) * (1 + 0.001 * math.sin(3 * seed + at + sum(map(ord, name))))
            values = {"w1_exact": w1(pair, at), "critic_gap": t, "pull": 1.0 + 0.01 * seed,
                      "lipschitz_upper": upper(at), "lipschitz_lower": 0.9 * upper(at)}  # fmt: skip
            if "wgan-gp" in name or "wgan-lp" in name:
                values["stationarity"] = residual * t
            rows += [(seed, metric, at, value) for metric, value in values.items()]
    return outcome(name, pair, rows, SEEDS, lost, method=build_method(name).describe())


def law(w):
    return w * (1 + w / 20)


def judged(*outcomes):
    """Claim -> (verdict, parts)."""
    found = claims(SimpleNamespace(outcomes=list(outcomes)))
    return {e.claim: (verdict(e.parts), e.parts) for e in found}, found


def whole(**changes):
    """Outcomes under which every claim holds; changes replace one by its name."""
    made = {
        "lines": exact("parallel-lines"),
        "segments": exact("crossing-segments"),
        "gp": critic("wgan-gp", law),
        "lp": critic("wgan-lp", law),
        "sn": critic("wgan-sn", lambda w: 0.99 * w),
        "sn-crossing": critic("wgan-sn", lambda w: 0.6 * w, "crossing-segments"),
        "clip": critic("wgan-clip", lambda w: 0.001 * w / (1 + w / 8)),
        **changes,
    }
    return list(made.values())


def test_every_claim_is_confirmed_where_its_numbers_hold():
    verdicts, _ = judged(*whole())
    assert {name: found for name, (found, _) in verdicts.items()} == {
        "js-is-blind": Verdict.CONFIRMED,
        "gap-and-w1": Verdict.CONFIRMED,
        "one-sided": Verdict.CONFIRMED,
    }


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        # A Jensen-Shannon that grows with the separation sees after all.
        ("js-is-blind", {"lines": exact("parallel-lines", js_exact=lambda at: LN2 * at / 8)}),
        ("js-is-blind", {"lines": exact("parallel-lines", kl_exact=lambda at: at)}),
        ("js-is-blind", {"lines": exact("parallel-lines", tv_exact=lambda at: at / 8)}),
        # Points of both supports coincide somewhere; and a count that sees none where all do.
        ("js-is-blind", {"lines": exact("parallel-lines", js_atoms=lambda at: LN2 * min(1, at / 4))}),
        ("js-is-blind", {"lines": exact("parallel-lines", js_atoms=lambda at: LN2)}),
        # Shuffled labels: the programme's cost belongs to another place.
        ("js-is-blind", {"lines": exact("parallel-lines", w1_programme=lambda at: 8.0 - at)}),
        ("js-is-blind", {"lines": exact("parallel-lines", w1_programme=lambda at: at + 2e-9)}),
        ("js-is-blind", {"lines": exact("parallel-lines", js_quadrature=lambda at: LN2 + 2e-6)}),
        # Slopes held at exactly 1.
        ("gap-and-w1", {"gp": critic("wgan-gp", lambda w: w)}),
        ("gap-and-w1", {"lp": critic("wgan-lp", lambda w: law(w) * (1.1 if w == 4 else 1))}),
        ("gap-and-w1", {"sn": critic("wgan-sn", lambda w: 0.9 * w)}),
        ("gap-and-w1", {"sn": critic("wgan-sn", lambda w: 1.02 * w)}),
        ("gap-and-w1", {"sn-crossing": critic("wgan-sn", lambda w: 0.99 * w, "crossing-segments")}),
        ("gap-and-w1", {"clip": critic("wgan-clip", lambda w: 0.001 * w)}),
        ("gap-and-w1", {"clip": critic("wgan-clip", lambda w: w**1.3)}),
        ("one-sided", {"lp": critic("wgan-lp", lambda w: 1.08 * law(w))}),
        ("one-sided", {"lp": critic("wgan-lp", lambda w: law(w) * (0.9 if w == 8 else 1))}),
    ],
)
def test_the_opposite_turns_the_verdict(claim, change):
    verdicts, _ = judged(*whole(**change))
    found, parts = verdicts[claim]
    assert found is Verdict.REFUTED
    assert sum(contradicted(parts)) == 1


def test_one_doubtful_place_is_enough_to_confirm_nothing():
    """At the very edge of the band: neither inside it nor outside."""
    edge = critic("wgan-lp", lambda w: law(w) * (1.05 if w == 4 else 1))
    assert judged(*whole(lp=edge))[0]["gap-and-w1"][0] is Verdict.INCONCLUSIVE


def test_a_critic_that_has_not_settled_is_not_judged_and_the_remark_says_so():
    lost = critic("wgan-gp", lambda w: w, residual=0.06)
    verdicts, found = judged(*whole(gp=lost))
    assert not any(part.tested for part in verdicts["gap-and-w1"][1] if part.statement.startswith("wgan-gp"))
    assert verdicts["one-sided"][0] is Verdict.NOT_TESTED
    remark = next(e.remark for e in found if e.claim == "gap-and-w1")
    assert "wgan-gp on parallel-lines at 2" in remark
    assert "wgan-lp" not in remark


def test_the_place_of_overlapping_gaussians_is_no_place_of_the_law():
    """At 2 sigma the gap may be anything; beyond 6 it may not."""
    gaps = {0.6: lambda seed: 5.0, 8.0: lambda seed: law(8.0) * (1 + 0.001 * seed)}
    rows = [(seed, "critic_gap", at, gap(seed)) for seed in SEEDS for at, gap in gaps.items()]
    rows += [(seed, "w1_exact", at, at) for seed in SEEDS for at in gaps]
    rows += [(seed, "stationarity", at, 0.0) for seed in SEEDS for at in gaps]
    near = outcome("wgan-gp", "separated-gaussians", rows, method=build_method("wgan-gp").describe())
    near.job.settings["places"] = list(gaps)
    (part,) = [part for part in judged(near)[0]["gap-and-w1"][1] if part.tested]
    assert part.holds
    assert "of 1 places: separation 8" in part.note


def test_absent_methods_and_empty_runs():
    verdicts, _ = judged(exact("parallel-lines"))
    assert verdicts["js-is-blind"][0] is Verdict.CONFIRMED
    assert verdicts["gap-and-w1"][0] is verdicts["one-sided"][0] is Verdict.NOT_TESTED
    assert judged()[1] == []
    closed = ("js_exact", "tv_exact", "kl_exact", "w1_exact", "w1_programme", "js_atoms")
    zeros = [(0, metric, 0.0, 0.0) for metric in closed]
    only_zero = outcome("exact", "parallel-lines", zeros, (0,))
    assert judged(only_zero)[0]["js-is-blind"][0] is Verdict.INCONCLUSIVE


def test_a_critic_that_was_trained_where_supports_overlap_only_is_not_called_absent():
    crossing = critic("wgan-lp", law, "crossing-segments")
    notes = [part.note for part in judged(crossing)[0]["gap-and-w1"][1]]
    assert "not where two translates are separated" in notes[0]
    assert notes[1] == "no such critic was trained with the Wasserstein loss"
    broken = critic("wgan-lp", law)
    broken.status.update({seed: SeedStatus(Status.ERROR) for seed in SEEDS})
    assert judged(broken)[0]["gap-and-w1"][1][0].note == "no seed of such critics completed"


def test_a_clipped_gap_of_the_wrong_sign_is_no_evidence_and_the_reason_for_a_steady_factor_is_a_guess():
    wrong = critic("wgan-clip", lambda w: 0.001 * w / (1 + w / 8))
    gaps = (wrong.rows["metric"] == "critic_gap") & (wrong.rows["seed"] == 2)
    wrong.rows.loc[gaps, "value"] *= -1
    verdicts, found = judged(wrong)
    parts = [part for part in verdicts["gap-and-w1"][1] if part.tested]
    assert [part.holds for part in parts] == [False, False]
    assert all("3 of 4 seeds; a gap that is not positive" in part.note for part in parts)
    assert max(part.interval.centre for part in parts) < 2000
    none = critic("wgan-clip", lambda w: -w)
    verdicts, found = judged(none)
    assert not any(part.tested for part in verdicts["gap-and-w1"][1])
    assert "possible reason" not in found[1].remark
    steady = judged(critic("wgan-clip", lambda w: 0.001 * w))[1]
    assert "not measured, so this is a possible reason" in steady[1].remark.replace("\n", " ")


def without(made, metric, at):
    """The outcome less a metric's number at one place."""
    gone = (made.rows["metric"] == metric) & (made.rows["at"] == at)
    return dataclasses.replace(made, rows=made.rows[~gone])


def test_closed_forms_that_broke_off_half_way_are_neither_drawn_nor_judged():
    broken = exact("parallel-lines")
    broken.status[0] = SeedStatus(Status.ERROR, message="no memory")
    lost = independent()
    lost.status.update({seed: SeedStatus(Status.ERROR) for seed in SEEDS})
    run = [broken, lost, exact("crossing-segments"), critic("wgan-gp", law)]
    found, parts = judged(*run)[0]["js-is-blind"]
    assert found is Verdict.INCONCLUSIVE
    assert [part.statement for part in parts if not part.tested] == [
        "parallel-lines: what JS and W1 are along the sweep"
    ]
    for figure in figures(SimpleNamespace(outcomes=run)):
        for panel in figure.panels:
            panel.draw()
    distances = figures(SimpleNamespace(outcomes=run))[0]
    assert [panel.label for panel in distances.panels] == ["crossing-segments"]


@pytest.mark.parametrize("metric", ["w1_programme", "js_atoms", "js_exact"])
def test_a_number_that_is_missing_somewhere_is_not_tested_rather_than_refuted(metric):
    found, parts = judged(without(exact("parallel-lines"), metric, 4.0))[0]["js-is-blind"]
    assert found is Verdict.INCONCLUSIVE
    assert any(not part.tested for part in parts)


def test_a_penalty_of_weight_0_has_no_law():
    gp0 = critic("wgan-gp", law)
    gp0.job.settings["method"]["constraints"][0]["weight"] = 0.0
    parts = judged(gp0)[0]["gap-and-w1"][1]
    assert "weight of 0" in parts[0].note
    for figure in figures(SimpleNamespace(outcomes=[exact("parallel-lines"), gp0])):
        for panel in figure.panels:
            panel.draw()


def test_lost_seeds_confirm_nothing():
    made = critic("wgan-sn", lambda w: 0.99 * w, lost=(0,))
    parts = [part for part in judged(made)[0]["gap-and-w1"][1] if part.tested]
    assert parts
    assert not any(part.holds for part in parts)
    assert all("3 of 4 seeds" in part.note for part in parts)


def test_figures_have_words_numbers_and_no_axis_for_infinity():
    hinge = outcome("sngan", "parallel-lines", [(s, m, at, 1.0) for s in SEEDS for at in PLACES for m in
                    ("w1_exact", "pull")], method=build_method("sngan").describe())  # fmt: skip
    found = {f.name: f for f in figures(SimpleNamespace(outcomes=[*whole(), independent(), hinge]))}
    assert list(found) == ["sweep-distances", "sweep-estimates", "sweep-ratios", "sweep-gradients"]
    assert all(f.group == "divergence-sweep" and f.caption and len(f.table) for f in found.values())
    table = found["sweep-distances"].table
    assert table.loc[table["place"] == 4.0, "KL"].tolist() == ["infinite"]
    assert table.loc[table["place"] == 4.0, "W1, independent draws"].tolist() == pytest.approx([4.015])
    assert "Of sngan only this gradient" in found["sweep-gradients"].caption
    assert {p.label for p in found["sweep-ratios"].panels} >= {
        "parallel-lines: T / W1",
        "parallel-lines: W1 / T, far off",
    }
    for figure in found.values():
        for panel in figure.panels:
            assert panel.alt
            drawn = panel.draw()
            assert all(ax.get_xlabel() for ax in drawn.axes[-1:])
    markers = found["sweep-ratios"].table.query("method == 'wgan-gp' and place == 4.0")["T / W1"].item()
    assert markers == pytest.approx(1.2, rel=1e-3)


def test_figures_of_a_run_that_lost_every_seed_or_has_one_place():
    lost = critic("wgan-gp", law, lost=SEEDS)
    assert figures(SimpleNamespace(outcomes=[lost])) == []
    rows = [(0, metric, 2.0, 0.5) for metric in ("w1_exact", "js_scores", "pull")]
    single = outcome("gan", "parallel-lines", rows, (0,), method=build_method("gan").describe())
    for figure in figures(SimpleNamespace(outcomes=[single])):
        for panel in figure.panels:
            panel.draw()
