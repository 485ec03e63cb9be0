"""The Dirac-GAN from the training code, against the published fields and eigenvalues."""

import cmath
import subprocess
import sys

import numpy as np
import pytest
import torch

from gan_bench.errors import UsageError
from gan_bench.experiments import dirac
from gan_bench.experiments.dirac import local
from gan_bench.experiments.dirac.game import Game
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method

HINGE = {"name": "hinge", "objective": "hinge"}
WGAN_R1 = {"name": "wgan-r1", "objective": "wasserstein", "constraints": ["r1"]}
GAN_R1 = {"name": "gan-r1", "objective": "minimax", "constraints": ["r1"]}


def pair(mean, square):
    root = cmath.sqrt(square)
    return [mean - root, mean + root]


# name, options, eigenvalues: published closed forms, and the literal numbers that go with them.
ROWS = [
    ("gan", {}, [-0.5j, 0.5j]),
    ("nsgan", {}, [-0.5j, 0.5j]),
    ("lsgan", {}, [-0.5j, 0.5j, -2]),
    ("wgan-none", {}, [-1j, 1j]),
    ("wgan-clip", {}, [-1j, 1j]),
    ("wgan-clip", {"clip": 1.0}, [-1j, 1j]),
    ("wgan-lp", {}, [-1j, 1j]),
    (HINGE, {}, [-1j, 1j]),
    ("r1", {"gamma": 0.3}, [-0.15 - 0.4769696007j, -0.15 + 0.4769696007j]),
    ("r3gan", {"gamma": 0.3}, [-0.3 - 0.4j, -0.3 + 0.4j]),
    ("consensus", {"gamma": 1.0}, [-0.25 - 0.5j, -0.25 + 0.5j]),
    ("r1", {"gamma": 1.0}, [-0.5, -0.5]),
    ("instance-noise", {"sigma": 2**0.5}, [-0.5, -0.5]),
    *[(name, {"gamma": g}, pair(-g / 2, g * g / 4 - 0.25)) for name in ("r1", GAN_R1) for g in (0.1, 2, 7)],
    *[(WGAN_R1, {"gamma": g}, pair(-g / 2, g * g / 4 - 1)) for g in (0.3, 1, 2.5)],
    *[("r3gan", {"gamma": g}, pair(-g, g * g - 0.25)) for g in (0.1, 1, 3)],
    *[("consensus", {"gamma": g}, [-g / 4 - 0.5j, -g / 4 + 0.5j]) for g in (0.1, 3, 10)],
    *[("instance-noise", {"sigma": s}, pair(-(s**2) / 4, s**4 / 16 - 0.25)) for s in (0.3, 0.7, 1, 3)],
]


def far(found, wanted):
    """Largest distance between the two sets, matched greedily."""
    left = list(wanted)
    assert len(found) == len(left)
    worst = 0.0
    for value in found:
        k = int(np.argmin([abs(value - other) for other in left]))
        worst = max(worst, abs(value - left.pop(k)))
    return worst


@pytest.mark.parametrize(("name", "options", "wanted"), ROWS)
def test_eigenvalues_are_the_published_ones(name, options, wanted):
    found = dirac.eigenvalues(name, **options)
    assert found.dtype == complex
    assert far(found, wanted) < 1e-6


@pytest.mark.parametrize("name", ["gan", "lsgan", "r1", "r3gan", "instance-noise", "consensus"])
def test_two_derivations_of_the_jacobian_agree(name):
    """Differentiating what training descends, and differences of the gradients that it takes."""
    method = build_method(name)
    centre = torch.as_tensor(local.equilibrium(method)) + 0.3
    exact = Game(method, 1).jacobian(centre[None])[0]
    assert torch.allclose(local.differences(method, centre), exact, atol=1e-9)
    assert exact.abs().max() > 0.1


@pytest.mark.parametrize("name", ["wgan-gp", "nsgan-gp", "dragan"])
@pytest.mark.parametrize(("weight", "target"), [(0.35, 1.0), (10.0, 1.0), (0.35, 0.5)])
def test_penalties_that_jump_have_one_sided_limits_and_no_eigenvalues(name, weight, target):
    limits = dirac.one_sided(name, weight=weight, target=target)
    assert limits == pytest.approx([-2 * weight * target, 2 * weight * target], abs=1e-9)
    with pytest.raises(UsageError, match="jumps at psi = 0"):
        dirac.eigenvalues(name, weight=weight, target=target)
    # Autograd alone would have said +-i: it takes the sign of 0 to be 0.
    assert np.abs(dirac.one_sided("r1", gamma=0.3)).max() < 1e-9


def test_a_target_of_zero_is_no_jump():
    """weight psi^2: a penalty like R1 of gamma = 2 weight."""
    assert far(dirac.eigenvalues("wgan-gp", weight=0.15, target=0.0), pair(-0.15, 0.15**2 - 1)) < 1e-6


@pytest.mark.parametrize(("name", "options", "message"), [
    ("sngan", {}, "degenerate"),
    ("wgan-sn", {}, "degenerate"),
    ("pacgan2", {}, "packs of 2"),
    ("gan", {"gamma": 1.0}, '"gan" has no gamma'),
    ("r1", {"clip": 1.0}, '"r1" has no clip'),
    ("r1", {"gamma": -1.0}, "gamma must be"),
    ("wgan-gpp", {}, 'did you mean "wgan-gp"'),
])  # fmt: skip
def test_what_has_no_answer_says_why(name, options, message):
    with pytest.raises(UsageError, match=message):
        dirac.eigenvalues(name, **options)


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


