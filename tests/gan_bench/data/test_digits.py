"""The scanned digits against scikit-learn's own arrays; the split; sampling of a finite set."""

import sys

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from gan_bench.data import digits as module
from gan_bench.data.digits import digits
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import UsageError
from gan_bench.seeds import Streams


def rows(images):
    return {image.numpy().tobytes() for image in images}


def test_the_scans_are_scikit_learn_s_and_the_split_loses_none():
    dataset = digits()
    parts = [dataset.reference(dataset.size_of(split), "all", split) for split in ("train", "test")]
    assert [len(images) for images, _ in parts] == [1438, 359]
    images, labels = (torch.cat([part[index] for part in parts]) for index in (0, 1))
    found = sorted((image.numpy().tobytes(), int(label)) for image, label in zip(images, labels, strict=True))
    scans = load_digits()
    expected = [np.rint(image / 16 * 255).astype(np.uint8).tobytes() for image in scans.images]
    assert found == sorted(zip(expected, scans.target.tolist(), strict=True))


def test_the_split_is_stratified_and_fixed():
    dataset = digits()
    train, test = (
        torch.bincount(dataset.reference(n, "x", s)[1]) for n, s in ((1438, "train"), (359, "test"))
    )
    # A fifth of each class, to the nearest image.
    assert ((train + test) * 0.2 - test).abs().max() <= 0.5
    decoded = dataset.source.decoded
    assert not set(decoded.train) & set(decoded.test)
    assert digits().digest == dataset.digest != digits(16).digest


@pytest.mark.parametrize("size", [16, 32])
def test_enlarged_scans_are_interpolated_between_pixel_centres(size):
    """Along each axis np.interp on the centres, with the outer pixels going on beyond theirs."""
    places = (np.arange(size) + 0.5) * 8 / size - 0.5
    weights = np.stack([np.interp(places, np.arange(8), row) for row in np.eye(8)], 1)
    expected = np.einsum("ia,nab,jb->nij", weights, load_digits().images / 16 * 255, weights)
    # Half a byte of rounding, and float32 where the exact value lies on a half.
    assert np.abs(digits(size).source.decoded.images[:, 0] - expected).max() < 0.501


def test_batches_are_training_images_with_their_labels():
    dataset, streams = digits(), Streams((0, 7), dtype=torch.float64)
    images, labels = dataset.batch(100, streams)
    assert (images.shape, images.dtype) == ((2, 100, 1, 8, 8), torch.float64)
    of = {}
    for image, label in zip(*dataset.reference(1438, "all"), strict=True):
        of.setdefault(image.numpy().tobytes(), set()).add(int(label))
    back = ((images + 1) * 127.5).round().to(torch.uint8)
    for image, label in zip(back.flatten(0, 1), labels.flatten(), strict=True):
        assert int(label) in of[image.numpy().tobytes()]


def test_a_seed_s_batches_do_not_depend_on_its_block():
    dataset = digits()
    together, alone = Streams((3, 5)), Streams((5,))
    for _ in range(3):
        (images, labels), (own, digit) = dataset.batch(8, together), dataset.batch(8, alone)
        assert torch.equal(images[1:], own)
        assert torch.equal(labels[1:], digit)
        assert not torch.equal(images[0], images[1])


def test_held_out_images_are_of_the_test_split():
    dataset, streams = digits(), Streams((0, 1))
    images, _ = dataset.held_out(50, streams, "critic")
    assert torch.equal(images, dataset.held_out(50, streams, "critic")[0])
    assert not torch.equal(images[0], images[1])
    back = ((images + 1) * 127.5).round().to(torch.uint8).flatten(0, 1)
    assert rows(back) <= rows(dataset.reference(359, "all", "test")[0])


def test_a_reference_has_each_image_once_and_parts_are_other_choices():
    dataset = digits()
    chosen, other = (dataset.reference(1000, part)[0] for part in ("evaluation", "floor"))
    decoded = dataset.source.decoded
    distinct = len(np.unique(decoded.images[decoded.train].reshape(1438, -1), axis=0))
    assert distinct == 1438
    assert len(rows(chosen)) == 1000
    assert torch.equal(chosen, digits().reference(1000, "evaluation")[0])
    # Two random thousands of 1,438 share 695 on average, standard deviation 8.
    assert abs(len(rows(chosen) & rows(other)) - 695) < 50


def test_more_than_there_are_is_one_line_with_both_numbers():
    with pytest.raises(UsageError) as caught:
        digits().reference(360, "evaluation", "test")
    assert str(caught.value) == "digits: 360 images are asked of the test split, which has 359"
    with pytest.raises(ValueError, match='"train" or "test"'):
        digits().size_of("validation")


def test_class_weights_are_the_training_split_s():
    dataset = digits(16)
    labels = dataset.reference(1438, "all")[1]
    expected = torch.bincount(labels).double() / 1438
    assert torch.equal(dataset.class_weights, expected)
    assert dataset.class_weights.sum().item() == pytest.approx(1)
    assert (dataset.endless, dataset.channel_set(), dataset.classes) == (False, dataset, 10)


def test_without_scikit_learn_one_line_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    module._decoded.cache_clear()
    with pytest.raises(UsageError, match=r'^suite: digits: .* pip install "gan-bench\[images\]"$'):
        build_image_dataset("digits", "suite")
