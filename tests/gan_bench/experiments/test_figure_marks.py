"""Whatever is drawn in a method's colour carries its name into the page, so that a reader can hide it."""

import ast
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import gan_bench.experiments
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.palette import looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.critic_surface.figures import board
from gan_bench.report.pictures import drawn

HOSTILE = "</script><img src=x onerror=alert(1)>\"&'"
HERE = Path(gan_bench.experiments.__file__).parent
MODULES = sorted([*HERE.glob("*/figures.py"), *HERE.glob("*/figures/*.py")])


def marks(put):
    """Parse what `put(ax, look)` draws of two methods: the mark of every group that has one."""
    both = looks(["gan", HOSTILE])

    def made():
        figure, ax = draw.canvas("x", "y")
        for look in both.values():
            put(ax, look)
        return figure

    (picture,) = drawn(Figure("marks", "t", "c", (Panel("p", "alt", made),)))
    return [mark for group in ET.fromstring(picture.svg).iter("g") if (mark := group.get("data-method"))]


CURVES = pd.DataFrame({0: [1.0, 2.0, 3.0], 1: [2.0, 2.0, 1.0]}, index=[0, 1, 2])
INTERVAL = Interval(1.0, 0.5, 2.0, 2)
SEEDS = pd.Series([0.9, 1.1])


@pytest.mark.parametrize(
    ("put", "artists"),
    [
        (lambda ax, look: draw.seed_traces(ax, CURVES, look), 1),
        (lambda ax, look: draw.median_line(ax, CURVES.median(axis=1), look), 1),
        (lambda ax, look: draw.ended_early(ax, [(1.0, 2.0)], look), 1),
        (lambda ax, look: draw.path_with_points(ax, CURVES, CURVES, look), 2),
        (lambda ax, look: draw.estimates(ax, [1.0], [INTERVAL], look), 2),
        (lambda ax, look: ax.bar(np.arange(2), [1.0, 2.0], **draw.of(look)), 2),
        (lambda ax, look: ax.stairs([1.0, 2.0], fill=True, **draw.of(look)), 1),
        (lambda ax, look: board._mark(ax, 1.0, SEEDS, INTERVAL, look), 3),
    ],
)
def test_every_artist_of_a_method_carries_its_name_whatever_it_is(put, artists):
    assert marks(put) == ["gan"] * artists + [HOSTILE] * artists


@pytest.mark.parametrize("module", MODULES, ids=lambda path: "-".join(path.relative_to(HERE).parts))
def test_no_figure_takes_a_methods_colour_without_its_name(module):
    """`of(look)` is the one place that gives a colour to an artist, and the mark with it."""
    found = []
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg in ("color", "c", "facecolor", "edgecolor"):
            found.append(node.value)
        if isinstance(node, ast.Dict):
            names = (key.value if isinstance(key, ast.Constant) else "" for key in node.keys)
            found += [value for name, value in zip(names, node.values, strict=True) if name == "color"]
    taken = [value for value in found if isinstance(value, ast.Attribute) and value.attr == "colour"]
    assert [f"line {value.lineno}" for value in taken] == []
