"""What the figures of images say of themselves: what is drawn, and what to look for."""

from __future__ import annotations

SAMPLES = (
    "{n} images of each method's seed {seed}, always from the same latents, at log-spaced generator "
    "steps of its own budget; the last picture of each row is real. Watch when shapes become legible, "
    "and whether they stay."
)

EVERY_SEED = (
    "What every seed draws at its last step, beside real images. Grids of one row that differ much say "
    "that one seed is no evidence; images that repeat inside a grid are a collapse.{told}"
)
TOLD = " Methods that are told the class draw the classes in order, from left to right and line by line."

NEAREST = (
    "Above, images of each method's first seed at the end; below each, the nearest to it of {bank}. The "
    "distance ratio is the median distance to the nearest of these over that of other real images: 1 is "
    "what a sampler of new images shows, far above 1 means images unlike any. {below} Medians are over "
    "the seeds that completed."
)
OF_TRAINING = "Far below 1 means copies, and pairs that agree pixel by pixel are copies."
DRAWN_ANEW = (
    "No method was trained on these very images: copies of those that it met would not show here. Far "
    "below 1, images lie nearer to real ones than these do to each other."
)

FID = (
    "{label} on {n} images, both axes logarithmic. Thin lines are single seeds, the thick line their "
    "median, a diverged seed infinitely bad, grey lines the other methods' medians, a cross the last value "
    "of a seed that diverged. The shaded band is what real images score in their place. It is no lower "
    "bound: images that repeat the reference fall below it."
)

KID = (
    "{label} on {n} images: unbiased, so it scatters around 0 for a perfect sampler (shaded: real "
    "images in the samples' place). In the median a diverged seed is infinitely bad. Linear near 0, "
    "logarithmic beyond {linear}."
)

SUMMARY = (
    "Medians over seeds, on {n} images; a diverged seed is infinitely bad. The best value of a run "
    "hides what came after it. The mean over training is the area under the curve (trapezoids over "
    "steps, divided by their span): it shows how fast a method learned and whether that lasted."
)
TWICE = (
    " So does the share of snapshots above twice the best, early ones included: high means a late best, "
    "or one that was lost again."
)

CLASSES = (
    "The share of generated images that the classifier names each class at the end, on {n} images: bars "
    "are means over the seeds that completed, dots the seeds. The thin line is an equal share of every "
    "class; a bar that is missing is a class that is never drawn.{band}"
)
CLASSES_BAND = " The shaded range is real images' (5 to 95 %)."

COVERED = (
    "Classes that at least one of {n} images is of, and how far their shares are from equal ones (KL "
    "divergence). Medians over seeds, single seeds thin; a diverged seed covers no class, and its KL is "
    "infinite. Shaded: real images in the samples' place. Noise that the classifier reads as many classes "
    "counts as well: look at the images too."
)

EXPECTED = (
    " By the frequencies of the classes and the classifier's errors, a perfect sampler shows {found:.1f} "
    "± {found_error:.1f} classes and a KL of {kl:.3g} ± {kl_error:.1g}."
)

ACCURACY = (
    "Share of the images that were asked for as a class and that the classifier names so, at the end: "
    "bars are means over the seeds that completed, dots the seeds, the thin line is what guessing gives."
)

PUBLISHED = (
    "Ours beside what others report on {what}. {difference} Compare the order of methods, never single "
    "values, and after far fewer steps than theirs not even that. A diverged seed counts as the worst that a "
    "metric allows: infinity, no class, an Inception Score of 1. Ours, {protocol}."
)
