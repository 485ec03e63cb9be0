"""The metrics of a data set as one table: equal to their parts, the order of the W1 bounds, the grid."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import toy_distributions as td
from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics.distances import (
    DESCRIPTORS,
    evaluate,
    histogram_grid,
    transport_distances,
)
from gan_bench.metrics.divergence import js_from_samples, overlap_from_samples
from gan_bench.metrics.modes import mode_coverage
from gan_bench.metrics.transport import wasserstein1

WITH_MODES = {
    "w1", "w1_held_out", "js", "overlap", "modes_covered", "high_quality", "within_mode_spread", "reverse_kl",
}  # fmt: skip


def clouds(distribution, count, n, purpose):
    return torch.stack([distribution.sample(n, seeds.generator(i, purpose)) for i in range(count)])


def points(distribution, n, purpose):
    return distribution.stratified(n, seeds.generator(0, purpose))


def materials(distribution, n=60, count=3):
    """Samples, fresh, reference, held_out of a perfect sampler."""
    return (
        clouds(distribution, count, n, "samples"),
        clouds(distribution, count, n, "fresh"),
        points(distribution, n, "reference"),
        points(distribution, n, "held-out"),
    )


def test_every_metric_equals_its_own_function_seed_by_seed():
    truth = td.get("ring8")
    samples, fresh, reference, held_out = materials(truth)
    values = evaluate(samples, fresh, reference, held_out, truth)
    grid = histogram_grid(truth)
    assert set(values) == WITH_MODES
    assert all(value.shape == (3,) and value.dtype == np.float64 for value in values.values())
    for i, cloud in enumerate(samples):
        coverage = mode_coverage(cloud, truth)
        transport = wasserstein1(reference, cloud)
        dual = float(transport.potential(held_out).mean() - transport.potential(fresh[i]).mean())
        assert values["w1"][i] == pytest.approx(transport.cost, abs=1e-12)
        # 1e-6: the mean may be taken in float32 here, where the inputs are.
        assert values["w1_held_out"][i] == pytest.approx(dual, abs=1e-6)
        assert values["js"][i] == js_from_samples(cloud, reference, grid.bounds, grid.bins)
        assert values["overlap"][i] == overlap_from_samples(cloud, reference, grid.bounds, grid.bins)
        assert values["modes_covered"][i] == coverage.covered
        assert values["high_quality"][i] == coverage.high_quality
        assert values["reverse_kl"][i] == coverage.reverse_kl
        assert values["within_mode_spread"][i] == coverage.within_mode_spread


def test_without_modes_there_is_no_coverage():
    truth = td.get("swiss-roll")
    values = evaluate(*materials(truth, n=40, count=2), truth)
    assert set(values) == {"w1", "w1_held_out", "js", "overlap"}


def test_translates_have_their_shift_as_both_bounds_of_w1():
    rng = np.random.default_rng(0)
    reference, held_out = rng.normal(size=(2, 50, 2))
    # Far beyond the clouds' size the optimal potential is affine enough to carry over to fresh points.
    shift = np.array([1000.0, 0.0])
    values = transport_distances((reference + shift)[None], (held_out + shift)[None], reference, held_out)
    assert values["w1"][0] == pytest.approx(1000.0, rel=1e-9)
    # The sign: real minus fake is positive. 1e-3: the potential's directions differ by size / shift.
    assert values["w1_held_out"][0] == pytest.approx(1000.0, rel=1e-3)


def test_held_out_dual_lies_below_plug_in_on_average_and_around_zero_for_the_truth():
    truth = td.get("two-gaussians")
    values = evaluate(*materials(truth, n=80, count=24), truth)
    gap = values["w1"] - values["w1_held_out"]
    # The mean gap lies above zero by five of its standard errors.
    assert gap.mean() > 5 * gap.std(ddof=1) / math.sqrt(24)
    # P = Q: the true distance is 0, which bounds the held-out dual's expectation from above.
    assert values["w1_held_out"].mean() < 3 * values["w1_held_out"].std(ddof=1) / math.sqrt(24)
    assert values["w1"].min() > 0


def test_memorising_looks_perfect_in_the_plug_in_only():
    truth = td.get("ring8")
    _, _, reference, held_out = materials(truth, n=80)
    copies = reference[None].double()
    values = evaluate(copies, copies, reference, held_out, truth)
    assert values["w1"][0] == pytest.approx(0.0, abs=1e-9)
    assert (values["js"][0], values["overlap"][0]) == pytest.approx((0.0, 1.0), abs=1e-12)


def test_numpy_float64_and_float32_agree():
    truth = td.get("ring8")
    inputs = materials(truth, n=40, count=2)
    first = evaluate(*inputs, truth)
    second = evaluate(*(part.double().numpy() for part in inputs), truth)
    for name, value in first.items():
        np.testing.assert_allclose(value, second[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_diverged_seed_is_refused():
    truth = td.get("ring8")
    samples, fresh, reference, held_out = materials(truth, n=20, count=2)
    samples[1, 3, 0] = math.nan
    with pytest.raises(UsageError, match="samples: 1 of 40 points are not finite"):
        evaluate(samples, fresh, reference, held_out, truth)
    with pytest.raises(UsageError, match="as many clouds as samples, 2, got 1"):
        evaluate(fresh, fresh[:1], reference, held_out, truth)


@pytest.mark.parametrize("name", ["ring8", "grid25", "swiss-roll", "moons", "checkerboard"])
def test_the_grid_holds_the_data_and_has_square_bins(name):
    truth = td.get(name)
    grid = histogram_grid(truth)
    (x_lo, x_hi), (y_lo, y_hi) = grid.bounds
    assert x_hi - x_lo == pytest.approx(y_hi - y_lo)
    assert grid.bins % 2 == 1
    sample = points(truth, 2000, "grid").numpy()
    assert ((sample > [x_lo, y_lo]) & (sample < [x_hi, y_hi])).all()
    if name in ("ring8", "grid25"):
        assert 3.5 < grid.bin_per_scale < 4.5
        assert grid.bin_per_scale == pytest.approx((x_hi - x_lo) / grid.bins / truth.scale)
    else:
        assert grid.bin_per_scale is None


def test_the_grid_of_a_line_is_a_box_with_the_line_inside_a_bin():
    line = SimpleNamespace(bounds=((0.0, 0.0), (0.0, 1.0)))
    grid = histogram_grid(line)
    assert grid.bounds == (pytest.approx((-0.55, 0.55)), pytest.approx((-0.05, 1.05)))
    # x = 0 is the centre of a bin: rounding does not split the line over two.
    assert (0.0 - grid.bounds[0][0]) / grid.bin_width % 1 == pytest.approx(0.5)
    assert histogram_grid(SimpleNamespace(bounds=((2.0, 2.0), (3.0, 3.0)))).bin_width > 0


def test_every_descriptor_is_complete_and_holds_the_values():
    truth = td.get("grid25")
    values = evaluate(*materials(truth, n=50, count=2), truth)
    assert set(DESCRIPTORS) == set(values) | {"js_scores"}
    for name, row in DESCRIPTORS.items():
        assert row.name == name
        assert row.unit
        assert row.explanation.endswith(".")
        assert (row.target is not None) == (row.better == "target")
        low, high = row.range
        assert all(low <= value <= high for value in values.get(name, []))
