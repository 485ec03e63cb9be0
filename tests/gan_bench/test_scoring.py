"""Scores of a user's samples: what good and bad samples give, reproducibility, and refusals."""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from importlib import import_module

import numpy as np
import pytest
import torch

import toy_distributions as td
from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics.transport import wasserstein1
from gan_bench.scoring import load_samples, score


def truth_sample(name, n, seed=123):
    return td.get(name).sample(n, seeds.generator(seed, "user"))


@pytest.fixture(scope="module")
def perfect():
    return score(truth_sample("ring8", 300), "ring8")


def test_true_samples_lie_in_the_bands(perfect):
    # Neighbouring 5-95 % bands may be missed by chance; twice their width is not.
    for name in ("w1", "w1_held_out", "js", "overlap", "high_quality", "within_mode_spread", "reverse_kl"):
        floor = perfect.bands[name]
        slack = floor.high - floor.low
        assert floor.low - slack <= perfect.values[name] <= floor.high + slack, name
    assert perfect.values["modes_covered"] == 8
    assert (perfect.given, perfect.n, perfect.against) == (300, 300, "ring8")
    assert perfect.w1_held_out < perfect.w1


def test_w1_is_measured_against_the_stratified_reference_of_the_band():
    samples = truth_sample("ring8", 100)
    result = score(samples, "ring8", seed=4)
    reference = td.get("ring8").stratified(100, seeds.generator(4, "score/reference"))
    # The order of the points is no part of a distance.
    assert result.w1 == pytest.approx(wasserstein1(reference, samples).cost, abs=1e-9)


def test_shifted_samples_lie_above_the_band():
    samples = truth_sample("ring8", 200) + torch.tensor([0.5, 0.0])
    result = score(samples, "ring8")
    assert result.bands["w1"].position(result.w1) == "above"
    # The shift is an upper bound of the distance, up to the floor.
    assert 0.3 < result.w1 < 0.5 + result.bands["w1"].high
    assert result.bands["w1_held_out"].position(result.w1_held_out) == "above"
    assert result.values["high_quality"] == 0.0


def test_collapsed_samples():
    result = score(np.tile([1.0, 0.0], (100, 1)), "ring8")
    assert result.values["modes_covered"] == 1
    assert result.values["reverse_kl"] == pytest.approx(math.log(8))
    # Mean distance from a point of the unit circle to the eight modes.
    expected = np.mean([2 * math.sin(k * math.pi / 8) for k in range(8)])
    # Stratified 13, 12, 13, ... of 100 and a width of .01.
    assert result.w1 == pytest.approx(expected, abs=0.02)


def test_the_same_call_gives_the_same_numbers_for_numpy_and_torch(perfect):
    samples = truth_sample("ring8", 300)
    again = score(samples.double().numpy(), "ring8")
    assert again.values == perfect.values
    assert again.bands == perfect.bands
    assert score(samples, "ring8", seed=1).values["w1"] != perfect.values["w1"]


def test_an_ordered_file_scores_as_a_shuffled_one():
    # Sorted by mode, the halves of the held-out dual would hold different modes.
    samples = truth_sample("two-gaussians", 200).numpy()
    ordered = samples[np.argsort(samples[:, 0])]
    result = score(ordered, "two-gaussians")
    floor = result.bands["w1_held_out"]
    # They would make the dual strongly negative: the potential is high where the first half has no points.
    slack = floor.high - floor.low
    assert floor.low - slack < result.w1_held_out < floor.high + slack


def test_many_points_are_cut_to_a_random_subset_and_it_says_so(monkeypatch):
    monkeypatch.setattr(import_module("gan_bench.scoring.points"), "MOST_SAMPLES", 40)
    samples = truth_sample("ring8", 100)
    result = score(samples, "ring8")
    assert (result.given, result.n) == (100, 40)
    assert "40 of 100 points" in str(result)
    assert score(samples, "ring8").values == result.values


