"""Score a user's own samples against a known truth, each metric beside what real samples reach."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import toy_distributions as td
from gan_bench import places
from gan_bench.data.images import (
    ImageDataset,
    build_image_dataset,
    image_dataset_names,
    is_image_dataset,
)
from gan_bench.errors import UsageError, unknown
from gan_bench.image_quality import Quality
from gan_bench.plugin_files import is_reference
from gan_bench.scoring.given import Request
from gan_bench.scoring.images import ImageScore, score_images
from gan_bench.scoring.points import Score, distribution_of, load_samples, perfect_draws, score_points

__all__ = ["ImageScore", "Score", "load_samples", "perfect_draws", "score"]

EXTRACTORS = ("auto", "classifier", "inception")
_LABEL = re.compile(r"(?P<name>[^\[\]]+)\[(?P<options>.*)\]")
# A word as reports show it, without the quotes that a suite has.
_BARE = re.compile(r"=\s*([A-Za-z][\w-]*)\s*(?=,|$)")


def score(
    samples: Any,
    against: Any,
    *,
    seed: int = 0,
    n: int | None = None,
    latent: int | None = None,
    extractor: str | None = None,
    fit: bool = False,
    broken: str | None = None,
) -> Score | ImageScore:
    """Measure samples against a known truth, beside what a perfect sampler reaches at as many.

    against: a distribution, a pair (its p) or the name of one: samples are points (n, 2), numpy, torch or the
    path of a .npy file; more than 2000 are cut to a random subset. Or an image data set, its spec, its name
    or a folder or file of images, with options as reports show them ("glyphs[size=32]",
    "photos[size=16,broken=skip]"): samples are images (n, C, H, W) or (n, H, W[, C]), bytes or floats in
    [0, 1] or [-1, 1], the path of a folder or of a .npz, .npy or .pt file of them, or a generator: a module
    in the mode it is in, a class or factory, a function of latents, or a reference to one; more than 10,000
    are cut to a random subset.

    For images only: n, how many are used, 2,000 of a generator unless said; latent, the size of a
    generator's latents, 64 unless said; extractor "auto", "classifier" or "inception"; fit, to bring images
    to the data set's size and channels; broken "skip", to leave out pictures that cannot be read. Everything
    random follows from seed. Raises UsageError or PluginError, in one line.
    """
    dataset = _image_dataset(against)
    if dataset is None:
        given = {"n": n, "latent": latent, "extractor": extractor, "fit": fit or None, "broken": broken}
        return _of_points(
            samples, against, seed, [name for name, value in given.items() if value is not None]
        )
    if extractor is not None and extractor not in EXTRACTORS:
        raise unknown("extractor", extractor, EXTRACTORS)
    quality: Quality = Quality(extractor=extractor or "auto")  # type: ignore[arg-type]
    return score_images(samples, dataset, quality, Request(seed, n, latent, fit, broken or "fail"))


def _of_points(samples: Any, against: Any, seed: int, options: list[str]) -> Score:
    distribution = distribution_of(against)
    if options:
        raise UsageError(f"{options[0]}: is for images, but {distribution.name} is a distribution of points")
    if isinstance(samples, str | Path):
        if is_reference(str(samples)):
            raise UsageError(
                f"{samples}: a generator is scored against image data sets only, not {distribution.name}"
            )
        samples = load_samples(samples)
    return score_points(samples, distribution, seed=seed)


def _image_dataset(against: Any) -> ImageDataset | None:
    """The image data set that is meant, or None for a distribution of points; an unknown name raises."""
    if "images" in getattr(against, "capabilities", ()):
        dataset: ImageDataset = against
        return dataset
    if isinstance(against, Mapping):
        return build_image_dataset(against, "against")
    if not isinstance(against, str | Path):
        return None
    name = str(against)
    if name in td.names() or name in td.pair_names():
        return None
    spec = _spec(name)
    if is_image_dataset(spec) or is_reference(name):
        return build_image_dataset(spec, "against")
    raise unknown("data set", name, [*td.names(), *td.pair_names(), *image_dataset_names()])


def _spec(name: str) -> str | Mapping[str, Any]:
    """A name as build_image_dataset takes it: of a folder here, or taken apart where it has options."""
    found = _LABEL.fullmatch(name)
    if Path(name).exists() or not found:
        return {"name": "folder", "path": name} if _is_bare_folder(name) else name
    options = _options(name, found["options"])
    if _is_bare_folder(found["name"]):
        return {"name": "folder", "path": found["name"], **options}
    return {"name": found["name"], **options}


def _is_bare_folder(name: str) -> bool:
    """Whether a name that looks like any other is that of a folder here or among the data sets."""
    data = places.data_dir()
    here = Path(name).is_dir() or (data is not None and (data / name).is_dir())
    return here and not is_image_dataset(name)


def _options(name: str, text: str) -> Mapping[str, Any]:
    """Options as a suite or as a report writes them: size=32,broken=skip."""
    for form in (text, _BARE.sub(r'="\1"', text)):
        try:
            options: Mapping[str, Any] = tomllib.loads(f"options = {{{form}}}")["options"]
        except tomllib.TOMLDecodeError:
            continue
        return options
    raise UsageError(f'against: "{name}" has options that are not like [size=32]')
