"""Which cells a rule speaks of: `experiment/method/dataset` with `*`; where several match, the longest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gan_bench.analysis.cells import Cell
from gan_bench.gate.thresholds import Placed

R = TypeVar("R", bound=Any)


@dataclass(frozen=True)
class Selection(Generic[R]):
    """Rules with the cells they apply to, in the order of rules; rules that match no cell at all."""

    chosen: tuple[tuple[Placed[R], Cell], ...]
    unmatched: tuple[Placed[R], ...]


def subject(cell: Cell) -> str:
    """Return a cell's name as patterns see it: experiment/label/dataset."""
    return f"{cell.experiment}/{cell.label}/{cell.dataset}"


def words(cell: Cell) -> str:
    """Return a cell's name as a sentence has it; the experiment is told unless it is the usual one."""
    name = f"{cell.label} on {cell.dataset}" if cell.dataset else cell.label
    return name if cell.experiment == "training" else f"{name} ({cell.experiment})"


def matches(pattern: str, cell: Cell) -> bool:
    """Whether a pattern speaks of a cell; parts that it lacks match anything, and only * is special."""
    wanted = pattern.split("/", 2)
    parts = (cell.experiment, cell.label, cell.dataset)
    return all(re.fullmatch(_expression(want), part) for want, part in zip(wanted, parts, strict=False))


def matched(pattern: str, cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells that a pattern speaks of: no perfect samplers, none that was skipped as planned."""
    return [cell for cell in cells if not cell.is_reference and not cell.skip and matches(pattern, cell)]


def select(
    rules: Sequence[Placed[R]], cells: Sequence[Cell], about: Callable[[R], str] = lambda rule: rule.metric
) -> Selection[R]:
    """Give every cell the rule with the longest pattern among those about the same thing; else the last."""
    best: dict[tuple[str, str], tuple[int, int]] = {}
    hits = [(k, cell) for k, placed in enumerate(rules) for cell in matched(placed.rule.cells, cells)]
    for k, cell in hits:
        key = (cell.key, about(rules[k].rule))
        best[key] = max(best.get(key, (-1, -1)), (_length(rules[k].rule.cells), k))
    chosen = tuple((rules[k], c) for k, c in hits if best[(c.key, about(rules[k].rule))][1] == k)
    found = {k for k, _ in hits}
    return Selection(chosen, tuple(placed for k, placed in enumerate(rules) if k not in found))


def _expression(part: str) -> str:
    return ".*".join(re.escape(piece) for piece in part.split("*")) or ".*"


def _length(pattern: str) -> int:
    return len(pattern.replace("*", "").replace("/", ""))
