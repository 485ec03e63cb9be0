"""Data sets: paired batches, a fixed stratified reference, pairs that start on q, plugins, mistakes."""

import numpy as np
import pytest
import torch

import toy_distributions as td
from gan_bench import seeds
from gan_bench.data.toy import build_dataset, dataset_names, label
from gan_bench.errors import PluginError, UsageError
from gan_bench.metrics.transport import wasserstein1
from gan_bench.seeds import Streams


def batches(dataset, block, count=3, size=8, dtype=torch.float32):
    streams = Streams(block, dtype=dtype)
    return torch.stack([dataset.batch(size, streams)[0] for _ in range(count)], 1)


def test_a_seed_s_batches_do_not_depend_on_its_block():
    dataset = build_dataset("ring8")
    together, alone, other = batches(dataset, (3, 5, 9)), batches(dataset, (5,)), batches(dataset, (5, 3))
    assert together.shape == (3, 3, 8, 2)
    assert torch.equal(together[1], alone[0])
    assert torch.equal(together[[1, 0]], other)
    assert not torch.equal(together[0], together[1])
    assert not torch.equal(alone[0, 0], alone[0, 1])


def test_a_seed_s_batches_do_not_depend_on_what_else_a_method_draws():
    dataset, streams = build_dataset("ring8"), Streams((0, 1))
    first = dataset.batch(8, streams)[0]
    streams.normal("noise/critic", (8, 2))
    streams.uniform("penalty/interpolate", (8, 1))
    dataset.held_out(64, streams, "critic")
    dataset.reference(100, "evaluation")
    second = dataset.batch(8, streams)[0]
    assert torch.equal(torch.stack([first, second], 1), batches(dataset, (0, 1), 2))


def test_batches_have_no_labels_and_the_streams_dtype():
    dataset = build_dataset("swiss-roll")
    samples, labels = dataset.batch(4, Streams((0,), dtype=torch.float64))
    assert labels is None
    assert samples.dtype == torch.float64
    assert dataset.batch(4, Streams((0,)))[0].dtype == torch.float32
    assert dataset.sample_shape == (2,)


def test_the_reference_is_fixed_and_its_parts_differ():
    dataset = build_dataset("ring8")
    first = dataset.reference(64, "evaluation")
    assert first.shape == (64, 2)
    assert first.dtype == torch.float64
    assert torch.equal(first, dataset.reference(64, "evaluation"))
    assert torch.equal(first, build_dataset("ring8").reference(64, "evaluation"))
    for other in (dataset.reference(64, "held-out"), dataset.reference(65, "evaluation")[:64]):
        # Not one point in common: as sets, whatever their order.
        assert torch.cdist(first, other).min() > 0


def mode_counts(dataset, points):
    distances = torch.cdist(points.double(), dataset.distribution.modes)
    return torch.bincount(distances.argmin(1), minlength=len(dataset.distribution.modes)).tolist()


def test_the_reference_is_stratified_by_mode():
    assert (
        mode_counts(build_dataset("ring8"), build_dataset("ring8").reference(400, "evaluation")) == [50] * 8
    )
    uneven = build_dataset("imbalanced-ring")
    counts = mode_counts(uneven, uneven.reference(1000, "evaluation"))
    # Largest remainder: within one of n times the weight.
    assert np.abs(np.array(counts) - 1000 * uneven.distribution.weights.numpy()).max() < 1
    assert (
        mode_counts(build_dataset("ring8"), batches(build_dataset("ring8"), (0,), 1, 400)[0, 0]) != [50] * 8
    )


def test_held_out_is_the_same_at_every_call_and_apart_from_training():
    dataset, streams = build_dataset("ring8"), Streams((4, 5))
    first = dataset.held_out(32, streams, "critic")
    trained = torch.cat([dataset.batch(32, streams)[0] for _ in range(4)], 1)
    assert torch.equal(first, dataset.held_out(32, streams, "critic"))
    assert torch.equal(first[1:], dataset.held_out(32, Streams((5,)), "critic"))
    assert not torch.equal(first, dataset.held_out(32, streams, "other"))
    assert torch.cdist(first, trained).min() > 0
    assert torch.cdist(first.double(), dataset.reference(500, "evaluation")).min() > 0


def test_names_cover_distributions_and_pairs_and_each_can_be_built():
    assert dataset_names() == [*td.names(), *td.pair_names()]
    for name in dataset_names():
        dataset = build_dataset(name)
        assert dataset.name == name
        assert (dataset.push is not None) == (name in td.pair_names())
        assert dataset.reference(16, "evaluation").shape == (16, 2)


def test_capabilities_are_what_the_distribution_has():
    assert build_dataset("ring8").capabilities == {"points", "modes", "density"}
    assert build_dataset("swiss-roll").capabilities == {"points", "density"}
    assert build_dataset("parallel-lines").capabilities == {"points"}


