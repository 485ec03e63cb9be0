"""Modules that a user names: built from a class or factory, or from a reference to one."""

from __future__ import annotations

import inspect
import math
from typing import Any

from torch import nn

from gan_bench import registry
from gan_bench.errors import PluginError
from gan_bench.plugin_files import first_line


def build_module(named: Any, *sizes: Any) -> nn.Module:
    """Build a module from a class or factory, or its reference; without the sizes where it takes none."""
    made_by = registry.load("nets", named) if isinstance(named, str) else named
    if isinstance(made_by, nn.Module):
        raise PluginError(f"{label(named)}: give the class or a function, not a module that is built already")
    try:
        module = made_by(*sizes) if positional(made_by)[1] else made_by()
    except Exception as error:  # whatever user's code raises while it is built is the user's
        message = f"{label(named)}: cannot be built with the sizes {sizes}: {first_line(error)}"
        raise PluginError(message) from error
    if not isinstance(module, nn.Module):
        raise PluginError(f"{label(named)}: must give a torch.nn.Module, not a {type(module).__name__}")
    return module


def positional(called: Any) -> tuple[int, float]:
    """Fewest and most positional arguments of a callable; of some built-in ones nothing is known: any."""
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        return 0, math.inf
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    without_end = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return sum(p.default is p.empty for p in places), math.inf if without_end else len(places)


def label(named: Any) -> str:
    """The readable name of a reference, class or factory."""
    return named if isinstance(named, str) else getattr(named, "__qualname__", type(named).__qualname__)
