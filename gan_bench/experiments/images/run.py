"""One job: all seeds of one method on one image set, judged at log-spaced steps."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from gan_bench import seeds as seeding
from gan_bench.data.images import ImageDataset, build_image_dataset
from gan_bench.data.pixels import to_bytes
from gan_bench.experiments.images.measure import OF_RUN, Probe
from gan_bench.experiments.images.networks import networks
from gan_bench.experiments.measurement import Measurement, build_trainer
from gan_bench.experiments.probing import DESCRIPTORS
from gan_bench.experiments.training.run import PERFECT_SAMPLER
from gan_bench.harness.job import Job
from gan_bench.harness.machine import peak_memory_mib
from gan_bench.harness.outcome import Recorder, Row
from gan_bench.image_quality import Judge, Quality, bank_of, memory_of
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.metrics.neighbours import nearest
from gan_bench.train import Snapshot, Trainer

# Pictures: images of each seed at each snapshot; generated images beside the nearest real ones.
GRID, NEAREST = 40, 10


def run(job: Job, recorder: Recorder) -> None:
    """Run a training job, or real images against real ones, reporting through the recorder."""
    dataset = build_image_dataset(job.settings["dataset"])
    judge = Judge(dataset, Quality.from_dict(job.settings["quality"]), job.settings["device"])
    recorder.describe([*DESCRIPTORS.values(), *OF_RUN, *judge.descriptors.values()])
    _state_facts(judge, job, recorder)
    recorder.samples("reference", _pictures(dataset))
    if job.method == PERFECT_SAMPLER:
        _run_perfect_sampler(job, judge, recorder)
        return
    method = build_method(job.settings["method_spec"])
    nets = networks(job.settings, dataset, method)
    trainer = build_trainer(method, dataset, nets, job.seeds, job.settings)
    _Measurement(method, dataset, trainer, judge, job.settings, recorder).run()


def _state_facts(judge: Judge, job: Job, recorder: Recorder) -> None:
    """Say what the numbers rest on: like and unlike ones are told apart by it."""
    recorder.fact("judged by", judge.fingerprint() | {"nearest of": bank_of(judge.dataset)})
    for n in sorted({job.settings["curve_samples"], job.settings["end_samples"]}):
        if expected := judge.expected(n):
            recorder.fact(f"perfect sampler of {n} images", asdict(expected))
        if cautions := judge.cautions(n):
            recorder.fact(f"caution at {n} images", " ".join(cautions))


class _Measurement(Measurement):
    """Judges the generated images at every snapshot, and keeps some for pictures."""

    def __init__(
        self,
        method: Method,
        dataset: ImageDataset,
        trainer: Trainer,
        judge: Judge,
        settings: Mapping[str, Any],
        recorder: Recorder,
    ) -> None:
        super().__init__(trainer, settings, recorder)
        self.method, self.dataset = method, dataset
        self.probe = Probe(method, dataset, trainer, judge)

    def measure(self, snapshot: Snapshot, *, last: bool) -> list[Row]:
        more = last and self.settings["end_samples"] != self.settings["curve_samples"]
        rows = self._measured(snapshot, "curve_samples", with_critic=True, by_class=last and not more)
        if more:
            rows += self._measured(snapshot, "end_samples", with_critic=False, by_class=True)
        began = time.perf_counter()
        images = self._grid(snapshot)
        self.recorder.samples(f"step-{snapshot.step}", images.cpu().numpy())
        if last:
            rows += self._memorisation(snapshot, images)
        self.probe.seconds += time.perf_counter() - began
        return rows + self.probe.bound(snapshot) if last else rows

    def speed(self, snapshot: Snapshot) -> list[Row]:
        critic_steps = sum(self.method.critic_steps(step) for step in range(snapshot.step))
        shown = critic_steps * self.settings["batch_size"] * len(self.trainer.streams.seeds)
        spent = self.probe.seconds + snapshot.seconds
        values = {
            "images_per_second": shown / snapshot.seconds if snapshot.seconds else math.nan,
            "peak_memory": peak_memory_mib(self.settings),
            "evaluation_share": self.probe.seconds / spent,
        }
        return super().speed(snapshot) + self.of_block(values, snapshot)

    def _measured(self, snapshot: Snapshot, size: str, *, with_critic: bool, by_class: bool) -> list[Row]:
        """Rows at one number of images; a seed that has none has diverged."""
        rows = self.probe.rows(snapshot, self.settings[size], with_critic=with_critic, by_class=by_class)
        self.lost(rows, snapshot)
        return rows

    def _grid(self, snapshot: Snapshot) -> Tensor:
        """Pictures (S, GRID, C, H, W) of every seed, uint8; class by class where the method is told them."""
        labels = None
        if self.method.conditional:
            seeds, classes = len(self.trainer.streams.seeds), self.dataset.classes
            labels = (torch.arange(GRID, device=self.trainer.streams.device) % classes).repeat(seeds, 1)
        images = self.probe.generate(snapshot.generator, GRID, "grid", labels)
        return to_bytes(images.nan_to_num(-1.0))  # black, where a seed has diverged

    def _memorisation(self, snapshot: Snapshot, images: Tensor) -> list[Row]:
        """How near the end's images are to training images, and the nearest ones of the first seed's."""
        memory = memory_of(self.dataset)
        rows = []
        for seed, own in zip(self.trainer.streams.seeds, images.cpu(), strict=True):
            ratio = memory.ratio(own)
            rows.append(Row(seed, snapshot.step, "nearest_distance", ratio, snapshot.seconds))
            if seed == self.trainer.streams.seeds[0]:
                found = nearest(own[:NEAREST], memory.bank).indices
                self.recorder.samples("nearest-generated", own[:NEAREST].numpy())
                self.recorder.samples("nearest-training", memory.bank[found].numpy())
        return rows


def _run_perfect_sampler(job: Job, judge: Judge, recorder: Recorder) -> None:
    """Judge fresh real images as if a model had made them: the noise floor of every number."""
    sizes = sorted({job.settings["curve_samples"], job.settings["end_samples"]})
    for n in sizes:
        for seed in job.seeds:
            # One after another: all of them at once would not fit into memory for large images.
            judged = judge(judge.real(n, seeding.Streams((seed,), device=job.settings["device"])))
            rows = [
                Row(seed, 0, metric, float(value), 0.0, "n", n) for metric, (value,) in judged.values.items()
            ]
            if n == sizes[-1]:
                rows += [
                    Row(seed, 0, metric, float(value), 0.0, "class", k)
                    for metric, (shares,) in judged.by_class.items()
                    for k, value in enumerate(shares)
                ]
            recorder.rows(row for row in rows if not math.isnan(row.value))


def _pictures(dataset: ImageDataset) -> Any:
    return dataset.reference(GRID, "pictures")[0].numpy()
