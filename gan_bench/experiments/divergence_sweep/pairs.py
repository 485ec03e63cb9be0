"""Pairs of distributions on their way apart: which parameter moves, and how fake samples move with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import toy_distributions as td
from gan_bench.data.toy import label
from gan_bench.errors import UsageError, unknown
from gan_bench.experiments.divergence_sweep.settings import SWEPT, Settings
from gan_bench.experiments.settings import Entry
from toy_distributions.pairs import Pair


@dataclass(frozen=True)
class Family:
    """A pair whose separation, gap or angle is left open; name is its label in reports."""

    kind: str
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Readable name with the parameters that are not the defaults."""
        return label(self.kind, self.parameters)

    @property
    def axis(self) -> str:
        """Name of the parameter that moves: "separation", "gap" (data units) or "angle" (radians)."""
        return SWEPT[self.kind]

    def at(self, value: float) -> Pair:
        """Return the pair there."""
        return td.pair(self.kind, **self.parameters, **{self.axis: value})

    def places(self, settings: Settings, *, trained: bool) -> list[float]:
        """The values at which a sweep stops."""
        if self.axis == "angle":
            return settings.trained_angles if trained else settings.angles
        return settings.trained_separations if trained else settings.separations

    def velocity(self, fake: Tensor) -> Tensor:
        """How fake samples (..., 2) move as the parameter grows by 1: along x, or about the origin."""
        if self.axis == "angle":
            return torch.stack([-fake[..., 1], fake[..., 0]], -1)
        return torch.tensor([1.0, 0.0], dtype=fake.dtype, device=fake.device).expand_as(fake)


def build_family(entry: Entry, where: str = "") -> Family:
    """Return the family that a suite's entry names; raises UsageError, in one line."""
    prefix = f"{where}: " if where else ""
    table = {"name": entry} if isinstance(entry, str) else dict(entry)
    kind = table.pop("name", None)
    if not isinstance(kind, str):
        raise UsageError(f"{prefix}a table among the pairs needs a name")
    if kind not in SWEPT:
        raise unknown("pair", kind, SWEPT, where)
    family = Family(kind, table)
    if family.axis in table:
        lists = "angles" if family.axis == "angle" else "separations"
        raise UsageError(f'{prefix}{kind}: "{family.axis}" is what the sweep moves; set {lists} instead')
    try:
        family.at(0.0)
    except ValueError as error:
        raise UsageError(f"{prefix}{error}") from None
    return family


def stacked_push(halves: Sequence[Any], latents: Tensor) -> Tensor:
    """Push latents (places x seeds, n, 2), place by place, onto one half of a pair per place; same shape."""
    return torch.cat([half.push(z) for half, z in zip(halves, latents.chunk(len(halves)), strict=True)])
