"""Settings of the throughput experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gan_bench.experiments.settings import Entries, Entry, Positive, Size, TheorySettings


def _in_order(value: Any) -> Any:
    """A suite file holds lists; settings do not change."""
    return tuple(value) if isinstance(value, list) else value


Places = Annotated[tuple[Positive, ...], Field(min_length=1), BeforeValidator(_in_order)]


class Settings(TheorySettings):
    """Every method is timed beside the plain loop of one seed, in rounds of A B B A; seeds are repeats.

    stacked, batch_sizes and widths are walked one at a time, from the first of each: seeds trained at once,
    samples in a batch, units of a hidden layer (of image networks: channels next to the image).
    """

    methods: Entries
    dataset: Entry = "ring8"
    network: Literal["mlp", "dcgan", "resnet"] = "mlp"  # the last two on image data sets
    stacked: Places = (1, 2, 4, 8)
    batch_sizes: Places = (256,)
    widths: Places = (128,)
    latent: Positive = 2
    layers: Positive = 3  # of an MLP
    # "tf32" is for GPUs; "bfloat16" rounds the networks' products, not parameters, losses or penalties.
    precision: Literal["float32", "tf32", "bfloat16"] = "float32"
    # How a GPU's steps are taken, as CUDA graphs or one kernel after another; without it as the suite says.
    execution: Literal["captured", "eager"] | None = None
    block_seconds: Size = 0.25  # about so long each side is on the clock at a time
    rounds: Positive = 5  # of A B B A blocks in one repeat, whose value is their median
    warm_up: Positive = 3  # generator steps of each side that are not timed, in every repeat
