"""The arms of the ablation: the ladder from GAN to WGAN, and the variations around it. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gan_bench.experiments.recipe_ablation.settings import Settings

LADDER, MOMENTUM, PENALTY, SPECTRAL, GAP, YOURS = "ladder", "momentum", "penalty", "spectral", "gap", "yours"
# Names on the ladder, and what each rung changes.
RUNGS = {
    "gan": "GAN",
    "wasserstein-sigmoid": "Wasserstein loss",
    "wasserstein-logits": "no sigmoid",
    "clipped-adam": "clipping",
    "clipped-rmsprop": "RMSProp",
    "wgan-clip": "more critic steps",
}
TWO_SIDED, ONE_SIDED = "wgan-gp", "wgan-lp"
ADAM, ADAM_0, SGD, RMSPROP = "wgan-clip-adam", "wgan-clip-adam0", "wgan-clip-sgd", "wgan-clip"
FREE = "wgan-none"
ONE_DIRECTION = "sngan-one-direction"
_SIGMOID = "gan_bench.experiments.recipe_ablation.objectives:SigmoidWasserstein"


@dataclass(frozen=True)
class Arm:
    """One method under one condition: role is the question it belongs to, label tells conditions apart."""

    role: str
    spec: dict[str, Any]
    label: str = ""
    weight: float | None = None

    @property
    def name(self) -> str:
        """Name of the method."""
        return str(self.spec["name"])


def arms(settings: Settings) -> list[Arm]:
    """Return all arms but the user's, in the order of the figures."""
    return [*_ladder(settings), *_momentum(settings), *_penalties(settings), *_spectral(), *_gaps(settings)]


def _ladder(settings: Settings) -> list[Arm]:
    """Each rung is the one before it with one change."""
    clip = [{"name": "clip", "c": settings.clip}]
    changes: list[dict[str, Any]] = [
        {"objective": "minimax", "optimiser": "adam", "betas": [0.5, 0.999]},
        {"objective": _SIGMOID},
        {"objective": "wasserstein"},
        {"constraints": clip},
        {"optimiser": "rmsprop", "betas": None},
        {"n_critic": settings.critic_steps},
    ]
    table: dict[str, Any] = {"learning_rate": settings.learning_rate, "n_critic": 1}
    rungs = []
    for name, change in zip(RUNGS, changes, strict=True):
        table = {key: value for key, value in (table | change).items() if value is not None}
        rungs.append(Arm(LADDER, {"name": name, **table}))
    return rungs


def _momentum(settings: Settings) -> list[Arm]:
    """The last rung with other optimisers: as the presets, at the ladder's rate."""
    shared = {"constraints": [{"name": "clip", "c": settings.clip}], "n_critic": settings.critic_steps}
    rates = {
        ADAM: settings.learning_rate,
        ADAM_0: settings.learning_rate,
        SGD: settings.sgd_learning_rate,
    }
    return [Arm(MOMENTUM, {"name": name, "learning_rate": rate, **shared}) for name, rate in rates.items()]


def _penalties(settings: Settings) -> list[Arm]:
    kinds = {TWO_SIDED: "gradient-penalty", ONE_SIDED: "one-sided-penalty"}
    return [
        Arm(
            PENALTY,
            {
                "name": name,
                "constraints": [{"name": kind, "weight": weight}],
                "learning_rate": settings.penalty_learning_rate,
            },
            f"weight {weight:g}",
            weight,
        )
        for weight in settings.penalty_weights
        for name, kind in kinds.items()
    ]


def _spectral() -> list[Arm]:
    """The presets, whose power iteration follows 16 directions, and the published algorithm, with one."""
    published = {
        "name": ONE_DIRECTION,
        "objective": "hinge",
        "constraints": [{"name": "spectral", "vectors": 1}],
        "optimiser": "adam",
        "learning_rate": 2e-4,
        "betas": [0.0, 0.9],
        "n_critic": 5,
    }
    return [*(Arm(SPECTRAL, {"name": name}) for name in ("sngan", "wgan-sn")), Arm(SPECTRAL, published)]


def _gaps(settings: Settings) -> list[Arm]:
    """One objective, one optimiser, one rate: only the constraint differs."""
    constraints: dict[str, list[dict[str, Any]]] = {
        FREE: [],
        "wgan-clip": [{"name": "clip", "c": settings.clip}],
        "wgan-gp": [{"name": "gradient-penalty"}],
        "wgan-sn": [{"name": "spectral"}],
    }
    shared = {"optimiser": "rmsprop", "learning_rate": settings.gap_learning_rate}
    return [
        Arm(GAP, {"name": name, "constraints": parts, **shared}, "fixed generator")
        for name, parts in constraints.items()
    ]
