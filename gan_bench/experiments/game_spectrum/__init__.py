"""Game spectrum: eigenvalues of the game of small trained networks, beside their distance from rest."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.game_spectrum"

EXPERIMENT = Experiment(
    name="game-spectrum",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    title="Spectrum of the game",
    description="which way and how fast the game of two small networks turns, by its Jacobian's eigenvalues",
)
