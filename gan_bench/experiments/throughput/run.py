"""One job: stacked seeds and the plain loop timed in turns, so that other work hits both alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch

from gan_bench.capture import BEFORE_REPLAYS
from gan_bench.experiments.measurement import Execution, build_trainer
from gan_bench.experiments.throughput.plain import PlainLoop
from gan_bench.experiments.throughput.work import flops, product_rate
from gan_bench.experiments.timed import dataset_and_networks, energy, machine, now
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.train import Trainer

_POSITIVE = (0.0, float("inf"))
DESCRIPTORS = (
    Descriptor("seed_steps_per_second", "seed-steps per second", "1/s", "higher", _POSITIVE, "log",
               explanation="Generator steps with their critic steps, times the seeds trained at once."),
    Descriptor("plain_steps_per_second", "steps per second of the plain loop", "1/s", "higher", _POSITIVE,
               "log", explanation="One seed, standard modules and optimisers, same threads, same rounds."),
    Descriptor("speed_up", "speed-up", "plain loops", "higher", _POSITIVE, "log",
               explanation="Seed-steps per second over the plain loop's in the same A B B A round."),
    Descriptor("samples_per_second", "real samples per second", "1/s", "higher", _POSITIVE, "log",
               explanation="Real samples that the critics of all seeds saw."),
    Descriptor("product_share", "share of the product rate", "share", "higher", _POSITIVE, "log",
               explanation="Operations that a step needs, per second, over what plain stacked products of "
               "hidden layers reach on the same threads just before."),
    Descriptor("stack_memory", "peak memory of the stack", "MiB", "lower", _POSITIVE, "log",
               explanation="Of the GPU's allocator; a CPU's process has one peak only, in the job's facts."),
    Descriptor("energy_per_thousand", "energy per thousand real samples", "J", "lower", _POSITIVE, "log",
               explanation="As the GPU's driver counts it over all blocks of the stack."),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One point of one axis ("stacked", "batch", "width") with what holds there."""

    axis: str
    at: int
    stacked: int
    batch: int
    width: int


def places(settings: Mapping[str, Any]) -> Iterator[Place]:
    """Walk each axis from the first value of the others; an axis of one value is no walk, except stacking."""
    firsts = {axis: settings[key][0] for axis, key in _AXES.items()}
    for axis, key in _AXES.items():
        for at in settings[key] if axis == "stacked" or len(settings[key]) > 1 else ():
            yield Place(axis, at, **{**firsts, axis: at})


_AXES = {"stacked": "stacked", "batch": "batch_sizes", "width": "widths"}


def run(job: Job, recorder: Recorder) -> None:
    """Time every repeat, fresh networks and draws from its seed, at every place."""
    settings, walk = job.settings, list(places(job.settings))
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = settings["precision"] == "tf32"
    recorder.describe(DESCRIPTORS)
    recorder.fact("timing", machine())
    execution = Execution()
    for k, seed in enumerate(job.seeds):
        for n, place in enumerate(walk):
            finite = _time(settings, place, seed, recorder, execution)
            _let_go(settings["device"])
            if not finite:
                break
            recorder.progress(k * len(walk) + n + 1, len(job.seeds) * len(walk), 0.0)
    execution.record(recorder)


def _time(
    settings: Mapping[str, Any], place: Place, seed: int, recorder: Recorder, execution: Execution
) -> bool:
    """Time one place and report it; False where a seed of the stack diverged, which ends the repeat."""
    timed = Timed(settings, place, seed)
    rounds = timed.rounds()
    execution.add(timed.trainer, f"{place.axis} {place.at}")
    if timed.diverged is not None:
        message = f"a loss was not finite at step {timed.diverged}, {place.axis} {place.at}"
        recorder.status(seed, SeedStatus(Status.DIVERGED, timed.diverged, message))
        return False
    recorder.rows(timed.rows(rounds))
    return True


def _let_go(device: str) -> None:
    """Free what a place took of a GPU, captured steps too: the next one's memory is its own."""
    if device != "cpu":
        gc.collect()
        torch.cuda.empty_cache()


@dataclass(frozen=True)
class Round:
    """Seconds per seed-step of the stack and of the plain loop, both sides of A B B A."""

    stacked: float
    plain: float


