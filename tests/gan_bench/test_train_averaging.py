"""The average of the generator against a plain loop, and what snapshots show of it."""

import dataclasses

import pytest
import torch

from gan_bench.averaging import Average
from gan_bench.data.toy import build_dataset
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import NonSaturating
from gan_bench.methods.optimisers import SGD
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.nets.stack import Stack
from gan_bench.train import Trainer
from gan_bench.updates import UPDATES

DECAY = 0.8


class Counted(torch.nn.Module):
    """A generator with buffers of both kinds, which it writes while it runs and whose level it adds."""

    def __init__(self):
        super().__init__()
        self.net = MLPGenerator(2, 2, 8, 1)
        self.register_buffer("level", torch.ones(1))
        self.register_buffer("count", torch.zeros(1, dtype=torch.int64))

    def forward(self, z):
        self.level.mul_(2.0)
        self.count.add_(1)
        return self.net(z) + self.level


def trainer(method, generator=lambda: MLPGenerator(2, 2, 8, 1)):
    return Trainer(
        method,
        build_dataset("ring8"),
        generator,
        lambda: MLPCritic(2, 8, 1),
        (0, 1),
        batch_size=8,
        latent=2,
        dtype=torch.float64,
    )


@pytest.mark.parametrize("updates", UPDATES)
def test_average_equals_a_plain_loop(updates):
    method = Method("x", NonSaturating(), (), SGD(0.3), SGD(0.3), updates=updates, consensus_gamma=0.1)
    plain, averaged = trainer(method), trainer(dataclasses.replace(method, generator_average=DECAY))
    expected = {name: value.detach().clone() for name, value in plain.generator.trainable.items()}
    z = torch.ones(2, 3, 2, dtype=torch.float64)
    shown = []
    averaged.run([6], lambda snapshot: shown.append(snapshot.generator(z)))
    for _ in range(6):
        UPDATES[updates](plain)
        plain.step += 1
        for name, value in plain.generator.trainable.items():
            expected[name] = DECAY * expected[name] + (1 - DECAY) * value.detach()
    # Averaging changes nothing of training itself.
    for name, value in plain.generator.trainable.items():
        assert torch.equal(value, averaged.generator.trainable[name])
    torch.testing.assert_close(shown[0], plain.generator(z, expected), rtol=1e-12, atol=1e-14)
    assert (shown[0] - plain.generator(z)).abs().max() > 1e-4
    assert torch.equal(averaged.evaluated(z), averaged.average(z))
    assert torch.equal(plain.evaluated(z), plain.generator(z))


def test_floating_point_buffers_are_averaged_and_looking_leaves_no_trace():
    stack = Stack(Counted, (0, 1), "generator", dtype=torch.float64)
    average = Average(stack, DECAY)
    z = torch.zeros(2, 3, 2, dtype=torch.float64)
    with torch.no_grad():
        stack(z)  # the level becomes 2
    average.update()
    level = DECAY * 1 + (1 - DECAY) * 2
    assert average.buffers["level"].flatten().tolist() == pytest.approx([level, level])
    assert set(average.buffers) == {"level"}
    with torch.no_grad():
        first, second = average(z), average(z)
    torch.testing.assert_close(first, second)
    # In use the level doubles once more before it is added; the net maps 0 to 0 with its zero biases.
    torch.testing.assert_close(first, torch.full_like(first, 2 * level))
    assert stack.buffers["level"].flatten().tolist() == [2, 2]


def test_a_frozen_parameter_is_the_stack_s_own():
    class Half(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.free = torch.nn.Parameter(torch.ones(2))
            self.fixed = torch.nn.Parameter(torch.ones(2), requires_grad=False)

        def forward(self, z):
            return z * self.free + self.fixed

    stack = Stack(Half, (0,), "generator")
    average = Average(stack, 0.5)
    with torch.no_grad():
        stack.parameters["free"].add_(2)
    average.update()
    assert set(average.parameters) == {"free"}
    assert average(torch.ones(1, 1, 2)).tolist() == [[[3.0, 3.0]]]


def test_no_average_where_none_is_asked_for():
    made = trainer(Method("x", NonSaturating()))
    assert made.average is None
    z = torch.randn(2, 4, made.latent, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(made.snapshot().generator(z), made.generator(z))
