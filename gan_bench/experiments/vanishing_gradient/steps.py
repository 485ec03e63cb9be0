"""The critic steps at which the experiment looks. Free of torch."""

from __future__ import annotations

import numpy as np


def log_steps(steps: int, count: int) -> list[int]:
    """Return 0 and at most count - 1 steps from 1 to `steps`, evenly spaced on a log scale."""
    return [0, *sorted({int(step) for step in np.geomspace(1, steps, count - 1).round()})]
