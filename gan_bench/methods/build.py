"""From a suite's words to a Method: a preset, a preset with changes, a free combination, or a plugin."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

from gan_bench import registry
from gan_bench.errors import PluginError, UsageError, unknown
from gan_bench.methods.constraints import Constraint
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Objective
from gan_bench.methods.optimisers import OPTIMISERS, Optimiser

Spec = str | Mapping[str, Any]

_PARTS = ("objective", "constraints")
_OPTIMISER_KEYS = ("optimiser", "learning_rate", "critic_learning_rate", "generator_learning_rate", "betas")
_PLAIN_KEYS = ("n_critic", "updates", "critic_warm_up")
KEYS = ("name", "base", *_PARTS, *_OPTIMISER_KEYS, *_PLAIN_KEYS)


def build_method(spec: Spec | Method, where: str = "") -> Method:
    """Return the Method that a suite's entry, or a Method object, names.

    A text is a preset or "file.py:Object" (a Method, or an objective to train with the default optimisers).
    A table changes a preset ({name = "wgan-gp", learning_rate = 1e-3}; {name = "mine", base = "wgan-gp"})
    or combines parts ({name = "gan+gp", objective = "minimax", constraints = ["gradient-penalty"]}).
    """
    if isinstance(spec, Method):
        return spec
    if isinstance(spec, str):
        return _named(spec, where)
    name = _checked_name(spec, where)
    where = f'{where}: method "{name}"' if where else f'method "{name}"'
    try:
        method = _with_parts(_base(spec, name, where), spec, where)
        return dataclasses.replace(method, name=name, **{k: spec[k] for k in _PLAIN_KEYS if k in spec})
    except UsageError as error:
        raise error if str(error).startswith(where) else UsageError(f"{where}: {error}") from None


def _checked_name(spec: Mapping[str, Any], where: str) -> str:
    name = spec.get("name")
    if not isinstance(name, str) or not name:
        raise UsageError(f"{where}: a method table needs a name" if where else "a method table needs a name")
    for key in spec:
        if key not in KEYS:
            raise unknown("key", key, KEYS, f'{where}: method "{name}"' if where else f'method "{name}"')
    return name


def _base(spec: Mapping[str, Any], name: str, where: str) -> Method:
    if "base" in spec:
        return _named(spec["base"], where)
    if "objective" in spec:
        return Method(name, make("objectives", spec["objective"], where))
    return _named(name, where)


def _named(name: str, where: str) -> Method:
    found = registry.load("methods", name, where)
    if isinstance(found, Method):
        return dataclasses.replace(found, name=name) if ":" in name else found
    if ":" in name:
        return Method(name, _instance("objectives", found, {}, name, where), source=name)
    raise PluginError(f'{where}: method "{name}" is a {type(found).__name__}, not a Method')


def _with_parts(method: Method, spec: Mapping[str, Any], where: str) -> Method:
    changes: dict[str, Any] = {}
    if "objective" in spec:
        changes["objective"] = make("objectives", spec["objective"], where)
    if "constraints" in spec:
        changes["constraints"] = tuple(make("constraints", part, where) for part in spec["constraints"])
    for role in ("critic", "generator"):
        changes[f"{role}_optimiser"] = _optimiser(getattr(method, f"{role}_optimiser"), spec, role)
    return dataclasses.replace(method, **changes)


def _optimiser(base: Optimiser, spec: Mapping[str, Any], role: str) -> Optimiser:
    rate = spec.get(f"{role}_learning_rate", spec.get("learning_rate", base.learning_rate))
    kind = type(base)
    if "optimiser" in spec:
        if spec["optimiser"] not in OPTIMISERS:
            raise unknown("optimiser", str(spec["optimiser"]), OPTIMISERS)
        kind = OPTIMISERS[spec["optimiser"]]
    if "betas" in spec and "betas" not in _parameters(kind):
        raise UsageError(f"{kind.__name__} takes no betas")
    fields = dataclasses.asdict(base) if kind is type(base) else {}
    if "betas" in spec:
        fields["betas"] = spec["betas"]
    return kind(**{**fields, "learning_rate": rate})


def make(kind: str, part: object, where: str) -> Any:
    """Return an objective or constraint from its name, a table {name, parameters ...}, or the object."""
    if isinstance(part, str):
        return _instance(kind, registry.load(kind, part, where), {}, part, where)
    if isinstance(part, Mapping):
        parameters = {key: value for key, value in part.items() if key != "name"}
        name = part.get("name")
        if not isinstance(name, str):
            raise UsageError(f"{where}: a table among the {kind} needs a name")
        return _instance(kind, registry.load(kind, name, where), parameters, name, where)
    return _checked(kind, part, str(part), where)


def _instance(kind: str, found: object, parameters: dict[str, Any], name: str, where: str) -> Any:
    if not callable(found):
        return _checked(kind, found, name, where)
    known = _parameters(found)
    for key in parameters:
        if key not in known:
            raise unknown(f'parameter of "{name}"', key, known, where)
    try:
        made = found(**parameters)
    except UsageError:
        raise
    except Exception as error:
        raise PluginError(f'{where}: "{name}" cannot be built: {error}') from error
    return _checked(kind, made, name, where)


def _checked(kind: str, made: object, name: str, where: str) -> Any:
    if kind == "constraints" and isinstance(made, Constraint):
        return made
    if kind == "objectives" and all(callable(getattr(made, m, None)) for m in _objective_methods()):
        return made
    needs = (
        "derive from Constraint" if kind == "constraints" else f"have {' and '.join(_objective_methods())}"
    )
    raise PluginError(f'{where}: "{name}" must {needs}')


def _objective_methods() -> list[str]:
    return [name for name in vars(Objective) if name.endswith("_loss")]


def _parameters(made_by: Any) -> list[str]:
    return list(inspect.signature(made_by).parameters)
