"""Rendered digits: per seed the same whatever the block, labelled rightly, endless."""

import numpy as np
import pytest
import torch

from gan_bench.data import glyphs as module
from gan_bench.data.glyphs import glyphs
from gan_bench.data.images import build_image_dataset
from gan_bench.seeds import CHUNK, Streams


def batches(dataset, block, count=2, size=8):
    streams = Streams(block)
    drawn = [dataset.batch(size, streams) for _ in range(count)]
    return torch.stack([images for images, _ in drawn], 1), torch.stack([labels for _, labels in drawn], 1)


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_shapes_types_and_ranges(size):
    dataset = glyphs(size)
    images, labels = dataset.batch(5, Streams((0, 1), dtype=torch.float64))
    assert images.shape == (2, 5, 1, size, size)
    assert images.dtype == torch.float64
    assert (labels.shape, labels.dtype) == ((2, 5), torch.int64)
    assert dataset.sample_shape == (1, size, size)
    # Both ends are reached: noise on black is clamped at black, strokes are white.
    assert images.min() == -1
    assert 0.5 < images.max() <= 1


def test_a_seed_s_images_do_not_depend_on_its_block():
    dataset = glyphs()
    (together, labels), (alone, own), (other, _) = (batches(dataset, b) for b in [(3, 5, 9), (5,), (5, 3)])
    assert torch.equal(together[1], alone[0])
    assert torch.equal(labels[1], own[0])
    assert torch.equal(together[[1, 0]], other)
    assert not torch.equal(together[0], together[1])
    assert not torch.equal(alone[0, 0], alone[0, 1])


def test_images_go_on_beyond_a_chunk_and_ignore_other_draws():
    dataset, streams = glyphs(8), Streams((0,))
    seen = [dataset.batch(2, streams)[0] for _ in range(CHUNK + 2)]
    assert not torch.equal(seen[0], seen[CHUNK])
    busy = Streams((0,))
    for index in range(CHUNK + 2):
        busy.normal("noise", (3,))
        dataset.held_out(4, busy, "critic")
        assert torch.equal(dataset.batch(2, busy)[0], seen[index])


def test_held_out_images_are_the_same_at_every_call_and_each_seed_s_own():
    dataset, streams = glyphs(), Streams((4, 5))
    first, labels = dataset.held_out(16, streams, "critic")
    trained = batches(dataset, (4, 5), 4, 16)[0].flatten(1, 2)
    assert torch.equal(first, dataset.held_out(16, streams, "critic")[0])
    assert torch.equal(first[1:], dataset.held_out(16, Streams((5,)), "critic")[0])
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, dataset.held_out(16, streams, "other")[0])
    assert torch.cdist(first.flatten(2), trained.flatten(2)).min() > 0
    assert labels.shape == (2, 16)


def test_the_reference_is_fixed_in_bytes_and_its_parts_share_no_image():
    dataset = glyphs()
    images, labels = dataset.reference(1500, "evaluation")
    assert (images.shape, images.dtype, labels.shape) == ((1500, 1, 16, 16), torch.uint8, (1500,))
    again = build_image_dataset(dataset.spec).reference(1500, "evaluation")
    assert torch.equal(images, again[0])
    assert torch.equal(labels, again[1])
    other = dataset.reference(1500, "floor")[0]
    # Not even near: each image has its own place, size and face.
    assert torch.cdist(images.flatten(1).float(), other.flatten(1).float()).min() > 0
    assert len(images.flatten(1).unique(dim=0)) == 1500


def test_labels_are_the_digits_that_the_pictures_show():
    """A linear classifier on other images finds them: chance is 10 %, wrong labels would give about that."""
    dataset = glyphs()
    (train, digits), (test, truth) = dataset.reference(6000, "train"), dataset.reference(1000, "test")
    x, y = (images.flatten(1).double() / 255 for images in (train, test))
    # Least squares to one-hot labels on the pixels and their products with their neighbours.
    x, y = (torch.cat([z, z[:, 1:] * z[:, :-1], z[:, 16:] * z[:, :-16]], 1) for z in (x, y))
    targets = torch.nn.functional.one_hot(digits, 10).double()
    gram = x.T @ x + 5 * torch.eye(x.shape[1], dtype=torch.float64)
    weights = torch.linalg.solve(gram, x.T @ targets)
    right = (y @ weights).argmax(1) == truth
    assert right.double().mean() > 0.93
    assert all(right[truth == digit].double().mean() > 0.8 for digit in range(10))


