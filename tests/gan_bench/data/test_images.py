"""Names of image data sets, tables, references to a user's own, and the mistakes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import gan_bench
from gan_bench.data.images import build_image_dataset, image_dataset_names, is_image_dataset
from gan_bench.data.toy import build_dataset, dataset_names
from gan_bench.errors import PluginError, UsageError

pytestmark = pytest.mark.usefixtures("places_of_its_own")


def test_every_name_is_an_image_set_and_no_toy_set_is():
    assert set(image_dataset_names()) >= {"digits", "glyphs", "stacked-digits", "stacked-mnist", "folder"}
    assert all(is_image_dataset(name) and is_image_dataset({"name": name}) for name in image_dataset_names())
    assert not any(is_image_dataset(name) for name in dataset_names())


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("my/images/", True),
        ("my/images", True),
        ("scans.NPZ", True),
        ({"name": "scans.pt", "size": 8}, True),
        ("mine.py:RING", False),
        ("my/plugins.py:RING", False),
        ("glyph", False),
        ({"size": 8}, False),
        (3, False),
    ],
)
def test_paths_are_image_sets_and_references_are_not(spec, expected):
    assert is_image_dataset(spec) is expected


def test_asking_for_names_imports_nothing_heavy():
    code = """
import sys
from gan_bench.data.naming import is_image_dataset
is_image_dataset("mnist")
print([name for name in ("torch", "PIL", "numpy") if name in sys.modules])
"""
    environment = os.environ | {"PYTHONPATH": str(Path(gan_bench.__file__).parents[1])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "spec", ["glyphs", {"name": "digits", "size": 16}, "stacked-digits", "stacked-glyphs"]
)
def test_the_spec_gives_the_same_set_again(spec):
    dataset = build_image_dataset(spec)
    again = build_image_dataset(dataset.spec)
    assert (again.name, again.digest, again.spec) == (dataset.name, dataset.digest, dataset.spec)
    assert torch.equal(again.reference(20, "x")[0], dataset.reference(20, "x")[0])


def test_a_default_said_aloud_is_the_same_set():
    assert build_image_dataset({"name": "glyphs", "size": 16}).spec == {"name": "glyphs"}


PLUGIN = """
from gan_bench.data.images import build_image_dataset

def make(size=8):
    return build_image_dataset({"name": "glyphs", "size": size})

SMALL = make()
number = 3
"""


@pytest.fixture
def plugin(places_of_its_own):
    (places_of_its_own / "mine.py").write_text(PLUGIN)


def test_a_reference_names_a_set_or_what_makes_one(plugin):
    assert build_image_dataset("mine.py:SMALL").sample_shape == (1, 8, 8)
    assert build_image_dataset({"name": "mine.py:make", "size": 32}).sample_shape == (1, 32, 32)


MISTAKES = [
    ("glyps", 'unknown image data set "glyps" - did you mean "glyphs"?'),
    ("ring8", '"ring8" is not an image data set (known: digits, glyphs, '),
    ({"size": 8}, "an image data set is a name, a path or a table with a name, not {'size': 8}"),
    (3, "an image data set is a name, a path or a table with a name, not 3"),
    ({"name": "glyphs", "sise": 8}, 'glyphs: unknown option "sise" - did you mean "size"? (known: size)'),
    ({"name": "glyphs", "size": 24}, "glyphs: size must be one of 8, 16, 32, 64, not 24"),
    ({"name": "glyphs", "size": True}, "glyphs: size must be one of 8, 16, 32, 64, not True"),
    ({"name": "stacked-digits", "size": 64}, "digits: size must be one of 8, 16, 32, not 64"),
    ({"name": "folder"}, "folder: path is missing"),
    ({"name": "folder", "path": 3}, "folder: path must be a text, not 3"),
    ("mine.py:number", '"mine.py:number" lacks name, spec, sample_shape'),
    ({"name": "mine.py:make", "size": 9}, '"mine.py:make" cannot be built: UsageError: glyphs: size must'),
    ({"name": "mine.py:make", "sise": 9}, '"mine.py:make" cannot be built: TypeError'),
    ({"name": "mine.py:SMALL", "size": 9}, '"mine.py:SMALL" is an object and takes no options'),
    ("gone.py:SMALL", "gone.py:SMALL: there is no file gone.py"),
]


@pytest.mark.parametrize("where", ["images.toml: experiment 1", ""])
@pytest.mark.parametrize(("spec", "message"), MISTAKES)
def test_every_mistake_is_one_line_that_says_where(plugin, spec, message, where):
    with pytest.raises((UsageError, PluginError)) as caught:
        build_image_dataset(spec, where)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{where}: {message}" if where else message)


@pytest.mark.parametrize("spec", ["glyphs", {"name": "mnist"}, "my/images/"])
def test_an_image_set_in_a_toy_experiment_is_one_line(spec):
    name = spec if isinstance(spec, str) else spec["name"]
    with pytest.raises(UsageError) as caught:
        build_dataset(spec, "toy.toml: experiment 2")
    assert str(caught.value) == (
        f'toy.toml: experiment 2: "{name}" is an image data set: '
        'it belongs to the experiment "images", not here'
    )
