"""Closed forms, thresholds and the classes of trajectories."""

import math

import numpy as np
import pytest

from gan_bench.experiments.dirac import theory
from gan_bench.experiments.dirac.board import _apart
from gan_bench.experiments.dirac.theory import Linear, classify, predicted, radius, summary, threshold
from gan_bench.methods.build import build_method


def described(name, *constraints, **more):
    parts = {"constraints": list(constraints)} if constraints else {}
    return build_method({"name": name, **parts, **more}).describe()


def gamma(value):
    return {"name": "r1", "gamma": value}


def test_eigenvalues_as_published():
    assert theory.linear(described("r1", gamma(0.3))).eigenvalues == pytest.approx(
        [-0.15 - 0.47697j, -0.15 + 0.47697j], abs=1e-5
    )
    r3gan = theory.linear(described("r3gan", gamma(0.3), {"name": "r2", "gamma": 0.3}))
    assert r3gan.eigenvalues == pytest.approx([-0.3 - 0.4j, -0.3 + 0.4j])
    consensus = theory.linear(described("consensus", consensus_gamma=1.0))
    assert consensus.eigenvalues == pytest.approx([-0.25 - 0.5j, -0.25 + 0.5j])
    noise = theory.linear(described("instance-noise", {"name": "instance-noise", "sigma": 2**0.5}))
    assert noise.eigenvalues == pytest.approx([-0.5, -0.5], abs=1e-7)
    assert sorted(theory.linear(described("lsgan")).eigenvalues.real) == pytest.approx([-2, 0, 0])


def test_where_theory_has_nothing_to_say():
    assert theory.linear(described("wgan-gp")) is None
    assert theory.jump(described("wgan-gp")) == 20.0
    assert theory.jump(described("wgan-lp")) is None
    user = {**described("gan"), "objective": {"kind": "Mine"}}
    assert theory.linear(user) is None
    assert predicted(user, 0.2, 500, "simultaneous") == frozenset()
    both = described("wgan-gp", "gradient-penalty", gamma(1.0))
    assert theory.jump(both) is None


SIMULTANEOUS = [
    (Linear(0.5), 0.0),
    (Linear(0.5, 0.3), 1.2),
    (Linear(0.5, 1.0), 4.0),
    (Linear(1.0, 0.3), 0.3),
    (Linear(0.5, 0.25, 0.25), 1.6),
]


@pytest.mark.parametrize(("field", "h"), SIMULTANEOUS)
def test_simultaneous_threshold(field, h):
    """By hand: without overdamping -2 Re mu / |mu|^2 = (q + own) / (p^2 + q own)."""
    assert threshold(field, "simultaneous") == pytest.approx(h)
    assert radius(field, h + 0.01, "simultaneous") > 1
    if h:
        assert radius(field, h - 0.01, "simultaneous") < 1


