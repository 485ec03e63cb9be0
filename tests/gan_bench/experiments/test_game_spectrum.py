"""Products with the game's Jacobian against dense Jacobians, eigenvalues against numpy and closed forms."""

import dataclasses

import numpy as np
import pytest
import torch

from gan_bench.data.toy import build_dataset
from gan_bench.experiments.game_spectrum import game as module
from gan_bench.experiments.game_spectrum.game import Game, rates
from gan_bench.experiments.game_spectrum.spectrum import ends
from gan_bench.experiments.modules import Networks
from gan_bench.methods.build import build_method
from gan_bench.methods.constraints import R1, GradientPenalty, InstanceNoise
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Minimax, NonSaturating, Relativistic, Wasserstein
from gan_bench.methods.optimisers import SGD, Adam, RMSProp
from gan_bench.nets.mlp import MLPGenerator
from gan_bench.train import Trainer

BATCH = 16


def critic():
    """Smooth, so that differences of the field are its derivatives everywhere."""
    return torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))


NETS = Networks(
    lambda: torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)), critic
)
SETTINGS = {"field_batch": BATCH, "latent": 2, "device": "cpu"}
METHODS = [
    Method("gan", Minimax()),
    Method("gp", Wasserstein(), (GradientPenalty(2.0),)),
    Method("noisy", Relativistic(), (R1(1.0), InstanceNoise(0.2))),
    Method("consensus", NonSaturating(), (GradientPenalty(1.0),), updates="consensus", consensus_gamma=0.7),
]


def small(method, nets=NETS, dataset="ring8", seed=3):
    return Game(method, build_dataset(dataset), nets, SETTINGS, seed)


def dense(game, h=1e-6):
    """J (n, n) by central differences of the field, one column a parameter."""
    start, columns = game.point.clone(), []
    for unit in torch.eye(len(start), dtype=start.dtype):
        game.place(start + h * unit)
        above = game.field()
        game.place(start - h * unit)
        columns.append((above - game.field()) / (2 * h))
    game.place(start)
    return torch.stack(columns, 1).numpy()


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_products_are_those_of_the_dense_jacobian(method):
    """Both blocks and both mixed ones, through penalties, noise and the pull of consensus updates."""
    game = small(method)
    expected, product = dense(game), game.product(game.field(create_graph=True))
    found = np.stack([product(unit) for unit in np.eye(len(expected))])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * np.abs(expected).max())
    scale = torch.linspace(0.1, 2.0, len(expected), dtype=torch.float64)
    scaled = game.product(game.field(create_graph=True), scale)
    u = np.linspace(-1, 1, len(expected))
    np.testing.assert_allclose(
        scaled(u), expected.T @ (scale.numpy() * u), rtol=1e-5, atol=1e-6 * np.abs(expected).max()
    )


def test_the_dense_jacobian_mixes_the_players():
    """Guards the comparison above: none of its four blocks is zero."""
    game = small(METHODS[1])
    matrix, n = dense(game), sum(value.numel() for value in game.pair.critic.trainable.values())
    for block in (matrix[:n, :n], matrix[:n, n:], matrix[n:, :n], matrix[n:, n:]):
        assert np.abs(block).max() > 1e-3


def planted(n, seed=0):
    """A real matrix with known ends of its spectrum, far from normal."""
    source = np.random.default_rng(seed)
    matrix = np.diag(source.uniform(-3, 1, n))
    matrix[:2, :2] = [[-0.5, 4.0], [-4.0, -0.5]]
    matrix[2, 2] = 2.5
    basis = source.standard_normal((n, n))
    return basis @ matrix @ np.linalg.inv(basis)


@pytest.mark.parametrize("n", [2, 3, 12, 64, 65, 150])
def test_ends_are_numpy_s_for_dense_and_iterative_searches(n):
    matrix = planted(max(n, 3))[:n, :n]
    every = np.linalg.eigvals(matrix)
    found = ends(lambda u: matrix @ u, n, np.random.default_rng(1), count=3, tolerance=1e-8, products=3000)
    assert not found.problem
    assert found.real[0].real == pytest.approx(every.real.max(), rel=1e-5)
    assert found.imaginary[0].imag == pytest.approx(every.imag.max(), rel=1e-5, abs=1e-12)
    assert (found.products == n) == (n <= 64)
    for values in (found.real, found.imaginary):
        assert all(np.abs(every - value).min() < 1e-5 for value in values)


def test_a_pair_hidden_behind_large_real_eigenvalues_is_found():
    """The plain iteration sees real values only and returns those as of largest imaginary part."""
    n = 200
    matrix = np.diag(np.concatenate([-np.geomspace(1, 1e3, n - 2), [0.0, 0.0]]))
    matrix[-2:, -2:] = [[-1.0, 0.3], [-0.3, -1.0]]
    found = ends(lambda u: matrix @ u, n, np.random.default_rng(0), count=2, tolerance=1e-3, products=4000)
    assert found.imaginary[0] == pytest.approx(-1 + 0.3j, rel=1e-3)


def test_no_pair_at_all_is_not_reported_as_one():
    matrix = -np.diag(np.geomspace(1, 50, 100))
    found = ends(lambda u: matrix @ u, 100, np.random.default_rng(0), count=2, tolerance=1e-3, products=500)
    assert found.real[0] == pytest.approx(-1, rel=1e-2)
    assert not len(found.imaginary)
    assert found.problem.startswith("LI: real eigenvalues only")


def test_a_search_without_budget_and_one_that_is_not_finite_say_so():
    matrix = planted(300)
    source = np.random.default_rng(0)
    found = ends(lambda u: matrix @ u, 300, source, count=4, tolerance=1e-14, products=60)
    assert "converged" in found.problem
    assert not len(found.real)
    for n in (20, 100):
        broken = ends(lambda u: u * np.nan, n, source, count=2, tolerance=1e-3, products=500)
        assert "not finite" in broken.problem
        assert not len(broken.real)
        assert not len(broken.imaginary)


