"""One job: a method and the baseline timed in turns, so that other work on the machine hits both alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from gan_bench.experiments.measurement import build_trainer
from gan_bench.experiments.penalty_cost.plan import equalised
from gan_bench.experiments.timed import dataset_and_networks, machine, now
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.metrics.descriptor import Descriptor

_PARTS = {"": "training step", "critic_": "critic step", "generator_": "generator step"}
_POSITIVE = (0.0, float("inf"))
DESCRIPTORS = tuple(
    descriptor
    for prefix, words in _PARTS.items()
    for descriptor in (
        Descriptor(
            f"{prefix}cost_ratio", f"{words}, cost", "baseline's steps", "lower", _POSITIVE, "log",
            explanation="Seconds over the baseline's in the same A B B A round, median over rounds.",
        ),
        Descriptor(f"{prefix}step_seconds", words, "s", "lower", _POSITIVE, "log"),
        Descriptor(
            f"baseline_{prefix}step_seconds", f"{words} of the baseline", "s", "lower", _POSITIVE, "log"
        ),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Seconds:
    """Seconds per generator step, and how many of them the critic steps and the generator's own step took."""

    critic: float
    generator: float

    @property
    def total(self) -> float:
        """The whole training step: n_critic critic steps and one of the generator."""
        return self.critic + self.generator

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.critic + other.critic, self.generator + other.generator)


class Timed:
    """A trainer of one seed whose updates are timed in blocks."""

    def __init__(self, method: Method, settings: Mapping[str, Any], seed: int) -> None:
        dataset, nets = dataset_and_networks(settings, method)
        # The two parts of a step are timed apart, which a captured whole step has no place for.
        self.trainer = build_trainer(method, dataset, nets, (seed,), {**settings, "execution": "eager"})

    def block(self, steps: int) -> Seconds:
        """Take so many generator steps, each after its critic steps; the two are on clocks of their own."""
        trainer, critic, generator = self.trainer, 0.0, 0.0
        for _ in range(steps):
            began = self._now()
            for _ in range(trainer.method.n_critic):
                trainer.critic_step()
            between = self._now()
            trainer.generator_step()
            trainer.step += 1
            trainer.watch()
            critic += between - began
            generator += self._now() - between
        return Seconds(critic / steps, generator / steps)

    @property
    def diverged(self) -> int | None:
        """The first step with a loss that was not finite, None while there is none."""
        first = int(self.trainer.first_bad[0])
        return first if first >= 0 else None

    def _now(self) -> float:
        return now(self.trainer.streams.device)


def run(job: Job, recorder: Recorder) -> None:
    """Time every repeat: fresh networks and draws from its seed, one replica each."""
    settings = job.settings
    baseline = build_method(settings["baseline_spec"])
    baseline = equalised(baseline, baseline)
    method = equalised(build_method(settings["method_spec"]), baseline)
    recorder.describe(DESCRIPTORS)
    recorder.fact("timing", machine())
    for k, seed in enumerate(job.seeds, 1):
        pair = Timed(method, settings, seed), Timed(baseline, settings, seed)
        rounds = _rounds(*pair, settings)
        bad = next((timed.diverged for timed in pair if timed.diverged is not None), None)
        if bad is None:
            recorder.rows(_rows(seed, rounds, settings))
        else:
            message = f"a loss was not finite at step {bad}"
            recorder.status(seed, SeedStatus(Status.DIVERGED, bad, message))
        recorder.progress(k, len(job.seeds), 0.0)


def _rounds(method: Timed, baseline: Timed, settings: Mapping[str, Any]) -> list[tuple[Seconds, Seconds]]:
    """Seconds of the method and of the baseline, (A + A, B + B) of every round A B B A."""
    for timed in (method, baseline):
        timed.block(settings["warm_up"])
    rounds = []
    for _ in range(settings["rounds"]):
        # A drift of the machine's speed that is linear within a round cancels.
        a, b, b2, a2 = (timed.block(settings["block"]) for timed in (method, baseline, baseline, method))
        rounds.append((a + a2, b + b2))
    return rounds


def _rows(seed: int, rounds: list[tuple[Seconds, Seconds]], settings: Mapping[str, Any]) -> list[Row]:
    """Medians over the rounds, which a burst of other work in a few of them does not move."""
    step = settings["warm_up"] + 2 * settings["block"] * len(rounds)
    spent = sum(a.total + b.total for a, b in rounds) * settings["block"]
    rows = []
    for prefix, part in (("", "total"), ("critic_", "critic"), ("generator_", "generator")):
        mine, base = ([getattr(pair[k], part) for pair in rounds] for k in (0, 1))
        values = {
            f"{prefix}cost_ratio": median(a / b for a, b in zip(mine, base, strict=True)),
            f"{prefix}step_seconds": median(mine) / 2,
            f"baseline_{prefix}step_seconds": median(base) / 2,
        }
        rows += [Row(seed, step, metric, value, spent) for metric, value in values.items()]
    return rows
