"""Image data sets: what each offers, and how a suite's entry becomes one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import Tensor

from gan_bench import registry
from gan_bench.data.naming import image_dataset_names as image_dataset_names
from gan_bench.data.naming import is_image_dataset as is_image_dataset
from gan_bench.data.naming import is_path
from gan_bench.errors import PluginError, UsageError, unknown
from gan_bench.plugin_files import first_line, is_reference
from gan_bench.seeds import Streams


class ImageDataset(Protocol):
    """What a method is trained on where samples are images."""

    @property
    def name(self) -> str:
        """Label in reports, e.g. "glyphs" or "glyphs[size=32]"."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """Plain JSON from which `build_image_dataset` makes the same content in another process."""

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """C, H, W; H and W are equal, a power of two from 8 to 128."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What metrics may ask of it: "images", and "classes" where it is labelled."""

    @property
    def classes(self) -> int:
        """Number of classes, 0 where there are no labels."""

    @property
    def class_weights(self) -> Tensor | None:
        """True or empirical class frequencies (classes,) float64, of sum 1; None where unlabelled."""

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits over content and recipe."""

    @property
    def remark(self) -> str:
        """What a reader should know of how the images were read, or ""."""

    @property
    def channels_classes(self) -> int:
        """Classes per channel of a stacked set, else 0."""

    @property
    def endless(self) -> bool:
        """True where images are made anew without end, False for a finite set."""

    def batch(self, size: int, streams: Streams) -> tuple[Tensor, Tensor | None]:
        """Return training images (S, size, C, H, W) in [-1, 1] and labels (S, size) int64, or None."""

    def held_out(self, size: int, streams: Streams, part: str) -> tuple[Tensor, Tensor | None]:
        """As batch, from images that no step trains on; the same at every call, for each seed its own."""

    def reference(self, n: int, part: str, split: str = "train") -> tuple[Tensor, Tensor | None]:
        """Return n fixed images (n, C, H, W) as bytes and their labels (n,), or None.

        UsageError where a finite split has fewer than n images.
        """

    def size_of(self, split: str) -> int | None:
        """Return the number of images in split "train" or "test"; None for an endless set."""

    def class_counts(self, split: str) -> Tensor | None:
        """Return the number of images of each class in a split (classes,) int64, without reading images.

        None for an endless or unlabelled set.
        """

    def channel_set(self) -> ImageDataset:
        """Return the one-channel set that a stacked set stacks; any other set itself."""


def build_image_dataset(spec: str | Mapping[str, Any], where: str = "") -> ImageDataset:
    """Return the image data set that a suite names.

    "glyphs", {name = "glyphs", size = 32}, a path to a folder or file of a user's own images, {name =
    "folder", path = "...", ...}, or a reference to an object of one's own.
    """
    prefix = f"{where}: " if where else ""
    table = {"name": spec} if isinstance(spec, str) else spec
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise UsageError(f"{prefix}an image data set is a name, a path or a table with a name, not {spec!r}")
    name, options = table["name"], {key: value for key, value in table.items() if key != "name"}
    if name in image_dataset_names():
        make = registry.load("datasets", name)
    elif is_path(name):
        make, options = registry.load("datasets", "folder"), {"path": name, **options}
    elif is_reference(name):
        return _plugin(name, options, where)
    elif name in registry.names("datasets"):
        raise UsageError(
            f'{prefix}"{name}" is not an image data set (known: {", ".join(image_dataset_names())})'
        )
    else:
        raise unknown("image data set", name, image_dataset_names(), where)
    _check_options(name, make, options, where)
    try:
        made: ImageDataset = make(**options)
    except UsageError as error:
        raise UsageError(f"{prefix}{error}") from None
    return made


def _check_options(name: str, make: Callable[..., Any], options: Mapping[str, Any], where: str) -> None:
    place = f"{where}: {name}" if where else name
    parameters = inspect.signature(make).parameters
    for key in options:
        if key not in parameters:
            raise unknown("option", key, [known for known in parameters if known != "digest"], place)
    for key, parameter in parameters.items():
        if parameter.default is parameter.empty and key not in options:
            raise UsageError(f"{place}: {key} is missing")
    for key in ("path", "digest"):
        if not isinstance(options.get(key, ""), str):
            raise UsageError(f"{place}: {key} must be a text, not {options[key]!r}")


def _plugin(name: str, options: Mapping[str, Any], where: str) -> ImageDataset:
    """Return the data set that a reference names, or that what it names makes of the options."""
    prefix = f"{where}: " if where else ""
    made = registry.load("datasets", name, where)
    if callable(made):
        try:
            made = made(**options)
        except Exception as error:  # whatever user's code raises is the user's
            raise PluginError(f'{prefix}"{name}" cannot be built: {first_line(error)}') from error
    elif options:
        raise UsageError(f'{prefix}"{name}" is an object and takes no options')
    parts = [part for part in vars(ImageDataset) if not part.startswith("_")]
    missing = [part for part in parts if not hasattr(made, part)]
    if missing:
        raise PluginError(f'{prefix}"{name}" lacks {", ".join(missing)} of an image data set')
    found: ImageDataset = made
    return found
