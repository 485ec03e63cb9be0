"""What the training figures say of themselves: what is drawn, and what to look for."""

from __future__ import annotations

DISTANCE = (
    "Exact Wasserstein-1 distance{at}, both axes logarithmic. Thin lines are single seeds, the thick "
    "line their median, grey lines the other methods' medians, a cross the last finite point of a seed "
    "that diverged. The shaded band is what a perfect sampler scores on as many points: inside it W1 no "
    "longer tells a method from the truth."
)

SHAPE = (
    "Medians over seeds, single seeds thin. JS is ln 2 = 0.693 where samples and data share no cell of "
    "the histogram, however far apart they are. The shaded band is the perfect sampler's."
)

COVERAGE = (
    " Modes covered and the share of samples within three standard deviations of a mode rise as the "
    "samples find the data; the target of the share is the truth's own 98.89 %, not 100 %."
)

FORCES = (
    "Losses of different objectives are on different scales: read each curve against itself. A "
    "generator gradient that falls by decades (log axis) means that learning stops; one that explodes "
    "often comes before divergence. By layer, 0 is the input side: a slope means that gradients shrink "
    "or grow on their way down."
)

CRITIC = (
    "The critic's estimate is its mean score of real minus fake points on samples that it was not "
    "trained on. A Wasserstein critic calls it a distance: on the diagonal it would be exact W1, "
    "parallel to the diagonal right up to a factor. Values that are not positive do not fit on log axes "
    "and are left out. The critic's Lipschitz constant lies between the largest input gradient seen "
    "(thin line) and the product of its layers' norms (thick line); a critic that measures W1 has 1. A "
    "weight is at the edge within 1 % of the clipping bound, or, without clipping, of its layer's "
    "largest."
)

CLOUDS = (
    "{n} samples of each method's first seed (coloured) over the data (grey), at log-spaced steps of its own "
    "budget; the number is the generator step. Watch whether samples reach every part of the data, whether "
    "they stay there, and what lies between the modes. All squares share one scale; points outside, as many "
    "early ones are, are not drawn."
)
