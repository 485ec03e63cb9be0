"""Planning shared by the experiments: which methods and data sets a suite and the command line ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from gan_bench import registry
from gan_bench.data.images import ImageDataset, build_image_dataset, is_image_dataset
from gan_bench.data.toy import ToyDataset, build_dataset, dataset_names
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.settings import Entry
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Made = TypeVar("Made", bound=_Named)


@dataclass(frozen=True)
class Chosen:
    """A method as a suite names it (spec), what it resolves to, and the entry's keys beside the method's."""

    spec: Entry
    method: Method
    extra: dict[str, Any]


def chosen_methods(
    entries: Iterable[Entry],
    context: PlanContext,
    *,
    extra_keys: tuple[str, ...] = (),
    taken: str = "",
    images: bool = False,
) -> list[Chosen]:
    """Return the methods of an experiment's list, those that the command adds, and of these the selected.

    extra_keys may stand in a method's table beside the method's own. `taken` is a name for no method. images:
    the experiment trains on images; others have no use for classes and growing networks, so methods that
    need them are left out where the command names them. Raises UsageError for unknown names, for two methods
    of one name and for a method of images in the list of an experiment without.
    """
    found: dict[str, Chosen] = {}
    for entry in entries:
        chosen = _chosen(entry, context.where, extra_keys)
        name = chosen.method.name
        if _of_images(chosen.method) and not images:
            raise UsageError(f'{context.where}: method "{name}" is for the experiment "images" only')
        if name == taken:
            raise UsageError(f'{context.where}: the name "{taken}" is taken: it is the noise floor')
        if name in found:
            raise UsageError(
                f'{context.where}: two methods are called "{name}"; '
                'give one its own name: { name = "...", base = "..." }'
            )
        found[name] = chosen
    for chosen in (_chosen(entry, "--add-method", extra_keys) for entry in context.added):
        # An experiment's own entry of that name comes with its settings there, and stays.
        if images or not _of_images(chosen.method):
            found.setdefault(chosen.method.name, chosen)
    if not context.methods:
        return list(found.values())
    for name in context.methods:
        if name not in found and (":" in name or name in registry.names("methods")):
            found[name] = _chosen(name, "--method", extra_keys)
    selected = [chosen for name, chosen in found.items() if name in context.methods]
    return [chosen for chosen in selected if images or not _of_images(chosen.method)]


def _chosen(entry: Entry, where: str, extra_keys: tuple[str, ...]) -> Chosen:
    if isinstance(entry, str):
        return Chosen(entry, build_method(entry, where), {})
    spec = {key: value for key, value in entry.items() if key not in extra_keys}
    extra = {key: entry[key] for key in extra_keys if key in entry}
    return Chosen(spec, build_method(spec, where), extra)


def own_steps(chosen: Chosen, steps: int, where: str) -> int:
    """The steps that a method's table carries (an extra key), or those of the experiment."""
    own = chosen.extra.get("steps", steps)
    if isinstance(own, bool) or not isinstance(own, int) or own < 1:
        raise UsageError(
            f'{where}: method "{chosen.method.name}": steps must be a whole number from 1, not {own!r}'
        )
    return own


def chosen_datasets(entries: Iterable[Entry], context: PlanContext) -> list[tuple[Entry, ToyDataset]]:
    """Return the data sets of an experiment's list, or of them those that the command selects."""
    return _selected(entries, context, build_dataset, lambda name: not is_image_dataset(name))


def chosen_image_datasets(entries: Iterable[Entry], context: PlanContext) -> list[tuple[Entry, ImageDataset]]:
    """As chosen_datasets, for an experiment that trains on images."""
    return _selected(entries, context, build_image_dataset, is_image_dataset)


def datasets_for(network: str, dataset: Entry, context: PlanContext) -> list[tuple[str, Entry]]:
    """Label and entry of one data set that the networks fit, nothing where the command selects others.

    network: "mlp" for points, others for images. Raises UsageError where the two do not go together.
    """
    if network != "mlp":
        return [(made.name, dict(made.spec)) for _, made in chosen_image_datasets([dataset], context)]
    if is_image_dataset(dataset):
        named = dataset if isinstance(dataset, str) else dataset["name"]
        raise UsageError(f'{context.where}: "{named}" holds images: set network = "dcgan" or "resnet" for it')
    return [(made.name, entry) for entry, made in chosen_datasets([dataset], context)]


def _selected(
    entries: Iterable[Entry],
    context: PlanContext,
    build: Callable[[Entry, str], Made],
    belongs: Callable[[str], bool],
) -> list[tuple[Entry, Made]]:
    """belongs: whether a name that the command selects beyond the list is of the experiment's kind."""
    built: dict[str, tuple[Entry, Made]] = {}
    for entry in entries:
        dataset = build(entry, context.where)
        if dataset.name in built:
            raise UsageError(f'{context.where}: the data set "{dataset.name}" is named twice')
        built[dataset.name] = (entry, dataset)
    if not context.datasets:
        return list(built.values())
    wanted = set(context.datasets)
    for name in context.datasets:
        known = ":" in name or name in dataset_names() or is_image_dataset(name)
        if name not in built and name not in context.listed and known and belongs(name):
            dataset = build(name, "--dataset")
            built.setdefault(dataset.name, (name, dataset))
            wanted.add(dataset.name)
    return [pair for name, pair in built.items() if name in wanted]


def _of_images(method: Method) -> bool:
    return method.conditional or method.grows