def test_a_table_gives_parameters_and_a_label_of_its_own():
    dataset = build_dataset({"name": "ring", "modes": 12, "radius": 2.0})
    assert dataset.name == label("ring", {"modes": 12, "radius": 2.0}) == "ring[modes=12,radius=2.0]"
    assert len(dataset.distribution.modes) == 12
    assert dataset.distribution.modes.norm(dim=1).numpy() == pytest.approx(2.0)
    assert build_dataset({"name": "ring8"}).name == "ring8"


def test_a_pair_trains_towards_p_from_q():
    dataset = build_dataset({"name": "parallel-lines", "separation": 3.0})
    assert dataset.name == "parallel-lines[separation=3.0]"
    z = torch.randn(512, 2, generator=seeds.generator(0, "test"), dtype=torch.float64)
    start = dataset.push(z)
    real = dataset.batch(512, Streams((0,)))[0][0]
    assert real[:, 0].unique().tolist() == [0.0]
    assert start[:, 0].unique().tolist() == [3.0]
    # Both are uniform on [0, 1] along the line; .12 is the 1e-6 point of Kolmogorov's bound at n = 512.
    grid = torch.linspace(0, 1, 21)
    for points in (real, start):
        share = (points[:, 1:].double() <= grid.double()).double().mean(0)
        assert (share - grid).abs().max() < 0.12


@pytest.mark.parametrize("name", ["parallel-lines", "disjoint-disks", "separated-gaussians", "dirac"])
def test_start_and_data_of_a_pair_of_translates_are_w1_apart(name):
    dataset, pair = build_dataset(name), td.pair(name)
    z = torch.randn(200, 2, generator=seeds.generator(1, "test"), dtype=torch.float64)
    found = wasserstein1(dataset.reference(200, "evaluation"), dataset.push(z)).cost
    # The distance of the means is exact up to the noise of 200 points, at most .1 for these spreads of <= .3.
    assert found == pytest.approx(pair.w1, abs=0.1)


PLUGIN = """
import toy_distributions as td

def make(modes=3, scale=0.01):
    if modes < 1:
        raise RuntimeError("too few\\nmodes")
    return td.get("ring", modes=modes, scale=scale)

RING = td.get("ring", modes=5)
number = 3
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "broken.py").write_text("1 / 0")


def test_plugins_are_objects_or_what_makes_them(plugin):
    assert len(build_dataset("mine.py:RING").distribution.modes) == 5
    assert len(build_dataset("mine.py:make").distribution.modes) == 3
    dataset = build_dataset({"name": "mine.py:make", "modes": 4})
    assert dataset.name == "mine.py:make[modes=4]"
    assert len(dataset.distribution.modes) == 4
    assert batches(dataset, (0,)).shape == (1, 3, 8, 2)


MISTAKES = [
    ("ring9", 'unknown data set "ring9" - did you mean "ring"?'),
    ("paralel-lines", 'unknown data set "paralel-lines" - did you mean "parallel-lines"?'),
    ({"name": "ring", "mods": 3}, 'ring: unknown parameter "mods" - did you mean "modes"?'),
    ({"name": "ring", "modes": "many"}, "ring: modes must be a whole number"),
    ({"name": "ring8", "radius": 2}, 'ring8: unknown parameter "radius" (it is a fixed definition'),
    ({"name": "parallel-lines", "separation": -1}, "parallel-lines: separation must be 0 or more, not -1"),
    ({"modes": 3}, "a data set table needs a name"),
    ({"name": 3}, "a data set table needs a name"),
    (3, "a data set is a name or a table, not 3"),
    ("gone.py:RING", "gone.py:RING: there is no file gone.py"),
    ("broken.py:RING", "broken.py:RING cannot be imported: ZeroDivisionError"),
    ("mine.py:Nope", 'mine.py:Nope: there is no "Nope" in mine.py'),
    ("mine.py:number", '"mine.py:number" lacks dim, bounds, sample, stratified of a toy distribution'),
    ({"name": "mine.py:make", "modes": 0}, '"mine.py:make" cannot be built: RuntimeError: too few'),
    ({"name": "mine.py:make", "mods": 2}, '"mine.py:make" cannot be built: TypeError'),
    ({"name": "mine.py:RING", "modes": 2}, '"mine.py:RING" is an object and takes no parameters'),
]


@pytest.mark.parametrize("where", ["toy.toml: experiment 1", ""])
@pytest.mark.parametrize(("spec", "message"), MISTAKES)
def test_every_mistake_is_one_line_that_says_where(plugin, spec, message, where):
    with pytest.raises((UsageError, PluginError)) as caught:
        build_dataset(spec, where)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{where}: {message}" if where else message)
