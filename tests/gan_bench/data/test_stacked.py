"""Stacked sets: three independent draws as colours, and the class of a triple."""

import numpy as np
import pytest
import torch

from gan_bench.data.images import build_image_dataset
from gan_bench.data.stacked import stacked_digits, stacked_glyphs
from gan_bench.seeds import Streams


@pytest.fixture(params=[stacked_digits, stacked_glyphs])
def dataset(request):
    return request.param()


def test_shapes_labels_and_ranges(dataset):
    side = dataset.sample_shape[1]
    images, labels = dataset.batch(6, Streams((0, 1)))
    assert dataset.sample_shape == (3, side, side)
    assert images.shape == (2, 6, 3, side, side)
    assert labels.shape == (2, 6)
    assert images.min() == -1
    assert images.max() <= 1
    assert (dataset.classes, dataset.channels_classes) == (1000, 10)


def test_a_seed_s_images_do_not_depend_on_its_block(dataset):
    together, alone = dataset.batch(8, Streams((3, 5))), dataset.batch(8, Streams((5,)))
    assert torch.equal(together[0][1:], alone[0])
    assert torch.equal(together[1][1:], alone[1])


def test_a_label_is_made_of_its_channels_digits():
    """Each channel of stacked digits is looked up among the scans, whose labels are known."""
    dataset = stacked_digits()
    single, digit = dataset.channel_set().reference(1438, "all")
    of = {image.numpy().tobytes(): int(label) for image, label in zip(single, digit, strict=True)}
    images, labels = dataset.reference(500, "evaluation")
    assert (images.shape, images.dtype) == ((500, 3, 8, 8), torch.uint8)
    red, green, blue = (np.array([of[i[c].numpy().tobytes()] for i in images]) for c in range(3))
    assert np.array_equal(labels.numpy(), 100 * red + 10 * green + blue)


def test_channels_are_independent_and_uniform():
    labels = stacked_glyphs(8).reference(20_000, "evaluation")[1].numpy()
    digits = np.stack([labels // 100, labels // 10 % 10, labels % 10])
    for first, second in ((0, 1), (0, 2), (1, 2)):
        table = np.zeros((10, 10))
        np.add.at(table, (digits[first], digits[second]), 1)
        # Pearson's statistic with 99 degrees of freedom: mean 99, standard deviation 14.
        assert abs(((table - 200) ** 2 / 200).sum() - 99) < 5 * 14.1


def test_class_weights_are_the_outer_product(dataset):
    weights, single = dataset.class_weights, dataset.channel_set().class_weights
    assert (weights.shape, weights.dtype) == ((1000,), torch.float64)
    assert weights.sum().item() == pytest.approx(1)
    assert weights[357].item() == pytest.approx((single[3] * single[5] * single[7]).item())


def test_class_counts_are_the_outer_product():
    dataset = stacked_digits()
    counts, single = (one.class_counts("test") for one in (dataset, dataset.channel_set()))
    assert counts.sum().item() == dataset.size_of("test")
    assert counts[357].item() == single[3] * single[5] * single[7]
    assert stacked_glyphs().class_counts("test") is None


def test_stacked_digits_keep_the_splits_apart():
    dataset = stacked_digits()
    channels = {s: dataset.reference(900, "x", s)[0].flatten(0, 1) for s in ("train", "test")}
    seen = {s: {image.numpy().tobytes() for image in images} for s, images in channels.items()}
    assert not seen["train"] & seen["test"]
    assert dataset.size_of("test") == 359**3
    assert not dataset.endless


def test_what_the_set_says_of_itself():
    dataset = build_image_dataset({"name": "stacked-glyphs", "size": 32})
    assert (dataset.name, dataset.channel_set().name) == ("stacked-glyphs[size=32]", "glyphs[size=32]")
    assert dataset.channel_set().sample_shape == (1, 32, 32)
    assert dataset.channel_set().channels_classes == 0
    assert dataset.digest not in (stacked_glyphs().digest, dataset.channel_set().digest)
    assert dataset.endless
