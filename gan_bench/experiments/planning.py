"""Planning shared by the experiments: which methods and data sets a suite and the command line ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gan_bench import registry
from gan_bench.data.toy import ToyDataset, build_dataset, dataset_names
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.settings import Entry
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method


@dataclass(frozen=True)
class Chosen:
    """A method as a suite names it (spec), what it resolves to, and the entry's keys beside the method's."""

    spec: Entry
    method: Method
    extra: dict[str, Any]


def chosen_methods(
    entries: Iterable[Entry], context: PlanContext, *, extra_keys: tuple[str, ...] = (), taken: str = ""
) -> list[Chosen]:
    """Return the methods of an experiment's list, those that the command adds, and of these the selected.

    extra_keys may stand in a method's table beside the method's own. `taken` is a name for no method.
    Raises UsageError for unknown names and for two methods of one name.
    """
    found: dict[str, Chosen] = {}
    for entry in entries:
        chosen = _chosen(entry, context.where, extra_keys)
        name = chosen.method.name
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
        found.setdefault(chosen.method.name, chosen)
    if not context.methods:
        return list(found.values())
    for name in context.methods:
        if name not in found and (":" in name or name in registry.names("methods")):
            found[name] = _chosen(name, "--method", extra_keys)
    return [chosen for name, chosen in found.items() if name in context.methods]


def _chosen(entry: Entry, where: str, extra_keys: tuple[str, ...]) -> Chosen:
    if isinstance(entry, str):
        return Chosen(entry, build_method(entry, where), {})
    spec = {key: value for key, value in entry.items() if key not in extra_keys}
    extra = {key: entry[key] for key in extra_keys if key in entry}
    return Chosen(spec, build_method(spec, where), extra)


def chosen_datasets(entries: Iterable[Entry], context: PlanContext) -> list[tuple[Entry, ToyDataset]]:
    """Return the data sets of an experiment's list, or of them those that the command selects."""
    built: dict[str, tuple[Entry, ToyDataset]] = {}
    for entry in entries:
        dataset = build_dataset(entry, context.where)
        if dataset.name in built:
            raise UsageError(f'{context.where}: the data set "{dataset.name}" is named twice')
        built[dataset.name] = (entry, dataset)
    if not context.datasets:
        return list(built.values())
    for name in context.datasets:
        if name not in built and (":" in name or name in dataset_names()):
            built[name] = (name, build_dataset(name, "--dataset"))
    return [pair for name, pair in built.items() if name in context.datasets]
