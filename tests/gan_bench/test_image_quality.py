"""Judging images of a data set: floors, what a perfect sampler shows, fingerprints, and how it is refused."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from gan_bench import places
from gan_bench.data.images import build_image_dataset
from gan_bench.data.pixels import to_bytes
from gan_bench.errors import UsageError
from gan_bench.image_quality import Judge, Quality, bank_of, require_possible
from gan_bench.metrics.classes import class_coverage
from gan_bench.metrics.fidelity_options import FidelityOptions
from gan_bench.metrics.neighbours import nearest
from gan_bench.seeds import Streams

QUALITY = Quality("classifier", options=FidelityOptions(kid_subset_size=100))


@pytest.fixture(scope="module")
def digits() -> Judge:
    return Judge(build_image_dataset("digits"), QUALITY)


@pytest.fixture(scope="module")
def stacked() -> Judge:
    return Judge(build_image_dataset("stacked-glyphs"), QUALITY)


def test_the_reference_against_itself_has_no_distance(digits):
    images, _ = digits.dataset.reference(digits.quality.real_images(digits.dataset), "evaluation")
    values = digits(images[None]).values
    assert values["fid[digits-cnn]"][0] < 1e-9
    assert values["precision[digits-cnn]"][0] == values["recall[digits-cnn]"][0] == 1.0
    assert values["coverage[digits-cnn]"][0] == 1.0


def test_every_value_has_a_descriptor_and_lies_in_its_range(digits):
    images, labels = digits.dataset.held_out(200, Streams((0, 1)), "here")
    judged = digits(to_bytes(images), labels)
    assert set(judged.values) | set(judged.by_class) == set(digits.descriptors)
    for name, values in (judged.values | judged.by_class).items():
        low, high = digits.descriptors[name].range
        known = values[~np.isnan(values)]
        assert ((known >= low) & (known <= high)).all(), name
    assert judged.values["conditional_accuracy[digits-cnn]"].min() > 0.9
    assert judged.by_class["class_share[digits-cnn]"].shape == (2, 10)


def test_wrong_labels_are_told_from_right_ones(digits):
    images, labels = digits.dataset.held_out(200, Streams((0,)), "here")
    wrong = digits(to_bytes(images), (labels + 1) % 10).values["conditional_accuracy[digits-cnn]"]
    assert wrong[0] < 0.1


def test_a_thousand_modes_of_a_perfect_sampler_meet_the_computed_floor(stacked):
    n = 26_000
    expected = stacked.expected(n)
    images, _ = stacked.dataset.held_out(n, Streams((7,)), "perfect")
    named = stacked.teller(to_bytes(images[0])).logits.argmax(1).numpy()
    shown = class_coverage(named, 1000)
    # Near (K - 1) / 2n = .0192 where classes are equally frequent and the classifier is nearly always right.
    assert expected.kl == pytest.approx(999 / 52_000, rel=0.05)
    assert abs(shown.kl - expected.kl) < 2.5 * expected.kl_error
    assert abs(shown.found - expected.found) <= max(1.0, 2.5 * expected.found_error)


def test_a_fingerprint_says_what_must_be_alike(digits, stacked):
    mine, other = digits.fingerprint(), stacked.fingerprint()
    assert mine["extractor"] == "digits-cnn"
    assert other["extractor"] == "stacked-glyphs-cnn"
    assert mine["weights"] != other["weights"]
    assert mine["reference images"] == digits.dataset.size_of("train")
    assert (mine["perfect sampler"], other["perfect sampler"]) == (
        "test split, with replacement",
        "fresh draws",
    )
    assert 0.9 < mine["accuracy"] < 1


def test_quality_survives_storage():
    quality = Quality("classifier", reference_images=100, options=FidelityOptions(neighbours=4))
    assert Quality.from_dict(quality.as_dict()) == quality
    with pytest.raises(UsageError, match=r'unknown option "neighbors".*did you mean "neighbours"'):
        Quality.from_dict({"options": {"neighbors": 4}})


def test_auto_is_inception_where_its_weights_were_named(monkeypatch, tmp_path):
    monkeypatch.delenv(places.INCEPTION_WEIGHTS, raising=False)
    assert Quality().resolved().extractor == "classifier"
    monkeypatch.setenv(places.INCEPTION_WEIGHTS, str(tmp_path / "weights.pth"))
    assert Quality().resolved().extractor == "inception"
    assert Quality("classifier").resolved().extractor == "classifier"


@pytest.mark.parametrize(
    ("quality", "fewest", "message"),
    [
        (QUALITY, 99, r"KID: needs at least 100 images on each side .* got 99 generated"),
        (Quality("classifier", reference_images=10_000), 500, r"10000 reference images .* has 1438"),
        (Quality("classifier", reference_images=50), 500, r"KID: needs at least 200 .* got 50 real"),
    ],
)
def test_what_cannot_be_judged_is_one_line(quality, fewest, message):
    with pytest.raises(UsageError, match=message) as error:
        require_possible(quality, build_image_dataset("digits"), fewest)
    assert "\n" not in str(error.value)


def test_missing_or_wrong_weights_are_one_line(monkeypatch, tmp_path):
    digits = build_image_dataset("digits")
    monkeypatch.delenv(places.INCEPTION_WEIGHTS, raising=False)
    with pytest.raises(UsageError, match="--inception-weights"):
        require_possible(Quality("inception"), digits, 500)
    wrong = tmp_path / "weights.pth"
    torch.save({"a": torch.zeros(2)}, wrong)
    monkeypatch.setenv(places.INCEPTION_WEIGHTS, str(wrong))
    with pytest.raises(UsageError, match=r"6726825d") as error:
        require_possible(Quality("inception"), digits, 500)
    assert "\n" not in str(error.value)


def test_a_class_without_an_image_cannot_be_told(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [200, 200, 1])
    np.savez(tmp_path / "odd.npz", images=rng.integers(0, 256, (401, 8, 8), np.uint8), labels=labels)
    monkeypatch.chdir(tmp_path)
    odd = build_image_dataset("odd.npz")
    with pytest.raises(UsageError, match=r'"odd.* has 1 of 3 classes without an image in its .*split'):
        require_possible(QUALITY, odd, 500)


def test_a_band_of_repeated_images_says_so(digits, stacked):
    (said,) = digits.cautions(2_000)
    assert "2000 are drawn with replacement from 359" in said
    assert digits.cautions(300) == []
    assert stacked.cautions(26_000) == []


def test_the_band_is_of_the_split_that_does_not_judge():
    turned = Judge(build_image_dataset("digits"), dataclasses.replace(QUALITY, reference_split="test"))
    real = turned.real(300, Streams((0,)))[0]
    train, _ = turned.dataset.reference(turned.dataset.size_of("train"), "all", "train")
    assert nearest(real, train).distances.max() == 0
    assert turned.fingerprint()["perfect sampler"] == "train split, with replacement"


def test_what_is_searched_for_copies_is_named(digits, stacked):
    assert bank_of(digits.dataset) == "all 1,438 training images"
    assert bank_of(stacked.dataset) == "10,000 real images drawn anew"


def test_the_floor_of_a_thousand_classes_is_no_bound_of_ten(digits):
    """Ten even classes at n = 1,000: (K - 1) / 2n, plus what the digits' own frequencies add."""
    expected = digits.expected(1_000)
    weights = digits.dataset.class_weights.numpy()
    imbalance = float((weights * np.log(weights * 10)).sum())
    assert expected.kl == pytest.approx(9 / 2_000 + imbalance, abs=3e-3)
    assert expected.found == pytest.approx(10.0)
    assert not math.isnan(expected.kl_error)
