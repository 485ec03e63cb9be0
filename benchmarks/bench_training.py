"""Training steps beside the loop that a user would write, on points and images; stacking over seeds.

Both sides of a ratio are timed in turns, A B B A, in the same call: a drift of the machine's speed cancels.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

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
@pytest.mark.parametrize("execution", ["captured", "eager"])
@pytest.mark.parametrize("stacked", [1, 64, 256, 1024])
def bench_stacking_on_a_gpu(benchmark, stacked, execution):
    benchmark.group = "stacked seeds on a GPU, wgan-gp"
    made = timed("wgan-gp", stacked, device="cuda", execution=execution)
    beside_the_plain_loop(benchmark, made)
    benchmark.extra_info.update(execution=made.trainer.execution)


@pytest.mark.parametrize("name", ["wgan-gp", "sngan"])
@pytest.mark.parametrize("network", ["dcgan", "resnet"])
def bench_image_step(benchmark, network, name):
    benchmark.group = "training step on images, 32 x 32, one seed, and the plain loop"
    made = timed(name, 1, batch=32, width=16, network=network, rounds=2, **IMAGES)
    beside_the_plain_loop(benchmark, made)


# A process of so many threads and seeds: answers each number of seconds with its seed-steps a second.
WORKER = """
import json, sys, time
import torch
settings, side, stacked, threads = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
from gan_bench.harness.machine import set_threads
set_threads({"threads": threads})
from gan_bench.experiments.throughput.run import Place, Timed
made = Timed(settings, Place("stacked", stacked, stacked, 256, 128), 0)
take = made._plain if side == "plain" else made._stacked
take(2)
print("ready", flush=True)
for line in sys.stdin:
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < float(line):
        take(1)
        steps += 1
    print(stacked * steps / (time.perf_counter() - began), flush=True)
"""


class Workers:
    """Processes that train at the same time."""

    def __init__(self, side, *, stacked, threads, processes):
        settings = json.dumps({**MLPS, **CLOCK, "method_spec": "wgan-gp"})
        command = [sys.executable, "-c", WORKER, settings, side, str(stacked), str(threads)]
        self.processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        assert self._answers() == ["ready"] * processes

    def rate(self, seconds):
        """Seed-steps a second of all of them together."""
        for process in self.processes:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        return sum(map(float, self._answers()))

    def end(self):
        for process in self.processes:
            process.communicate()

    def _answers(self):
        lines = [process.stdout.readline().strip() for process in self.processes]
        assert all(lines), f"a worker ended with exit code {[p.wait() for p in self.processes]}"
        return lines


def bench_eight_seeds_on_all_cores(benchmark):
    """One stack with all threads, and a stack per core; a plain loop with all threads, and one per core."""
    cores = torch.get_num_threads()
    sides = {
        "plain": Workers("plain", stacked=1, threads=cores, processes=1),
        "plain_per_core": Workers("plain", stacked=1, threads=1, processes=cores),
        "stack": Workers("stack", stacked=8, threads=cores, processes=1),
        "stack_per_core": Workers("stack", stacked=max(1, 8 // cores), threads=1, processes=cores),
    }
    rates = {side: [] for side in sides}

    def turn():
        for side in (*sides, *reversed(sides)):
            rates[side].append(sides[side].rate(1.0))

    benchmark.group = "eight seeds on all cores, wgan-gp"
    benchmark.pedantic(turn, rounds=4)
    for workers in sides.values():
        workers.end()
    benchmark.extra_info.update(
        {f"{side}_seed_steps_per_second": statistics.median(rates[side]) for side in sides},
        **{
            f"{mine}_over_{peer}": statistics.median(
                a / b for a, b in zip(rates[mine], rates[peer], strict=True)
            )
            for mine in ("stack", "stack_per_core")
            for peer in ("plain", "plain_per_core")
        },
    )
