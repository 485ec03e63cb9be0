"""Captured steps against eager ones, bit for bit: with a tape in place of a CUDA graph, and on a GPU."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

import toy_distributions as td
from gan_bench.capture import BEFORE_REPLAYS, CudaGraphs, graphs_of
from gan_bench.data.images import build_image_dataset
from gan_bench.data.toy import build_dataset
from gan_bench.errors import GanBenchError
from gan_bench.experiments import measurement
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.modules import Networks
from gan_bench.experiments.training.networks import networks
from gan_bench.methods.build import build_method
from gan_bench.methods.constraints import Constraint
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Wasserstein
from gan_bench.methods.optimisers import SGD, Adam, RMSProp
from gan_bench.methods.presets import PRESETS
from gan_bench.nets.dcgan import DCGANCritic, DCGANGenerator
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.nets.progressive import ProgressiveCritic, ProgressiveGenerator
from gan_bench.nets.resnet import ResNetCritic, ResNetGenerator
from gan_bench.seeds import CHUNK, Streams
from gan_bench.train import Trainer
from gan_bench.updates import UPDATES

SEEDS, SHAPE = (0, 1, 2), (1, 16, 16)
POINTS = [name for name, method in PRESETS.items() if not (method.conditional or method.grows)]
# Eigenvalues of small matrices: torch looks at what the solver says of itself.
WAITING = {name for name in POINTS if any(type(c).__name__ == "Spectral" for c in PRESETS[name].constraints)}


on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(params=[
    "tape",
    pytest.param("cuda", marks=on_gpu),
])  # fmt: skip
def recording(request, recorded_operations, monkeypatch):
    """Makes what records steps: a tape of a CPU's operations or CUDA graphs; `device` is where."""
    if request.param == "tape":
        return recorded_operations
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")

    class Counted(CudaGraphs):
        device = "cuda"

        def __init__(self):
            super().__init__(torch.device("cuda"))
            self.recorded = 0

        def record(self, work):
            self.recorded += 1
            return super().record(work)

    return Counted


def on_points(method, graphs=None, *, generator=lambda: MLPGenerator(2, 2, 16, 2), seeds=SEEDS, device="cpu"):
    return Trainer(
        method,
        build_dataset("ring8"),
        generator,
        lambda: MLPCritic(2 * method.copies, 16, 2),
        seeds,
        batch_size=16,
        latent=2,
        device=device,
        graphs=graphs,
    )


def on_images(method, graphs=None, *, nets="dcgan", seeds=(0, 1), device="cpu", **options):
    classes = 10 if method.conditional else 0
    generator, critic = {
        "dcgan": (DCGANGenerator, lambda *a, **k: DCGANCritic(*a, batch_norm=not method.constraints, **k)),
        "resnet": (ResNetGenerator, ResNetCritic),
        "progressive": (ProgressiveGenerator, ProgressiveCritic),
    }[nets]
    return Trainer(
        method,
        build_image_dataset("glyphs"),
        lambda: generator(4, SHAPE, 2, classes=classes),
        lambda: critic(SHAPE, 2, classes=classes),
        seeds,
        batch_size=4,
        latent=4,
        device=device,
        graphs=graphs,
        **options,
    )


def seen(made, steps):
    """All that is left at each of some steps, as copies."""
    found = []

    def look(snapshot):
        tensors = {**snapshot.critic_parameters, **snapshot.losses, "first_bad": snapshot.first_bad}
        for role, gradients in snapshot.gradients.items():
            tensors |= {f"{role} gradient of {name}": value for name, value in gradients.items()}
        for role in ("generator", "critic"):
            stack = getattr(made, role)
            tensors |= {f"{role} {n}": v for n, v in (stack.parameters | stack.buffers).items()}
        if made.average is not None:
            tensors |= {
                f"average {n}": v for n, v in (made.average.parameters | made.average.buffers).items()
            }
        tensors |= {
            f"state {k} {name} {part}": tensor
            for k, state in enumerate(made.states)
            for name, parts in state.items()
            for part, tensor in enumerate(parts)
        }
        found.append({name: value.detach().clone() for name, value in tensors.items()})

    made.run(steps, look)
    return found


def assert_same(one, other):
    for mine, yours in zip(one, other, strict=True):
        assert mine.keys() == yours.keys()
        for name, value in mine.items():
            torch.testing.assert_close(yours[name], value, rtol=0, atol=0, equal_nan=True, msg=name)


