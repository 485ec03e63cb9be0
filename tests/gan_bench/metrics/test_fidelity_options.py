"""Options and counts of image metrics: each mistake is one line; descriptors are complete."""

from __future__ import annotations

import math

import pytest

from gan_bench.errors import UsageError
from gan_bench.metrics.fidelity_descriptors import descriptors
from gan_bench.metrics.fidelity_options import FidelityOptions, cautions


def test_a_misspelt_option_names_the_nearest():
    with pytest.raises(UsageError, match='images: unknown option "kid_subset" - did you mean "kid_subsets"'):
        FidelityOptions.parsed({"kid_subset": 5}, "images")
    assert FidelityOptions.parsed({"neighbours": 4}) == FidelityOptions(neighbours=4)


@pytest.mark.parametrize(
    ("option", "value", "least"),
    [
        ("kid_subsets", 0, 1),
        ("kid_subset_size", 1, 2),
        ("neighbours", 2.5, 1),
        ("coverage_neighbours", True, 1),
        ("splits", "10", 1),
        ("seed", -1, 0),
    ],
)
def test_a_wrong_value_is_one_line(option, value, least):
    with pytest.raises(UsageError, match=f"metrics: {option}: expected a whole number from {least} up, got"):
        FidelityOptions(**{option: value})


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (500, 1, r"FID: needs at least 2 images on each side \(a covariance\), got 1 generated"),
        (199, 500, r"KID: needs at least 200 images on each side \(kid_subset_size\), got 199 real"),
        (500, 199, r"KID: needs at least 200 .* got 199 generated"),
    ],
)
def test_too_few_images_are_one_line_with_both_numbers(real, fake, message):
    with pytest.raises(UsageError, match=message):
        FidelityOptions().check_counts(real, fake)


def test_counts_of_neighbours_and_splits():
    few = FidelityOptions(kid_subset_size=2)
    with pytest.raises(UsageError, match=r"precision and recall: needs at least 4 images .* got 3 generated"):
        few.check_counts(50, 3)
    with pytest.raises(UsageError, match=r"coverage: needs at least 6 images .* got 5"):
        few.check_counts(5, 50)
    with pytest.raises(UsageError, match=r"Inception Score: needs at least 10 images .* got 9 generated"):
        few.check_counts(50, 9)
    few.check_counts(50, 9, scored=False)
    FidelityOptions().check_counts(200, 200)


def test_singular_covariances_are_said():
    assert cautions(5000, 65, 64) == []
    assert cautions(64, 5000, 64)[0].startswith("FID from 64 images in 64 features: covariances are singular")


def test_every_descriptor_carries_its_extractor_and_is_complete():
    rows = descriptors("glyphs-cnn", 10)
    assert list(rows) == [
        f"{metric}[glyphs-cnn]"
        for metric in (
            "fid", "kid", "precision", "recall", "density", "coverage", "inception_score", "classes_covered",
            "class_kl",
        )
    ]  # fmt: skip
    for name, row in rows.items():
        assert row.name == name
        assert "(glyphs-cnn)" in row.label
        assert row.unit
        assert row.explanation.endswith(".")
        assert (row.target is not None) == (row.better == "target")
    assert rows["class_kl[glyphs-cnn]"].range == (0.0, math.log(10))
    assert "classes_covered[inception]" not in descriptors("inception")
    assert list(descriptors("plain", scored=False))[-1] == "coverage[plain]"
