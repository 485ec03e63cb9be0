"""Captions of the game's spectrum."""

_CAUSES = (
    "A search finds nothing where its budget of products runs out, where a product is not a number, or where "
    "all eigenvalues it saw are real and the largest imaginary part was asked for. How many seeds lost some "
    "stands in the table of the flow."
)
FLOW = (
    "Eigenvalues of the Jacobian of v = (-gradient of the critic's loss with its penalty, -gradient of "
    "the generator's loss) on one fixed batch, found by products with the Jacobian: the one of largest "
    "real part and the one of largest imaginary part; means over seeds (geometric on a log axis, which "
    "says that every seed is above 0), bars 95 % intervals. At an equilibrium a positive real part "
    "means that the players leave it, an imaginary part that they circle it. At the last step: {state}. "
    "(Near one means here: every seed's field is below {level:g} of its size at the start. Elsewhere "
    "the field itself decides where training goes next, not the eigenvalues.) {lost} found "
    "nothing, and those eigenvalues are missing. " + _CAUSES
)
STEP = (
    "The same for a step of the optimiser, w + P v(w), per generator step: P is the learning rate over "
    "the root of the optimiser's present second moment, the critic's times its steps per generator "
    "step; momentum is left out. At an equilibrium a step shrinks distances only where |1 + eigenvalue| "
    "< 1. At the last step: {state}. {lost} found nothing. " + _CAUSES
)
PLANE = (
    "The eigenvalues that were found at either end of the spectrum of the flow, all seeds together, "
    "with their conjugates; right of the dark line a direction grows. Axes are logarithmic away from 0 "
    "where a few eigenvalues dwarf the others. At the last step: {state}."
)
PATH = (
    "Along the straight way from the start (0) through the end of training (1) and on: the cosine "
    "between v and the way (the path angle of Berard et al. 2020), and the size of v. Around an "
    "attracting equilibrium the cosine falls from 1 to -1; a bump of one sign around 1 shows that the "
    "players circle it. At the end: {state}. Constraints' states start anew at every point. Means over "
    "seeds, bars 95 % intervals."
)
