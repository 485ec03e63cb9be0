"""A robustness job is a training job; only its networks may be drawn at random."""

from __future__ import annotations

from gan_bench.data.toy import build_dataset
from gan_bench.experiments.robustness.architectures import factories
from gan_bench.experiments.training.networks import networks
from gan_bench.experiments.training.run import run as train
from gan_bench.experiments.training.run import train_and_measure
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder
from gan_bench.methods.build import build_method


def run(job: Job, recorder: Recorder) -> None:
    """Run one method at one optimiser setting or with one pair of networks, or the perfect sampler."""
    architecture = job.settings.get("architecture")
    if architecture is None:
        train(job, recorder)
        return
    method, dataset = build_method(job.settings["method_spec"]), build_dataset(job.settings["dataset"])
    nets = networks({**job.settings, **factories(architecture)}, dataset, method.copies)
    train_and_measure(method, dataset, nets, job.settings, job.seeds, recorder)