def assert_captured(make, method, graphs, steps=(0, 2, 4, 6, 15), **options):
    """Both ways leave the same, and one of them replayed all but its first four steps."""
    captured = make(method, graphs, device=graphs.device, **options)
    assert_same(seen(make(method, device=graphs.device, **options), steps), seen(captured, steps))
    assert captured.execution == "captured"
    assert graphs.recorded == 1
    return captured


@pytest.mark.parametrize("name", [name for name in POINTS if name not in WAITING])
def test_replays_take_the_steps_of_each_method(name, recording):
    # 15 steps: the 64 draws of a chunk end within a step of five critic steps.
    assert_captured(on_points, PRESETS[name], recording())


@pytest.mark.parametrize("pair", td.pair_names())
def test_replays_take_steps_from_where_a_pair_starts(pair, recording):
    """Generators that begin at q add its push to what they learn, in every step."""

    def make(method, graphs=None, device="cpu"):
        dataset = build_dataset(pair)
        nets = networks({"latent": 2, "width": 8, "layers": 2, "generator": None, "critic": None}, dataset, 1)
        sizes = {"batch_size": 8, "latent": 2, "device": device}
        return Trainer(method, dataset, nets.generator, nets.critic, (0, 1), graphs=graphs, **sizes)

    assert_captured(make, PRESETS["wgan-clip"], recording(), steps=(0, 7))


@pytest.mark.parametrize("updates", UPDATES)
@pytest.mark.parametrize("optimiser", [SGD(0.01), RMSProp(1e-3), Adam(1e-3)])
def test_replays_take_each_kind_of_update_with_each_optimiser(updates, optimiser, recording):
    method = Method("x", Wasserstein(), (), optimiser, optimiser, updates=updates, generator_average=0.9)
    assert_captured(on_points, method, recording(), steps=(0, 8))


@pytest.mark.parametrize(("name", "nets"), [
    ("nsgan", "dcgan"), ("wgan-gp", "dcgan"), ("wgan-gp", "resnet"), ("cgan", "dcgan"),
])  # fmt: skip
@pytest.mark.parametrize("seeds", [(0,), (0, 1)], ids=["one seed", "stacked"])
def test_replays_take_steps_on_images(name, nets, seeds, recording):
    method = dataclasses.replace(build_method(name), n_critic=1)
    assert_captured(on_images, method, recording(), steps=(0, 7), nets=nets, seeds=seeds)


def test_replays_take_steps_in_mixed_precision(recording):
    options = {"mixed_precision": True, "channels_last": True}
    assert_captured(on_images, build_method("nsgan"), recording(), steps=(0, 6), **options)


@dataclass(frozen=True)
class Follows(Constraint):
    """Penalises how far weights are from where they were, which it follows: a state that steps advance."""

    def init_state(self, parameters):
        return {name: (value.detach().clone(),) for name, value in parameters.items()}

    def advance(self, parameters, state):
        return {name: (value.lerp(parameters[name], 0.1),) for name, (value,) in state.items()}

    def reparametrise(self, parameters, state):
        return {name: value + 0.5 * state[name][0] for name, value in parameters.items()}


@dataclass(frozen=True)
class Uneven(Method):
    """Two critic steps at every third step."""

    def critic_steps(self, step):
        return 2 if step % 3 == 0 else 1


def test_states_of_constraints_go_on_between_steps_of_two_kinds(recording):
    method, graphs = Uneven("x", Wasserstein(), (Follows(),), generator_average=0.9), recording()
    steps = (0, 4, 7, 8, 20, 21, 24)
    plain, captured = (on_points(method, how, device=recording.device) for how in (None, graphs))
    assert_same(seen(plain, steps), seen(captured, steps))
    assert graphs.recorded == 2


def test_another_learning_rate_is_another_kind_of_step(recording):
    graphs = recording()
    made, plain = (on_points(PRESETS["wgan-gp"], how, device=recording.device) for how in (graphs, None))
    for rate in (1e-3, 1e-2):
        for one in (made, plain):
            for group in one.critic_optimiser.param_groups:
                group["lr"] = rate
        assert_same(seen(plain, (plain.step + 6,)), seen(made, (made.step + 6,)))
    assert graphs.recorded == 2


