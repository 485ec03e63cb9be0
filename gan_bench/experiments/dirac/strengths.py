"""How strongly a method's constraint pulls: the one number that sweeps change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.methods.constraints import Constraint, Dragan, GradientPenalty
from gan_bench.methods.method import Method

# Option -> the field of a constraint that it sets.
_FIELDS = {"gamma": "gamma", "weight": "weight", "target": "target", "clip": "c", "sigma": "sigma"}
# What a sweep varies, in this order of preference.
SWEPT = ("gamma", "weight", "sigma")


@dataclass(frozen=True)
class TargetPenalty(GradientPenalty):
    """weight * E (|grad f(x)| - target)^2 at interpolates (Mescheder et al. 2018 call the target g0)."""

    target: float = 1.0

    def excess(self, slope: Tensor) -> Tensor:
        return slope - self.target


@dataclass(frozen=True)
class TargetDragan(Dragan):
    """As TargetPenalty, near real data."""

    target: float = 1.0

    def excess(self, slope: Tensor) -> Tensor:
        return slope - self.target


_TARGETED: dict[type[Constraint], type[TargetPenalty] | type[TargetDragan]] = {
    GradientPenalty: TargetPenalty,
    Dragan: TargetDragan,
}


def changed(method: Method, options: Mapping[str, float | None]) -> Method:
    """The method with these strengths; raises UsageError for one that none of its parts has."""
    for option, value in options.items():
        if value is None:
            continue
        parts = [_with(part, option, value) for part in method.constraints]
        replaced = dataclasses.replace(method, constraints=tuple(parts))
        if option == "gamma" and method.updates == "consensus":
            replaced = dataclasses.replace(replaced, consensus_gamma=value)
        if replaced.describe() == method.describe() and not _has(method, option):
            raise UsageError(f'"{method.name}" has no {option}')
        method = replaced
    return method


def strength(method: Method) -> str:
    """The option that a sweep varies, "" where the method has none."""
    for option in SWEPT:
        if option == "gamma" and method.updates == "consensus":
            return option
        if any(option in _names(part) for part in method.constraints):
            return option
    return ""


def _has(method: Method, option: str) -> bool:
    if option == "gamma" and method.updates == "consensus":
        return True
    return any(_FIELDS[option] in _names(part) for part in method.constraints) or (
        option == "target" and any(type(part) in _TARGETED for part in method.constraints)
    )


def _with(part: Constraint, option: str, value: float) -> Constraint:
    if option == "target" and type(part) in _TARGETED:
        kept: dict[str, Any] = {name: getattr(part, name) for name in _names(part)}
        return _TARGETED[type(part)](**kept, target=value)
    name = _FIELDS[option]
    return dataclasses.replace(part, **{name: value}) if name in _names(part) else part


def _names(part: Constraint) -> list[str]:
    return [field.name for field in dataclasses.fields(part)] if dataclasses.is_dataclass(part) else []
