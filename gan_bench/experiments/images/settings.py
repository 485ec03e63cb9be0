"""Settings of the images experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gan_bench.experiments.settings import Entries, Positive, TheorySettings
from gan_bench.metrics.fidelity_options import OFFICIAL_DIGEST, FidelityOptions

_DEFAULTS = FidelityOptions()


class Settings(TheorySettings):
    """Every method is trained on every image set.

    A method's table may carry its own steps and critic_batch_norm: by default the DCGAN critic has batch norm
    where the method does not constrain it, as its authors', and none where it does.
    """

    methods: Entries
    datasets: Entries
    steps: Positive = 1000  # generator steps
    batch_size: Annotated[int, Field(ge=2)] = 64
    latent: Positive = 64
    network: Literal["dcgan", "resnet"] = "dcgan"
    width: Positive = 32  # channels of the layer next to the image
    critic_width: Positive | None = None  # the same in the critic; as wide as the generator unless given
    # "file.py:Module", built with (latent, shape) and (shape); for conditional methods with the classes too.
    generator: str | None = None
    critic: str | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    snapshots: Annotated[int, Field(ge=2)] = 8  # log-spaced, step 0 and the last included
    curve_samples: Annotated[int, Field(ge=50)] = 500
    end_samples: Annotated[int, Field(ge=50)] = 2000
    extractor: Literal["auto", "classifier", "inception"] = "auto"
    inception_digest: str = Field(
        default=OFFICIAL_DIGEST, pattern="^[0-9a-f]{8,64}$"
    )  # of the file's SHA-256
    reference_images: Annotated[int, Field(ge=50)] | None = None  # all of the split; of endless sets 5,000
    reference_split: Literal["train", "test"] = "train"  # of a finite set
    reference_draws: Annotated[int, Field(ge=10)] = 20  # of real images against real images, for their band
    kid_subsets: Positive = _DEFAULTS.kid_subsets
    kid_subset_size: Annotated[int, Field(ge=2)] = _DEFAULTS.kid_subset_size
    neighbours: Positive = _DEFAULTS.neighbours  # of precision and recall
    coverage_neighbours: Positive = _DEFAULTS.coverage_neighbours  # of density and coverage
    manifold_images: Positive = _DEFAULTS.manifold_images  # at most so many on each side for these four
