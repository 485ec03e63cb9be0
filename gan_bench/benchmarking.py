"""From Python, with objects instead of names: train a method, stacked over seeds, and measure it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from gan_bench.data.toy import build_dataset
from gan_bench.errors import UsageError
from gan_bench.experiments.training.networks import networks
from gan_bench.experiments.training.run import train_and_measure
from gan_bench.experiments.training.settings import Settings
from gan_bench.harness.invalid import complaints
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method


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
    Raises UsageError for a wrong name or value.

    >>> outcome = benchmark("wgan-gp", "ring8", seeds=2, settings={"steps": 5, "snapshots": 3})
    >>> len(outcome.rows.query("metric == 'w1' and step == 5 and at == 500"))
    2
    """
    if seeds < 1:
        raise UsageError(f"seeds: must be at least 1, not {seeds}")
    made, data = build_method(method), build_dataset(dataset)
    checked = _checked({"methods": [made.name], "datasets": [data.name], **(settings or {})})
    own = {**checked, "generator": generator, "critic": critic, "device": device}
    described = {**checked, "method": made.describe(), "device": device}
    job = Job("training", made.name, data.name, tuple(range(seeds)), described)
    collector = Collector(job)
    recorder = CheckedRecorder(job, collector)
    train_and_measure(made, data, networks(own, data, made.copies), own, job.seeds, recorder)
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    try:
        return Settings.model_validate(settings).model_dump()
    except ValidationError as error:
        raise UsageError("\n".join(complaints(error, Settings, "settings"))) from None