def test_a_seed_that_fails_in_a_replay_is_marked_at_its_step(recording):
    made = on_points(PRESETS["wgan-gp"], recording(), device=recording.device)
    made.run([9], lambda _: None)
    with torch.no_grad():
        next(iter(made.generator.trainable.values()))[1].fill_(torch.nan)
    made.run([12], lambda _: None)
    assert made.first_bad.tolist() == [-1, 10, -1]


class Dropping(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 16), nn.Dropout(0.2), nn.Linear(16, 2))

    def forward(self, z):
        return self.net(z)


@dataclass(frozen=True)
class Looks(Constraint):
    def penalty(self, critic, *, real, fake, streams):
        return fake.flatten(1).mean(1) * critic(fake).mean().item()


@dataclass(frozen=True)
class LooksTwice(Constraint):
    """Looks at a value where the critic has just been looked at by the same step."""

    def inputs(self, real, fake, streams):
        seen = streams.__dict__.setdefault("in_a_row", [0])
        seen[0] = 0 if fake.requires_grad else seen[0] + 1
        if seen[0] == 2:
            real.mean().item()
        return real, fake


@dataclass(frozen=True)
class Moody(Constraint):
    """Leaves out the last draw of every other step, the odd ones or the even ones."""

    odd: bool

    def inputs(self, real, fake, streams):
        calls = streams.__dict__["calls"] = streams.__dict__.get("calls", -1) + 1
        if calls % 4 == (3 if self.odd else 1):
            return real, fake
        return real + streams.normal("noise/moody", (real.shape[1], 2)), fake


@dataclass(frozen=True)
class Late(Constraint):
    """Draws from the fourth step on, which is the one that is tried."""

    def inputs(self, real, fake, streams):
        calls = streams.__dict__["calls"] = streams.__dict__.get("calls", -1) + 1
        return (real + streams.normal("noise/late", (real.shape[1], 2)) if calls >= 6 else real), fake


@dataclass(frozen=True)
class Swaps(Constraint):
    """Draws as often in each step, but from one stream and another in turn."""

    def inputs(self, real, fake, streams):
        calls = streams.__dict__["calls"] = streams.__dict__.get("calls", -1) + 1
        return real + streams.normal(f"noise/{calls % 4 == 3}", (real.shape[1], 2)), fake


@pytest.mark.parametrize(("method", "options", "reason"), [
    (build_method("nsgan"), {"generator": Dropping}, "networks draw random numbers of their own"),
    (Method("x", Wasserstein(), (Looks(),)), {}, "a step waits for the device at aten._local_scalar_dense"),
    *[(Method("x", Wasserstein(), (constraint,)), {}, "steps differ in what they draw")
      for constraint in (Moody(odd=True), Moody(odd=False), Swaps(), Late())],
    *[(PRESETS[name], {}, "a step waits for the device at aten._linalg_eigh") for name in sorted(WAITING)],
])  # fmt: skip
def test_what_cannot_be_captured_stays_eager_and_says_why(method, options, reason, recorded_operations):
    graphs = recorded_operations()
    made = on_points(method, graphs, **options)
    made.run([8], lambda _: None)
    assert made.execution.startswith(f"eager: {reason}")
    assert graphs.recorded == 0


@pytest.mark.parametrize("name", ["progressive", "nsgan"])
def test_growing_networks_stay_eager_under_any_method(name, recording):
    made = on_images(build_method(name), recording(), nets="progressive", device=recording.device)
    made.run([6], lambda _: None)
    assert made.execution == "eager: networks change while training"


@pytest.mark.parametrize("method", [
    *[PRESETS[name] for name in sorted(WAITING)],
    *[Method("x", Wasserstein(), (one,)) for one in (Moody(odd=True), Moody(odd=False), Swaps())],
], ids=lambda method: method.constraints[0].__class__.__name__)  # fmt: skip
def test_what_stays_eager_trains_as_without_graphs(method, recording):
    plain, made = (on_points(method, how, device=recording.device) for how in (None, recording()))
    assert_same(seen(plain, (0, 9)), seen(made, (0, 9)))
    assert plain.execution == "eager"
    assert made.execution.startswith("eager: ")


def test_too_few_steps_are_not_called_captured(recording):
    made = on_points(PRESETS["gan"], recording(), device=recording.device)
    made.run([BEFORE_REPLAYS - 1], lambda _: None)
    assert made.execution == "eager: too few steps of one kind"
    made.run([BEFORE_REPLAYS], lambda _: None)
    assert made.execution == "captured"


