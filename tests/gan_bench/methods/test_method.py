"""A method is data: described completely, hooks composed in order, nonsense refused."""

import dataclasses
import json
import math
from dataclasses import dataclass

import pytest
import torch

from gan_bench.errors import UsageError
from gan_bench.methods.constraints import R1, R2, Clip, Constraint, GradientPenalty, Pack
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Hinge, Minimax, NonSaturating, Relativistic, Wasserstein
from gan_bench.methods.optimisers import SGD, Adam, RMSProp
from gan_bench.methods.presets import PRESETS
from gan_bench.methods.spectral import Spectral
from gan_bench.seeds import Streams


@dataclass(frozen=True)
class Scale(Constraint):
    """Every hook adds to, or multiplies with, its own number, so that order and sums show."""

    factor: float
    shift: float = 0.0

    def inputs(self, real, fake, streams):
        return real * self.factor + self.shift, fake * self.factor - self.shift

    def penalty(self, critic, *, real, fake, streams):
        return self.factor * critic(real).mean(1)

    def start(self, parameters):
        parameters["w"].mul_(self.factor).add_(self.shift)

    def project(self, parameters):
        parameters["w"].mul_(self.factor).add_(self.shift)

    def init_state(self, parameters):
        return {"count": (torch.tensor(self.factor),)}

    def advance(self, parameters, state):
        return {"count": (state["count"][0] + 1,)}

    def reparametrise(self, parameters, state):
        return {name: value * self.factor + state["count"][0] for name, value in parameters.items()}


def hooks():
    return Method("x", Minimax(), (Scale(2.0, 1.0), Scale(10.0)))


def weight(value=1.0):
    return {"w": torch.full((1, 1, 1), value)}


def test_describe_says_everything_as_plain_json():
    method = Method(
        "mine", Hinge(), (Clip(0.5), Pack(3)), Adam(1e-3, (0.1, 0.2)), RMSProp(1e-4), 4, "alternating", True,
        "a paper", "the rest", 3.0, 0.5, False, True,
    )  # fmt: skip
    described = method.describe()
    assert described == {
        "name": "mine",
        "objective": {"kind": "Hinge"},
        "constraints": [{"kind": "Clip", "c": 0.5}, {"kind": "Pack", "size": 3}],
        "critic_optimiser": {"kind": "Adam", "learning_rate": 1e-3, "betas": [0.1, 0.2]},
        "generator_optimiser": {"kind": "RMSProp", "learning_rate": 1e-4, "alpha": 0.99},
        "n_critic": 4,
        "updates": "alternating",
        "critic_warm_up": True,
        "source": "a paper",
        "ours": "the rest",
        "consensus_gamma": 3.0,
        "generator_average": 0.5,
        "conditional": False,
        "grows": True,
    }
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert set(described) == {f.name for f in dataclasses.fields(Method)}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_describes_itself_and_no_other(name):
    described = json.dumps(PRESETS[name].describe(), sort_keys=True)
    alike = [other for other in PRESETS if json.dumps(PRESETS[other].describe(), sort_keys=True) == described]
    assert alike == [name]


def test_an_objective_s_parameters_are_described():
    @dataclass(frozen=True)
    class Mine(Minimax):
        margin: float = 0.3

    assert Method("x", Mine()).describe()["objective"] == {"kind": "Mine", "margin": 0.3}


def test_inputs_compose_in_order():
    real, fake = hooks().inputs(torch.ones(1, 2, 2), torch.ones(1, 2, 2), Streams((0,)))
    assert real.unique().tolist() == [30.0]  # (1 * 2 + 1) * 10, not 1 * 10 * 2 + 1
    assert fake.unique().tolist() == [10.0]  # (1 * 2 - 1) * 10


@pytest.mark.parametrize("hook", ["start", "project"])
def test_start_and_project_compose_in_order(hook):
    parameters = weight()
    getattr(hooks(), hook)(parameters)
    assert parameters["w"].item() == 30.0


def test_states_stay_with_their_constraint_and_reparametrisations_compose():
    method = hooks()
    states = method.init_state(weight())
    assert [state["count"][0].item() for state in states] == [2.0, 10.0]
    after = method.advance(weight(), states)
    assert [state["count"][0].item() for state in after] == [3.0, 11.0]
    assert method.reparametrise(weight(), states)["w"].item() == 50.0  # (1 * 2 + 2) * 10 + 10
    assert weight()["w"].item() == 1.0


