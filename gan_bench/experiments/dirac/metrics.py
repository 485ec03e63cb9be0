"""What the numbers of the Dirac-GAN are: unit, direction, words. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from gan_bench.metrics.descriptor import Descriptor

_OF_A_PATH = {
    "radius_start": "distance to the equilibrium at the start",
    "radius_middle": "mean distance to the equilibrium around the middle",
    "radius_late": "mean distance to the equilibrium in the last fifth",
    "movement_late": "largest distance from the late mean",
    "slope_largest": "largest |psi| on the way",
}


def descriptors(keys: Iterable[str]) -> Iterator[Descriptor]:
    """Descriptors of everything that a job measures under the schemes of these keys."""
    for k in (1, 2, 3):
        for part in ("real", "imag"):
            label = f"{'real' if part == 'real' else 'imaginary'} part of eigenvalue {k}"
            yield Descriptor(f"eigenvalue_{k}_{part}", label, "1 / time", "neither")
    for side in ("below", "above"):
        label = f"velocity of psi as psi goes to 0 from {side}"
        yield Descriptor(f"one_sided_{side}", label, "1 / time", "neither")
    for key in [*keys, "alternating"]:
        label = f"largest multiplier of an update, {key}"
        yield Descriptor(f"multiplier_{key}", label, "", "lower", (0.0, math.inf))
    for key in keys:
        for name, label in _OF_A_PATH.items():
            yield Descriptor(f"{name}_{key}", f"{label}, {key}", "", "lower", (0.0, math.inf))
