"""Images: every method on every image set, judged through a feature extractor, at log-spaced steps."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.images"

EXPERIMENT = Experiment(
    name="images",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Images",
    description="train methods on images: FID and its relatives, classes found, sample grids, memorisation",
)
