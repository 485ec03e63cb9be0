"""What each method was given: objective, constraint, optimisers, budget, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.cells import Cell
from gan_bench.report.numbers import NONE, duration, number, plain_text

HEADINGS = (
    "objective",
    "constraint",
    "optimiser (critic; generator)",
    "critic steps per generator step",
    "generator steps",
    "batch",
    "training time, all seeds",
)
# Beside these where networks are chosen by name, as on images.
NETWORK_HEADINGS = ("networks", "told classes, averaged", "precision")


@dataclass(frozen=True)
class Given:
    """The table of what each method was given: (label, entries in the order of the headings) per line."""

    headings: tuple[str, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]


def given_table(cells: Sequence[Cell]) -> Given:
    """Return the lines of the cells on one board."""
    named = any("network" in cell.settings for cell in cells)
    headings = HEADINGS + NETWORK_HEADINGS if named else HEADINGS
    lines = [(cell.label, given(cell) + (_networks(cell) if named else ())) for cell in cells]
    return Given(headings, tuple(lines))


def given(cell: Cell) -> tuple[str, ...]:
    """Return the line of one cell, in the order of HEADINGS."""
    method = cell.settings.get("method")
    method = method if isinstance(method, Mapping) else {}
    return (
        _kind(method.get("objective")),
        constraint_of(cell),
        _optimisers(method),
        _critic_steps(method),
        number(cell.settings.get("steps")),
        number(cell.settings.get("batch_size")),
        duration(cell.seconds) if cell.seconds else NONE,
    )


def budget(cell: Cell) -> str:
    """What a method was told, its steps and training time in a few words, with a comma after.

    Empty where nothing ran. Everything else that it was given stands in the table of `given_table`.
    """
    if not cell.seconds:
        return ""
    told = "told the class of each image; " if told_classes(cell) else ""
    return f"{told}{number(cell.settings.get('steps'))} steps in {duration(cell.seconds)}, "


def cost(cell: Cell) -> str:
    """Generator steps and training time of all seeds; empty where nothing ran."""
    if not cell.seconds:
        return ""
    # No line may end between a number and its unit.
    spent = duration(cell.seconds).replace(" ", "\N{NO-BREAK SPACE}")
    return f"{number(cell.settings.get('steps'))} steps, {spent}"


def constraint_of(cell: Cell) -> str:
    """The constraints of the cell's critic in words; `none` where it has none."""
    method = cell.settings.get("method")
    parts = method.get("constraints") if isinstance(method, Mapping) else None
    return "; ".join(_kind(part) for part in parts or ()) or "none"


def told_classes(cell: Cell) -> bool:
    """True for a method that is told the class of each sample, which others have to find out."""
    method = cell.settings.get("method")
    return isinstance(method, Mapping) and bool(method.get("conditional"))


def _networks(cell: Cell) -> tuple[str, ...]:
    """Networks, what is done beside the method's losses, and precision, in the order of NETWORK_HEADINGS."""
    settings = cell.settings
    method = settings.get("method")
    method = method if isinstance(method, Mapping) else {}
    pair = "progressive" if method.get("grows") else plain_text(settings.get("network"))
    own = {role: plain_text(settings.get(role) or pair) for role in ("generator", "critic")}
    named = pair if set(own.values()) == {pair} else f"{own['generator']} against {own['critic']}"
    width = f" width {number(settings.get('width'))}" if pair in own.values() else ""
    wider = settings.get("critic_width")
    width += f" (critic {number(wider)})" if width and wider else ""
    norm = ", batch norm in the critic" if settings.get("critic_batch_norm") else ""
    average = method.get("generator_average")
    beside = ["classes"] if told_classes(cell) else []
    beside += [f"generator averaged at {number(average, 4)}"] if average else []
    layout = ", channels last" if settings.get("channels_last") else ""
    precision = f"{plain_text(settings.get('precision'))}{layout}"
    return f"{named}{width}{norm}", ", ".join(beside) or "no", precision


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