def test_kinds_of_steps_may_be_captured_and_eager(recorded_operations):
    """Only steps with two critic steps look at a value."""
    method = Uneven("x", Wasserstein(), (LooksTwice(),))
    made = on_points(method, recorded_operations())
    made.run([20], lambda _: None)
    assert made.execution.startswith("captured; steps of another kind eager: a step waits for the device at")


def test_a_capture_that_fails_says_what_can_be_done(recorded_operations):
    class Failing(recorded_operations):
        def record(self, work):
            try:
                raise RuntimeError("operation not permitted when stream is capturing\nsecond line")
            finally:
                # As the end of a failed capture does.
                raise RuntimeError("operation failed due to a previous error during capture")

    made = on_points(PRESETS["wgan-gp"], Failing())
    with pytest.raises(GanBenchError) as caught:
        made.run([9], lambda _: None)
    assert str(caught.value) == (
        "the training step cannot be captured: operation not permitted when stream is capturing "
        '(execution = "eager" in the suite\'s table [suite] runs it as it is)'
    )
    assert made.step == BEFORE_REPLAYS - 1


def test_memory_that_runs_out_in_a_capture_is_told_as_such(recorded_operations):
    class Full(recorded_operations):
        def record(self, work):
            try:
                raise torch.OutOfMemoryError("out of memory")
            finally:
                raise RuntimeError("operation failed due to a previous error during capture")

    with pytest.raises(torch.OutOfMemoryError):
        on_points(PRESETS["wgan-gp"], Full()).run([9], lambda _: None)


@pytest.mark.parametrize("optimiser", [Adam(1e-3), RMSProp(1e-3)])
def test_optimisers_can_be_captured_on_a_gpu_alone(optimiser):
    with FakeTensorMode():
        for device, capturable in (("cpu", False), ("cuda", True)):
            built = optimiser.build([nn.Parameter(torch.zeros(2, device=device))])
            assert [group["capturable"] for group in built.param_groups] == [capturable]


@pytest.mark.parametrize(("device", "execution", "captured"), [
    ("cpu", "captured", False), ("cuda", "captured", True), ("cuda", "eager", False),
])  # fmt: skip
def test_steps_are_captured_on_a_gpu_unless_the_suite_says_otherwise(
    device, execution, captured, monkeypatch
):
    made = []
    monkeypatch.setattr("gan_bench.capture.CudaGraphs", made.append)
    context = PlanContext("toy.toml: experiment 1", device, execution=execution)
    assert context.trained_place.get("execution") == (execution if device == "cuda" else None)
    graphs_of(**{k: v for k, v in context.trained_place.items() if k != "threads"})
    assert made == ([torch.device("cuda")] if captured else [])


def test_a_trainer_is_built_with_the_graphs_of_its_settings(monkeypatch, recorded_operations):
    asked, graphs = [], recorded_operations()
    monkeypatch.setattr(measurement, "graphs_of", lambda *how: asked.append(how) or graphs)
    nets = Networks(lambda: MLPGenerator(2, 2, 8, 1), lambda: MLPCritic(2, 8, 1))
    sizes = {"batch_size": 8, "latent": 2, "device": "cpu"}
    for settings in (sizes, {**sizes, "execution": "eager"}):
        made = measurement.build_trainer(PRESETS["gan"], build_dataset("ring8"), nets, (0,), settings)
    assert asked == [("cpu", "captured"), ("cpu", "eager")]
    made.run([6], lambda _: None)
    assert graphs.recorded == 1


def test_waits_are_what_torch_warns_of(monkeypatch):
    modes = []
    monkeypatch.setattr(torch.cuda, "get_sync_debug_mode", lambda: 0)
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    said = ("called a synchronizing CUDA operation (at x.cpp)", "mine", "Synchronization debug mode is new")
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        with CudaGraphs.waits(None) as waits:
            for words in said:
                warnings.warn(words, stacklevel=1)
    assert [str(warning.message) for warning in left] == ["mine"]
    assert [place.split(":")[0] for place in waits] == [__file__]
    assert modes == ["warn", 0]


@on_gpu
@pytest.mark.parametrize("name", [*td.names(), *td.pair_names()])
def test_on_a_gpu_draws_do_not_wait_for_it(name):
    streams, data = Streams((0, 1), device="cuda"), build_dataset(name)
    data.batch(16, streams)
    with CudaGraphs(torch.device("cuda")).waits() as waits:
        for _ in range(2 * CHUNK):
            data.batch(16, streams)
    assert waits == []
