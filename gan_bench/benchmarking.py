"""From Python, with objects instead of names: train a method, stacked over seeds, and measure it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import ValidationError

from gan_bench.data.toy import ToyDataset, build_dataset
from gan_bench.errors import UsageError, unknown
from gan_bench.experiments.modules import label
from gan_bench.experiments.training.networks import networks, require_shapes
from gan_bench.experiments.training.plan import incompatible
from gan_bench.experiments.training.run import train_and_measure
from gan_bench.experiments.training.settings import Settings
from gan_bench.harness.invalid import complaints
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.harness.suite import require_seeds
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method

# What a suite file states, and the arguments of `benchmark` state here.
_NOT_HERE = ("methods", "datasets", "generator", "critic", "reference_draws")


def benchmark(
    method: Method | str | dict[str, Any],
    dataset: str | dict[str, Any] = "ring8",
    *,
    seeds: int = 8,
    generator: Any = None,
    critic: Any = None,
    device: str = "cpu",
    settings: Mapping[str, Any] | None = None,
) -> Outcome:
    """Train all seeds at once in this process and return rows, status per seed and samples.

    method: a Method object (with any objective and constraints), a preset's name, or a table as in a suite.
    generator, critic: module classes or factories, called with (latent, dim) and (dim) once per seed; the
    built-in MLPs unless given. settings: those of the training experiment in a suite file (steps,
    batch_size, latent, width, layers, dtype, snapshots, curve_samples, end_samples), checked as there.
    Raises UsageError for a wrong name or value, PluginError for a module of the wrong shape.

    >>> outcome = benchmark("wgan-gp", "ring8", seeds=2, settings={"steps": 5, "snapshots": 3})
    >>> len(outcome.rows.query("metric == 'w1' and step == 5 and at == 500"))
    2
    """
    require_seeds(seeds)
    made, data = build_method(method), build_dataset(dataset)
    checked = _checked(settings or {}, made, data)
    if reason := incompatible(checked, made, data, critic):
        raise UsageError(f"{made.name} on {data.name}: {reason}")
    plain = {name: value for name, value in checked.model_dump().items() if name not in _NOT_HERE}
    own = {**plain, "generator": generator, "critic": critic, "device": _device(device)}
    require_shapes(own, data, made.copies)
    described = {
        **plain,
        "generator": label(generator) if generator else None,
        "critic": label(critic) if critic else None,
        "method": made.describe(),
        "dataset": dataset,
        "device": device,
    }
    job = Job("training", made.name, data.name, tuple(range(seeds)), described)
    collector = Collector(job)
    recorder = CheckedRecorder(job, collector)
    train_and_measure(made, data, networks(own, data, made.copies), own, job.seeds, recorder)
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def _checked(settings: Mapping[str, Any], method: Method, dataset: ToyDataset) -> Settings:
    known = [name for name in Settings.model_fields if name not in _NOT_HERE]
    for key in settings:
        if key not in known:
            raise unknown("key", str(key), known, "settings")
    try:
        return Settings.model_validate({"methods": [method.name], "datasets": [dataset.name], **settings})
    except ValidationError as error:
        raise UsageError("\n".join(complaints(error, Settings, "settings"))) from None


def _device(name: str) -> str:
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:  # torch's own words for a device it lacks
        raise UsageError(f"device: {name!r} cannot be used: {str(error).splitlines()[0]}") from None
    return name
