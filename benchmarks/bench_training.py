"""Training steps: eight stacked seeds beside the loop that a user would write, one seed after another."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise

import pytest
import torch
from torch import nn

import toy_distributions as td
from gan_bench.data.toy import build_dataset
from gan_bench.methods.presets import PRESETS
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.train import Trainer

SEEDS, BATCH, WIDTH, STEPS = 8, 256, 128, 10


def stacked(name: str, seeds: int = SEEDS) -> Trainer:
    """Our trainer on the 3 x 128 pair, batch 256, warmed up past the first chunk of draws."""
    made = Trainer(
        PRESETS[name],
        build_dataset("ring8"),
        lambda: MLPGenerator(2, 2, WIDTH),
        lambda: MLPCritic(2, WIDTH),
        range(seeds),
        batch_size=BATCH,
        latent=2,
    )
    made.run([2], lambda _: None)
    return made


class PlainLoop:
    """WGAN-GP for one seed in the usual way: standard modules, standard Adam, autograd penalty."""

    def __init__(self, seed: int) -> None:
        self.source = torch.Generator().manual_seed(seed)
        self.ring = td.get("ring8")
        self.generator = _net(2, 2)
        self.critic = _net(2, 1)
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), 1e-4, (0.0, 0.9))
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), 1e-4, (0.0, 0.9))
        self.run(2)

    def run(self, steps: int) -> float:
        """Train and return the last critic loss."""
        for _ in range(steps):
            for _ in range(5):
                loss = self.critic_step()
            self.generator_adam.zero_grad()
            (-self.critic(self.generator(self._noise())).mean()).backward()
            self.generator_adam.step()
        return loss

    def critic_step(self) -> float:
        real = self.ring.sample(BATCH, self.source)
        fake = self.generator(self._noise()).detach()
        mix = torch.rand(BATCH, 1, generator=self.source)
        points = (mix * real + (1 - mix) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(points).sum(), points, create_graph=True)
        penalty = 10 * (slope.norm(dim=1) - 1).square().mean()
        loss = self.critic(fake).mean() - self.critic(real).mean()
        self.critic_adam.zero_grad()
        (loss + penalty).backward()
        self.critic_adam.step()
        return loss.item()

    def _noise(self) -> torch.Tensor:
        return torch.randn(BATCH, 2, generator=self.source)


def _net(inputs: int, outputs: int) -> nn.Module:
    sizes = [inputs, WIDTH, WIDTH, WIDTH]
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(WIDTH, outputs))


@pytest.mark.parametrize("name", ["gan", "wgan-clip", "wgan-gp", "sngan"])
def bench_step(benchmark, name):
    made = stacked(name)
    benchmark.group = "training step, eight stacked seeds"
    benchmark.pedantic(lambda: made.run([made.step + STEPS], lambda _: None), rounds=5)
    benchmark.extra_info["seed_steps_per_second"] = SEEDS * STEPS / benchmark.stats["median"]
    benchmark.extra_info["critic_loss"] = made.losses["critic_loss"].mean().item()


def bench_eight_stacked_seeds_take_at_most_half_of_eight_runs(benchmark):
    """Both sides in turn, A B A B, so that a drift of the machine's speed cancels in the ratio."""
    together, loops = stacked("wgan-gp"), [PlainLoop(seed) for seed in range(SEEDS)]
    ratios = []

    def pair() -> None:
        started = time.perf_counter()
        together.run([together.step + STEPS], lambda _: None)
        half_way = time.perf_counter()
        for loop in loops:
            loop.run(STEPS)
        ratios.append((half_way - started) / (time.perf_counter() - half_way))

    benchmark.group = "eight seeds: stacked and one after another"
    benchmark.pedantic(pair, rounds=5, warmup_rounds=1)
    ratio = statistics.median(ratios)
    benchmark.extra_info.update(ratio=ratio, ratios=ratios, threads=torch.get_num_threads())
    assert ratio <= 0.5, f"eight stacked seeds took {ratio:.2f} of eight runs one after another"
