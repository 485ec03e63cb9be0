"""Settings of the cost experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gan_bench.experiments.settings import Entries, Entry, Positive, TheorySettings


class Settings(TheorySettings):
    """Every method is timed against the baseline, on the same networks, with the baseline's optimisers.

    The networks and the batch are those that the training experiment has unless told otherwise. Images are
    timed by a table of their own, on one of their pairs of networks, the critic without batch norm: a
    penalty forbids it, and all methods are timed on the same critic.
    """

    methods: Entries
    baseline: Entry = "wgan-clip"  # its optimisers and n_critic are every method's here
    dataset: Entry = "ring8"  # drawing from it is on the clock, and costs all methods the same
    network: Literal["mlp", "dcgan", "resnet"] = "mlp"  # the last two on image data sets
    batch_size: Annotated[int, Field(ge=2)] = 128
    latent: Positive = 2
    width: Positive = 128  # of the hidden layers; of image networks, channels of the layer next to the image
    layers: Positive = 3  # of an MLP
    dtype: Literal["float32", "float64"] = "float32"
    block: Positive = 2  # generator steps between two looks at the clock, each with its n_critic critic steps
    rounds: Positive = 9  # of A B B A blocks in one repeat, whose value is their median
    warm_up: Positive = 5  # generator steps of each method that are not timed, in every repeat
