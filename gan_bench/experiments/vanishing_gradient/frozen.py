"""The frozen generator: trained for some units by one method, then moved away from the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gan_bench.data.toy import ToyDataset
from gan_bench.experiments.measurement import build_trainer
from gan_bench.experiments.modules import Networks
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.train import Trainer


def trainer_of(
    method: Method, dataset: ToyDataset, settings: Mapping[str, Any], seeds: Sequence[int]
) -> Trainer:
    """Return a fresh pair of MLPs of all seeds, as the settings size them."""
    (dim,) = dataset.sample_shape
    latent, width, layers = settings["latent"], settings["width"], settings["layers"]
    nets = Networks(
        lambda: MLPGenerator(latent, dim, width, layers),
        lambda: MLPCritic(dim * method.copies, width, layers),
    )
    return build_trainer(method, dataset, nets, seeds, settings)


def trained_generator(
    dataset: ToyDataset, settings: Mapping[str, Any], seeds: Sequence[int]
) -> dict[str, Tensor]:
    """Return the generator's parameters, name -> (S, ...), after the job's units of training.

    They depend on the seed and the pretraining alone, never on the method whose critic comes next: the
    methods' gradients are those of one and the same generator, and may be compared seed by seed.
    """
    trainer = trainer_of(build_method(settings["pretraining"]), dataset, settings, seeds)
    trainer.run([settings["units"] * settings["unit_steps"]], lambda _: None)
    return {name: value.detach().clone() for name, value in trainer.generator.parameters.items()}


@torch.no_grad()
def place(trainer: Trainer, parameters: Mapping[str, Tensor], separation: float) -> None:
    """Give the trainer's generator these parameters, its output moved by the separation along x.

    The move is in the bias of its output layer, (S, dim): every sample moves by it, and the gradient is with
    respect to the very same parameters.
    """
    for name, value in parameters.items():
        trainer.generator.parameters[name].copy_(value)
    *_, output_bias = trainer.generator.parameters.values()
    output_bias[:, 0] += separation
