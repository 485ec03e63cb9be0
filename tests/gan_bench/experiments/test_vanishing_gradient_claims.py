"""Verdicts of the vanishing-gradient experiment on made-up rows, and its pictures."""

from types import SimpleNamespace

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.verdicts import Verdict, contradicted, verdict, verdict_of_part
from gan_bench.experiments.claims import CLAIMS
from gan_bench.experiments.vanishing_gradient.claims import claims
from gan_bench.experiments.vanishing_gradient.figures import figures
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.theme import themed

SEPARATIONS = (0.0, 4.0, 8.0)
STEPS = (0, 1, 10, 100, 1000)
SEEDS = tuple(range(10))  # a sign test of ten seeds outlasts Holm over ten parts
# Slope of the norm where supports are apart, slope where they overlap, log10 of the norm at step 10.
TRUTH = {
    "gan": (-3.0, 0.1, 0.0),
    "nsgan": (0.5, 0.5, 0.5),
    "wgan-gp": (0.0, 0.0, 0.3),
    "wgan-clip": (1.0, 1.0, -4.0),
}


def outcome(method, units, slopes, lost=(), zero=False, gap=None, dataset="ring8", separations=SEPARATIONS):
    """lost: (seed, separation) that broke off before the last step."""
    apart, overlap, level = slopes
    settings = {
        "units": units, "separations": list(separations), "apart": 4.0, "fit_from": 10, "steps": 1000,
        "points": 50, "method": {"name": method},
    }  # fmt: skip
    job = Job("vanishing-gradient", method, f"{dataset}[units={units}]", SEEDS, settings)
    rows = [
        row
        for seed in SEEDS
        for separation in separations
        for row in _rows(seed, separation, overlap if separation == 0 else apart, level, zero, gap)
        if row.step < 1000 or (seed, separation) not in lost
    ]
    broken = {seed: SeedStatus(Status.DIVERGED, 1000, "planted") for seed, _ in lost}
    complete = {seed: SeedStatus(Status.COMPLETED) for seed in SEEDS} | broken
    return Outcome(job, frame_from_rows(job, rows), complete)


def _rows(seed, separation, slope, level, zero, gap):
    """Power laws from step 10 on; before, a jump that must not count."""
    wobble = 0.02 * np.sin(7.0 * seed + separation)
    yield Row(
        seed, 0, "support_gap", 0.1 + separation if gap is None else gap, axis="separation", at=separation
    )
    for step in STEPS:
        log = level + (slope + wobble) * np.log10(max(step, 10) / 10) + (5.0 if step < 10 else 0.0)
        norm = 0.0 if zero and step == 1000 else 10.0**log
        values = {
            "generator_gradient_norm": norm,
            "gradient_variance": norm**2 / 10,
            "relative_variance": 0.1,
            "accuracy": 0.9,
        }
        for metric, value in values.items():
            yield Row(seed, step, metric, value, axis="separation", at=separation)


def run_of(changes=None, every=None, **options):
    truth = {**TRUTH, **(changes or {})}
    outcomes = [
        outcome(method, units, slopes, **{**(every or {}), **options.get(method, {})})
        for method, slopes in truth.items()
        if slopes is not None
        for units in (1, 10)
    ]
    return SimpleNamespace(outcomes=tuple(outcomes))


def judged(run):
    (evidence,) = claims(run)
    parts = evidence.parts
    verdicts = {
        part.statement: verdict_of_part(part, against)
        for part, against in zip(parts, contradicted(parts), strict=True)
    }
    return verdict(parts), verdicts


def test_the_textbook_is_confirmed_part_by_part():
    whole, parts = judged(run_of())
    assert whole is Verdict.CONFIRMED
    assert len(parts) == 2 * 4 + 2
    assert set(parts.values()) == {Verdict.CONFIRMED}


@pytest.mark.parametrize(("changes", "part"), [
    ({"gan": (-0.1, 0.1, 0.0)}, "minimax gradient, moved by 4"),
    ({"gan": (-3.0, -2.0, 0.0)}, "where supports overlap"),
    ({"nsgan": (-0.5, 0.5, 0.5)}, "non-saturating gradient, moved by 8"),
    ({"nsgan": (-0.5, 0.5, 0.5)}, "variance of the non-saturating gradient, moved by 4"),
    ({"wgan-gp": (0.6, 0.0, 0.3)}, "under the penalty, moved by 4"),
    ({"wgan-gp": (-0.6, 0.0, 0.3)}, "under the penalty, moved by 8"),
    ({"nsgan": (0.5, 0.5, -1.5)}, "early in training"),
    # Labels exchanged.
    ({"gan": TRUTH["nsgan"], "nsgan": TRUTH["gan"]}, "minimax gradient, moved by 8"),
])  # fmt: skip
def test_planted_opposites_refute(changes, part):
    whole, parts = judged(run_of(changes))
    assert whole is Verdict.REFUTED
    (found,) = [one for statement, one in parts.items() if part in statement and not _other(part, statement)]
    assert found is Verdict.REFUTED


def _other(part, statement):
    return part.startswith("non-saturating") and statement.startswith("variance")


