"""One job: a generator frozen after some units, and one method's critic trained on against it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from gan_bench.data.toy import build_dataset
from gan_bench.experiments.vanishing_gradient.frozen import place, trained_generator, trainer_of
from gan_bench.experiments.vanishing_gradient.measure import DESCRIPTORS, Probe
from gan_bench.experiments.vanishing_gradient.steps import log_steps
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.train import Trainer


def run(job: Job, recorder: Recorder) -> None:
    """Measure all separations, one after another; the critic starts anew for each."""
    recorder.describe(DESCRIPTORS)
    _Measurement(job, recorder).run()


class _Measurement:
    """Trains and reports; a seed that diverges has no further rows at that separation.

    Every separation has a critic of its own: what one of them does says nothing of the others.
    """

    def __init__(self, job: Job, recorder: Recorder) -> None:
        self.job, self.settings, self.recorder = job, job.settings, recorder
        self.dataset = build_dataset(job.settings["dataset"])
        self.method = build_method(job.settings["method_spec"])
        self.untrained: set[int] = set()
        self.diverged: set[int] = set()  # at the present separation
        self.reports: dict[int, SeedStatus] = {}
        self.done = 0

    def run(self) -> None:
        generator = trained_generator(self.dataset, self.settings, self.job.seeds)
        self._mark_untrained(generator)
        for separation in self.settings["separations"]:
            self._at(separation, generator)

    def _mark_untrained(self, generator: Mapping[str, Tensor]) -> None:
        for index, seed in enumerate(self.job.seeds):
            if not all(value[index].isfinite().all() for value in generator.values()):
                self.untrained.add(seed)
                self._report(seed, 0, "the generator was not finite when it was frozen")

    def _at(self, separation: float, generator: Mapping[str, Tensor]) -> None:
        trainer = trainer_of(self.method, self.dataset, self.settings, self.job.seeds)
        place(trainer, generator, separation)
        self.diverged = set(self.untrained)
        probe = Probe(trainer, self.dataset, self.settings["points"], self.settings["batches"])
        self._store(0, separation, {"support_gap": probe.support_gap()})
        for step in log_steps(self.settings["steps"], self.settings["snapshots"]):
            trainer.train_critic(step - trainer.step)
            values = probe.values()
            self._mark_bad(trainer, separation, values["generator_gradient_norm"])
            self._store(step, separation, values)
            total = self.settings["steps"] * len(self.settings["separations"])
            self.recorder.progress(self.done + step, total, 0.0)
        self.done += self.settings["steps"]

    def _mark_bad(self, trainer: Trainer, separation: float, norms: Tensor) -> None:
        trainer.mark(~norms.isfinite())
        for seed, step in zip(self.job.seeds, trainer.first_bad.tolist(), strict=True):
            if step >= 0 and seed not in self.diverged:
                self.diverged.add(seed)
                self._report(seed, step, f"not finite at critic step {step}, moved by {separation:g}")

    def _report(self, seed: int, step: int, message: str) -> None:
        """One status a seed: the first step that was bad, and a message for every separation."""
        before = self.reports.get(seed)
        if before is not None:
            step, message = before.step or 0, f"{before.message}; {message}"
        self.reports[seed] = SeedStatus(Status.DIVERGED, step, message)
        self.recorder.status(seed, self.reports[seed])

    def _store(self, step: int, separation: float, values: Mapping[str, Tensor]) -> None:
        self.recorder.rows(
            Row(seed, step, metric, value, axis="separation", at=separation)
            for metric, column in values.items()
            for seed, value in zip(self.job.seeds, column.tolist(), strict=True)
            # A ratio to a gradient of exactly zero is no number, and has no row.
            if seed not in self.diverged and np.isfinite(value)
        )
