"""One registry of names: built-in tables, entry points of installed plugins, and references to user's code.

A reference is `package.module:object` or `path/to/file.py:object`; paths are taken from the folder the
command is run in. Only what is asked for is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module, metadata
from typing import Any

from gan_bench import catalogue
from gan_bench.errors import PluginError, unknown
from gan_bench.plugin_files import first_line, is_reference, load_reference

_TABLES: dict[str, catalogue.Table] = {
    "methods": catalogue.METHODS,
    "objectives": catalogue.OBJECTIVES,
    "constraints": catalogue.CONSTRAINTS,
    "nets": catalogue.NETS,
    "datasets": catalogue.DATASETS,
    "metrics": catalogue.METRICS,
    "experiments": catalogue.EXPERIMENTS,
    "executors": catalogue.EXECUTORS,
}
KINDS = tuple(_TABLES)

# What an object of a kind must be: an instance of a class, or something that has these attributes.
_CLASSES = {
    "methods": "gan_bench.methods.method:Method",
    "experiments": "gan_bench.experiments.base:Experiment",
}
_ATTRIBUTES = {
    "objectives": ("critic_loss", "generator_loss"),
    "constraints": ("penalty", "project"),
    "nets": ("__call__",),
    "executors": ("__call__",),
}


def names(kind: str) -> list[str]:
    """All names of a kind, built in and installed, without loading what they name."""
    return list(descriptions(kind))


def descriptions(kind: str) -> dict[str, str]:
    """Name -> one line, built in first; for a plugin the line names its distribution."""
    described = dict(_table(kind).descriptions)
    for name, point in _entry_points(kind).items():
        described[name] = f"from {distribution(point)}"
    return described


def load(kind: str, name: str, where: str = "") -> Any:
    """Return the object of this kind called name: a known name or a reference.

    Raises UsageError for an unknown name and PluginError, in one line, for what exists but cannot be used.
    """
    points = _entry_points(kind)
    if is_reference(name):
        found, origin = load_reference(name, where), name
    elif name in points:
        found, origin = _load_entry_point(points[name], where), f"{distribution(points[name])}: {name}"
    elif name in _table(kind).descriptions:
        return _load_builtin(_table(kind), name)
    else:
        raise unknown(kind.removesuffix("s"), name, names(kind), where)
    _check_type(kind, found, f"{where}: {origin}" if where else origin)
    return found


def resolve(reference: str | Callable[..., Any], where: str = "") -> Any:
    """Return the object behind "module:attribute" or "file.py:attribute"; any other object as it is."""
    return load_reference(reference, where) if isinstance(reference, str) else reference


def reference_of(kind: str, name: str) -> str:
    """The reference that an installed plugin's name stands for, a reference as it is, "" for a built-in."""
    if is_reference(name):
        return name
    point = _entry_points(kind).get(name)
    return point.value if point else ""


def installed_reference(name: str) -> str:
    """The reference of the installed plugin of any kind that has this name, or ""."""
    return next((found for kind in KINDS if (found := reference_of(kind, name)) and found != name), "")


def distribution(point: metadata.EntryPoint) -> str:
    """Name and version of the distribution that an entry point comes from."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


def _table(kind: str) -> catalogue.Table:
    if kind not in _TABLES:
        raise unknown("kind", kind, KINDS)
    return _TABLES[kind]


@cache
def _all_entry_points() -> Mapping[str, tuple[metadata.EntryPoint, ...]]:
    groups: dict[str, tuple[metadata.EntryPoint, ...]] = {}
    for kind in KINDS:
        groups[kind] = tuple(metadata.entry_points(group=f"gan_bench.{kind}"))
    return groups


def _entry_points(kind: str) -> dict[str, metadata.EntryPoint]:
    """Installed plugins of a kind; raises PluginError where two, or one and a built-in, share a name."""
    builtin = _table(kind).descriptions
    points: dict[str, metadata.EntryPoint] = {}
    for point in _all_entry_points()[kind]:
        other = "gan-bench itself" if point.name in builtin else ""
        if point.name in points:
            other = distribution(points[point.name])
        if other:
            raise PluginError(
                f'{kind.removesuffix("s")} "{point.name}" of {distribution(point)} ({point.value}) clashes '
                f"with that of {other}; uninstall one of them"
            )
        points[point.name] = point
    return points


def _load_builtin(table: catalogue.Table, name: str) -> Any:
    reference = table.references.get(name)
    module, _, attribute = (reference or table.provider).partition(":")
    found = getattr(import_module(module), attribute)
    if reference:
        return found
    return found[name] if isinstance(found, Mapping) else found(name)


def _load_entry_point(point: metadata.EntryPoint, where: str) -> Any:
    try:
        return point.load()
    except Exception as error:  # whatever a plugin raises while it is imported is the plugin's
        prefix = f"{where}: " if where else ""
        raise PluginError(
            f'{prefix}plugin "{point.name}" ({point.value}) of {distribution(point)} cannot be loaded: '
            f"{first_line(error)}"
        ) from error


def _check_type(kind: str, found: Any, origin: str) -> None:
    if kind in _CLASSES:
        wanted = load_reference(_CLASSES[kind])
        fits, must = isinstance(found, wanted), f"an instance of {_CLASSES[kind].replace(':', '.')}"
    else:
        attributes = _ATTRIBUTES.get(kind, ())
        fits, must = all(hasattr(found, name) for name in attributes), f"have {' and '.join(attributes)}"
        must = "callable" if attributes == ("__call__",) else must
    if not fits:
        verb = "" if must.startswith("have") else "be "
        raise PluginError(f"{origin} must {verb}{must}, but it is {_kind_of(found)}")


def _kind_of(found: Any) -> str:
    return f"the class {found.__name__}" if isinstance(found, type) else f"of type {type(found).__name__}"