class Timed:
    """The stack of one place and the plain loop beside it."""

    def __init__(self, settings: Mapping[str, Any], place: Place, seed: int) -> None:
        self.settings, self.place, self.seed = settings, place, seed
        self.method = build_method(settings["method_spec"])
        sizes = {**settings, "batch_size": place.batch, "width": place.width}
        dataset, nets = dataset_and_networks(sizes, self.method)
        self.shape = dataset.sample_shape
        # Block k of this repeat: no seed of one repeat is another's.
        seeds = [seed * place.stacked + k for k in range(place.stacked)]
        self.trainer: Trainer = build_trainer(self.method, dataset, nets, seeds, sizes)
        self.device = self.trainer.streams.device
        self.plain = PlainLoop(
            self.method,
            dataset,
            nets,
            seed,
            batch=place.batch,
            latent=settings["latent"],
            device=str(self.device),
        )
        self.spent, self.joules, self.metered, self.peak = 0.0, 0.0, 0, 0

    def rounds(self) -> list[Round]:
        """Seconds of every round, after a warm-up that also says how many steps fill a block."""
        sides = (self._stacked, self._plain)
        blocks = [self._steps(side) for side in sides]
        found = []
        for _ in range(self.settings["rounds"]):
            # A drift of the machine's speed that is linear within a round cancels.
            a, b, b2, a2 = (self._timed(sides[k], blocks[k]) for k in (0, 1, 1, 0))
            found.append(Round((a + a2) / 2 / blocks[0] / self.place.stacked, (b + b2) / 2 / blocks[1]))
        return found

    @property
    def diverged(self) -> int | None:
        """The first step at which a seed's loss was not finite, None while there is none."""
        bad = self.trainer.first_bad
        return int(bad[bad >= 0].min()) if bool((bad >= 0).any()) else None

    def rows(self, rounds: list[Round]) -> list[Row]:
        """Medians over the rounds, which a burst of other work in a few of them does not move."""
        place, rate = self.place, 1 / median(r.stacked for r in rounds)
        samples = rate * self.method.n_critic * place.batch
        values = {
            "seed_steps_per_second": rate,
            "plain_steps_per_second": 1 / median(r.plain for r in rounds),
            "speed_up": median(r.plain / r.stacked for r in rounds),
            "samples_per_second": samples,
            **self._of_products(rate),
            **self._of_device(),
        }
        step = self.settings["rounds"]
        return [Row(self.seed, step, m, v, self.spent, place.axis, place.at) for m, v in values.items()]

    def _of_products(self, rate: float) -> dict[str, float]:
        """What MLPs reach of the product rate; none is taken of convolutions, nor of bfloat16."""
        if self.settings["network"] != "mlp" or self.settings["precision"] == "bfloat16":
            return {}
        place, settings, (dim,) = self.place, self.settings, self.shape
        sizes = (settings["latent"], dim, place.width, settings["layers"], place.batch)
        reached = product_rate(
            place.stacked, place.batch, place.width, settings["block_seconds"], self.device
        )
        return {"product_share": rate * flops(self.method, *sizes) / reached}

    def _of_device(self) -> dict[str, float]:
        """What the stack took of a GPU: its allocator's peak, and energy where the driver counts it."""
        if self.device.type != "cuda":
            return {}
        samples = self.metered * self.place.stacked * self.method.n_critic * self.place.batch
        taken = {"energy_per_thousand": 1000 * self.joules / samples} if self.joules else {}
        return {"stack_memory": self.peak / 2**20, **taken}

    def _stacked(self, steps: int) -> None:
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        before = energy(self.device)
        self.trainer.run([self.trainer.step + steps], lambda _: None)
        after = energy(self.device)
        if before is not None and after is not None:
            self.joules, self.metered = self.joules + after - before, self.metered + steps
        if self.device.type == "cuda":
            self.peak = max(self.peak, torch.cuda.max_memory_allocated(self.device))

    def _plain(self, steps: int) -> None:
        self.plain.run(steps)

    def _steps(self, side: Callable[[int], None]) -> int:
        # Neither side's clock starts before the stack's steps are captured, where they are.
        side(max(self.settings["warm_up"], BEFORE_REPLAYS if self.device.type == "cuda" else 0))
        return max(1, round(self.settings["block_seconds"] / self._timed(side, 1)))

    def _timed(self, side: Callable[[int], None], steps: int) -> float:
        began = now(self.device)
        side(steps)
        seconds = now(self.device) - began
        self.spent += seconds
        return seconds