def test_penalties_add_up_and_none_means_none():
    def critic(x):
        return x.sum(2)

    real = torch.ones(2, 3, 2)
    # 2 and 10 times the mean score, which is 2.
    assert hooks().penalty(critic, real, real, Streams((0, 1))).tolist() == [24.0, 24.0]
    one = Method("x", Minimax(), (Clip(0.1), Scale(2.0), Spectral()))
    assert one.penalty(critic, real, real, Streams((0, 1))).tolist() == [4.0, 4.0]
    assert Method("x", Minimax(), (Clip(0.1),)).penalty(critic, real, real, Streams((0, 1))) is None
    assert Method("x", Minimax()).penalty(critic, real, real, Streams((0, 1))) is None


def test_packs_multiply():
    assert [Method("x", Minimax(), c).copies for c in ((), (Pack(2),), (Pack(2), Clip(1.0), Pack(3)))] == [
        1,
        2,
        6,
    ]


def test_penalises_only_where_a_constraint_has_a_penalty():
    penalising = {"wgan-gp", "wgan-lp", "nsgan-gp", "dragan", "r1", "r3gan", "progressive"}
    assert {name for name, method in PRESETS.items() if method.penalises} == penalising
    assert Method("x", Minimax(), (Scale(1.0),)).penalises


def test_js_is_estimated_by_unpacked_cross_entropy_only():
    estimating = {"gan", "nsgan", "sngan-ns", "nsgan-gp", "dragan", "r1", "instance-noise", "consensus"}
    assert {name for name, method in PRESETS.items() if method.estimates_js} == estimating
    assert not Method("x", NonSaturating(), (Pack(2),)).estimates_js
    assert not Method("x", NonSaturating(), conditional=True).estimates_js
    assert not any(Method("x", o).estimates_js for o in (Hinge(), Wasserstein(), Relativistic()))

    class Plain:
        critic_loss = generator_loss = staticmethod(lambda real, fake: real)

    assert not Method("x", Plain()).estimates_js


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"conditional": "yes"}, "conditional must be true or false, not 'yes'"),
        ({"grows": 1}, "grows must be true or false, not 1"),
        ({"conditional": True, "constraints": (Pack(2),)}, "samples of a pack have no class in common"),
    ],
)
def test_wrong_words_on_classes_and_growth_are_one_line(given, message):
    with pytest.raises(UsageError, match=f'method "x": {message}'):
        Method("x", NonSaturating(), **given)


def test_a_constraint_is_found_by_its_kind():
    method = Method("x", Minimax(), (R2(3.0), Clip(0.5), Clip(0.1)))
    assert method.constraint(Clip) == Clip(0.5)
    assert method.constraint(R1) == R2(3.0)  # a subclass is one too
    assert method.constraint(GradientPenalty) is None


@pytest.mark.parametrize(("changes", "message"), [
    ({"updates": "both"}, 'method "x": updates must be one of "alternating", "simultaneous"'),
    ({"updates": "extragradient", "n_critic": 2}, "extragradient updates need n_critic = 1"),
    ({"consensus_gamma": math.inf}, 'method "x": consensus_gamma must be a number from 0, not inf'),
    ({"generator_average": -0.1}, 'method "x": generator_average must be a decay in [0, 1), not -0.1'),
    ({"updates": "simultaneous", "n_critic": 2}, "simultaneous updates need n_critic = 1"),
    ({"updates": "simultaneous", "critic_warm_up": True}, "simultaneous updates need n_critic = 1"),
    ({"n_critic": 0}, "n_critic must be a whole number from 1, not 0"),
    ({"n_critic": 1.0}, "n_critic must be a whole number from 1, not 1.0"),
    ({"n_critic": True}, "n_critic must be a whole number from 1, not True"),
])  # fmt: skip
def test_nonsense_is_refused(changes, message):
    with pytest.raises(UsageError) as caught:
        Method("x", Minimax(), **changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_list_of_constraints_is_kept_as_a_tuple_and_the_method_cannot_be_changed():
    method = Method("x", Minimax(), [Clip(0.1)], SGD(0.1), SGD(0.1))
    assert method.constraints == (Clip(0.1),)
    with pytest.raises(dataclasses.FrozenInstanceError):
        method.n_critic = 3