@pytest.mark.parametrize("gamma", [0.1, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("p", [0.5, 1.0])
def test_alternating_threshold_is_where_one_update_stops_shrinking(p, gamma):
    field = Linear(p, gamma)
    h = threshold(field, "alternating")
    assert radius(field, h * 0.999, "alternating") < 1 < radius(field, h * 1.001, "alternating")
    assert h == pytest.approx(theory._first_root(field, "alternating", 1), rel=1e-6)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_without_damping_alternating_updates_are_neutral_up_to_a_step(n):
    field = Linear(0.5)
    h = threshold(field, "alternating", n)
    assert h == pytest.approx(4 / math.sqrt(n), rel=1e-4)
    assert radius(field, 0.9 * h, "alternating", n) == pytest.approx(1)
    assert radius(field, 1.1 * h, "alternating", n) > 1.1


def test_extragradient_threshold():
    assert threshold(Linear(0.5), "extragradient") == pytest.approx(2.0, rel=1e-4)
    assert threshold(Linear(1.0), "extragradient") == pytest.approx(1.0, rel=1e-4)


def test_the_order_of_moves_is_generator_first():
    """One update from (theta, psi) = (0, 1) by hand: theta = -h p, then psi = 1 - h^2 p^2 - h q."""
    found = theory.multipliers(Linear(1.0, 0.5), 0.2, "alternating", 1)
    assert np.prod(found).real == pytest.approx(1 - 0.2 * 0.5)
    assert np.sum(found).real == pytest.approx(1 + 1 - 0.2**2 - 0.2 * 0.5)


@pytest.mark.parametrize(("numbers", "wanted"), [
    ((1.4, 0.5, 0.3, 0.5), "converged"),
    ((1.4, 1.0, 0.95, 1.5), "cycling"),
    ((1.4, 1.0, 1.05, 1.5), "cycling"),
    ((1.4, 1.0, 1.2, 1.5), "diverging"),
    ((1.4, 1.0, 1.0, 0.001), "stopped"),
    ((1.4, 0.0, 0.0, 0.0), "converged"),
    ((1.4, 1e-9, 2e-9, 1e-9), "converged"),
    ((1.4, math.inf, math.inf, math.inf), "diverging"),
    ((1.4, 1.0, math.nan, 1.0), "diverging"),
])  # fmt: skip
def test_classes(numbers, wanted):
    assert classify(*numbers) == wanted


def spiral(rate, steps=500):
    t = 0.2 * np.arange(steps + 1)
    with np.errstate(over="ignore"):
        return np.exp(rate * t)[:, None] * np.stack([np.cos(t), np.sin(t)], 1)


@pytest.mark.parametrize(
    ("rate", "wanted"), [(-0.05, "converged"), (0.0, "cycling"), (0.02, "diverging"), (9.0, "diverging")]
)
def test_classes_of_spirals(rate, wanted):
    assert classify(*summary(spiral(rate))) == wanted


def test_a_path_at_rest_beside_the_equilibrium_has_stopped():
    path = np.array([1.0, 0.0]) + spiral(-0.2)
    assert classify(*summary(path)) == "stopped"


@pytest.mark.parametrize(("method", "updates", "wanted"), [
    (described("gan"), "simultaneous", "diverging"),
    (described("gan"), "alternating", "cycling"),
    (described("gan"), "extragradient", "converged"),
    (described("nsgan"), "simultaneous", "cycling"),
    (described("nsgan"), "alternating", "converged"),
    (described("wgan-none"), "simultaneous", "diverging"),
    (described("wgan-clip"), "simultaneous", "cycling"),
    (described("wgan-clip"), "alternating", "cycling"),
    (described("r1", gamma(0.3)), "simultaneous", "converged"),
    (described("wgan-gp", {"name": "gradient-penalty", "weight": 0.35}), "alternating", "cycling"),
    (described("wgan-gp", {"name": "gradient-penalty", "weight": 1.0}), "alternating", "stopped"),
])  # fmt: skip
def test_predictions(method, updates, wanted):
    assert predicted(method, 0.2, 500, updates) == {wanted}


GP, GP10 = ({"name": "gradient-penalty", "weight": weight} for weight in (0.35, 10.0))


@pytest.mark.parametrize(("method", "step", "updates", "wanted"), [
    # By hand: |1 - h lam| > 1 from h lam = 2 on, and 1 - x + x^2 > 1 from x = 1 on.
    (described("wgan-gp", GP10), 0.2, "simultaneous", {"diverging"}),
    (described("wgan-gp", GP10), 0.101, "alternating", {"diverging"}),
    (described("wgan-gp", GP10), 0.099, "alternating", {"stopped"}),
    (described("wgan-gp", GP10), 0.1, "simultaneous", set()),
    (described("wgan-gp", GP10), 0.06, "extragradient", {"diverging"}),
    (described("dragan", {"name": "dragan", "weight": 10.0}), 0.2, "simultaneous", {"diverging"}),
    (described("wgan-gp", GP), 0.2, "simultaneous", {"cycling"}),
    # The non-saturating objective holds what only the coupling drives away, not what the damping does.
    (described("r1", gamma(10.0)), 0.25, "simultaneous", {"cycling", "diverging"}),
    (described("r1", gamma(10.0)), 0.12, "extragradient", {"cycling", "diverging"}),
    (described("r1", gamma(0.05)), 0.6, "simultaneous", {"cycling"}),
])  # fmt: skip
def test_steps_that_are_too_long_for_the_damping(method, step, updates, wanted):
    assert predicted(method, step, 500, updates) == wanted


def test_deviations_of_large_numbers_are_shares_of_them():
    measured, wanted = np.array([1e6 + 1, 0.5 + 1e-3]), np.array([1e6, 0.5])
    assert _apart(measured, wanted) == pytest.approx([1e-6, 1e-3])
    assert _apart(np.array([np.inf]), np.array([1.0])) == [math.inf]
    assert _apart(np.array([]), np.array([1.0])) == [math.inf]


def test_a_rate_too_slow_for_the_steps_is_no_promise():
    assert predicted(described("r1", gamma(0.3)), 0.001, 50, "simultaneous") == {"converged", "cycling"}
