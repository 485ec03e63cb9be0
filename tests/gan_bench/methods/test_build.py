"""From a suite's words to a Method: the table of presets, free combinations, plugins, and every mistake."""

import dataclasses
import itertools

import pytest
import torch

from gan_bench import registry
from gan_bench.data.toy import build_dataset
from gan_bench.errors import PluginError, UsageError
from gan_bench.methods.build import build_method
from gan_bench.methods.constraints import R1, Clip, Constraint, GradientPenalty, InstanceNoise, Pack
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Hinge, Minimax, Wasserstein
from gan_bench.methods.optimisers import SGD, Adam, RMSProp
from gan_bench.methods.presets import PRESETS
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.train import Trainer

OBJECTIVES = ["minimax", "non-saturating", "least-squares", "hinge", "wasserstein", "relativistic"]
CONSTRAINTS = ["clip", "gradient-penalty", "one-sided-penalty", "spectral", "dragan", "r1", "r2",
               "instance-noise", "pack"]  # fmt: skip
UPDATES = ["alternating", "simultaneous", "extragradient", "consensus"]
WHERE = "toy.toml: experiment 2"

# From the papers, written down apart from presets.py: objective, constraints with their strength,
# optimiser of both players, critic steps per generator step.
ADAM, RMS = "Adam", "RMSProp"
TABLE = {
    "gan": ("Minimax", [], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "nsgan": ("NonSaturating", [], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "lsgan": ("LeastSquares", [], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "wgan-none": ("Wasserstein", [], (RMS, 5e-5, 0.99), 5),
    "wgan-clip": ("Wasserstein", [("Clip", 0.01)], (RMS, 5e-5, 0.99), 5),
    "wgan-gp": ("Wasserstein", [("GradientPenalty", 10)], (ADAM, 1e-4, (0.0, 0.9)), 5),
    "wgan-lp": ("Wasserstein", [("OneSidedPenalty", 10)], (ADAM, 1e-4, (0.0, 0.9)), 5),
    "sngan": ("Hinge", [("Spectral", None)], (ADAM, 2e-4, (0.0, 0.9)), 5),
    "sngan-ns": ("NonSaturating", [("Spectral", None)], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "wgan-sn": ("Wasserstein", [("Spectral", None)], (ADAM, 2e-4, (0.0, 0.9)), 5),
    "nsgan-gp": ("NonSaturating", [("GradientPenalty", 10)], (ADAM, 1e-4, (0.0, 0.9)), 5),
    "dragan": ("NonSaturating", [("Dragan", 10)], (ADAM, 1e-4, (0.5, 0.9)), 1),
    "r1": ("NonSaturating", [("R1", 10)], (RMS, 1e-4, 0.99), 1),
    "r3gan": ("Relativistic", [("R1", 1), ("R2", 1)], (ADAM, 2e-4, (0.0, 0.99)), 1),
    "pacgan2": ("NonSaturating", [("Pack", 2)], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "instance-noise": ("NonSaturating", [("InstanceNoise", 0.1)], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "consensus": ("Minimax", [], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "cgan": ("NonSaturating", [], (ADAM, 2e-4, (0.5, 0.999)), 1),
    "sngan-projection": ("Hinge", [("Spectral", None)], (ADAM, 2e-4, (0.0, 0.9)), 5),
    "progressive": ("Wasserstein", [("GradientPenalty", 10)], (ADAM, 1e-3, (0.0, 0.99)), 1),
    "wgan-clip-sgd": ("Wasserstein", [("Clip", 0.01)], ("SGD", 1e-2, None), 5),
    "wgan-clip-adam": ("Wasserstein", [("Clip", 0.01)], (ADAM, 5e-5, (0.5, 0.999)), 5),
    "wgan-clip-adam0": ("Wasserstein", [("Clip", 0.01)], (ADAM, 5e-5, (0.0, 0.9)), 5),
}
STRENGTH = {"Clip": "c", "GradientPenalty": "weight", "OneSidedPenalty": "weight", "Dragan": "weight",
            "R1": "gamma", "R2": "gamma", "Pack": "size", "InstanceNoise": "sigma"}  # fmt: skip


def strength(constraint):
    kind = type(constraint).__name__
    return kind, getattr(constraint, STRENGTH[kind]) if kind in STRENGTH else None


def optimiser_row(optimiser):
    further = getattr(optimiser, "betas", getattr(optimiser, "alpha", None))
    return type(optimiser).__name__, optimiser.learning_rate, further


def test_the_table_of_presets_is_complete():
    assert set(PRESETS) == set(TABLE) == set(registry.names("methods"))


@pytest.mark.parametrize("name", TABLE)
def test_every_preset_has_the_published_settings(name):
    method = build_method(name)
    objective, constraints, optimiser, n_critic = TABLE[name]
    assert method.name == name
    assert type(method.objective).__name__ == objective
    assert [strength(constraint) for constraint in method.constraints] == constraints
    assert optimiser_row(method.critic_optimiser) == optimiser
    assert optimiser_row(method.generator_optimiser) == optimiser
    assert method.n_critic == n_critic
    updates = "consensus" if name == "consensus" else "alternating"
    assert (method.updates, method.critic_warm_up) == (updates, False)
    assert method.generator_average == (0.999 if name in ("r1", "r3gan", "progressive") else 0)
    assert method.conditional == (name in ("cgan", "sngan-projection"))
    assert method.grows == (name == "progressive")
    assert method.consensus_gamma == 10.0
    assert method.source


@pytest.mark.parametrize("name", ["sngan", "sngan-ns", "wgan-sn"])
def test_directions_beyond_the_published_one_are_marked_as_ours(name):
    (spectral,) = build_method(name).constraints
    assert spectral.vectors == 16
    assert "power iteration follows 16 directions, not one" in build_method(name).ours


def test_a_preset_with_changes_keeps_the_rest():
    method = build_method({"name": "wgan-gp", "learning_rate": 1e-3, "n_critic": 2})
    assert method.critic_optimiser == method.generator_optimiser == Adam(1e-3, (0.0, 0.9))
    assert method.n_critic == 2
    assert method.constraints == (GradientPenalty(10.0),)
    assert PRESETS["wgan-gp"].n_critic == 5


def test_a_base_under_another_name_and_two_learning_rates():
    method = build_method(
        {"name": "mine", "base": "wgan-gp", "critic_learning_rate": 1e-2, "generator_learning_rate": 1e-3}
    )
    assert method.name == "mine"
    assert method.objective == Wasserstein()
    assert method.critic_optimiser == Adam(1e-2, (0.0, 0.9))
    assert method.generator_optimiser == Adam(1e-3, (0.0, 0.9))


def test_a_role_s_learning_rate_wins_over_the_common_one():
    method = build_method({"name": "gan", "learning_rate": 1e-2, "critic_learning_rate": 3e-2})
    assert method.critic_optimiser.learning_rate == 3e-2
    assert method.generator_optimiser.learning_rate == 1e-2


def test_another_optimiser_does_not_inherit_what_it_lacks():
    method = build_method({"name": "wgan-gp", "optimiser": "sgd", "learning_rate": 0.1})
    assert method.critic_optimiser == SGD(0.1)
    method = build_method({"name": "wgan-gp", "optimiser": "rmsprop"})
    assert method.critic_optimiser == RMSProp(1e-4, 0.99)
    method = build_method({"name": "r1", "optimiser": "adam", "betas": [0.0, 0.5]})
    assert method.generator_optimiser == Adam(1e-4, (0.0, 0.5))


def test_objective_and_constraints_replace_those_of_the_base():
    method = build_method(
        {
            "name": "x",
            "base": "wgan-gp",
            "objective": "hinge",
            "constraints": [{"name": "clip", "c": 0.1}, "r1"],
        }
    )
    assert method.objective == Hinge()
    assert method.constraints == (Clip(0.1), R1(10.0))
    assert build_method({"name": "x", "base": "wgan-gp", "constraints": []}).constraints == ()


def test_free_combination_of_plain_options():
    method = build_method(
        {"name": "x", "objective": "minimax", "updates": "simultaneous", "betas": [0.1, 0.2]}
    )
    assert (method.objective, method.constraints, method.n_critic) == (Minimax(), (), 1)
    assert method.updates == "simultaneous"
    assert method.critic_optimiser == Adam(2e-4, (0.1, 0.2))
    assert build_method({"name": "x", "base": "gan", "critic_warm_up": True}).critic_steps(0) == 100


def finite_after_two_steps(method):
    trainer = Trainer(
        method,
        build_dataset("ring8"),
        lambda: MLPGenerator(2, 2, 8, 2),
        lambda: MLPCritic(2 * method.copies, 8, 2),
        (0, 1),
        batch_size=16,
        latent=2,
    )
    before = [value.detach().clone() for value in trainer.generator.trainable.values()]
    snapshots = []
    trainer.run([2], snapshots.append)
    moved = any(
        not torch.equal(a, b) for a, b in zip(before, trainer.generator.trainable.values(), strict=True)
    )
    return moved and snapshots[0].first_bad.tolist() == [-1, -1]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_with_every_constraint(objective):
    combinations = [[], *[[name] for name in CONSTRAINTS], ["spectral", "gradient-penalty"], ["pack", "r1"]]
    for constraints in combinations:
        method = build_method({"name": "x", "objective": objective, "constraints": constraints})
        assert len(method.constraints) == len(constraints)
        assert finite_after_two_steps(method), constraints


def test_every_objective_and_constraint_trains_with_every_update():
    for objective, constraint, updates in itertools.chain(
        itertools.product(OBJECTIVES, CONSTRAINTS[:1], UPDATES),
        itertools.product(OBJECTIVES[:1], CONSTRAINTS, UPDATES),
    ):
        spec = {"name": "x", "objective": objective, "constraints": [constraint], "updates": updates}
        assert finite_after_two_steps(build_method({**spec, "generator_average": 0.5})), spec


def test_the_new_options_reach_the_method():
    spec = {"name": "x", "base": "gan", "updates": "consensus", "consensus_gamma": 0.5}
    method = build_method({**spec, "generator_average": 0.9, "constraints": [{"name": "r1", "gamma": 0}]})
    assert (method.updates, method.consensus_gamma, method.generator_average) == ("consensus", 0.5, 0.9)
    assert method.constraints == (R1(0),)
    noisy = build_method(
        {"name": "x", "base": "gan", "constraints": [{"name": "instance-noise", "sigma": 2}]}
    )
    assert noisy.constraints == (InstanceNoise(2),)
    assert "changed in the suite: updates" in build_method({"name": "gan", "updates": "extragradient"}).ours


def test_every_pair_of_constraints_trains():
    for pair in itertools.combinations(CONSTRAINTS, 2):
        assert finite_after_two_steps(
            build_method({"name": "x", "objective": "hinge", "constraints": list(pair)})
        ), pair


PLUGIN = """
from dataclasses import dataclass
from gan_bench.methods.constraints import Clip, Constraint
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Hinge
from gan_bench.methods.optimisers import SGD

@dataclass
class MyObjective:
    slope: float = 1.0

    def __post_init__(self):
        if self.slope < 0:
            raise ValueError("slope below 0\\nand more")

    def critic_loss(self, real, fake):
        return self.slope * (fake.mean(1) - real.mean(1))

    def generator_loss(self, fake, real=None):
        return -self.slope * fake.mean(1)

@dataclass(frozen=True)
class Shrink(Constraint):
    by: float = 0.9

    def project(self, parameters):
        for value in parameters.values():
            value.mul_(self.by)

METHOD = Method("inner", Hinge(), (Clip(0.2),), SGD(0.1), SGD(0.2), n_critic=3)

class NoLosses:
    def critic_loss(self, real, fake):
        return real

class NoConstraint:
    penalty = project = None

number = 3
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "broken.py").write_text("import no_such_module")
    return tmp_path


def test_a_plugin_objective_by_reference(plugin):
    method = build_method("mine.py:MyObjective")
    assert method.name == "mine.py:MyObjective"
    assert method.objective.slope == 1.0
    assert method.constraints == ()
    assert method.source == "mine.py:MyObjective"
    assert finite_after_two_steps(method)


def test_plugin_parts_with_parameters_in_a_table(plugin):
    method = build_method(
        {
            "name": "x",
            "objective": {"name": "mine.py:MyObjective", "slope": 2.0},
            "constraints": ["clip", {"name": "mine.py:Shrink", "by": 0.5}],
        }
    )
    assert method.objective.slope == 2.0
    assert method.constraints[0] == Clip(0.01)
    weights = {"w": torch.ones(1, 2, 2)}
    method.constraints[1].project(weights)
    assert weights["w"].unique().tolist() == [0.5]
    assert finite_after_two_steps(method)


def test_a_plugin_method_keeps_its_settings_under_the_name_it_is_called_by(plugin):
    method = build_method("mine.py:METHOD")
    assert method.name == "mine.py:METHOD"
    assert (method.objective, method.constraints, method.n_critic) == (Hinge(), (Clip(0.2),), 3)
    changed = build_method({"name": "x", "base": "mine.py:METHOD", "learning_rate": 0.3})
    assert changed.critic_optimiser == changed.generator_optimiser == SGD(0.3)
    assert changed.constraints == (Clip(0.2),)


def test_objects_are_taken_as_they_are():
    method = Method("mine", Minimax())
    assert build_method(method) is method

    class Mine(Constraint):
        pass

    own = Mine()
    built = build_method({"name": "x", "objective": Hinge(), "constraints": [own, Pack(2)]})
    assert built.objective == Hinge()
    assert built.constraints[0] is own


def gan(**changes):
    return {"name": "x", "base": "gan", **changes}


MISTAKES = [
    ("wgan_gp", 'unknown method "wgan_gp" - did you mean "wgan-gp"?'),
    ("clip", 'unknown method "clip" - did you mean "wgan-clip"?'),
    (3, "a method is a name or a table, not 3"),
    ({}, "a method table needs a name"),
    ({"name": ""}, "a method table needs a name"),
    ({"name": 3}, "a method table needs a name"),
    ({"name": "x"}, 'method "x": unknown method "x" (known: '),
    (gan(base="nsgam"), 'method "x": unknown method "nsgam" - did you mean "nsgan"?'),
    (gan(base=3), 'method "x": base must be the name of a method, not 3'),
    (gan(lerning_rate=1), 'method "x": unknown key "lerning_rate" - did you mean "learning_rate"?'),
    (gan(objective="minmax"), 'method "x": unknown objective "minmax" - did you mean "minimax"?'),
    (gan(objective=3), 'method "x": "3" must have critic_loss and generator_loss'),
    (gan(objective={"name": "minimax", "c": 1}), 'method "x": "minimax" takes no parameters, not even "c"'),
    (gan(objective={"c": 1}), 'method "x": a table among the objectives needs a name'),
    (gan(constraints=["clipp"]), 'method "x": unknown constraint "clipp" - did you mean "clip"?'),
    (gan(constraints="clip"), """method "x": constraints must be a list, such as ["clip"], not 'clip'"""),
    (gan(constraints={"name": "clip"}), 'method "x": constraints must be a list, such as ["clip"], not {'),
    (gan(constraints=[3]), 'method "x": "3" must derive from Constraint'),
    (gan(constraints=[{"c": 1}]), 'method "x": a table among the constraints needs a name'),
    (gan(constraints=[{"name": "r1", "gama": 1}]),
     'method "x": "r1": unknown parameter "gama" - did you mean "gamma"? (known: gamma)'),
    (gan(constraints=[{"name": "clip", "c": "a"}]),
     """method "x": Clip: c must be a number above 0, not 'a'"""),
    (gan(constraints=[{"name": "pack", "size": 1.5}]),
     'method "x": Pack: size must be a whole number from 2, not 1.5'),
    (gan(optimiser="adm"), 'method "x": unknown optimiser "adm" - did you mean "adam"?'),
    (gan(optimiser=["adam"]), 'method "x": optimiser must be one of adam, rmsprop, sgd, not ['),
    (gan(optimiser="sgd", betas=[0.5, 0.9]), 'method "x": SGD takes no betas'),
    (gan(learning_rate="fast"), """method "x": Adam: learning_rate must be a number above 0, not 'fast'"""),
    (gan(critic_learning_rate=0), 'method "x": Adam: learning_rate must be a number above 0, not 0'),
    (gan(learning_rate=float("nan")), 'method "x": Adam: learning_rate must be a number above 0, not nan'),
    (gan(betas=3), 'method "x": betas must be two numbers, such as [0.5, 0.999], not 3'),
    (gan(betas=["a", 0.9]), """method "x": betas must be two numbers, such as [0.5, 0.999], not ['a'"""),
    (gan(betas=[0.5]), 'method "x": Adam: betas must be two numbers in [0, 1), not [0.5]'),
    (gan(betas=[0.5, 1.0]), 'method "x": Adam: betas must be two numbers in [0, 1), not [0.5, 1.0]'),
    (gan(n_critic=0), 'method "x": n_critic must be a whole number from 1, not 0'),
    (gan(n_critic="5"), """method "x": n_critic must be a whole number from 1, not '5'"""),
    (gan(updates="both"),
     'method "x": updates must be one of "alternating", "simultaneous", "extragradient", "consensus", not'),
    (gan(updates=["consensus"]), 'method "x": updates must be one of "alternating"'),
    (gan(updates="extragradient", n_critic=2), 'method "x": extragradient updates need n_critic = 1'),
    (gan(updates="consensus", critic_warm_up=True), 'method "x": consensus updates need n_critic = 1'),
    (gan(consensus_gamma=-1), 'method "x": consensus_gamma must be a number from 0, not -1'),
    (gan(consensus_gamma="a"), """method "x": consensus_gamma must be a number from 0, not 'a'"""),
    (gan(generator_average=1), 'method "x": generator_average must be a decay in [0, 1), not 1'),
    (gan(generator_average=True), 'method "x": generator_average must be a decay in [0, 1), not True'),
    (gan(generator_average=float("nan")), 'method "x": generator_average must be a decay in [0, 1), not nan'),
    (gan(constraints=[{"name": "instance-noise", "sigma": -0.1}]),
     'method "x": InstanceNoise: sigma must be a number from 0, not -0.1'),
    (gan(constraints=[{"name": "gradient-penalty", "weight": -1}]),
     'method "x": GradientPenalty: weight must be a number from 0, not -1'),
    (gan(updates="simultaneous", n_critic=2), 'method "x": simultaneous updates need n_critic = 1'),
    (gan(critic_warm_up="yes"), """method "x": critic_warm_up must be true or false, not 'yes'"""),
    ("gone.py:MyObjective", "gone.py:MyObjective: there is no file gone.py"),
    ("broken.py:MyObjective", "broken.py:MyObjective cannot be imported: ModuleNotFoundError: No module"),
    ("mine.py:Nope", 'mine.py:Nope: there is no "Nope" in mine.py'),
    ("mine.py:number", "mine.py:number"),
    ("mine.py:NoLosses", "mine.py:NoLosses"),
    (gan(objective="mine.py:NoLosses"), "mine.py:NoLosses must have critic_loss and generator_loss"),
    (gan(constraints=["mine.py:NoConstraint"]), '"mine.py:NoConstraint" must derive from Constraint'),
    (gan(objective={"name": "mine.py:MyObjective", "slop": 1}),
     'method "x": "mine.py:MyObjective": unknown parameter "slop" - did you mean "slope"?'),
    (gan(objective={"name": "mine.py:MyObjective", "slope": -1}),
     'method "x": "mine.py:MyObjective" cannot be built: ValueError: slope below 0'),
]  # fmt: skip


@pytest.mark.parametrize("where", [WHERE, ""])
@pytest.mark.parametrize(("spec", "message"), MISTAKES)
def test_every_mistake_is_one_line_that_says_where(plugin, spec, message, where):
    with pytest.raises((UsageError, PluginError)) as caught:
        build_method(spec, where)
    text = str(caught.value)
    assert "\n" not in text
    assert message in text
    # The place stands once, and first.
    assert text.startswith(f"{WHERE}: " if where else text.lstrip(": "))
    assert text.count(WHERE) == bool(where)
    assert text.count('method "x"') <= 1 + ('unknown method "x"' in message)


def test_a_bad_value_in_a_method_object_is_found_too():
    with pytest.raises(UsageError, match="n_critic must be a whole number"):
        dataclasses.replace(PRESETS["gan"], n_critic=True)
