"""From a suite's words to a Method: a preset, a preset with changes, a free combination, or a plugin."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch

from gan_bench import registry
from gan_bench.errors import PluginError, UsageError, unknown
from gan_bench.methods.constraints import Constraint
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Objective
from gan_bench.methods.optimisers import OPTIMISERS, Optimiser
from gan_bench.plugin_files import first_line, is_reference, load_reference

Spec = str | Mapping[str, Any]

_PARTS = ("objective", "constraints")
_OPTIMISER_KEYS = ("optimiser", "learning_rate", "critic_learning_rate", "generator_learning_rate", "betas")
_PLAIN_KEYS = (
    "n_critic",
    "updates",
    "critic_warm_up",
    "consensus_gamma",
    "generator_average",
    "conditional",
    "grows",
)
KEYS = ("name", "base", *_PARTS, *_OPTIMISER_KEYS, *_PLAIN_KEYS)
_TYPES: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
    ("base", str, "the name of a method"),
    ("constraints", (list, tuple), 'a list, such as ["clip"]'),
    ("optimiser", str, f"one of {', '.join(OPTIMISERS)}"),
    ("betas", (list, tuple), "two numbers, such as [0.5, 0.999]"),
    ("critic_warm_up", bool, "true or false"),
)


def build_method(spec: Spec | Method, where: str = "") -> Method:
    """Return the Method that a suite's entry, or a Method object, names.

    A text is a preset or "file.py:Object" (a Method, or an objective to train with the default optimisers).
    A table changes a preset ({name = "wgan-gp", learning_rate = 1e-3}; {name = "mine", base = "wgan-gp"})
    or combines parts ({name = "gan+gp", objective = "minimax", constraints = ["gradient-penalty"]}).
    critic_learning_rate and generator_learning_rate win over learning_rate, which both players share.
    """
    if isinstance(spec, Method):
        _try_losses(spec.objective, spec.name, where)
        return spec
    if isinstance(spec, str):
        return _named(spec, where)
    if not isinstance(spec, Mapping):
        raise UsageError(f"{_prefix(where)}a method is a name or a table, not {spec!r}")
    name = _checked_name(spec, where)
    outer, where = where, f'{_prefix(where)}method "{name}"'
    try:
        _check_values(spec)
        method = _with_parts(_base(spec, name, where), spec, where)
        plain = {key: spec[key] for key in _PLAIN_KEYS if key in spec}
        return dataclasses.replace(method, name=name, ours=_ours(method, spec), **plain)
    except UsageError as error:
        raise UsageError(_placed(str(error), outer, where, name)) from None


def _prefix(where: str) -> str:
    return f"{where}: " if where else ""


def _placed(message: str, outer: str, where: str, name: str) -> str:
    """Put the place before a message, once: some parts name the method themselves, some the whole place."""
    if message.startswith(where):
        return message
    own = message.startswith(f'method "{name}"')
    return f"{_prefix(outer)}{message}" if own else f"{where}: {message}"


def _ours(method: Method, spec: Mapping[str, Any]) -> str:
    """A preset's own remark, and which of its settings are no longer those of its source."""
    changed = [key for key in spec if key not in ("name", "base")]
    remarks = [
        method.ours,
        f"changed in the suite: {', '.join(changed)}" if changed and method.source else "",
    ]
    return "; ".join(remark for remark in remarks if remark)


def _checked_name(spec: Mapping[str, Any], where: str) -> str:
    name = spec.get("name")
    if not isinstance(name, str) or not name:
        raise UsageError(f"{_prefix(where)}a method table needs a name")
    for key in spec:
        if key not in KEYS:
            raise unknown("key", str(key), KEYS, f'{_prefix(where)}method "{name}"')
    return name


def _check_values(spec: Mapping[str, Any]) -> None:
    """Refuse values whose type alone is wrong; ranges are checked by what they are given to."""
    for key, kind, wanted in _TYPES:
        if key in spec and not isinstance(spec[key], kind):
            raise UsageError(f"{key} must be {wanted}, not {spec[key]!r}")
    for beta in spec.get("betas", ()):
        if isinstance(beta, bool) or not isinstance(beta, int | float):
            raise UsageError(f"betas must be two numbers, such as [0.5, 0.999], not {spec['betas']!r}")


def _base(spec: Mapping[str, Any], name: str, where: str) -> Method:
    if "base" in spec:
        return _named(spec["base"], where)
    if "objective" in spec:
        return Method(name, make("objectives", spec["objective"], where))
    return _named(name, where)


