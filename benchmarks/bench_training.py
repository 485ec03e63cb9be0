"""Training steps beside the loop that a user would write, on points and images; stacking over seeds.

Both sides of a ratio are timed in turns, A B B A, in the same call: a drift of the machine's speed cancels.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

import pytest
import torch

from gan_bench.experiments.throughput.run import Place, Timed
from gan_bench.experiments.throughput.work import flops, product_rate
from gan_bench.methods.build import build_method

LATENT, LAYERS, BATCH, WIDTH = 2, 3, 256, 128
MLPS = {"network": "mlp", "dataset": "ring8", "latent": LATENT, "layers": LAYERS}
IMAGES = {"dataset": {"name": "glyphs", "size": 32}, "latent": 64, "layers": LAYERS}
CLOCK = {"precision": "float32", "block_seconds": 0.25, "rounds": 3, "warm_up": 2, "device": "cpu"}


def timed(name, stacked, batch=BATCH, width=WIDTH, **settings):
    """Our trainer and the plain loop of a method, both warmed up."""
    place = Place("stacked", stacked, stacked, batch, width)
    return Timed({**MLPS, **CLOCK, **settings, "method_spec": name}, place, 0)


def beside_the_plain_loop(benchmark, made, rounds=1):
    """Time both in turns; what counts is the ratio, and the loss says that both train."""
    found = []
    benchmark.pedantic(lambda: found.extend(made.rounds()), rounds=rounds)
    seconds = statistics.median(r.stacked for r in found)
    benchmark.extra_info.update(
        ratio=statistics.median(r.plain / r.stacked for r in found),
        seed_steps_per_second=1 / seconds,
        plain_steps_per_second=1 / statistics.median(r.plain for r in found),
        critic_loss=made.trainer.losses["critic_loss"].mean().item(),
    )
    return seconds


@pytest.mark.parametrize("name", ["gan", "wgan-clip", "wgan-gp", "sngan"])
def bench_step(benchmark, name):
    benchmark.group = "training step, eight stacked seeds, and the plain loop of one"
    beside_the_plain_loop(benchmark, timed(name, 8))


@pytest.mark.parametrize("stacked", [1, 2, 4, 8, 16, 32, 64])
def bench_stacking(benchmark, stacked):
    """Also how near to the machine's own rate of stacked products of the hidden layers' shape."""
    benchmark.group = "stacked seeds, wgan-gp"
    made = timed("wgan-gp", stacked)
    seconds = beside_the_plain_loop(benchmark, made)
    rate = product_rate(stacked, BATCH, WIDTH, 0.3, torch.device("cpu"))
    needed = flops(build_method("wgan-gp"), LATENT, 2, WIDTH, LAYERS, BATCH)
    benchmark.extra_info.update(product_share=needed / seconds / rate, product_gflops=rate / 1e9)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device: hundreds of seeds at once")
@pytest.mark.parametrize("stacked", [1, 64, 256, 1024])
def bench_stacking_on_a_gpu(benchmark, stacked):
    benchmark.group = "stacked seeds on a GPU, wgan-gp"
    made = timed("wgan-gp", stacked, device="cuda")
    beside_the_plain_loop(benchmark, made)


@pytest.mark.parametrize("name", ["wgan-gp", "sngan"])
@pytest.mark.parametrize("network", ["dcgan", "resnet"])
def bench_image_step(benchmark, network, name):
    benchmark.group = "training step on images, 32 x 32, one seed, and the plain loop"
    made = timed(name, 1, batch=32, width=16, network=network, rounds=2, **IMAGES)
    beside_the_plain_loop(benchmark, made)


# A process of its own, one thread: builds the plain loop, then answers each number of seconds with a rate.
PLAIN = """
import json, sys, time
import torch
torch.set_num_threads(1)
from gan_bench.experiments.throughput.run import Place, Timed
made = Timed(json.loads(sys.argv[1]), Place("stacked", 1, 1, 256, 128), 0)
made._plain(2)
print("ready", flush=True)
for line in sys.stdin:
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < float(line):
        made._plain(1)
        steps += 1
    print(steps / (time.perf_counter() - began), flush=True)
"""


class PlainProcess:
    """One plain loop beside others."""

    def __init__(self):
        settings = json.dumps({**MLPS, **CLOCK, "method_spec": "wgan-gp"})
        self.process = subprocess.Popen(
            [sys.executable, "-c", PLAIN, settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, f"the plain loop ended with exit code {self.process.wait()}"
        return line.strip()


def bench_eight_seeds_and_one_plain_loop_per_core(benchmark):
    """A process per core, one thread each, all at once: what a user does who has eight seeds to train."""
    made, ratios = timed("wgan-gp", 8), []
    made._stacked(2)
    loops = [PlainProcess() for _ in range(torch.get_num_threads())]
    assert {loop.answer() for loop in loops} == {"ready"}

    def pair() -> None:
        for loop in loops:
            loop.ask(2.0)
        rates = [float(loop.answer()) for loop in loops]
        began, before = time.perf_counter(), made.trainer.step
        while time.perf_counter() - began < 2.0:
            made._stacked(1)
        ours = 8 * (made.trainer.step - before) / (time.perf_counter() - began)
        ratios.append(ours / sum(rates))

    benchmark.group = "eight seeds and one plain loop per core, wgan-gp"
    benchmark.pedantic(pair, rounds=3)
    for loop in loops:
        loop.process.communicate()
    benchmark.extra_info.update(ratio=statistics.median(ratios), ratios=ratios)
