"""What a method was given, in words: the networks on images, none of it on points."""

import dataclasses

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard_of
from gan_bench.analysis.rankings import Contest
from gan_bench.report.gather import _has_toys
from gan_bench.report.given import HEADINGS, NETWORK_HEADINGS, budget, given_table
from gan_bench.report.glances import untold


def cell_with(made, *, method=(), **settings):
    described = {**made.job.settings["method"], **dict(method)}
    job = dataclasses.replace(made.job, settings={**made.job.settings, "method": described, **settings})
    return cells_of([dataclasses.replace(made, job=job)])[0]


@pytest.mark.parametrize(
    ("settings", "networks"),
    [
        ({}, "dcgan width 16"),
        ({"critic_width": 128}, "dcgan width 16 (critic 128)"),
        ({"critic_batch_norm": True}, "dcgan width 16, batch norm in the critic"),
        ({"generator": "a.py:G"}, "a.py:G against dcgan width 16"),
        ({"generator": "a.py:G", "critic": "a.py:C", "critic_width": 8}, "a.py:G against a.py:C"),
        ({"method": {"grows": True}}, "progressive width 16"),
    ],
)
def test_networks_in_words(synthetic_images, settings, networks):
    cell = cell_with(synthetic_images.trained("sngan", "glyphs", 2), **settings)
    assert budget(cell) == "750 steps in 1 min 30 s, "
    table = given_table([cell])
    assert table.headings == HEADINGS + NETWORK_HEADINGS
    ((label, entries),) = table.lines
    assert (label, entries[len(HEADINGS)]) == ("sngan", networks)


def test_a_page_of_images_alone_speaks_of_no_points(synthetic_images):
    images = cell_with(synthetic_images.trained("gan", "glyphs", 2))
    job = dataclasses.replace(images.outcomes[0].job, experiment="penalty-cost")
    (timed,) = cells_of([dataclasses.replace(images.outcomes[0], job=job)])
    points = cell_with(dataclasses.replace(images.outcomes[0], job=job), network="mlp")
    assert not _has_toys([images, timed])
    assert _has_toys([images, points])
    assert _has_toys([])


def test_a_lowest_that_is_told_the_classes_says_so(synthetic_images):
    """Others have to find the classes out: the header names the lowest of these beside it."""
    told = cell_with(synthetic_images.trained("sngan", "glyphs", 3), method={"conditional": True})
    assert budget(told) == "told the class of each image; 750 steps in 1 min 30 s, "
    other = cell_with(synthetic_images.trained("gan", "glyphs", 3))

    def said(*cells):
        return untold(leaderboard_of(Contest("images", "glyphs", "glyphs", cells, None)))

    assert said(told, other).startswith("told the classes; lowest without: gan, ")
    # The made-up gan ends five times as far as wgan-gp.
    nearer = cell_with(synthetic_images.trained("wgan-gp", "glyphs", 3))
    assert said(told, other, nearer).startswith("told the classes; lowest without: wgan-gp, ")
    assert said(told) == "told the classes"
    assert said(other) == ""


def test_classes_average_and_precision(synthetic_images):
    made = synthetic_images.trained("cgan", "glyphs", 2)
    cell = cell_with(made, method={"generator_average": 0.999}, precision="bfloat16", channels_last=True)
    entries = given_table([cell]).lines[0][1]
    assert entries[-2:] == ("classes, generator averaged at 0.9990", "bfloat16, channels last")


def test_points_have_no_networks_to_name(synthetic):
    (cell,) = cells_of([synthetic.trained("gan", "ring8", 2)])
    assert given_table([cell]).headings == HEADINGS
    assert budget(cell) == "2,000 steps in 13 s, "
