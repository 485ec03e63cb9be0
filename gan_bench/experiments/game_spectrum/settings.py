"""Settings of the game's spectrum, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gan_bench.experiments.settings import Entries, Entry, Positive, Size, TheorySettings

# Up to this many parameters the Jacobian is formed, product by product, and given to a dense solver: the
# iterative one needs more room than that, and saves nothing.
DENSE = 64

# The field's norm on the fixed batch, relative to the start's, under which a point is called an equilibrium
# here (ours). Above it the linear part does not decide where training goes next: the field itself does.
EQUILIBRIUM = 0.01


class Settings(TheorySettings):
    """Every method is trained on every data set, in double precision, and its game looked at meanwhile.

    The field is v = (-gradient of the critic's loss with its penalty, -gradient of the generator's loss) on
    one fixed batch with fixed latents, noise and interpolates: critic steps per generator step do not enter.
    """

    # Without constraint, penalised between or at real samples, corrected: what theory tells apart.
    methods: Entries = ["gan", "nsgan", "wgan-gp", "r1", "consensus"]  # noqa: RUF012 (pydantic copies it)
    datasets: Annotated[list[Entry], Field(min_length=1)] = ["ring8"]  # noqa: RUF012
    steps: Positive = 1000  # generator steps
    snapshots: Annotated[int, Field(ge=2)] = 6  # log-spaced, step 0 and the last included
    batch_size: Annotated[int, Field(ge=2)] = 128  # samples a training step
    field_batch: Annotated[int, Field(ge=2)] = 512  # samples of the fixed batch
    latent: Positive = 2
    width: Positive = 24
    layers: Positive = 2
    generator: str | None = None  # "file.py:Module", built with (latent, dim); else the MLP above
    critic: str | None = None  # "file.py:Module", built with (dim); else the MLP above
    eigenvalues: Positive = 4  # wanted at each end of the spectrum; the first is drawn, all are stored
    tolerance: Size = 1e-3  # of the eigenvalues, relative: the figures show two digits
    products: Annotated[int, Field(ge=50)] = 1000  # at most, about, per search; then it has not converged
    preconditioned: bool = True  # look at the optimiser's step, too
    path_points: Annotated[int, Field(ge=2)] = 26  # along the segment from the start to the end and beyond
    path_end: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.25  # 1 = the end of training