def test_eigenvalues_of_a_small_game_are_those_of_its_dense_jacobian():
    game = small(METHODS[0])
    every, n = np.linalg.eigvals(dense(game)), len(game.point)
    field = game.field(create_graph=True)
    found = ends(game.product(field), n, np.random.default_rng(0), count=2, tolerance=1e-6, products=1000)
    assert found.real[0].real == pytest.approx(every.real.max(), rel=1e-4)
    assert found.imaginary[0].imag == pytest.approx(every.imag.max(), rel=1e-4)


class Place(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.zeros(1))

    def forward(self, z):
        return self.theta.expand(z.shape[0], 1)


class Points:
    name, sample_shape = "point", (1,)

    def batch(self, size, streams):
        return self.held_out(size, streams, ""), None

    def held_out(self, size, streams, part):
        return torch.zeros(len(streams.seeds), size, 1, dtype=torch.float64)


DIRAC = Networks(Place, lambda: torch.nn.Linear(1, 1, bias=False))
# Mescheder et al. 2018, table of eigenvalues at the equilibrium; gamma = .3 and consensus gamma = 1.
CLOSED = [
    (Method("x", Minimax()), 0.5j),
    (Method("x", NonSaturating()), 0.5j),
    (Method("x", Wasserstein()), 1j),
    (Method("x", NonSaturating(), (R1(0.3),)), -0.15 + 1j * np.sqrt(0.25 - 0.15**2)),
    (Method("x", Wasserstein(), (R1(0.3),)), -0.15 + 1j * np.sqrt(1 - 0.15**2)),
    (Method("x", Minimax(), updates="consensus", consensus_gamma=1.0), -0.25 + 0.5j),
]


@pytest.mark.parametrize(("method", "expected"), CLOSED)
def test_dirac_game_has_the_published_eigenvalues(method, expected):
    game = Game(method, Points(), DIRAC, {**SETTINGS, "latent": 1}, 0)
    game.place(torch.zeros(2, dtype=torch.float64))
    field = game.field(create_graph=True)
    assert field.tolist() == [0, 0]
    found = ends(game.product(field), 2, np.random.default_rng(0), count=1, tolerance=1e-9, products=100)
    assert found.real[0] == pytest.approx(expected, abs=1e-12)
    assert found.imaginary[0] == pytest.approx(expected, abs=1e-12)


def trained(method, seeds=(0, 1)):
    made = Trainer(
        method, build_dataset("ring8"), NETS.generator, NETS.critic, seeds,
        batch_size=8, latent=2, dtype=torch.float64,
    )  # fmt: skip
    made.run([3], lambda _: None)
    return made


@pytest.mark.parametrize(
    "optimiser", [SGD(0.1), Adam(0.1, (0.0, 0.9)), RMSProp(0.1)], ids=lambda o: type(o).__name__
)
def test_rates_are_what_the_optimiser_multiplies_the_gradient_with(optimiser):
    """One more step without momentum moves by rate times gradient, if the rate is that after the step."""
    method = Method("x", Minimax(), (), optimiser, optimiser, updates="simultaneous")
    made = trained(method)
    before = (
        module.flat([v[1] for s in (made.critic, made.generator) for v in s.trainable.values()])
        .detach()
        .clone()
    )
    made.run([4], lambda _: None)
    values = [value for stack in (made.critic, made.generator) for value in stack.trainable.values()]
    moved = module.flat([value[1] for value in values]).detach() - before
    gradient = module.flat([value.grad[1] for value in values])
    torch.testing.assert_close(moved, -rates(made, 1) * gradient, rtol=1e-6, atol=1e-12)


def test_rates_count_critic_steps_and_are_unknown_before_the_first_step():
    method = Method("x", Minimax(), (), SGD(0.1), SGD(0.2), n_critic=3)
    made = trained(method)
    critics = sum(value[0].numel() for value in made.critic.trainable.values())
    assert rates(made, 0)[:critics].unique().tolist() == pytest.approx([0.3])
    assert rates(made, 0)[critics:].unique().tolist() == pytest.approx([0.2])
    adam = dataclasses.replace(method, critic_optimiser=Adam(0.1))
    fresh = Trainer(adam, build_dataset("ring8"), NETS.generator, critic, (0,), batch_size=8, latent=2)
    assert rates(fresh, 0) is None


@pytest.mark.parametrize("name", ["gan", "sngan", "r3gan"])
def test_a_game_takes_over_one_seed_and_leaves_the_trainer_alone(name):
    method = build_method(name)
    nets = Networks(lambda: MLPGenerator(2, 2, 4, 1), lambda: relu_critic(method))
    made = Trainer(
        method,
        build_dataset("ring8"),
        nets.generator,
        nets.critic,
        (0, 1),
        batch_size=8,
        latent=2,
        dtype=torch.float64,
    )
    made.run([2], lambda _: None)
    before = {n: v.detach().clone() for n, v in made.critic.trainable.items()}
    game = Game(method, build_dataset("ring8"), nets, SETTINGS, 1)
    game.copy(made, 1)
    x = torch.ones(2, 3, 2, dtype=torch.float64)
    torch.testing.assert_close(game.pair.scores(x[:1]), made.scores(x)[1:], rtol=1e-12, atol=1e-14)
    first, again = game.field(), game.field()
    assert torch.equal(first, again)
    assert all(torch.equal(value, made.critic.trainable[n]) for n, value in before.items())


def relu_critic(method):
    return torch.nn.Sequential(torch.nn.Linear(2 * method.copies, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
