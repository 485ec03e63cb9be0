"""What the report must know of the sweep's metrics."""

from __future__ import annotations

import math

from gan_bench.metrics import distances, gradients
from gan_bench.metrics.descriptor import Descriptor

_POSITIVE = (0.0, math.inf)
_JS = (0.0, math.log(2))

EXACT = (
    Descriptor("js_exact", "Jensen-Shannon, exact", "nats", "neither", _JS),
    Descriptor(
        "js_quadrature",
        "Jensen-Shannon, quadrature",
        "nats",
        "neither",
        _JS,
        explanation="Integral of the two densities on a grid, where there are densities: a check.",
    ),
    Descriptor(
        "js_atoms",
        "Jensen-Shannon, counted atoms",
        "nats",
        "neither",
        _JS,
        explanation="Between points on both supports, by counting those that coincide, where there are no "
        "densities: a check.",
    ),
    Descriptor("tv_exact", "total variation, exact", "1", "neither", (0.0, 1.0)),
    Descriptor("kl_exact", "KL(p, q), exact", "nats", "neither", _POSITIVE),
    Descriptor("w1_exact", "Wasserstein-1, closed form", "data units", "neither", _POSITIVE),
    Descriptor(
        "w1_programme",
        "Wasserstein-1, linear programme, shared draws",
        "data units",
        "neither",
        _POSITIVE,
        explanation="Both clouds are images of one and the same latent points.",
    ),
    Descriptor(
        "js_derivative",
        "derivative of Jensen-Shannon",
        "nats per unit of separation",
        "neither",
        explanation="How fast it grows as the two distributions are pulled apart.",
    ),
    Descriptor(
        "w1_derivative",
        "derivative of Wasserstein-1",
        "1",
        "neither",
        explanation="How fast it grows as the two distributions are pulled apart.",
    ),
)

INDEPENDENT = (
    Descriptor(
        "w1_independent",
        "Wasserstein-1, independent draws",
        "data units",
        "neither",
        _POSITIVE,
        explanation="Exact between two clouds of finite size that share no draw: biased upward.",
    ),
    Descriptor(
        "w1_floor",
        "Wasserstein-1 of two draws of one distribution",
        "data units",
        "neither",
        _POSITIVE,
        explanation="What independent draws of that size score when nothing separates them.",
    ),
)

TRAINED = (
    next(one for one in EXACT if one.name == "w1_exact"),
    distances.DESCRIPTORS["js_scores"],
    Descriptor(
        "critic_gap",
        "critic's gap",
        "score",
        "neither",
        explanation="Mean score of held-out real minus fake samples; for a 1-Lipschitz critic at most W1.",
    ),
    Descriptor(
        "stationarity",
        "residual of stationarity",
        "score",
        "neither",
        explanation="Gap - 2 lambda E[excess slope x slope]: 0 where scaling the critic gains nothing.",
    ),
    Descriptor(
        "pull",
        "gradient handed to the generator",
        "loss per unit of separation",
        "neither",
        explanation="Derivative of the generator's loss as its samples move away from the data; positive "
        "where following it brings them closer.",
    ),
    gradients.DESCRIPTORS["lipschitz_upper"],
    gradients.DESCRIPTORS["lipschitz_lower"],
    gradients.DESCRIPTORS["input_gradient_interpolate"],
)