def test_without_jitter_an_image_is_its_master(monkeypatch):
    """All uniforms at one half: no turn, shift, slant or stretch; only the class and the face are left."""
    monkeypatch.setattr(module, "_NOISE", 0.0)
    module._noise.cache_clear()
    drawn = torch.full((460, 9), 0.5)
    drawn[:, 0] = torch.arange(10).repeat(46) / 10 + 0.05
    drawn[:, 1] = torch.arange(46).repeat_interleave(10) / 46 + 0.01
    images, labels = module.Glyphs(64).render(drawn, "train")
    module._noise.cache_clear()
    assert labels.tolist() == list(range(10)) * 46
    masters = torch.from_numpy(module._shipped()).float().flatten(0, 1)[:, None] / 127.5 - 1
    # A master of 48 pixels covers .87 of 64: a picture of 56 in the middle, interpolated either way.
    expected = torch.nn.functional.interpolate(masters, size=(56, 56), mode="bilinear")
    assert (images[:, :, 4:60, 4:60] - expected).abs().mean() < 0.05
    assert (images[:, :, :, :3] == -1).all()


def test_places_undo_scale_slant_turn_and_shift_and_stay_in_range():
    """Oracle: places in the master are mapped forward, by matrices, back onto the centres of the pixels."""
    drawn = torch.rand(50, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    places = module._places(drawn, 8).numpy()
    turn, wide, high, slant, right, down = (2 * drawn[:, 2:8] - 1).T.numpy()
    angle = 2 * np.arctan(0.105 * turn)
    assert np.abs(angle).max() < np.deg2rad(12.1)
    centres = (np.arange(8) + 0.5) / 4 - 1
    expected = np.stack(np.meshgrid(centres, centres), -1)
    for k in range(50):
        scale = np.diag([1 + 0.12 * wide[k], 1 + 0.12 * high[k]]) * module._coverage()
        shear = np.array([[1, -0.15 * slant[k]], [0, 1]])
        rotation = np.array([[np.cos(angle[k]), -np.sin(angle[k])], [np.sin(angle[k]), np.cos(angle[k])]])
        shift = 2 * 0.06 * np.array([right[k], down[k]])
        forward = places[k] @ (rotation @ shear @ scale).T + shift
        assert forward == pytest.approx(expected, abs=1e-12)


def test_classes_and_faces_are_uniform():
    labels = glyphs(8).reference(20_000, "evaluation")[1]
    counts = torch.bincount(labels, minlength=10).double()
    # Five standard deviations of a count: sqrt(20000 x .1 x .9) = 42.
    assert (counts - 2000).abs().max() < 5 * 42.5
    drawn = module.Glyphs(8).draw(20_000, torch.Generator().manual_seed(0), "train")
    faces = torch.bincount(module._whole(drawn[:, 1], 46), minlength=46).double()
    assert (faces - 20_000 / 46).abs().max() < 5 * 20.7


def test_rounding_never_reaches_a_class_beyond_the_last():
    largest = torch.tensor([1 - 2**-24, 0.0, 0.1])
    assert module._whole(largest, 10).tolist() == [9, 0, 1]
    assert all(module._whole(largest, count)[0] == count - 1 for count in (*range(1, 50), 2**18))


def test_what_the_set_says_of_itself():
    small, large = glyphs(), glyphs(32)
    assert (small.name, large.name) == ("glyphs", "glyphs[size=32]")
    assert large.spec == {"name": "glyphs", "size": 32}
    assert (small.endless, small.size_of("train"), small.size_of("test")) == (True, None, None)
    assert (small.classes, small.channels_classes, small.channel_set()) == (10, 0, small)
    assert small.channel_set() is small
    assert small.class_weights.tolist() == [0.1] * 10
    assert small.capabilities == {"images", "classes"}
    assert small.digest != large.digest
    assert len(small.digest) == 16


def test_the_digest_follows_the_recipe(monkeypatch):
    before = glyphs().digest
    monkeypatch.setattr(module, "_RECIPE", (*module._RECIPE, "more noise"))
    assert glyphs().digest != before


def test_the_masters_are_those_that_were_shipped(monkeypatch):
    masters = module._shipped()
    assert masters.shape == (46, 10, 48, 48)
    # Each digit is drawn, and no two faces are one.
    assert (masters.reshape(460, -1).max(1) == 255).all()
    assert len(np.unique(masters.reshape(46, -1), axis=0)) == 46
    monkeypatch.setattr(module, "MASTERS_DIGEST", "another")
    module._shipped.cache_clear()
    with pytest.raises(module.UsageError, match=r"masters\.npz is not the file"):
        module._shipped()
