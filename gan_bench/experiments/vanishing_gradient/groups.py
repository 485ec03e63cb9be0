"""Cells that may be judged and drawn together: all that differs between them is the method and the units."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from gan_bench.analysis.cells import Cell

_MAY_DIFFER = ("method", "method_spec", "units")


def grouped(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Cells by the name of their data set, in order; "ring8 #2" where one set was asked in two ways."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        asked = {key: value for key, value in cell.settings.items() if key not in _MAY_DIFFER}
        key = (_dataset(cell), json.dumps(asked, sort_keys=True, default=str))
        groups.setdefault(key, []).append(cell)
    seen: Counter[str] = Counter()
    named = {}
    for (dataset, _), members in groups.items():
        seen[dataset] += 1
        named[dataset if seen[dataset] == 1 else f"{dataset} #{seen[dataset]}"] = members
    return named


def _dataset(cell: Cell) -> str:
    """The data set without the units that the job's label names."""
    return cell.dataset.removesuffix(f"[units={cell.settings.get('units')}]")
