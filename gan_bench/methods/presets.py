"""The table of methods: every hyper-parameter with its source; `ours` marks what is not the paper's."""

from __future__ import annotations

from gan_bench.methods.constraints import (
    R1,
    R2,
    Clip,
    Constraint,
    Dragan,
    GradientPenalty,
    InstanceNoise,
    OneSidedPenalty,
    Pack,
)
from gan_bench.methods.method import Method, Updates
from gan_bench.methods.objectives import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Objective,
    Relativistic,
    Wasserstein,
)
from gan_bench.methods.optimisers import SGD, Adam, Optimiser, RMSProp
from gan_bench.methods.spectral import Spectral

_RADFORD = Adam(2e-4, (0.5, 0.999))
_WGAN = RMSProp(5e-5)
_WGAN_GP = Adam(1e-4, (0.0, 0.9))
_SNGAN = Adam(2e-4, (0.0, 0.9))
_DIRECTIONS = "power iteration follows 16 directions, not one"


def _row(
    name: str,
    objective: Objective,
    constraints: tuple[Constraint, ...],
    optimiser: Optimiser,
    n_critic: int,
    source: str,
    ours: str = "",
    *,
    updates: Updates = "alternating",
    average: float = 0.0,
    conditional: bool = False,
    grows: bool = False,
) -> Method:
    """Both players share one optimiser in every published setting here."""
    return Method(
        name,
        objective,
        constraints,
        optimiser,
        optimiser,
        n_critic=n_critic,
        updates=updates,
        generator_average=average,
        conditional=conditional,
        grows=grows,
        source=source,
        ours=ours,
    )


# fmt: off
_TABLE = [
    _row("gan", Minimax(), (), _RADFORD, 1, "Goodfellow 2014; optimiser of Radford 2016"),
    _row("nsgan", NonSaturating(), (), _RADFORD, 1,
         "Goodfellow 2014, sec. 3; optimiser of Radford 2016"),
    _row("lsgan", LeastSquares(), (), _RADFORD, 1, "Mao 2017", "optimiser as gan"),
    _row("wgan-none", Wasserstein(), (), _WGAN, 5, "ablation of Arjovsky 2017",
         "the constraint is left out, to show that the gap diverges"),
    _row("wgan-clip", Wasserstein(), (Clip(0.01),), _WGAN, 5, "Arjovsky 2017, alg. 1",
         "weights start inside the box"),
    _row("wgan-gp", Wasserstein(), (GradientPenalty(10.0),), _WGAN_GP, 5, "Gulrajani 2017, alg. 1"),
    _row("wgan-lp", Wasserstein(), (OneSidedPenalty(10.0),), _WGAN_GP, 5, "Petzka 2018",
         "optimiser as wgan-gp"),
    _row("sngan", Hinge(), (Spectral(),), _SNGAN, 5, "Miyato 2018", _DIRECTIONS),
    _row("sngan-ns", NonSaturating(), (Spectral(),), Adam(2e-4, (0.5, 0.999)), 1,
         "Miyato 2018, table 1, setting C", _DIRECTIONS),
    _row("wgan-sn", Wasserstein(), (Spectral(),), _SNGAN, 5, "ablation of Miyato 2018",
         f"the objective; {_DIRECTIONS}"),
    _row("nsgan-gp", NonSaturating(), (GradientPenalty(10.0),), _WGAN_GP, 5,
         "penalty of Gulrajani 2017 on the loss of Goodfellow 2014, sec. 3", "the combination"),
    _row("dragan", NonSaturating(), (Dragan(10.0),), Adam(1e-4, (0.5, 0.9)), 1,
         "Kodali 2017 and its code"),
    _row("r1", NonSaturating(), (R1(10.0),), RMSProp(1e-4), 1, "Mescheder 2018", average=0.999),
    _row("r3gan", Relativistic(), (R1(1.0), R2(1.0)), Adam(2e-4, (0.0, 0.99)), 1,
         "Huang 2024; loss of Jolicoeur-Martineau 2019",
         "gamma on toys; constant rate and beta2 instead of schedules; the average's decay", average=0.999),
    _row("pacgan2", NonSaturating(), (Pack(2),), _RADFORD, 1, "Lin 2018",
         "optimiser as nsgan; the batch counts samples, so the critic sees half as many packs"),
    _row("instance-noise", NonSaturating(), (InstanceNoise(0.1),), _RADFORD, 1, "Sonderby 2017",
         "optimiser as nsgan; constant noise of .1 data units, where the source anneals it"),
    _row("consensus", Minimax(), (), _RADFORD, 1, "Mescheder 2017",
         "optimiser as gan, where the source takes RMSProp", updates="consensus"),
    _row("cgan", NonSaturating(), (), _RADFORD, 1, "Mirza & Osindero 2014; optimiser of Radford 2016",
         "projection critic and conditional batch norm of Miyato & Koyama 2018", conditional=True),
    _row("sngan-projection", Hinge(), (Spectral(),), _SNGAN, 5, "Miyato & Koyama 2018", _DIRECTIONS,
         conditional=True),
    _row("progressive", Wasserstein(), (GradientPenalty(10.0),), Adam(1e-3, (0.0, 0.99)), 1,
         "Karras 2018", "no minibatch standard deviation, which couples samples; no drift penalty",
         average=0.999, grows=True),
    _row("wgan-clip-sgd", Wasserstein(), (Clip(0.01),), SGD(1e-2), 5,
         "ablation of Arjovsky 2017, sec. 4", "plain SGD and its learning rate"),
    _row("wgan-clip-adam", Wasserstein(), (Clip(0.01),), Adam(5e-5, (0.5, 0.999)), 5,
         "ablation of Arjovsky 2017, sec. 4", "RMSProp's learning rate"),
    _row("wgan-clip-adam0", Wasserstein(), (Clip(0.01),), Adam(5e-5, (0.0, 0.9)), 5,
         "ablation of Arjovsky 2017, sec. 4", "RMSProp's learning rate"),
]
# fmt: on

PRESETS: dict[str, Method] = {method.name: method for method in _TABLE}
