"""One job: a deep pair of networks trained by one method, its gradients and weights measured on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from gan_bench.data.toy import build_dataset
from gan_bench.experiments.critic_depth import activations, weights
from gan_bench.experiments.measurement import build_trainer, record_execution, snapshot_steps
from gan_bench.experiments.training.networks import networks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.gradients import saturated_share
from gan_bench.seeds import Streams
from gan_bench.train import Snapshot, Trainer

DESCRIPTORS = (
    Descriptor(
        "activation_gradient",
        "gradient norm at a hidden layer",
        "loss per unit of activation",
        "neither",
        (0, float("inf")),
        "log",
        explanation="Norm of the critic loss's gradient with respect to a layer's activations on held-out "
        "samples, without the penalty; layers are counted from the input.",
    ),
    Descriptor(
        "gradient_slope",
        "slope towards the input",
        "decades per layer",
        "neither",
        explanation="Least-squares slope of log10 of that norm over the layers: above 0 it grows towards the "
        "input, below 0 it fades.",
    ),
    Descriptor(
        "edge_share",
        "share of critic weights at the edge",
        "share",
        "neither",
        (0, 1),
        explanation="Under clipping |w| >= .99 c; else within 1 % of the layer's largest. Without biases.",
    ),
    Descriptor(
        "weight_change",
        "change of the critic's weights",
        "mean weight at the start",
        "neither",
        (0, float("inf")),
        explanation="Mean |w - start| over mean |start|.",
    ),
    Descriptor(
        "idle_share",
        "share of critic weights without gradient",
        "share",
        "neither",
        (0, 1),
        explanation="Exactly 0 on held-out samples, because no sample activates the unit before or behind.",
    ),
)


def run(job: Job, recorder: Recorder) -> None:
    """Train all seeds of a job at once and report rows, histograms and the status of diverged seeds."""
    settings = job.settings
    method, dataset = build_method(settings["method_spec"]), build_dataset(settings["dataset"])
    sizes = {**settings, "layers": settings["depth"], "generator": None, "critic": None}
    nets = networks(sizes, dataset, method.copies)
    trainer = build_trainer(method, dataset, nets, job.seeds, settings)
    recorder.describe(DESCRIPTORS)
    steps = snapshot_steps(settings["steps"], settings["snapshots"])
    trainer.run(steps, _Measurement(trainer, job, recorder))
    record_execution(trainer, recorder)


class _Measurement:
    """Takes the snapshots of one trainer and reports them; the same held-out samples every time."""

    def __init__(self, trainer: Trainer, job: Job, recorder: Recorder) -> None:
        self.trainer, self.job, self.recorder = trainer, job, recorder
        self.bound = weights.clipping_bound(trainer.method)
        self.start = {name: value.clone() for name, value in self._raw_weights().items()}
        self.diverged: set[int] = set()

    def __call__(self, snapshot: Snapshot) -> None:
        """Report one snapshot."""
        norms, idle = self._gradients(snapshot)
        self._mark_diverged(snapshot, norms)
        rows = self._rows(snapshot, norms, idle)
        self.recorder.rows(row for row in rows if row.seed not in self.diverged)
        last = snapshot.step == self.job.settings["steps"]
        if last or snapshot.step == 0:
            effective = weights.weights_of(snapshot.critic_parameters)
            name = "weights-end" if last else "weights-start"
            self.recorder.samples(name, weights.histograms(effective, self.bound).astype(np.float32))
        rate = snapshot.step * len(self.job.seeds) / snapshot.seconds if snapshot.seconds else 0.0
        self.recorder.progress(snapshot.step, self.job.settings["steps"], rate)

    def _raw_weights(self) -> dict[str, Tensor]:
        return weights.weights_of(self.trainer.critic.trainable)

    def _gradients(self, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
        """Norms (S, depth) and idle shares (S,) on draws of their own, the same at every snapshot."""
        settings, trainer = self.job.settings, self.trainer
        streams = Streams(
            self.job.seeds, device=trainer.streams.device, dtype=trainer.streams.dtype, prefix="depth/"
        )
        real, _ = trainer.dataset.batch(settings["points"], streams)
        with torch.no_grad():
            fake = snapshot.generator(streams.normal("latents", (settings["points"], settings["latent"])))
        real, fake = trainer.method.inputs(real, fake, streams)
        given = (trainer.method.objective, snapshot.critic_parameters, real, fake, settings["depth"])
        norms, idle = activations.gradient_norms(*given), activations.idle_share(*given)
        return norms.cpu().numpy(), idle.cpu().numpy()

    def _mark_diverged(self, snapshot: Snapshot, norms: np.ndarray) -> None:
        finite = np.isfinite(norms).all(axis=1)
        for seed, bad, fine in zip(self.job.seeds, snapshot.first_bad.tolist(), finite, strict=True):
            if seed in self.diverged or (bad < 0 and fine):
                continue
            step = bad if bad >= 0 else snapshot.step
            what = "a loss or parameter" if bad >= 0 else "a gradient"
            self.diverged.add(seed)
            self.recorder.status(
                seed, SeedStatus(Status.DIVERGED, step, f"{what} was not finite at step {step}")
            )

    def _rows(self, snapshot: Snapshot, norms: np.ndarray, idle: np.ndarray) -> Iterator[Row]:
        shares = saturated_share(weights.weights_of(snapshot.critic_parameters), self.bound)
        raw = self._raw_weights()
        single: dict[str, Sequence[float]] = {
            "gradient_slope": activations.slopes(norms).tolist(),
            "edge_share": shares.tolist(),
            "weight_change": weights.relative_change(raw, self.start).tolist(),
            "idle_share": idle.tolist(),
        }
        step, seconds = snapshot.step, snapshot.seconds
        for k, seed in enumerate(self.job.seeds):
            for metric, values in single.items():
                yield Row(seed, step, metric, values[k], seconds)
            for layer, norm in enumerate(norms[k], 1):
                yield Row(seed, step, "activation_gradient", float(norm), seconds, "layer", layer)
