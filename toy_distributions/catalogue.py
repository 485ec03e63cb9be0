"""The tables name -> factory, and the look-up by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from . import boards, curves, mixtures, pairs
from .base import ToyDistribution
from .pairs import Pair
from .validation import nearest

Thing = TypeVar("Thing", ToyDistribution, Pair)

DISTRIBUTIONS: dict[str, Callable[..., ToyDistribution]] = {
    "ring": mixtures.ring,
    "ring8": mixtures.ring8,
    "grid": mixtures.grid,
    "grid25": mixtures.grid25,
    "imbalanced-ring": mixtures.imbalanced_ring,
    "random-mixture": mixtures.random_mixture,
    "two-gaussians": mixtures.two_gaussians,
    "swiss-roll": curves.swiss_roll,
    "moons": curves.moons,
    "circles": curves.circles,
    "spiral": curves.spiral,
    "checkerboard": boards.checkerboard,
}

PAIRS: dict[str, Callable[..., Pair]] = {
    "parallel-lines": pairs.parallel_lines,
    "dirac": pairs.dirac,
    "crossing-segments": pairs.crossing_segments,
    "disjoint-disks": pairs.disjoint_disks,
    "separated-gaussians": pairs.separated_gaussians,
}


def names() -> list[str]:
    """Names that `get` takes."""
    return list(DISTRIBUTIONS)


def pair_names() -> list[str]:
    """Names that `pair` takes."""
    return list(PAIRS)


def get(name: str, **parameters: Any) -> ToyDistribution:
    """Build a distribution by name; ValueError, in one line, for an unknown name or a bad parameter."""
    if isinstance(name, str) and name in PAIRS:
        raise ValueError(f'"{name}" is a pair of distributions: use pair("{name}")')
    return _build("distribution", DISTRIBUTIONS, name, parameters)


def pair(name: str, **parameters: Any) -> Pair:
    """Build a pair by name; ValueError, in one line, for an unknown name or a bad parameter."""
    if isinstance(name, str) and name in DISTRIBUTIONS:
        raise ValueError(f'"{name}" is a single distribution: use get("{name}")')
    return _build("pair", PAIRS, name, parameters)


def _build(
    kind: str, table: Mapping[str, Callable[..., Thing]], name: str, parameters: Mapping[str, Any]
) -> Thing:
    if not isinstance(name, str):
        raise ValueError(f"the name of a {kind} must be a string, not {name!r}")
    if name not in table:
        # Every name is a candidate: a misspelt pair asked of `get` should lead to the pair.
        hint = nearest(name, [*DISTRIBUTIONS, *PAIRS])
        raise ValueError(f'unknown {kind} "{name}"{hint} (known: {", ".join(sorted(table))})')
    known = list(inspect.signature(table[name]).parameters)
    for parameter in parameters:
        if parameter not in known:
            offer = f"known: {', '.join(known)}" if known else "it is a fixed definition and takes none"
            raise ValueError(f'{name}: unknown parameter "{parameter}"{nearest(parameter, known)} ({offer})')
    try:
        return table[name](**parameters)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
