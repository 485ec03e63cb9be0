"""From settings to jobs: every method on every image set, and real images against real ones of each set."""

from __future__ import annotations

from typing import Any

import torch

from gan_bench.data.images import ImageDataset
from gan_bench.errors import GanBenchError, PluginError, UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.images.networks import networks, require_shapes
from gan_bench.experiments.images.settings import Settings
from gan_bench.experiments.modules import has_batch_norm
from gan_bench.experiments.planning import Chosen, chosen_image_datasets, chosen_methods, own_steps
from gan_bench.experiments.training.run import PERFECT_SAMPLER
from gan_bench.harness.job import Job
from gan_bench.harness.provenance import processor_features
from gan_bench.image_quality import Quality, require_possible
from gan_bench.methods.constraints import Clip
from gan_bench.methods.method import Method
from gan_bench.methods.spectral import Spectral
from gan_bench.metrics.fidelity_options import FidelityOptions

_PER_JOB = ("batch_size", "latent", "network", "width", "critic_width", "generator", "critic", "snapshots")
# Products in bfloat16 pay where the processor has units for them and the layers are wide enough to fill
# these: without such units a DCGAN step at width 32 took 13 times as long (two cores with AVX2).
_BFLOAT16_UNITS = ("amx_bf16", "avx512_bf16")
_WIDE = 64


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the settings, data set by data set; raises UsageError."""
    extra = ("steps", "critic_batch_norm")
    chosen = chosen_methods(settings.methods, context, extra_keys=extra, taken=PERFECT_SAMPLER, images=True)
    if not chosen and PERFECT_SAMPLER not in context.methods:
        return []
    jobs = []
    for _, dataset in chosen_image_datasets(settings.datasets, context):
        judged = _judged(settings, dataset, context)
        jobs.append(_reference_job(settings, dataset, judged, context.device))
        jobs += [_job(settings, one, dataset, judged, settings.first(seeds), context) for one in chosen]
    return jobs


def _judged(settings: Settings, dataset: ImageDataset, context: PlanContext) -> dict[str, Any]:
    """What decides the numbers of an image set's judgement, in every job on it; raises UsageError."""
    quality = Quality(
        extractor=settings.extractor,
        inception_digest=settings.inception_digest,
        reference_images=settings.reference_images,
        reference_split=settings.reference_split,
        options=FidelityOptions(
            kid_subsets=settings.kid_subsets,
            kid_subset_size=settings.kid_subset_size,
            neighbours=settings.neighbours,
            coverage_neighbours=settings.coverage_neighbours,
            manifold_images=settings.manifold_images,
        ),
    ).resolved()
    fewest = min(settings.curve_samples, settings.end_samples)
    try:
        require_possible(quality, dataset, fewest)
    except UsageError as error:
        raise UsageError(f"{context.where}: {error}") from None
    return {
        "quality": quality.as_dict(),
        "curve_samples": settings.curve_samples,
        "end_samples": settings.end_samples,
    }


def _reference_job(settings: Settings, dataset: ImageDataset, judged: dict[str, Any], device: str) -> Job:
    return Job(
        experiment="images",
        method=PERFECT_SAMPLER,
        dataset=dataset.name,
        seeds=tuple(range(settings.reference_draws)),
        settings={"dataset": dict(dataset.spec), **judged, "device": device, "threads": 1},
    )


def _job(
    settings: Settings,
    chosen: Chosen,
    dataset: ImageDataset,
    judged: dict[str, Any],
    seeds: tuple[int, ...],
    context: PlanContext,
) -> Job:
    method = chosen.method
    own = {
        "method": method.describe(),
        "method_spec": chosen.spec,
        "dataset": dict(dataset.spec),
        "steps": own_steps(chosen, settings.steps, context.where),
        "critic_batch_norm": _batch_norm(chosen, settings, dataset, context.where),
        **{name: getattr(settings, name) for name in _PER_JOB},
        **judged,
        **_precision(settings, method, context.device),
        **context.trained_place,
    }
    try:
        reason = reason_to_skip(own, method, dataset)
        if not reason:
            require_shapes(own, dataset, method)
    except GanBenchError as error:
        raise type(error)(f"{context.where}: {error}") from error
    return Job("images", method.name, dataset.name, seeds, own, skip=reason)


def reason_to_skip(settings: dict[str, Any], method: Method, dataset: ImageDataset) -> str:
    """Return why this method cannot run on this data set with these settings, or nothing."""
    sizes = (settings["batch_size"], settings["curve_samples"], settings["end_samples"])
    if any(size % method.copies for size in sizes):
        return f"packs of {method.copies} do not divide the batch size or the number of evaluation samples"
    if method.conditional and not dataset.classes:
        return "a conditional method needs labels, and this data set has none"
    if settings["critic_batch_norm"] and dataset.sample_shape[-1] == 8:
        return "at 8 x 8 the critic's only convolution is its first, which has no batch norm"
    if settings["precision"] == "bfloat16" and method.updates == "consensus":
        return "consensus updates differentiate twice, which bfloat16 is too coarse for"
    if method.grows and (settings["generator"] or settings["critic"]):
        return "progressive growing has networks of its own"
    if method.penalises and has_batch_norm(networks(settings, dataset, method).critic):
        return "batch norm in the critic couples samples: a per-sample gradient penalty is not defined"
    return ""


def _batch_norm(chosen: Chosen, settings: Settings, dataset: ImageDataset, where: str) -> bool:
    """Whether the package's own critic has batch norm."""
    own = chosen.extra.get("critic_batch_norm")
    possible = settings.network == "dcgan" and not chosen.method.grows and not settings.critic
    if own is None:
        # At 8 x 8 the only convolution is the first, which never has any.
        deep = dataset.sample_shape[-1] > 8
        return possible and deep and batch_norm_by_default(chosen.method)
    if not isinstance(own, bool):
        raise UsageError(
            f'{where}: method "{chosen.method.name}": critic_batch_norm must be true or false, not {own!r}'
        )
    if own and not possible:
        raise PluginError(
            f'{where}: method "{chosen.method.name}": critic_batch_norm is for the critic of the DCGAN pair'
        )
    return own


def batch_norm_by_default(method: Method) -> bool:
    """True where nothing bounds the critic's slope, as in its authors' DCGAN: packs and noise do not."""
    bounded = method.penalises or method.constraint(Clip) or method.constraint(Spectral)
    return not bounded


def _precision(settings: Settings, method: Method, device: str) -> dict[str, Any]:
    """Numbers that networks compute in and their layout, by what the machine has, never by a timing."""
    if settings.precision != "auto":
        half = settings.precision == "bfloat16"
    elif method.updates == "consensus":  # second derivatives of both players need full precision
        half = False
    elif device == "cpu":
        half = settings.width >= _WIDE and any(unit in processor_features() for unit in _BFLOAT16_UNITS)
    else:
        half = torch.cuda.is_bf16_supported(including_emulation=False)
    # Side by side, replicas are one grouped convolution, which gains nothing from channels-last.
    return {"precision": "bfloat16" if half else "float32", "channels_last": half and device == "cpu"}
