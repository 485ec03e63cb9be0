"""Recipe ablation: from GAN to WGAN one change at a time, and what each ingredient is there for."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.recipe_ablation"

EXPERIMENT = Experiment(
    name="recipe-ablation",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="From GAN to WGAN, one change at a time",
    description="go from GAN to WGAN one change at a time and measure what each contributes",
)
