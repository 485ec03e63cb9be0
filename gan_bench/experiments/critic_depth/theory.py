"""What random weights do to a gradient: the closed form behind the start of the depth experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

# Constraints under which the critic starts with independent uniform weights and no biases.
_PLAIN_STARTS = {"Clip", "GradientPenalty", "OneSidedPenalty", "R1", "R2"}


def start_norms(settings: Mapping[str, Any]) -> np.ndarray | None:
    """Expected |dL / dh_k| at the start, (depth,), k counted from the input; None where no form is known.

    Weights are independent with mean 0 and standard deviation s, biases 0, and a ReLU lets half of the
    gradient's energy through, so each layer multiplies its norm by s sqrt(width / 2) (He et al. 2015). The
    Wasserstein loss on n real and n fake samples gives |dL / dh_depth| = sqrt(2 / n) s sqrt(width).
    """
    method = settings["method"]
    kinds = {part["kind"] for part in method["constraints"]}
    if method["objective"]["kind"] != "Wasserstein" or not kinds <= _PLAIN_STARTS:
        return None
    width, depth = settings["width"], settings["depth"]
    spread = _start_spread(method["constraints"], width)
    last = math.sqrt(2 / settings["points"]) * spread * math.sqrt(width)
    norms: np.ndarray = last * (spread * math.sqrt(width / 2)) ** np.arange(depth - 1, -1, -1.0)
    return norms


def _start_spread(constraints: list[dict[str, Any]], width: int) -> float:
    """Standard deviation of uniform weights: He's, or those scaled to a largest entry of c / 2."""
    edges = [part["c"] / 2 for part in constraints if part["kind"] == "Clip"]
    return min([math.sqrt(6 / width), *edges]) / math.sqrt(3)
