"""Copies of training images have ratio 0, real held-out images 1, by construction; a closed form between."""

import math

import pytest
import torch

from gan_bench import seeds
from gan_bench.metrics.memorisation import DESCRIPTOR, Memory


def pixels(n, purpose):
    source = seeds.generator(0, f"memorisation/{purpose}")
    return torch.randint(256, (n, 1, 4, 4), generator=source).to(torch.uint8)


def test_copies_give_0_and_the_held_out_images_themselves_1():
    bank, held_out = pixels(30, "bank"), pixels(9, "held-out")
    memory = Memory(bank, held_out)
    assert memory.ratio(bank[:7]) == 0
    assert memory.ratio(held_out) == 1
    assert DESCRIPTOR.target == 1


def test_the_ratio_of_medians_by_hand():
    # One black training image; images with one pixel of value v lie at distance v.
    def bright(*values):
        images = torch.zeros(len(values), 1, 2, 2, dtype=torch.uint8)
        images[:, 0, 0, 0] = torch.tensor(values, dtype=torch.uint8)
        return images

    memory = Memory(bright(0), bright(10, 20, 200))
    assert memory.usual == 20
    assert memory.ratio(bright(5, 4, 90)) == pytest.approx(5 / 20)


def test_held_out_images_that_are_copies_themselves_say_nothing():
    bank = pixels(5, "bank")
    assert math.isnan(Memory(bank, bank).ratio(pixels(3, "other")))
