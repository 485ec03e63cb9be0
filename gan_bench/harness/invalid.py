"""Complaints about a suite's tables: a line each, with place, cause and the nearest valid key."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from gan_bench.errors import nearest

# What pydantic reports for the branches of a union that the value never aimed at.
_NOT_A_TABLE = {"string_type", "int_type", "float_type", "bool_type", "list_type", "is_instance_of"}
_PLAIN_TYPES = {"str", "int", "float", "bool"}
_NOT_A_STRING = {"model_type", "dict_type", "model_attributes_type", "list_type", "is_instance_of"}


def unknown_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> list[str]:
    """A complaint for every key of the table that is not known."""
    return [_unknown_key(where, key, known) for key in table if key not in known]


def complaints(error: ValidationError, model: type[BaseModel], where: str) -> list[str]:
    """One line per error of a settings model, prefixed by where it stands."""
    return [_complaint(one, model, where) for one in _relevant(error.errors(include_url=False))]


def _complaint(error: Mapping[str, Any], model: type[BaseModel], where: str) -> str:
    place, cause = error["loc"], error["type"]
    if cause == "extra_forbidden":
        return _unknown_key(_join(where, place[:-1]), str(place[-1]), _fields_at(model, place[:-1]))
    prefix = _join(where, place)
    if cause == "missing":
        return f"{prefix}: required, but missing"
    if cause == "too_short":
        least = error["ctx"]["min_length"]
        return f"{prefix}: must not be empty" if least == 1 else f"{prefix}: needs at least {least} entries"
    text = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    # A validator may say already what it was given; a table or a list would only make the line long.
    given = error["input"]
    shown = f", not {given!r}" if cause != "value_error" and isinstance(given, str | int | float) else ""
    return f"{prefix}: {text}{shown}"


def _unknown_key(where: str, key: str, known: Iterable[str]) -> str:
    known = sorted(known)
    close = nearest(key, known) or nearest(key.lower().replace("-", "_"), known)
    listed = f" (known: {', '.join(known)})" if known else ""
    return f'{where}: unknown key "{key}"{close}{listed}'


def _join(where: str, place: Iterable[str | int]) -> str:
    """Join a place in a table, counting list items from 1 and leaving out the names of union branches."""
    shown = [f"item {part + 1}" if isinstance(part, int) else part for part in place if not _is_branch(part)]
    return ": ".join([where, *shown])


def _is_branch(part: str | int) -> bool:
    """True for what pydantic adds to a place to name the branch of a union: a type, not a key."""
    return isinstance(part, str) and (part in _PLAIN_TYPES or not re.fullmatch(r"[a-z_][a-z0-9_-]*", part))


def _relevant(errors: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Drop the errors of union branches of another shape than the value: a table is no failed string."""
    errors = list(errors)
    kept = [error for error in errors if not _of_other_branch(error, errors)]
    return kept or errors


def _of_other_branch(error: Mapping[str, Any], errors: list[Mapping[str, Any]]) -> bool:
    given, cause, place = error["input"], error["type"], error["loc"]
    wrong = _NOT_A_TABLE if isinstance(given, Mapping) else _NOT_A_STRING
    if cause not in wrong or not place or not _is_branch(place[-1]) or not isinstance(given, Mapping | str):
        return False
    siblings = [
        other for other in errors if other is not error and other["loc"][: len(place) - 1] == place[:-1]
    ]
    return any(other["type"] not in wrong for other in siblings)


def _fields_at(model: Any, place: Iterable[str | int]) -> list[str]:
    """The keys that are valid at a place below a model."""
    for part in place:
        if isinstance(part, int) or not model:
            continue
        fields = getattr(model, "model_fields", {})
        if part in fields:
            model = _models_in(fields[part].annotation)
        elif isinstance(model, list):
            model = next((one for one in model if one.__name__ == part), model)
        if isinstance(model, list) and len(model) == 1:
            model = model[0]
    models = model if isinstance(model, list) else [model]
    return sorted({field.alias or name for one in models for name, field in one.model_fields.items()})


def _models_in(annotation: Any) -> list[Any]:
    """All models within an annotation such as list[str | Model]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType, list, tuple, dict) or get_args(annotation):
        return [model for part in get_args(annotation) for model in _models_in(part)]
    return []
