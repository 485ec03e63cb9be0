"""What the sweep's figures of trained critics say of themselves."""

from __future__ import annotations

ESTIMATES = (
    "Critics trained until they settle, at each place anew; markers are means over seeds with 95 % "
    "intervals, on samples that no critic was trained on. JS: the bound (V + ln 4) / 2 that a "
    "discriminator puts on Jensen-Shannon, beside the exact curve; in expectation it lies below. W1: the "
    "gap T of Wasserstein critics, in the units of each one's own score, beside exact W1 and, dashed, the"
    " law T = W1 (1 + W1 / 2λ) of a penalty of weight λ. The score of a clipped critic may be so small "
    "that it looks like 0."
)

RATIOS = (
    "A critic that measured W1 would sit at 1. A penalty does not hold slopes at 1: on separated "
    "translates theory puts T / W1 on the dashed law. Gaps more than a factor 5 off have a panel of their"
    " own, the other way up: by how much W1 exceeds the gap. Divided by the critic's Lipschitz constant, "
    "markers use the steepest slope that was found (a lower bound of the constant, so the ratio is an "
    "upper one), thin lines the product of the layers' norms (the reverse): where the two meet, the "
    "constant is known. Values that are not positive are left out on log axes."
)

PULLS = (
    "Derivative of the generator's loss as its samples are moved away from the data, taken through the "
    "trained critic: what a generator gets to learn from (log axis, size only; geometric mean over seeds "
    "with 95 % intervals; places where both distributions are the same left out). The derivative of exact"
    " W1 is drawn dark; that of exact JS is 0 wherever supports are apart and so has no place here, but "
    "for two Gaussians, where twice JS is what the minimax generator descends (drawn down to a "
    "third of the smallest gradient seen; beyond, it falls on). Where segments cross at a right angle W1 "
    "has a kink, since turning either way brings them closer: a critic may hand on nothing"
    " there."
)

ONLY_PULL = " Of {methods} only this gradient is shown: their losses are not estimates of a distance."