def _named(name: str, where: str) -> Method:
    if not is_reference(name):
        return registry.load("methods", name, where)
    # Not from the registry, whose methods are all Methods: a reference may name an objective as well.
    found = load_reference(name, where)
    if isinstance(found, Method):
        return dataclasses.replace(found, name=name)
    return Method(name, _instance("objectives", found, {}, name, where), source=name)


def _with_parts(method: Method, spec: Mapping[str, Any], where: str) -> Method:
    changes: dict[str, Any] = {}
    if "objective" in spec:
        changes["objective"] = make("objectives", spec["objective"], where)
    if "constraints" in spec:
        changes["constraints"] = tuple(make("constraints", part, where) for part in spec["constraints"])
        kinds = [type(part).__name__ for part in changes["constraints"]]
        if len(set(kinds)) < len(kinds):
            raise UsageError(f"a constraint is named twice: {', '.join(kinds)}")
    for role in ("critic", "generator"):
        changes[f"{role}_optimiser"] = _optimiser(getattr(method, f"{role}_optimiser"), spec, role)
    return dataclasses.replace(method, **changes)


def _optimiser(base: Optimiser, spec: Mapping[str, Any], role: str) -> Optimiser:
    rate = spec.get(f"{role}_learning_rate", spec.get("learning_rate", base.learning_rate))
    kind = type(base)
    if "optimiser" in spec:
        if spec["optimiser"] not in OPTIMISERS:
            raise unknown("optimiser", spec["optimiser"], OPTIMISERS)
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
            raise UsageError(f"{_prefix(where)}a table among the {kind} needs a name")
        return _instance(kind, registry.load(kind, name, where), parameters, name, where)
    return _checked(kind, part, str(part), where)


def _instance(kind: str, found: object, parameters: dict[str, Any], name: str, where: str) -> Any:
    if not callable(found):
        return _checked(kind, found, name, where)
    known = _parameters(found)
    for key in parameters:
        if key not in known:
            if not known:
                raise UsageError(f'{_prefix(where)}"{name}" takes no parameters, not even "{key}"')
            raise unknown("parameter", key, known, f'{_prefix(where)}"{name}"')
    try:
        made = found(**parameters)
    except UsageError:
        raise
    except Exception as error:
        raise PluginError(f'{_prefix(where)}"{name}" cannot be built: {first_line(error)}') from error
    return _checked(kind, made, name, where)


def _checked(kind: str, made: object, name: str, where: str) -> Any:
    if kind == "constraints" and isinstance(made, Constraint):
        return made
    if kind == "objectives" and all(callable(getattr(made, m, None)) for m in _objective_methods()):
        _try_losses(made, name, where)
        return made
    needs = (
        "derive from Constraint" if kind == "constraints" else f"have {' and '.join(_objective_methods())}"
    )
    raise PluginError(f'{_prefix(where)}"{name}" must {needs}')


def _try_losses(objective: Any, name: str, where: str) -> None:
    """Try both losses on two seeds of three scores; PluginError where one fails or mixes the seeds."""
    seeds, real, fake = 2, torch.ones(2, 3), torch.zeros(2, 3)
    calls: dict[str, Callable[[], Any]] = {"critic_loss": lambda: objective.critic_loss(real, fake)}
    sees_real = getattr(objective, "generator_sees_real", False)
    calls["generator_loss"] = lambda: objective.generator_loss(fake, *[real] * sees_real)
    for loss, call in calls.items():
        try:
            value = call()
        except Exception as error:  # whatever user's code raises is the user's
            raise PluginError(f'{_prefix(where)}"{name}": {loss} fails: {first_line(error)}') from error
        shape = tuple(getattr(value, "shape", ()))
        if not isinstance(value, torch.Tensor) or shape != (seeds,):
            given = f"shape {shape}" if isinstance(value, torch.Tensor) else f"a {type(value).__name__}"
            raise PluginError(
                f'{_prefix(where)}"{name}": {loss} must give one loss per seed, a tensor of shape (seeds,), '
                f"from scores (seeds, batch); it gave {given}"
            )


def _objective_methods() -> list[str]:
    return [name for name in vars(Objective) if name.endswith("_loss")]


def _parameters(made_by: Any) -> list[str]:
    return list(inspect.signature(made_by).parameters)
