"""What the game's spectrum is measured by: names, units, directions. Free of torch."""

from __future__ import annotations

from gan_bench.metrics.descriptor import Descriptor

_POSITIVE = (0.0, float("inf"))
_VIEWS = "View 0: of the flow w' = v(w); view 1: of the optimiser's step, per generator step."

DESCRIPTORS: dict[str, Descriptor] = {
    d.name: d
    for d in (
        Descriptor(
            "field_norm",
            "size of the field",
            "loss / parameter unit",
            "neither",
            _POSITIVE,
            "log",
            explanation="|v| of both players on the fixed batch, penalty included.",
        ),
        Descriptor(
            "field_ratio",
            "size of the field relative to the start's",
            "",
            "neither",
            _POSITIVE,
            "log",
            explanation="0 at an equilibrium: only there do eigenvalues decide whether training stays.",
        ),
        Descriptor("largest_real", "largest real part", "1 / time", "neither", explanation=_VIEWS),
        Descriptor(
            "largest_real_turn",
            "imaginary part of the eigenvalue of largest real part",
            "1 / time",
            "neither",
        ),
        Descriptor(
            "largest_imaginary",
            "largest imaginary part",
            "1 / time",
            "neither",
            _POSITIVE,
            explanation=_VIEWS,
        ),
        Descriptor(
            "largest_imaginary_growth",
            "real part of the eigenvalue of largest imaginary part",
            "1 / time",
            "neither",
        ),
        Descriptor(
            "ends_not_found",
            "ends of the spectrum not found",
            "",
            "neither",
            (0.0, 2.0),
            explanation="Of two: the iterative search gave up, and its eigenvalue is missing.",
        ),
        Descriptor("products", "products with the Jacobian", "", "neither", _POSITIVE),
        Descriptor(
            "path_cosine",
            "cosine of the field with the way trained",
            "",
            "neither",
            (-1.0, 1.0),
            explanation="At shares of the straight way from the start (0) to the end (1) of training.",
        ),
        Descriptor("path_ratio", "size of the field along the way", "", "neither", _POSITIVE, "log"),
    )
}
