"""What the Dirac-GAN says of two claims: theory predicts every method; 1-Lipschitz does not suffice."""

from __future__ import annotations

import math
from typing import Any

from gan_bench.analysis.verdicts import Evidence, Part, exactly, untested
from gan_bench.experiments.dirac.board import Played, played
from gan_bench.experiments.dirac.schemes import Scheme

# Largest distance from a closed form, of a number above 1 as a share of it: differences, and a root at a
# double eigenvalue, lose half the digits.
TOLERANCE = 1e-6
# Of the published table; without one of them the claim is not confirmed.
METHODS = (
    "gan",
    "nsgan",
    "lsgan",
    "wgan-none",
    "wgan-clip",
    "wgan-gp",
    "wgan-lp",
    "r1",
    "r3gan",
    "instance-noise",
    "consensus",
    "dragan",
)
# Methods said to converge because their critic is 1-Lipschitz: exactly so inside a box of 1, else by a
# penalty.
LIPSCHITZ = ("wgan-clip", "wgan-lp", "wgan-gp")
# A trajectory that converged has at most this share of its start's distance left: at the published setting
# a rate of .1 per unit of time leaves exp(-9) of it.
LEFT = 0.05
# Slopes up to this count as 1-Lipschitz: rounding.
SLOPE = 1 + 1e-9


def claims(run: Any) -> list[Evidence]:
    """Evidence from stored outcomes."""
    found = {p.label: p for p in played(run)}
    return [_dirac(found), _lipschitz(found)] if found else []


def _dirac(found: dict[str, Played]) -> Evidence:
    parts: list[Part] = []
    for name in dict.fromkeys([*METHODS, *found]):
        if name not in found:
            parts.append(untested(f"{name}: closed form and class of every trajectory", "not in this run"))
            continue
        parts += [part for part in (_closed_form(found[name]), _classes(found[name])) if part]
    remark = (
        "Eigenvalues, one-sided limits and multipliers of whole updates come from the losses, penalties, "
        "projections and updates that train networks; theory is written down apart from them. The "
        "non-saturating and the least-squares GAN have neutral eigenvalues and shrink by terms of third "
        "order, algebraically; penalties with a target slope can stop at a false equilibrium."
    )
    return Evidence("dirac", tuple(parts), "dirac-eigenvalues", remark)


def _closed_form(method: Played) -> Part | None:
    """Largest deviation from closed forms; None where a method has none."""
    apart = method.deviations()
    if not apart:
        return None
    what = "one-sided limits" if method.linear is None else "eigenvalues and multipliers"
    statement = f"{method.label}: {what}, {len(apart)} numbers, largest distance from the closed form"
    return exactly(f"{statement} at most {TOLERANCE:g}", max(apart), 0.0, TOLERANCE)


def _classes(method: Played) -> Part | None:
    """Number of schemes whose trajectory is of another class than theory says."""
    told = [(scheme, method.predicted(scheme)) for scheme in method.schemes]
    told = [(scheme, allowed) for scheme, allowed in told if allowed]
    if not told:
        return None
    wrong = [scheme for scheme, allowed in told if method.path_class(scheme.key) not in allowed]
    seen = "; ".join(f"{scheme.title}: {method.path_class(scheme.key)}" for scheme, _ in told)
    statement = f"{method.label}: trajectories of another class than predicted, of {len(told)} ({seen})"
    return exactly(statement, float(len(wrong)), 0.0, 0.5)


def _lipschitz(found: dict[str, Played]) -> Evidence:
    parts: list[Part] = []
    for name in LIPSCHITZ:
        if name in found:
            parts += [_left(found[name], scheme) for scheme in found[name].schemes]
        else:
            parts.append(untested(f"{name}: converges", "not in this run"))
    if "wgan-none" in found:
        parts += _inside(found["wgan-none"])
    return Evidence("lipschitz-convergence", tuple(parts), "dirac-portraits", _why(found))


def _left(method: Played, scheme: Scheme) -> Part:
    """Share of the start's distance that is left; says nothing where the critic was not 1-Lipschitz."""
    slope = method.value(f"slope_largest_{scheme.key}", "start", 0.0)
    kept = "1-Lipschitz throughout" if slope <= SLOPE else f"slopes up to {slope:.3g}"
    statement = f"{method.label}, {scheme.title} ({kept}): distance left of the start's, at most {LEFT:g}"
    if not slope <= SLOPE:
        return untested(statement, "slopes exceed 1: the premise is not met")
    return exactly(statement, _share(method, scheme.key, 0.0), 0.0, LEFT)


def _inside(method: Played) -> list[Part]:
    """Unconstrained trajectories from the second start whose slopes stay up to 1: no constraint would act."""
    parts = []
    for scheme in method.schemes:
        slope = method.value(f"slope_largest_{scheme.key}", "start", 1.0)
        if slope <= SLOPE:
            statement = f"{method.label}, {scheme.title}, from the second start (slopes up to {slope:.3g}):"
            share = _share(method, scheme.key, 1.0)
            parts.append(exactly(f"{statement} distance left, at most {LEFT:g}", share, 0.0, LEFT))
    return parts


def _share(method: Played, key: str, start: float) -> float:
    late = method.value(f"radius_late_{key}", "start", start)
    share = late / method.value(f"radius_start_{key}", "start", start)
    return share if not math.isnan(share) else math.inf


def _why(found: dict[str, Played]) -> str:
    """Say why, with the numbers of the clipped critic, whose box holds exactly the 1-Lipschitz lines."""
    base = "Inside the box of slopes up to 1 nothing acts: the eigenvalues are those of the bare game"
    if "wgan-clip" not in found:
        return base + "."
    method = found["wgan-clip"]
    # Adding 0 turns a negative zero into a plain one.
    values = ", ".join(f"{v.real + 0:.3g} {v.imag + 0:+.3g}i" for v in method.eigenvalues().round(9))
    seen = "; ".join(f"{s.title}: {method.path_class(s.key)}" for s in method.schemes)
    return f"{base} ({values}), and what happens to wgan-clip is up to the updates: {seen}."
