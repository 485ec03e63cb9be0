"""What a user hands in as images: a folder, a file, an array or a generator, all brought to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_bench import seeds
from gan_bench.data import arrays
from gan_bench.data.folder import Pictures, Required, Wanted
from gan_bench.data.images import ImageDataset
from gan_bench.data.own import every_image
from gan_bench.errors import UsageError, unknown
from gan_bench.nets.named import label
from gan_bench.plugin_files import is_reference
from gan_bench.scoring.generators import BATCH, generated

# KID and FID hardly change beyond, while neighbours cost the square.
MOST_IMAGES = 10_000
IMAGES_OF_A_GENERATOR, LATENT = 2000, 64


@dataclass(frozen=True)
class Request:
    """How images are to be taken; None: the default.

    n: how many are scored, at random; of a generator how many it makes. latent: size of its latents. fit:
    bring images to the data set's size and channels. broken: "fail" or "skip" pictures that cannot be read.
    """

    seed: int = 0
    n: int | None = None
    latent: int | None = None
    fit: bool = False
    broken: str = "fail"

    def __post_init__(self) -> None:
        for name, value in (("n", self.n), ("latent", self.latent)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise UsageError(f"{name}: must be a whole number from 1, not {value!r}")
        if self.n is not None and self.n > MOST_IMAGES:
            raise UsageError(f"n: at most {MOST_IMAGES:,} images are scored, not {self.n:,}")
        if self.broken not in ("fail", "skip"):
            raise unknown("way with broken images", self.broken, ("fail", "skip"))

    @property
    def most(self) -> int:
        """The largest number of images that may be scored, known before any is read."""
        return self.n or MOST_IMAGES


@dataclass(frozen=True)
class Given:
    """Images (n, C, H, W), bytes, in random order, out of so many; how they were read."""

    images: Tensor
    out_of: int
    remark: str


def given_images(samples: Any, dataset: ImageDataset, request: Request) -> Given:
    """Return the images that samples stand for, in the shape of a data set's; UsageError, one line, else.

    samples: a path to a folder or file, an array or tensor (n, C, H, W) or (n, H, W[, C]), bytes or floats in
    [0, 1] or [-1, 1], or a generator or a reference to one as `generated` takes it. Nothing is unpickled.
    """
    wanted = _wanted(dataset, request)
    if _is_generator(samples):
        pictures = _of_generator(samples, dataset, request, wanted)
    elif request.latent is not None:
        raise UsageError("latent: these are images, and only a generator takes latents")
    elif isinstance(samples, str | Path):
        pictures = every_image(str(samples), wanted)
    else:
        pictures = arrays.pictures_of(samples, "samples", wanted)
    return _drawn(pictures, request)


def _drawn(pictures: Pictures, request: Request) -> Given:
    """As many of the images as are asked for, shuffled always: their order in a file must not matter."""
    count = len(pictures.images)
    if request.n is not None and request.n > count:
        raise UsageError(f"n: {request.n:,} images asked for, but there are {count:,}")
    order = torch.randperm(count, generator=seeds.generator(request.seed, "score/subset"))
    images = torch.from_numpy(pictures.images)[order[: request.most]]
    return Given(images, count, pictures.remark or "bytes")


def _wanted(dataset: ImageDataset, request: Request) -> Wanted:
    channels, _, size = dataset.sample_shape
    skip = request.broken == "skip"
    skipping = '--broken skip, from Python broken="skip",'
    if request.fit:
        return Wanted(size, channels, skip, skipping=skipping)
    advice = "--fit (from Python fit=True) brings images to it"
    required = Required(dataset.sample_shape, dataset.name, advice)
    return Wanted(skip_broken=skip, required=required, skipping=skipping)


def _is_generator(samples: Any) -> bool:
    if isinstance(samples, str | Path):
        return is_reference(str(samples))
    return callable(samples) and not isinstance(samples, Tensor | np.ndarray)


def _of_generator(named: Any, dataset: ImageDataset, request: Request, wanted: Wanted) -> Pictures:
    n, latent = request.n or IMAGES_OF_A_GENERATOR, request.latent or LATENT
    named = str(named) if isinstance(named, Path) else named
    made = generated(named, dataset.sample_shape, n=n, latent=latent, seed=request.seed)
    pictures = arrays.pictures_of(made, label(named), wanted)
    how = f"generated from {latent} normal latents each, in batches of at most {BATCH}"
    return Pictures(pictures.images, None, 0, f"{how}; {pictures.remark}")