def test_a_distribution_and_a_pair_stand_for_themselves_and_for_p():
    samples = truth_sample("ring8", 30)
    assert score(samples, td.get("ring8")).values == score(samples, "ring8").values
    name = td.pair_names()[0]
    pair = td.pair(name)
    drawn = pair.p.sample(30, seeds.generator(0, "user"))
    assert score(drawn, name).values == score(drawn, pair).values == score(drawn, pair.p).values


def test_two_points_suffice_and_data_without_modes_has_no_coverage():
    assert score(truth_sample("ring8", 2), "ring8").n == 2
    assert "modes_covered" not in score(truth_sample("swiss-roll", 20), "swiss-roll").values


def test_frame_and_table(perfect):
    frame = perfect.as_frame().set_index("metric")
    assert list(frame.index)[:4] == ["w1", "w1_held_out", "js", "overlap"]
    assert frame.loc["w1", "value"] == perfect.w1
    assert frame.loc["w1", "sampler_median"] == perfect.bands["w1"].median
    assert frame.loc["high_quality", "better"] == "0.98889"
    text = str(perfect)
    assert "Wasserstein-1" in text
    assert "against ring8" in text
    assert "sigma" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("samples", "against", "message"),
    [
        (np.zeros((5, 2)), "ring-8", 'unknown data set "ring-8" - did you mean "ring8"'),
        (np.zeros((5, 2)), 3, "expected a distribution, an image data set or the name of one, got int"),
        (np.zeros((5, 3)), "ring8", r"expected shape \(n, 2\).*got \(5, 3\)"),
        (np.zeros((2, 5, 2)), "ring8", r"expected shape \(n, 2\), got \(2, 5, 2\)"),
        (np.zeros((1, 2)), "ring8", "at least 2 points"),
        (np.array([[0, 0], [math.nan, 0]]), "ring8", "1 of 2 points are not finite"),
        (np.zeros((5, 2), dtype=complex), "ring8", "real numbers"),
    ],
)
def test_bad_input_gives_one_line(samples, against, message):
    with pytest.raises(UsageError, match=message) as error:
        score(samples, against)
    assert "\n" not in str(error.value)


def test_load_samples_round_trip(tmp_path):
    path = tmp_path / "samples.npy"
    np.save(path, np.arange(8, dtype=np.float32).reshape(4, 2))
    loaded = load_samples(path)
    assert loaded.dtype == np.float64
    assert loaded.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


def as_npy(array, *, cut=None):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()[:cut]


def as_npz():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("samples.npy", as_npy(np.zeros((4, 2))))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x,y\n1,2\n", "not a NumPy .npy file"),
        (b"", "not a NumPy .npy file"),
        (as_npz(), "not a NumPy .npy file"),
        (pickle.dumps([1, 2]), "not a NumPy .npy file"),
        (as_npy(np.zeros((4, 2)), cut=150), "not a readable .npy file"),
        (as_npy(np.zeros((4, 2)), cut=9), "not a readable .npy file"),
        (as_npy(np.zeros((4, 2))).replace(b"}", b" "), "not a readable .npy file"),
        (as_npy(np.array([{"a": 1}], dtype=object)), "not a readable .npy file.*allow_pickle"),
        (as_npy(np.zeros((4, 3))), r"expected an array of shape \(n, 2\).*got \(4, 3\)"),
        (as_npy(np.zeros((0, 2))), r"n >= 2, got \(0, 2\)"),
        (as_npy(np.zeros((4, 2), dtype="U3")), "real numbers"),
        (as_npy(np.full((4, 2), math.inf)), "4 of 4 points are not finite"),
    ],
)
def test_a_bad_file_gives_one_line_with_its_path(tmp_path, content, message):
    path = tmp_path / "bad.npy"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as error:
        load_samples(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_give_one_line(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load_samples(tmp_path / "none.npy")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load_samples(tmp_path)