def test_a_slope_between_flat_and_vanishing_is_undecided():
    whole, parts = judged(run_of({"gan": (-0.5, -0.5, 0.0)}))
    assert whole is Verdict.INCONCLUSIVE
    assert [s for s, v in parts.items() if v is Verdict.INCONCLUSIVE] == [
        "minimax gradient, moved by 4: slope at most -1",
        "minimax gradient, moved by 8: slope at most -1",
        "minimax gradient where supports overlap (not moved): slope above -0.2",
    ]


def test_without_supports_that_are_apart_the_main_parts_are_not_tested():
    near = run_of(every={"separations": (0.0, 2.0)})
    whole, parts = judged(near)
    assert whole is Verdict.INCONCLUSIVE
    assert [s for s, v in parts.items() if v is Verdict.NOT_TESTED] == [
        "minimax gradient, moved by at least 4: slope at most -1",
        "non-saturating gradient, moved by at least 4: slope above 0",
        "variance of the non-saturating gradient, moved by at least 4: slope above 0",
        "gradient under the penalty, moved by at least 4: slope within ±0.2",
    ]
    assert claims(near)[0].parts[0].note == "no separation of 4 or more"


def test_a_move_that_leaves_the_supports_touching_is_not_apart():
    parts = claims(run_of(gan={"gap": 0.0}))[0].parts
    assert [part.tested for part in parts] == [False] * 8 + [True, True]
    assert "a real and a fake point are 0 apart" in parts[0].note


def test_data_sets_are_judged_and_drawn_apart():
    ring, grid = run_of(), run_of({"gan": TRUTH["nsgan"]}, {"dataset": "grid25", "separations": (0.0, 9.0)})
    run = SimpleNamespace(outcomes=(*ring.outcomes, *grid.outcomes))
    whole, parts = judged(run)
    assert whole is Verdict.REFUTED
    assert len(parts) == 2 * 4 + 2 + 4 + 2
    assert parts["ring8: minimax gradient, moved by 8: slope at most -1"] is Verdict.CONFIRMED
    assert parts["grid25: minimax gradient, moved by 9: slope at most -1"] is Verdict.REFUTED
    names = [picture.name for picture in figures(run)]
    assert len(set(names)) == 8
    assert claims(run)[0].figure == "gradient-over-steps-ring8" in names


def test_absent_methods_are_not_tested():
    whole, parts = judged(run_of({"wgan-gp": None}))
    assert whole is Verdict.INCONCLUSIVE
    assert sum(v is Verdict.NOT_TESTED for v in parts.values()) == 2
    whole, parts = judged(run_of({"gan": None, "nsgan": None, "wgan-gp": None}))
    assert whole is Verdict.NOT_TESTED
    assert claims(SimpleNamespace(outcomes=())) == []


def test_lost_seeds_cannot_confirm_where_they_were_lost():
    whole, parts = judged(run_of(gan={"lost": [(0, 4.0)]}))
    assert whole is Verdict.INCONCLUSIVE
    assert [s for s, v in parts.items() if v is not Verdict.CONFIRMED] == [
        "minimax gradient, moved by 4: slope at most -1"
    ]


def test_a_gradient_of_exactly_zero_has_vanished():
    _, parts = judged(run_of(gan={"zero": True}))
    assert parts["minimax gradient, moved by 4: slope at most -1"] is Verdict.CONFIRMED
    assert parts["minimax gradient where supports overlap (not moved): slope above -0.2"] is Verdict.REFUTED


def test_the_evidence_names_its_claim_and_says_how_far_apart():
    (evidence,) = claims(run_of())
    assert evidence.claim in CLAIMS
    assert "4.1 when moved by 4" in evidence.remark


def test_pictures_have_words_and_numbers_even_where_a_gradient_is_zero():
    run = run_of(gan={"zero": True})
    pictures = figures(run)
    assert len({picture.name for picture in pictures}) == 4
    assert claims(run)[0].figure in {picture.name for picture in pictures}
    with themed():
        for picture in pictures:
            assert picture.group == "vanishing-gradient"
            assert picture.caption
            assert len(picture.table)
            for panel in picture.panels:
                assert panel.alt
                axes = panel.draw().axes
                assert all(ax.get_xlabel() and ax.get_ylabel() for ax in axes)
    table = pictures[0].table
    row = table[(table.method == "nsgan") & (table["moved by"] == 4.0)].iloc[0]
    assert float(row["slope of |g|"].split()[0]) == pytest.approx(0.5, abs=0.02)


def test_skipped_jobs_have_neither_part_nor_picture():
    job = Job(
        "vanishing-gradient",
        "consensus",
        "ring8[units=1]",
        SEEDS,
        {"separations": [0.0], "apart": 4.0},
        skip="no",
    )
    skipped = Outcome(job, frame_from_rows(job, ()), {})
    run = run_of()
    with_it = SimpleNamespace(outcomes=(*run.outcomes, skipped))
    assert judged(with_it) == judged(run)
    assert [cell for cell in cells_of(with_it.outcomes) if cell.skip]
    alone = SimpleNamespace(outcomes=(skipped,))
    assert judged(alone)[0] is Verdict.NOT_TESTED
    assert figures(alone) == []
