"""From settings to jobs: every method on every data set."""

from __future__ import annotations

from gan_bench.data.toy import ToyDataset
from gan_bench.errors import PluginError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.game_spectrum.settings import Settings
from gan_bench.experiments.modules import has_batch_norm
from gan_bench.experiments.planning import chosen_datasets, chosen_methods
from gan_bench.experiments.training.networks import networks, require_shapes
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_ELSEWHERE = {"methods", "datasets", "seeds"}


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the settings, data set by data set; raises UsageError."""
    methods = chosen_methods(settings.methods, context)
    if not methods:
        return []
    return [
        Job(
            experiment="game-spectrum",
            method=chosen.method.name,
            dataset=dataset.name,
            seeds=settings.first(seeds),
            settings={
                "method": chosen.method.describe(),
                "method_spec": chosen.spec,
                "dataset": entry,
                **settings.model_dump(exclude=_ELSEWHERE),
                **context.trained_place,
            },
            skip=_reason_to_skip(settings, chosen.method, dataset, context.where),
        )
        for entry, dataset in chosen_datasets(settings.datasets, context)
        for chosen in methods
    ]


def _reason_to_skip(settings: Settings, method: Method, dataset: ToyDataset, where: str) -> str:
    """Why this method's game cannot be looked at, or nothing; PluginError for networks of no use."""
    if settings.batch_size % method.copies or settings.field_batch % method.copies:
        return f"packs of {method.copies} do not divide the batch size or the size of the fixed batch"
    if dataset.push is not None and settings.latent < 2:
        return "a generator that starts on a given distribution needs at least two latent coordinates"
    given = settings.model_dump()
    try:
        nets = networks(given, dataset, method.copies)
        if method.penalises and settings.critic and has_batch_norm(nets.critic):
            return "batch norm in the critic couples samples: a per-sample gradient penalty is not defined"
        require_shapes(given, dataset, method.copies)
    except PluginError as error:
        raise PluginError(f"{where}: {error}") from error
    return ""
