"""Published numbers: complete lines, methods of ours that exist, nothing for sets that nobody reports on."""

import re

import pytest

from gan_bench.experiments.images.published import comparison
from gan_bench.methods.presets import PRESETS


@pytest.mark.parametrize("dataset", ["cifar10", "stacked-glyphs", "stacked-digits", "stacked-mnist"])
def test_lines_are_whole_and_name_methods_that_exist(dataset):
    known = comparison(dataset)
    for line in known.lines:
        assert line.source
        assert line.protocol
        assert line.like in PRESETS or line.like == ""
        assert line.numbers
        assert set(line.numbers) <= set(known.families)
        assert all(re.fullmatch(r"[\d.]+( ± [\d.]+)?", number) for number in line.numbers.values())
    pairs = [(line.source, line.method) for line in known.lines]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("dataset", ["glyphs", "digits", "mnist", "fashion-mnist", "stl10", "folder", ""])
def test_nothing_is_made_up_for_other_sets(dataset):
    assert comparison(dataset) is None


def test_orders_that_the_sources_report():
    """Miyato's table: real images best, hinge below the plain loss; PacGAN's: packing finds every class."""
    fid = {(line.source[:6], line.method): line.numbers.get("fid") for line in comparison("cifar10").lines}
    order = ["real images", "SN-GAN, hinge, ResNet", "SN-GAN, hinge", "SN-GAN", "GAN-GP", "WGAN-GP"]
    values = [float(fid["Miyato", name].split()[0]) for name in order]
    assert values == sorted(values)
    stacked = {line.method: line.numbers for line in comparison("stacked-glyphs").lines}
    assert stacked["PacDCGAN2"] == {"classes_covered": "1000 ± 0", "class_kl": "0.06"}
