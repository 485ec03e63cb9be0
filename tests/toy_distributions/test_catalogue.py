"""Look-up by name, what every distribution promises, and errors that a user can mend."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import toy_distributions as td

EVERY = [td.get(name) for name in td.names()] + [
    half for name in td.pair_names() for half in (td.pair(name).p, td.pair(name).q)
]
every = pytest.mark.parametrize("distribution", EVERY, ids=lambda distribution: distribution.name)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_names():
    assert {
        *("ring", "ring8", "grid", "grid25", "imbalanced-ring", "random-mixture", "two-gaussians"),
        *("swiss-roll", "moons", "circles", "spiral", "checkerboard"),
    } == set(td.names())
    assert {
        *("parallel-lines", "dirac", "crossing-segments", "disjoint-disks", "separated-gaussians"),
    } == set(td.pair_names())
    assert all(td.get(name).name == name for name in td.names())
    assert all(td.pair(name).name == name for name in td.pair_names())
    assert all(hasattr(td, name) for name in td.__all__)


@every
def test_shape_dtype_and_determinism(distribution):
    x = distribution.sample(33, seeded())
    assert x.shape == (33, distribution.dim)
    assert x.dtype == torch.float32
    assert torch.equal(x, distribution.sample(33, seeded()))
    if not distribution.name.startswith("dirac"):
        assert not torch.equal(x, distribution.sample(33, seeded(1)))
    assert distribution.sample(33, seeded(), dtype=torch.float64).dtype == torch.float64
    assert distribution.stratified(33, seeded()).shape == (33, 2)
    assert torch.equal(distribution.stratified(33, seeded()), distribution.stratified(33, seeded()))


@every
def test_no_points_is_a_draw_too(distribution):
    assert distribution.sample(0, seeded()).shape == (0, 2)
    assert distribution.stratified(0, seeded()).shape == (0, 2)


@every
def test_draws_leave_the_global_generator_alone(distribution):
    before = torch.get_rng_state()
    distribution.sample(10, seeded())
    distribution.stratified(10, seeded())
    assert torch.equal(torch.get_rng_state(), before)


@every
def test_bounds_hold_every_draw(distribution):
    # 1e-9 of the mass may lie outside: of 30,000 draws, none, but for the rounding of float32 on a rim.
    x = distribution.sample(30_000, seeded()).double()
    for axis, (low, high) in enumerate(distribution.bounds):
        assert low < high
        assert x[:, axis].min() >= low - 1e-6
        assert x[:, axis].max() <= high + 1e-6


@every
def test_without_modes_stratified_is_sample(distribution):
    if not isinstance(distribution, td.HasModes):
        assert torch.equal(distribution.stratified(50, seeded()), distribution.sample(50, seeded()))


@every
def test_draws_have_a_finite_log_density_in_their_dtype(distribution):
    if isinstance(distribution, td.HasDensity):
        for dtype in (torch.float32, torch.float64):
            log_density = distribution.log_prob(distribution.sample(500, seeded(), dtype=dtype))
            assert log_density.dtype == dtype
            assert log_density.shape == (500,)
            assert torch.isfinite(log_density).all()


@every
def test_distributions_are_immutable_and_can_be_sent_to_a_process(distribution):
    with pytest.raises(AttributeError):
        distribution.name = "other"
    for copied in (pickle.loads(pickle.dumps(distribution)), copy.deepcopy(distribution)):
        assert repr(copied) == repr(distribution)
        assert torch.equal(copied.sample(5, seeded()), distribution.sample(5, seeded()))


def test_repr_rebuilds_the_distribution():
    assert repr(td.get("ring", modes=12, radius=2)) == "ring(modes=12, radius=2.0, scale=0.01)"
    assert repr(td.get("ring8")) == "ring8()"
    assert td.get("ring", modes=12).parameters == {"modes": 12, "radius": 1.0, "scale": 0.01}


@pytest.mark.parametrize("name", td.names())
def test_parameters_rebuild_the_distribution(name):
    distribution = td.get(name)
    again = td.get(name, **distribution.parameters)
    assert torch.equal(again.sample(20, seeded()), distribution.sample(20, seeded()))


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        (
            "ring-8",
            {},
            'unknown distribution "ring-8" - did you mean "ring8"? (known: checkerboard, circles, ',
        ),
        ("SwissRoll", {}, 'unknown distribution "SwissRoll" - did you mean "swiss-roll"?'),
        ("zzz", {}, 'unknown distribution "zzz" (known: '),
        ("dirac", {}, '"dirac" is a pair of distributions: use pair("dirac")'),
        ("paralel-lines", {}, 'did you mean "parallel-lines"?'),
        (5, {}, "the name of a distribution must be a string, not 5"),
        (
            "ring",
            {"radious": 1},
            'ring: unknown parameter "radious" - did you mean "radius"? (known: modes, radius, ',
        ),
        ("ring8", {"modes": 3}, 'ring8: unknown parameter "modes" (it is a fixed definition and takes none)'),
        ("ring", {"modes": 8.0}, "ring: modes must be a whole number from 1 to 10000, not 8.0"),
        ("ring", {"modes": True}, "ring: modes must be a whole number"),
        ("ring", {"modes": 0}, "ring: modes must be a whole number"),
        ("ring", {"radius": -1}, "ring: radius must be above 0, not -1"),
        ("ring", {"radius": "1"}, "ring: radius must be a finite number, not '1'"),
        ("ring", {"scale": math.nan}, "ring: scale must be a finite number, not nan"),
        ("grid", {"spacing": math.inf}, "grid: spacing must be a finite number, not inf"),
        ("imbalanced-ring", {"weights": [1, 0]}, "imbalanced-ring: weights[1] must be above 0, not 0"),
        ("imbalanced-ring", {"weights": []}, "imbalanced-ring: weights must be a list of numbers, not []"),
        (
            "imbalanced-ring",
            {"weights": "12"},
            "imbalanced-ring: weights must be a list of numbers, not '12'",
        ),
        ("random-mixture", {"modes": 900}, "random-mixture: modes: no room for 900 modes 0.3 apart"),
        ("random-mixture", {"seed": -1}, "random-mixture: seed must be a whole number"),
        ("spiral", {"turns": 0}, "spiral: turns must lie in [0.1, 20], not 0"),
        ("checkerboard", {"side": 1}, "checkerboard: side must be a whole number from 2 to 100, not 1"),
        ("circles", {"factor": 0}, "circles: factor must be above 0, not 0"),
    ],
)
def test_errors_of_get(name, parameters, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the text is checked below, as it stands)
        td.get(name, **parameters)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        (
            "disjoint-disk",
            {},
            'unknown pair "disjoint-disk" - did you mean "disjoint-disks"? (known: crossing-',
        ),
        ("ring", {}, '"ring" is a single distribution: use get("ring")'),
        ("dirac", {"separation": -1}, "dirac: separation must be 0 or more, not -1"),
        ("dirac", {"seperation": 1}, 'dirac: unknown parameter "seperation" - did you mean "separation"?'),
        (
            "parallel-lines",
            {"separation": None},
            "parallel-lines: separation must be a finite number, not None",
        ),
        ("disjoint-disks", {"gap": -0.1}, "disjoint-disks: gap must be 0 or more, not -0.1"),
        ("disjoint-disks", {"radius": 0}, "disjoint-disks: radius must be above 0, not 0"),
        ("crossing-segments", {"angle": 2.0}, "crossing-segments: angle must lie in [0, pi/2]"),
        ("separated-gaussians", {"scale": 0.0}, "separated-gaussians: scale must be above 0, not 0.0"),
    ],
)
def test_errors_of_pair(name, parameters, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the text is checked below, as it stands)
        td.pair(name, **parameters)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("draw", ["sample", "stratified"])
@pytest.mark.parametrize(
    ("n", "message"),
    [(-1, "0 or more, not -1"), (2.0, "whole number, 0 or more, not 2.0"), (True, "not True")],
)
def test_a_count_that_is_none_is_refused(draw, n, message):
    with pytest.raises(ValueError, match=message):
        getattr(td.ring8(), draw)(n, seeded())


def test_a_draw_needs_a_generator_and_a_floating_dtype():
    with pytest.raises(ValueError, match=r"generator must be a torch.Generator, not int"):
        td.ring8().sample(3, 0)
    with pytest.raises(ValueError, match=r"dtype must be a floating dtype, not torch.int64"):
        td.moons().sample(3, seeded(), dtype=torch.int64)


@pytest.mark.parametrize("name", ["ring8", "moons", "checkerboard"])
def test_log_prob_refuses_what_are_no_points(name):
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 2\), not \(4, 3\)"):
        td.get(name).log_prob(torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"floating tensor, not torch.int64"):
        td.get(name).log_prob(torch.zeros(4, 2, dtype=torch.int64))


@given(
    modes=st.integers(1, 40),
    radius=st.floats(1e-3, 1e3),
    ratio=st.floats(1e-4, 1.0),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=40, deadline=None)
def test_any_ring_is_consistent(modes, radius, ratio, seed):
    ring = td.get("ring", modes=modes, radius=radius, scale=ratio * radius)
    x = ring.sample(20, seeded(seed), dtype=torch.float64)
    # The density at a draw is at most that of all modes at the point, and at least that of its own mode.
    peak = -math.log(2 * math.pi * ring.scale**2)
    nearest = (torch.cdist(x, ring.modes).amin(1) / ring.scale).square() / 2
    log_density = ring.log_prob(x)
    assert (log_density <= peak - nearest + 1e-6 * (1 + nearest)).all()
    assert (log_density >= peak - math.log(modes) - nearest - 1e-6 * (1 + nearest)).all()


def test_usable_without_gan_bench_and_numpy():
    program = (
        "import sys, warnings\n"
        "sys.modules.update(dict.fromkeys(('gan_bench', 'numpy', 'scipy', 'pandas')))\n"
        "warnings.simplefilter('ignore')  # torch notes that NumPy is absent\n"
        "import torch, toy_distributions as td\n"
        "g = torch.Generator().manual_seed(0)\n"
        "for name in td.names(): d = td.get(name); d.log_prob(d.sample(10, g))\n"
        "for name in td.pair_names(): td.pair(name).q.sample(10, g)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
