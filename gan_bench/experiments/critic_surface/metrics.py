"""Descriptors of what is measured on a critic and on the exact potential. Free of torch."""

from __future__ import annotations

from gan_bench.metrics.descriptor import Descriptor

_POSITIVE = (0.0, float("inf"))
_SLOPE = "score per data unit"

_TABLE = (
    Descriptor(
        "w1",
        "Wasserstein-1",
        "data units",
        "neither",
        _POSITIVE,
        explanation="Middle of what brackets W1 of the distributions: the exact W1 of the programme's points "
        "(too large on average) and the gap of its potential on fresh points (too small on average).",
    ),
    Descriptor("w1_plug_in", "exact W1 of the programme's points", "data units", "neither", _POSITIVE),
    Descriptor("w1_held_out", "potential's gap on fresh points", "data units", "neither"),
    Descriptor(
        "gap", "critic's gap T", "score", "neither", explanation="Mean score of fresh real minus fake points."
    ),
    Descriptor(
        "gap_over_w1",
        "gap T over W1",
        _SLOPE,
        "neither",
        explanation="1 for the optimal 1-Lipschitz critic.",
    ),
    Descriptor(
        "score",
        "score against the potential",
        "share",
        "higher",
        (float("-inf"), 1.0),
        explanation="Gap over (Lipschitz constant x W1) on fresh points, with the largest slope found as the "
        "constant: 1 for the optimal critic.",
    ),
    Descriptor(
        "score_at_least",
        "score with the Lipschitz constant's upper bound",
        "share",
        "higher",
        (float("-inf"), 1.0),
        explanation="The same with the product of the layers' singular values as the constant: certain, but "
        "small where that product is far above every slope.",
    ),
    Descriptor(
        "affine_r2",
        "R² of the best affine fit",
        "share",
        "neither",
        (0.0, 1.0),
        explanation="How much of the surface's variance over fresh real and fake points a plane explains.",
    ),
    Descriptor(
        "quadratic_r2",
        "R² of the best quadratic fit",
        "share",
        "neither",
        (0.0, 1.0),
        explanation="The same for a quadratic: on data that look alike from all sides no plane explains "
        "anything, however simple the surface.",
    ),
    Descriptor(
        "correlation",
        "correlation with the potential",
        "",
        "higher",
        (-1.0, 1.0),
        explanation="Over the fresh points at which the potential is known.",
    ),
    Descriptor(
        "stationarity",
        "distance from stationarity",
        "share of T",
        "neither",
        explanation="(T - 2 lambda E[excess x slope]) / T at interpolates: 0 where no rescaling of the "
        "critic improves its penalised objective. Only for penalties at interpolates.",
    ),
    Descriptor(
        "objective_over_w1",
        "penalised objective over W1",
        _SLOPE,
        "higher",
        explanation="Gap less penalty, over W1. The exact potential, of slope 1 everywhere, attains 1: a "
        "critic below is not at its optimum, however still it stands. Only for penalties at interpolates.",
    ),
    Descriptor("mean_slope", "critic slope at interpolates", _SLOPE, "neither", _POSITIVE),
    Descriptor(
        "mean_slope_from_one",
        "mean of max(slope, 1) at interpolates",
        _SLOPE,
        "neither",
        (1.0, float("inf")),
    ),
    Descriptor(
        "lipschitz_lower",
        "Lipschitz constant, lower bound",
        _SLOPE,
        "neither",
        _POSITIVE,
        "log",
        explanation="Largest slope found at fresh real, fake and interpolated points.",
    ),
    Descriptor(
        "lipschitz_upper",
        "Lipschitz constant, upper bound",
        _SLOPE,
        "neither",
        _POSITIVE,
        "log",
        explanation="Product of the exact largest singular values of the critic's layers.",
    ),
    Descriptor(
        "known_share",
        "share of the square where the potential is known",
        "share",
        "neither",
        (0.0, 1.0),
        explanation="Where its lower and upper 1-Lipschitz extensions agree within the setting `agreement`.",
    ),
    Descriptor(
        "ray_slope",
        "critic slope along transport rays",
        _SLOPE,
        "neither",
        _POSITIVE,
        explanation="Mean over the optimal pairs, at a share of the way from the real to the fake point.",
    ),
    Descriptor(
        "ray_alignment",
        "slope's direction along transport rays",
        "cosine",
        "higher",
        (-1.0, 1.0),
        explanation="Mean cosine between the score's gradient and the direction from fake to real.",
    ),
)

DESCRIPTORS: dict[str, Descriptor] = {descriptor.name: descriptor for descriptor in _TABLE}
