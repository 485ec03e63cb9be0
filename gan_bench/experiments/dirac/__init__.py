"""Dirac-GAN: two numbers, moved by the training code itself, against the theory of local stability.

Data are one point at 0, the generator one point at theta, the critic a line of slope psi (Mescheder et al.
2018). Signs follow that source: D(x) = psi x is high on fake, the critic of the training code has slope -psi.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gan_bench.experiments.base import Experiment

if TYPE_CHECKING:
    from gan_bench.experiments.dirac.api import eigenvalues, field, one_sided, trajectory

__all__ = ["EXPERIMENT", "eigenvalues", "field", "one_sided", "trajectory"]

_HERE = "gan_bench.experiments.dirac"
_API = ("eigenvalues", "field", "one_sided", "trajectory")

EXPERIMENT = Experiment(
    name="dirac",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Dirac-GAN: which methods converge",
    description="which methods converge, cycle or diverge on the Dirac-GAN, and does theory say so before?",
)


def __getattr__(name: str) -> Any:
    if name not in _API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{_HERE}.api"), name)
