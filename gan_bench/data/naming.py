"""Which names mean image data sets; nothing is imported or decoded to answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from gan_bench import catalogue
from gan_bench.plugin_files import is_reference

ARRAY_ENDINGS = (".npz", ".npy", ".pt", ".pth")


def image_dataset_names() -> list[str]:
    """Names of the image data sets that come with the package, "folder" and "file" for a user's own."""
    return list(catalogue.DATASETS.references)


def is_path(name: str) -> bool:
    """True for what can only be a user's own images: "my/images/", "scans.npz"."""
    if is_reference(name):
        return False
    return "/" in name or "\\" in name or PurePath(name).suffix.lower() in ARRAY_ENDINGS


def is_image_dataset(spec: str | Mapping[str, Any]) -> bool:
    """True where a suite's entry names an image data set; False for toy sets, plugins and the unknown."""
    name = spec.get("name") if isinstance(spec, Mapping) else spec
    return isinstance(name, str) and (name in catalogue.DATASETS.references or is_path(name))
