"""Names by which stored rows are found: metrics, and the sample size at a width as one coordinate."""

from __future__ import annotations

NAME = "separability"
TRAIN, HELD_OUT, STEPS = "js_train", "js_held_out", "training_steps"

_AXIS = "n at width "


def axis_of(width: int) -> str:
    """Name the coordinate along which `at` is a sample size, for one width."""
    return f"{_AXIS}{width}"


def width_of(axis: str) -> int:
    """Inverse of axis_of."""
    return int(axis.removeprefix(_AXIS))


def dataset_label(name: str, noise: int) -> str:
    """Name a distribution with its coordinates of noise."""
    return f"{name} + {noise} noise" if noise else name
