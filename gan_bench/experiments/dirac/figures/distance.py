"""Distance to the equilibrium over updates, per scheme; and where penalties that jump come to rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.dirac import theory
from gan_bench.experiments.dirac.board import Played
from gan_bench.experiments.dirac.schemes import Scheme

_DISTANCE = (
    "Distance of (theta, psi) to the equilibrium, from {start}, log axis: a line that falls to the floor "
    "converged, a level one cycles. A trajectory is classed by its mean distance over the last fifth "
    "against that over the fifth around the middle: converged below {shrunk:g} of it (or within a "
    "thousandth of the start's), diverging above {grown:g}, stopped where it no longer moves, cycling else."
    " The table has the class beside those that theory allows."
)
_STOPS = (
    "A penalty weight (|psi| - 1)^2 pulls psi away from 0 to both sides with lam = 2 weight. Where that is "
    "strong, simultaneous updates come to rest with a flat critic at a false equilibrium, at distance lam /"
    " f'(0) (line) from the true one: theta = -+lam for the Wasserstein loss, from lam = 2 on, and twice "
    "that for the cross-entropy. Filled markers stopped; hollow ones cycle, or still drift towards the "
    "line."
)
# Below this a distance is rounding.
_FLOOR = 1e-12


def distances(methods: Sequence[Played], looks: Mapping[str, Look]) -> Figure:
    """A panel for each scheme; the table of classes."""
    found = dict.fromkeys(scheme for method in methods for scheme in method.schemes)
    panels = []
    for scheme in found:
        mine = [method for method in methods if scheme in method.schemes]
        said = "; ".join(f"{method.label} {method.path_class(scheme.key)}" for method in mine)
        alt = f"Distance to the equilibrium under {scheme.title} updates: {said}."
        panels.append(Panel(_capital(scheme.title), alt, partial(_draw, mine, scheme, looks)))
    start = tuple(methods[0].settings["start"])
    return Figure(
        "dirac-distances",
        "Who converges",
        _DISTANCE.format(start=start, shrunk=theory.SHRUNK, grown=theory.GROWN),
        tuple(panels),
        group="dirac",
        methods=tuple(method.label for method in methods),
        table=_classes(methods),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _draw(methods: Sequence[Played], scheme: Scheme, looks: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("update", "distance to the equilibrium")
    shown: list[float] = [1.0]
    for method in methods:
        path = method.cell.samples[f"path_{scheme.key}"][0]
        with np.errstate(over="ignore", invalid="ignore"):
            radii = np.hypot(*path.T)
        radii = np.clip(np.where(np.isfinite(radii), radii, np.nan), _FLOOR, draw.LARGEST)
        draw.median_line(ax, pd.Series(radii), looks[method.label], width=1.2)
        shown += [float(np.nanmin(radii)), float(np.nanmax(radii))]
    draw.log_axis(ax.yaxis, shown)
    draw.linear_axis(ax.xaxis)
    return figure


def _classes(methods: Sequence[Played]) -> pd.DataFrame:
    rows = []
    for method in methods:
        for scheme in method.schemes:
            allowed = sorted(method.predicted(scheme))
            middle, late = (method.value(f"radius_{w}_{scheme.key}", "start", 0) for w in ("middle", "late"))
            rows.append(
                {
                    "method": method.label,
                    "updates": scheme.title,
                    "class": method.path_class(scheme.key),
                    "theory": " or ".join(allowed) or "says nothing",
                    "late distance": late,
                    "late / middle": late / middle if middle else float("nan"),
                    "largest |psi|": method.value(f"slope_largest_{scheme.key}", "start", 0),
                }
            )
    return pd.DataFrame(rows)


def stops(methods: Sequence[Played], looks: Mapping[str, Look]) -> Figure | None:
    """Late distance against lam, for penalties that jump."""
    mine = [method for method in methods if len(_ends(method))]
    if not mine:
        return None
    alt = "; ".join(
        f"{m.label} at lam {row.lam:g}: {row['class']} at distance {row['late distance']:.3g}"
        for m in mine
        for _, row in _ends(m).iterrows()
    )
    table = pd.concat([_ends(m).assign(method=m.label) for m in mine], ignore_index=True)
    return Figure(
        "dirac-stops",
        "Resting at the wrong place",
        _STOPS,
        (Panel("Where it ends", alt + ".", partial(_draw_stops, mine, looks)),),
        group="dirac",
        methods=tuple(method.label for method in mine),
        table=table[["method", *[name for name in table.columns if name != "method"]]],
    )


def _ends(method: Played) -> pd.DataFrame:
    """lam, late distance and class of the sweep over weights and of the method's own weight."""
    height = theory.jump(method.described)
    weights, late = method.along("radius_late_simultaneous", "weight")
    if height is None or not len(weights):
        return pd.DataFrame()
    classes = [method.path_class("simultaneous", "weight", at) for at in weights]
    own = (height, method.value("radius_late_simultaneous", "start", 0), method.path_class("simultaneous"))
    rows = sorted({own, *zip((2 * weights).tolist(), late.tolist(), classes, strict=True)})
    return pd.DataFrame(rows, columns=["lam", "late distance", "class"])


def _draw_stops(methods: Sequence[Played], looks: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("lam = 2 weight", "late distance to the equilibrium")
    known = {theory.coupling(method.described) for method in methods}
    for coupling in sorted(value for value in known if not math.isnan(value)):
        lams = np.linspace(0.0, max(_ends(method)["lam"].max() for method in methods), 50)
        name = "lam" if coupling == 1 else f"{1 / coupling:g} lam"
        draw.theory_line(ax, lams.tolist(), (lams / coupling).tolist(), name, at=0.9)
    for k, method in enumerate(methods):
        ends, look = _ends(method), looks[method.label]
        for _, row in ends.iterrows():
            filled = look.colour if row["class"] == "stopped" else "none"
            size = 7.5 - 3.5 * k / max(len(methods) - 1, 1)
            style: dict[str, Any] = {"marker": look.marker, "markersize": size, "markerfacecolor": filled}
            ax.plot(row["lam"], row["late distance"], **draw.of(look), linestyle="none", **style)
    draw.linear_axis(ax.xaxis)
    draw.linear_axis(ax.yaxis)
    return figure
