"""What each method was given: objective, constraint, optimisers, budget, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gan_bench.analysis.cells import Cell, end_values
from gan_bench.report.numbers import NONE, duration, number, plain_text

HEADINGS = (
    "objective",
    "constraint",
    "optimiser (critic; generator)",
    "critic steps per generator step",
    "generator steps",
    "batch",
    "training time, all seeds",
    "seed-steps per second",
)


def given(cell: Cell) -> tuple[str, ...]:
    """Return the line of one cell, in the order of HEADINGS."""
    method = cell.settings.get("method")
    method = method if isinstance(method, Mapping) else {}
    rates = end_values(cell, "steps_per_second")
    return (
        _kind(method.get("objective")),
        "; ".join(_kind(part) for part in method.get("constraints") or ()) or "none",
        _optimisers(method),
        _critic_steps(method),
        number(cell.settings.get("steps")),
        number(cell.settings.get("batch_size")),
        duration(cell.seconds) if cell.seconds else NONE,
        number(float(rates.iloc[0]) * len(cell.status)) if len(rates) else NONE,
    )


def budget(cell: Cell) -> str:
    """Steps and training time in a few words, with a comma after; empty where nothing ran."""
    if not cell.seconds:
        return ""
    return f"{number(cell.settings.get('steps'))} steps in {duration(cell.seconds)}, "


def _critic_steps(method: Mapping[str, Any]) -> str:
    text = number(method.get("n_critic"))
    return f"{text}, with warm-up" if method.get("critic_warm_up") else text


def _optimisers(method: Mapping[str, Any]) -> str:
    critic, generator = (_kind(method.get(f"{player}_optimiser")) for player in ("critic", "generator"))
    return f"{critic}; both" if critic == generator != NONE else f"{critic}; {generator}"


def _kind(part: Any) -> str:
    """Write a described part: its kind and its parameters."""
    if not isinstance(part, Mapping):
        return NONE if part is None else plain_text(part)
    parameters = [f"{_SHORT.get(k, k)} {_value(v)}" for k, v in part.items() if k != "kind"]
    kind = str(part.get("kind", ""))
    return f"{kind} ({', '.join(parameters)})" if parameters else kind


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(_value(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else plain_text(value)


_SHORT = {"learning_rate": "rate"}