# The published fields of (theta, psi), written down apart from the training code; f'(t) = sigmoid(-t).
FIELDS = {
    "gan": ({}, lambda x, p: (-p * sigmoid(-x * p), x * sigmoid(-x * p))),
    "nsgan": ({}, lambda x, p: (-p * sigmoid(x * p), x * sigmoid(-x * p))),
    "wgan-none": ({}, lambda x, p: (-p, x)),
    "wgan-clip": ({"clip": 1.0}, lambda x, p: (-p, x)),
    "wgan-gp": ({"weight": 0.35}, lambda x, p: (-p, x - 0.7 * (abs(p) - 1) * np.sign(p))),
    "wgan-lp": ({"weight": 0.35}, lambda x, p: (-p, x - 0.7 * max(abs(p) - 1, 0) * np.sign(p))),
    "r1": ({"gamma": 0.3}, lambda x, p: (-p * sigmoid(x * p), x * sigmoid(-x * p) - 0.3 * p)),
}


def integrated(name, updates, n_critic, steps, h):
    """theta and psi by the published field alone; alternating: generator first."""
    v = FIELDS[name][1]
    limit = 1.0 if name == "wgan-clip" else np.inf
    x, p = 1.0, 1.0
    path = [(x, p)]
    for _ in range(steps):
        if updates == "simultaneous":
            x, p = x + h * v(x, p)[0], np.clip(p + h * v(x, p)[1], -limit, limit)
        elif updates == "extragradient":
            a, b = x + h * v(x, p)[0], np.clip(p + h * v(x, p)[1], -limit, limit)
            x, p = x + h * v(a, b)[0], np.clip(p + h * v(a, b)[1], -limit, limit)
        else:
            x = x + h * v(x, p)[0]
            for _ in range(n_critic):
                p = np.clip(p + h * v(x, p)[1], -limit, limit)
        path.append((x, p))
    return np.array(path)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    ("updates", "n_critic"),
    [("simultaneous", 1), ("alternating", 1), ("alternating", 3), ("extragradient", 1)],
)
def test_training_moves_as_the_published_field_says(name, updates, n_critic):
    found = dirac.trajectory(name, updates=updates, n_critic=n_critic, steps=25, **FIELDS[name][0])
    assert found.shape == (26, 2)
    assert np.abs(found - integrated(name, updates, n_critic, 25, 0.2)).max() < 1e-12


def test_consensus_moves_as_its_formula_says():
    """v - gamma J^T v, with the Jacobian of the published field by differences."""
    gamma, h, x = 1.0, 0.2, np.array([1.0, 1.0])

    def v(state):
        return np.array(FIELDS["gan"][1](*state))

    found = dirac.trajectory("consensus", gamma=gamma, step_size=h, steps=5)
    for step in range(5):
        assert found[step] == pytest.approx(x, abs=1e-8)
        jacobian = np.stack([(v(x + e) - v(x - e)) / 2e-5 for e in 1e-5 * np.eye(2)], 1)
        x = x + h * (v(x) - gamma * jacobian.T @ v(x))


def test_start_step_size_and_names_of_the_interface():
    path = dirac.trajectory("gan", start=(0.5, -0.25), step_size=0.1, steps=2)
    assert path[0].tolist() == [0.5, -0.25]
    assert path[1] == pytest.approx(path[0] + 0.1 * np.array(FIELDS["gan"][1](0.5, -0.25)))
    # The start is clipped too, as training clips; and what overflows is kept as it is.
    assert dirac.trajectory("wgan-clip", steps=1)[0].tolist() == [1.0, 0.01]
    assert not np.isfinite(dirac.trajectory("wgan-gp", weight=1e4, steps=120)[-1]).all()
    with pytest.raises(UsageError, match="updates must be"):
        dirac.trajectory("gan", updates="consensus")
    assert dirac.field("gan", [[1.0, 2.0]])[0] == pytest.approx(FIELDS["gan"][1](1.0, 2.0))


def test_the_method_s_own_optimiser_takes_no_part():
    assert dirac.trajectory("wgan-clip-adam", steps=9) == pytest.approx(
        dirac.trajectory("wgan-clip", steps=9)
    )


class Twice:
    """Minimax with both losses doubled: the field is twice as fast."""

    def critic_loss(self, real, fake):
        return 2 * build_method("gan").objective.critic_loss(real, fake)

    def generator_loss(self, fake, real=None):
        return 2 * build_method("gan").objective.generator_loss(fake)


def test_a_user_s_objective_is_measured_by_its_own_code():
    assert far(dirac.eigenvalues(Method("twice", Twice())), [-1j, 1j]) < 1e-6


def test_importing_it_does_not_import_torch():
    code = (
        "import sys; from gan_bench.experiments import dirac; import gan_bench.experiments.dirac.settings;"
        "assert 'eigenvalues' in dirac.__all__; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="eigenvalue"):
        dirac.eigenvalue  # noqa: B018
