"""Settings of the Dirac-GAN, as a suite file states them. Free of torch.

The defaults are the published setting (Mescheder et al. 2018 and its notebook): start (1, 1), step .2, 500
steps, penalties with lam = .7 (twice the weight) and g0 = 1, clip 1, noise .7, R1 of .3 and 1, consensus 1.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from gan_bench.experiments.settings import Entries, Positive, Size, TheorySettings

_Coordinate = Annotated[float, Field(allow_inf_nan=False)]
_Point = Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]
_Sizes = Annotated[list[Size], Field(min_length=1)]


def _with(name: str, *constraints: dict[str, Any], base: str = "") -> dict[str, Any]:
    return {"name": name, **({"base": base} if base else {}), "constraints": list(constraints)}


_CLIP = {"name": "clip", "c": 1.0}
_R1 = {"name": "r1", "gamma": 0.3}
PUBLISHED: list[str | dict[str, Any]] = [
    "gan",
    "nsgan",
    "lsgan",
    "wgan-none",
    _with("wgan-clip", _CLIP),
    _with("wgan-gp", {"name": "gradient-penalty", "weight": 0.35}),
    _with("wgan-lp", {"name": "one-sided-penalty", "weight": 0.35}),
    {"name": "hinge", "objective": "hinge"},
    _with("nsgan-gp", {"name": "gradient-penalty", "weight": 0.35}),
    _with("dragan", {"name": "dragan", "weight": 0.35}),
    _with("r1", _R1),
    _with("r1-critical", {"name": "r1", "gamma": 1.0}, base="r1"),
    {"name": "wgan-r1", "objective": "wasserstein", "constraints": [_R1]},
    _with("r3gan", _R1, {"name": "r2", "gamma": 0.3}),
    _with("instance-noise", {"name": "instance-noise", "sigma": 0.7}),
    {"name": "consensus", "consensus_gamma": 1.0},
    # The rest of the table of methods: skipped here, each with its reason.
    "sngan",
    "sngan-ns",
    "wgan-sn",
    "pacgan2",
    *[_with(f"wgan-clip-{optimiser}", _CLIP) for optimiser in ("sgd", "adam", "adam0")],
]


# Not at an exact threshold: there multipliers coincide, and differences lose half of their digits.
_STEP_SIZES = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 1.9, 2.7, 3.8, 5.5]
_CRITIC_STEPS = [1, 2, 3, 4, 5, 7, 10, 20, 40, 80]
_STRENGTHS = [0.1, 0.3, 0.7, 1.0, 1.5, 2.0, 3.0]
_WEIGHTS = [0.5, 1.0, 1.5]
_START, _SECOND, _TURNS = [1.0, 1.0], [0.4, 0.0], [1, 5]


class Settings(TheorySettings):
    """Every method is one job, moved by plain gradient steps; nothing is drawn, so one seed is used."""

    methods: Entries = PUBLISHED
    step_size: Size = 0.2
    steps: Annotated[int, Field(ge=50)] = 500  # updates of a trajectory
    start: _Point = _START  # theta and psi; the start by which trajectories are classed
    second_start: _Point = _SECOND  # inside every bound on slopes: a critic that stays 1-Lipschitz
    critic_steps: Annotated[list[Positive], Field(min_length=1)] = _TURNS  # of alternating updates
    extragradient: bool = True  # also trajectories and multipliers of extragradient updates
    strengths: _Sizes = _STRENGTHS  # gamma, weight or sigma in sweeps of eigenvalues
    stop_weights: Annotated[list[Size], Field(max_length=20)] = _WEIGHTS  # of penalties that jump
    step_sizes: _Sizes = _STEP_SIZES  # in sweeps of multipliers
    critic_step_sweep: Annotated[list[Positive], Field(min_length=1)] = _CRITIC_STEPS  # of multipliers
    grid: Annotated[int, Field(ge=3, le=41)] = 9  # arrows along each side of a phase portrait
    extent: Size = 2.2  # half the side of a phase portrait

    @field_validator("start", "second_start")
    @classmethod
    def _moves(cls, point: list[float]) -> list[float]:
        if point == [0.0, 0.0]:
            raise ValueError("should not be [0, 0], the equilibrium, from which nothing moves")
        return point
