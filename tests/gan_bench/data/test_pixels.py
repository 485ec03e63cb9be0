"""Bytes and floats, and pictures brought to one size."""

import numpy as np
import pytest
import torch
from PIL import Image

from gan_bench.data.pixels import fitted, fitted_all, from_bytes, to_bytes


def test_bytes_and_floats_are_inverse_and_hit_the_ends():
    every = torch.arange(256, dtype=torch.uint8)
    for dtype in (torch.float32, torch.float64):
        floats = from_bytes(every, dtype)
        assert floats.dtype == dtype
        assert (floats[0].item(), floats[-1].item()) == (-1, 1)
        assert torch.equal(to_bytes(floats), every)


def test_floats_are_rounded_to_the_nearest_byte_and_clamped():
    # 127.5 * (x + 1) = 100.4, 100.6, below 0, above 255.
    x = torch.tensor([100.4 / 127.5 - 1, 100.6 / 127.5 - 1, -3.0, 1.2, float("inf")], dtype=torch.float64)
    assert to_bytes(x).tolist() == [100, 101, 0, 255, 255]


def test_nan_is_no_pixel():
    with pytest.raises(ValueError, match="NaN"):
        to_bytes(torch.tensor([0.0, float("nan")]))


def test_the_shorter_side_is_resized_and_the_centre_cut_out():
    # Three squares side by side: only the middle one is left, at a quarter of its size.
    picture = np.zeros((32, 96), np.uint8)
    picture[:, 32:64], picture[:, 64:] = 200, 90
    small = np.asarray(fitted(Image.fromarray(picture), 8))
    assert small.shape == (8, 8)
    assert (small[:, 2:6] == 200).all()
    upright = np.asarray(fitted(Image.fromarray(picture.T.copy()), 8))
    assert np.array_equal(upright, small.T)


def test_arrays_are_resized_as_pictures_are():
    source = np.random.default_rng(0).integers(0, 256, (2, 3, 24, 40), dtype=np.uint8)
    found = fitted_all(source, 16)
    assert found.shape == (2, 3, 16, 16)
    for image, expected in zip(found, source, strict=True):
        picture = fitted(Image.fromarray(expected.transpose(1, 2, 0)), 16)
        assert np.array_equal(image, np.asarray(picture).transpose(2, 0, 1))
