"""Verdicts of two runs held against each other, what is refused, and how often they are wrong."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.comparing import Kind, Told, compare_pairs
from gan_bench.analysis.pairing import pair_cells
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.metrics.descriptor import Descriptor

W1 = Descriptor("w1", "W1", "data units", "lower", (0, math.inf), "log")
SHARE = Descriptor("high_quality", "high quality", "share", "target", (0, 1), "logit", target=0.99)
RATE = Descriptor("steps_per_second", "steps per second", "1/s", "higher", (0, math.inf), "log")
MACHINE = {"platform": "p", "cpu": "c", "cores": 2, "processor_features": ["avx"]}
FID = Descriptor("fid[a-cnn]", "FID", "", "lower", (0, math.inf), "log")


def outcome(values, method="m", descriptor=W1, size=500, experiment="training", machine=MACHINE, **settings):
    """One cell: a value per seed, None where it diverged."""
    seeds = tuple(range(len(values)))
    job = Job(experiment, method, "ring8", seeds, settings)
    axis, at = ("n", float(size)) if size else ("", math.nan)
    rows = [Row(s, 9, descriptor.name, v, 0.0, axis, at) for s, v in enumerate(values) if v is not None]
    ended = {s: SeedStatus(Status.DIVERGED if v is None else Status.COMPLETED) for s, v in enumerate(values)}
    described = {descriptor.name: descriptor.as_dict()}
    return Outcome(job, frame_from_rows(job, rows), ended, described, provenance=machine)


def held(base, new, **options):
    pairing = pair_cells(
        cells_of([base] if isinstance(base, Outcome) else base),
        cells_of([new] if isinstance(new, Outcome) else new),
    )
    return compare_pairs(pairing, **options)


def draws(rng, factor=1.0, n=8, sigma=0.05):
    return list(0.2 * factor * np.exp(sigma * rng.normal(size=n)))


@pytest.mark.parametrize(
    ("factor", "sigma", "told"),
    [
        (1.3, 0.05, Told.WORSE),
        (0.7, 0.05, Told.BETTER),
        (1.0, 0.01, Told.ALIKE),
        (1.0, 0.3, Told.UNTOLD),
    ],
)
def test_verdicts(factor, sigma, told):
    rng = np.random.default_rng(1)
    (one,), refused = held(outcome(draws(rng, sigma=sigma)), outcome(draws(rng, factor, sigma=sigma)))
    assert (one.told, one.kind, refused) == (told, Kind.RANKING, ())


def test_the_ratio_is_scipys_paired_t_on_logarithms():
    rng = np.random.default_rng(2)
    base, new = draws(rng), draws(rng, 1.2)
    (one,), _ = held(outcome(base), outcome(new))
    d = np.log(new) - np.log(base)
    ends = stats.t.interval(0.95, 7, d.mean(), stats.sem(d))
    assert one.size == pytest.approx(np.exp([d.mean(), *ends]))
    assert one.centres == pytest.approx([stats.gmean(base), stats.gmean(new)])
    assert one.p == pytest.approx(stats.ttest_rel(np.log(new), np.log(base)).pvalue)


def test_identical_bits_are_identical_and_take_no_part_in_holm():
    rng = np.random.default_rng(3)
    values, base, new = draws(rng), draws(rng), draws(rng, 1.2)
    same = [outcome(values, f"same{k}") for k in range(20)]
    compared, _ = held([*same, outcome(base)], [*same, outcome(new)])
    assert [one.told for one in compared].count(Told.IDENTICAL) == 20
    assert compared[-1].p == pytest.approx(stats.ttest_rel(np.log(new), np.log(base)).pvalue)


def test_holm_is_over_the_cells_that_differ():
    rng = np.random.default_rng(4)
    base = [outcome(draws(rng), f"m{k}") for k in range(4)]
    new = [outcome(draws(rng), f"m{k}") for k in range(4)]
    compared, _ = held(base, new)
    assert min(one.p for one in compared) == pytest.approx(min(1, 4 * min(one.found.p for one in compared)))


def test_seeds_needed_are_for_the_margin_or_the_measured_difference():
    rng = np.random.default_rng(5)
    (one,), _ = held(outcome(draws(rng, sigma=0.2)), outcome(draws(rng, sigma=0.2)))
    d = np.log(one.new) - np.log(one.base)
    shown = max(abs(d.mean()), math.log(1.05)) / d.std(ddof=1)

    def power(n):
        return stats.nct.sf(stats.t.isf(0.025, n - 1), n - 1, shown * math.sqrt(n))

    assert one.told is Told.UNTOLD
    assert power(one.seeds) >= 0.8 - 1e-3 > power(one.seeds - 1) - 2e-3


def test_more_diverged_seeds_are_never_better_alike_or_identical():
    rng = np.random.default_rng(6)
    base = draws(rng, sigma=0.01)
    (one,), _ = held(outcome(base), outcome([None, *base[1:]]))
    assert (one.told, one.diverged) == (Told.UNTOLD, (0, 1))
    assert one.losses == pytest.approx(stats.fisher_exact([[0, 8], [1, 7]]).pvalue)
    near = draws(rng, sigma=0.01)
    assert held(outcome(base), outcome(near))[0][0].told is Told.ALIKE
    (one,), _ = held(outcome(base), outcome([None, *near[1:]]))
    assert (one.told, one.p_alike < 0.05) == (Told.UNTOLD, True)
    (one,), _ = held(outcome(base), outcome([None, *(0.5 * v for v in draws(rng, sigma=0.01)[1:])]))
    assert one.told is Told.UNTOLD
    (one,), _ = held(outcome(base), outcome([None] * 6 + base[6:]))
    assert one.told is Told.WORSE
    (one,), _ = held(outcome([None] * 6 + base[6:]), outcome(base))
    assert one.told is Told.BETTER


def test_shares_are_told_in_points_towards_their_target():
    rng = np.random.default_rng(7)
    base, new = (list(mean + 0.01 * rng.normal(size=8)) for mean in (0.6, 0.8))
    (one,), _ = held(outcome(base, descriptor=SHARE), outcome(new, descriptor=SHARE))
    assert (one.told, one.kind) == (Told.BETTER, Kind.OTHER)
    assert one.size[0] == pytest.approx(0.2, abs=0.02)


def test_a_clock_is_one_measurement_a_run_and_only_on_one_machine():
    base, new = ([rate] * 8 for rate in (100.0, 50.0))
    (one,), _ = held(outcome(base, descriptor=RATE, size=0), outcome(new, descriptor=RATE, size=0))
    assert (one.kind, one.told, one.size) == (Kind.MACHINE, Told.UNTOLD, (pytest.approx(0.5), None, None))
    other = outcome(new, descriptor=RATE, size=0, machine={**MACHINE, "cpu": "other"})
    compared, (refused,) = held(outcome(base, descriptor=RATE, size=0), other)
    assert compared == ()
    assert "unlike or unknown machines" in refused.reason


def test_unlike_sizes_versions_and_extractors_are_refused_without_a_number():
    values = draws(np.random.default_rng(8))
    _, (size,) = held(outcome(values), outcome(values, size=1000))
    assert "500 samples in the base and of 1000 now" in size.reason
    newer = Descriptor("w1", "W1", "data units", "lower", (0, math.inf), "log", version=2)
    compared, (version,) = held(outcome(values), outcome(values, descriptor=newer))
    assert (compared, version.reason) == ((), "w1 is version 1 in the base and 2 now")
    other = Descriptor("fid[b-cnn]", "FID", "", "lower", (0, math.inf), "log")
    compared, (extractor,) = held(
        outcome(values, descriptor=FID, experiment="images"),
        outcome(values, descriptor=other, experiment="images"),
    )
    assert (compared, extractor.metric) == ((), "fid[b-cnn]")
    assert extractor.reason == "another extractor: fid[a-cnn] in the base"


def test_two_runs_of_the_same_code_with_other_noise_rarely_differ():
    # Family-wise: "better" or "worse" anywhere among two cells. 40 pairs at 5 %: 6 is 2.9 deviations above.
    rng = np.random.default_rng(9)
    empty = [outcome(draws(rng), f"m{k}") for k in range(2)]

    def run():
        return [dataclasses.replace(o, rows=o.rows.assign(value=draws(rng))) for o in empty]

    made = [held(run(), run())[0] for _ in range(40)]
    assert sum(any(one.told in (Told.BETTER, Told.WORSE) for one in compared) for compared in made) <= 6
