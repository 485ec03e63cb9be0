"""What the figures say of themselves: what is drawn, and what to look for."""

from __future__ import annotations

_READING = (
    "Points are geometric means over seeds with 95 % intervals, thin lines single seeds, a cross the last "
    "point of a seed that diverged. "
)

CAPTIONS = {
    "gradient-over-steps": (
        "A generator is trained for some units, then frozen and its output moved along x; a fresh critic "
        "is trained against it while the generator's gradient is watched (both axes logarithmic). "
        + _READING
        + "The dark line falls as 1 / step, as the logistic loss of separable data does under gradient "
        "descent. Moved apart, the minimax gradient should fall at least as fast and the non-saturating "
        "one rise; under a penalty it should stay level. Where nothing is moved, nothing should vanish. "
        "All panels share an axis."
    ),
    "gradient-over-separation": (
        "Least-squares slope of log10 against log10 of the critic step, over the range named in the "
        "settings, and the gradient norm at the last step; seeds are averaged over the frozen generators, "
        "bars are 95 % intervals over seeds. Below the line at -1 a gradient counts as vanishing, inside "
        "the band as level."
    ),
    "gradient-noise": (
        "Trace of the covariance of the generator's gradient over batches, and the same relative to "
        "the squared mean gradient, means over the frozen generators. "
        + _READING
        + "A ratio near the number of batches means that a batch's gradient is noise."
    ),
    "critic-accuracy": (
        "Share of held-out points that the critic puts on their side: of a logit of 0 for discriminators, "
        "of the middle between the mean scores for others (below one half: the wrong way round). Bars are "
        "95 % intervals over seeds. Compare with the gradient, method by method: does it fall before, or "
        "only after, the accuracy has reached 1, or not at all?"
    ),
}
