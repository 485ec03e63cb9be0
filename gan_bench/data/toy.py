"""Toy distributions as data sets: batches per seed, and one fixed reference for every method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

import toy_distributions as td
from gan_bench import registry, seeds
from gan_bench.data.naming import image_dataset_names, is_image_dataset
from gan_bench.errors import PluginError, UsageError, unknown
from gan_bench.plugin_files import first_line
from gan_bench.seeds import Streams

# What training and its metrics ask of every distribution.
_PARTS = ("dim", "bounds", "sample", "stratified")


class Dataset(Protocol):
    """What a method is trained on."""

    @property
    def name(self) -> str:
        """Label in reports."""

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What metrics may ask of it: "points", "modes", "density"."""

    def batch(self, size: int, streams: Streams) -> tuple[Tensor, Tensor | None]:
        """Return fresh samples (S, size, *shape) and their labels (S, size), if it has any."""

    def reference(self, n: int, part: str) -> Tensor:
        """Return n fixed samples (n, *shape), the same at every call; parts are independent."""


@dataclass(frozen=True)
class ToyDataset:
    """A toy distribution; push, where there is one, maps a standard normal onto where generators start."""

    name: str
    distribution: Any
    push: Callable[[Tensor], Tensor] | None = None

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return (self.distribution.dim,)

    @property
    def capabilities(self) -> frozenset[str]:
        has = {"points"}
        if getattr(self.distribution, "modes", None) is not None:
            has.add("modes")
        if hasattr(self.distribution, "log_prob"):
            has.add("density")
        return frozenset(has)

    def batch(self, size: int, streams: Streams) -> tuple[Tensor, None]:
        return streams.batch("data", size, self._draw(streams.dtype)), None

    def reference(self, n: int, part: str) -> Tensor:
        """Stratified by mode: the noise of the mode counts would hide what a method gets wrong."""
        source = seeds.generator(0, f"reference/{part}/{n}")
        return self.distribution.stratified(n, source).double()

    def held_out(self, size: int, streams: Streams, part: str) -> Tensor:
        """Samples (S, size, *shape) that no step trains on; the same at every call."""
        return streams.once(f"held-out/{part}", size, self._draw(streams.dtype))

    def _draw(self, dtype: torch.dtype) -> seeds.Draw:
        return lambda n, source: self.distribution.sample(n, source, dtype=dtype)


def build_dataset(spec: str | Mapping[str, Any], where: str = "") -> ToyDataset:
    """Return the data set that a suite names: "ring8", {name = "ring", modes = 12}, a pair, a plugin."""
    table = {"name": spec} if isinstance(spec, str) else spec
    prefix = f"{where}: " if where else ""
    if not isinstance(table, Mapping):
        raise UsageError(f"{prefix}a data set is a name or a table, not {table!r}")
    name, parameters = table.get("name"), {key: value for key, value in table.items() if key != "name"}
    if not isinstance(name, str):
        raise UsageError(f"{prefix}a data set table needs a name")
    if is_image_dataset(table):
        raise UsageError(
            f'{prefix}"{name}" is an image data set: it belongs to the experiment "images", not here'
        )
    if name not in (*td.names(), *td.pair_names()):
        if ":" not in name and name not in dataset_names():
            raise unknown("data set", name, dataset_names(), where)
        return ToyDataset(label(name, parameters), _plugin(name, parameters, prefix))
    try:
        if name in td.pair_names():
            pair = td.pair(name, **parameters)
            return ToyDataset(label(name, parameters), pair.p, pair.q.push)
        return ToyDataset(label(name, parameters), td.get(name, **parameters))
    except ValueError as error:
        raise UsageError(f"{prefix}{error}") from None


def _plugin(name: str, parameters: Mapping[str, Any], prefix: str) -> Any:
    """Return the distribution that a reference names, or that what it names makes of the parameters."""
    made = registry.load("datasets", name, prefix.removesuffix(": "))
    if callable(made):
        try:
            made = made(**parameters)
        except Exception as error:  # whatever user's code raises is the user's
            raise PluginError(f'{prefix}"{name}" cannot be built: {first_line(error)}') from error
    elif parameters:
        raise UsageError(f'{prefix}"{name}" is an object and takes no parameters')
    missing = [part for part in _PARTS if not hasattr(made, part)]
    if missing:
        raise PluginError(f'{prefix}"{name}" lacks {", ".join(missing)} of a toy distribution')
    return made


def dataset_names() -> list[str]:
    """Names of all distributions, pairs and installed plugins; a pair trains from its q towards its p."""
    return [name for name in registry.names("datasets") if name not in image_dataset_names()]


def label(name: str, parameters: Mapping[str, Any]) -> str:
    """Return the readable name, e.g. "ring[modes=12,radius=2.0]"."""
    inside = ",".join(f"{key}={value}" for key, value in parameters.items())
    return f"{name}[{inside}]" if inside else name
