"""Which generator and critic a job trains: a pair of the package, or modules that the user names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from gan_bench.data.images import ImageDataset
from gan_bench.experiments.modules import Networks, build_module, require_shape
from gan_bench.methods.method import Method
from gan_bench.nets.dcgan import DCGANCritic, DCGANGenerator
from gan_bench.nets.progressive import ProgressiveCritic, ProgressiveGenerator
from gan_bench.nets.resnet import ResNetCritic, ResNetGenerator

_PAIRS: dict[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "dcgan": (DCGANGenerator, DCGANCritic),
    "resnet": (ResNetGenerator, ResNetCritic),
    "progressive": (ProgressiveGenerator, ProgressiveCritic),
}


def networks(settings: Mapping[str, Any], dataset: ImageDataset, method: Method) -> Networks:
    """Return the factories that a job's settings ask for.

    A user's generator class is built with (latent, shape), a critic class with (shape), shape = (channels,
    height, width), for conditional methods with the number of classes after that; either without arguments
    where it takes none. The critic of packs sees their channels side by side.
    """
    latent, width, shape = settings["latent"], settings["width"], dataset.sample_shape
    critic_width = settings.get("critic_width") or width
    seen = (shape[0] * method.copies, *shape[1:])
    classes = dataset.classes if method.conditional else 0
    told = (classes,) if classes else ()
    made_generator, made_critic = _PAIRS["progressive" if method.grows else settings["network"]]
    given: dict[str, Any] = {"batch_norm": True} if settings["critic_batch_norm"] else {}

    def generator() -> nn.Module:
        if named := settings["generator"]:
            return build_module(named, latent, shape, *told)
        return made_generator(latent, shape, width, classes)

    def critic() -> nn.Module:
        if named := settings["critic"]:
            return build_module(named, seen, *told)
        return made_critic(seen, critic_width, classes, **given)

    return Networks(generator, critic)


def require_shapes(settings: Mapping[str, Any], dataset: ImageDataset, method: Method) -> None:
    """Build the user's modules once and try each on four images; raises PluginError, in one line."""
    nets, images = networks(settings, dataset, method), 4
    shape = dataset.sample_shape
    labels = (torch.zeros(images, dtype=torch.int64),) if method.conditional else ()
    if named := settings["generator"]:
        require_shape(nets.generator, named, (images, settings["latent"]), (images, *shape), *labels)
    if named := settings["critic"]:
        seen = (images, shape[0] * method.copies, *shape[1:])
        require_shape(nets.critic, named, seen, (images,), *labels)
