"""Eigenvalues in the complex plane and against the constraint's strength, measured and in closed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gan_bench.analysis.figure import INK, MUTED, Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.dirac import theory
from gan_bench.experiments.dirac.board import Played
from gan_bench.experiments.dirac.schemes import strengthened

_CAPTION = (
    "Eigenvalues of the game's Jacobian at the equilibrium: markers are computed from the losses and "
    "penalties of the training code, dark crosses and lines are the closed forms. Left of the vertical line"
    " at 0 the flow converges, on it the players circle for ever. A stronger constraint moves a pair to the"
    " left until both meet on the real axis (critical damping); beyond, one of them turns back and "
    "convergence slows down. Penalties that ask for a slope other than 0 jump at psi = 0 and have no "
    "eigenvalues: the table has the limits of psi's velocity from both sides instead. Instance noise is "
    "+-sigma in equal shares, which at 0 is exact."
)
_FINE = 121


def eigenvalues(methods: Sequence[Played], looks: Mapping[str, Look]) -> Figure:
    """Complex plane, then real and imaginary part against the strength, and the table of all numbers."""
    having = [method for method in methods if len(method.eigenvalues())]
    swept = [method for method in having if _axis(method)]
    panels = [
        Panel(
            "At the methods' own strengths",
            "Eigenvalues in the complex plane: " + "; ".join(_said(method) for method in having) + ".",
            partial(_plane, having, looks) if having else None,
        )
    ]
    for option in dict.fromkeys(_axis(method) for method in swept):
        mine = [method for method in swept if _axis(method) == option]
        names = ", ".join(method.label for method in mine)
        alt = f"Largest real part of the eigenvalues of {names} against {option}, with the closed forms."
        panels.append(Panel(f"Slowest rate against {option}", alt, partial(_sweep, mine, option, looks)))
    labels = tuple(method.label for method in having)
    return Figure(
        "dirac-eigenvalues",
        "Eigenvalues",
        _CAPTION,
        tuple(panels),
        group="dirac",
        methods=labels,
        table=_table(methods),
    )


def _axis(method: Played) -> str:
    """What the eigenvalues of a method were swept over, "" where they do not depend on it."""
    swept = [(axis, at) for axis, at, _ in method.strengths() if axis]
    values = [method.eigenvalues(axis, at) for axis, at in swept]
    same = all(len(v) == len(values[0]) and np.allclose(v, values[0], atol=1e-9) for v in values)
    return "" if not swept or same else swept[0][0]


def _said(method: Played) -> str:
    return f"{method.label} " + " and ".join(complex_text(value) for value in method.eigenvalues())


def complex_text(value: complex) -> str:
    """Write -.15+.477i with four digits."""
    real, imaginary = (float(part) + 0.0 for part in (round(value.real, 4), round(value.imag, 4)))
    if imaginary == 0:
        return f"{real:g}"
    return f"{real:g}{imaginary:+g}i" if real else f"{imaginary:g}i"


def _plane(methods: Sequence[Played], looks: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas("real part [1 / time]", "imaginary part [1 / time]")
    ax.axvline(0, color=MUTED, linewidth=0.9)
    for k, method in enumerate(methods):
        values, look = method.eigenvalues(), looks[method.label]
        # Methods that share their eigenvalues lie on top of each other: later ones are drawn smaller, hollow.
        size = 9.5 - 6.0 * k / max(len(methods) - 1, 1)
        style: dict[str, Any] = {"marker": look.marker, "markersize": size, "markerfacecolor": "none"}
        ax.plot(values.real, values.imag, linestyle="none", **draw.of(look), markeredgewidth=1.2, **style)
        if method.linear is not None:
            told = method.linear.eigenvalues
            ax.plot(told.real, told.imag, linestyle="none", marker="+", markersize=5, color=INK)
    draw.linear_axis(ax.xaxis)
    draw.linear_axis(ax.yaxis)
    return figure


def _sweep(methods: Sequence[Played], option: str, looks: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas(option, "largest real part [1 / time]")
    ats: list[float] = []
    for method in methods:
        look = looks[method.label]
        at, values = _slowest(method)
        ats += at
        fine = np.geomspace(min(at), max(at), _FINE)
        told = [theory.linear(strengthened(method.described, option, float(value))) for value in fine]
        if all(field is not None for field in told):
            line = [field.eigenvalues.real.max() for field in told if field is not None]
            draw.theory_line(ax, fine.tolist(), line, "")
        ax.plot(at, values, linestyle="none", marker=look.marker, markersize=4.2, **draw.of(look))
    ax.axhline(0, color=MUTED, linewidth=0.8)
    draw.log_axis(ax.xaxis, ats)
    draw.linear_axis(ax.yaxis)
    name_lines(ax)
    return figure


def name_lines(ax: Axes) -> None:
    """Say in the lower left corner what the dark lines are."""
    ax.annotate("lines: closed form", (0.03, 0.05), xycoords="axes fraction", fontsize=7.5, color=INK)


def _slowest(method: Played) -> tuple[list[float], list[float]]:
    found = [(at, method.eigenvalues(axis, at).real.max()) for axis, at, _ in method.strengths() if axis]
    return [at for at, _ in found], [float(value) for _, value in found]


def _table(methods: Sequence[Played]) -> pd.DataFrame:
    rows = []
    for method in methods:
        field, measured = method.linear, method.eigenvalues()
        apart = method.deviations()
        below, above = method.one_sided()
        jumps = not len(measured)
        rows.append(
            {
                "method": method.label,
                "closed form": "" if field is None else ", ".join(map(complex_text, field.eigenvalues)),
                "measured": "none: jumps" if jumps else ", ".join(map(complex_text, measured)),
                "psi' at 0 from below": below if jumps else float("nan"),
                "psi' at 0 from above": above if jumps else float("nan"),
                "largest deviation, sweeps too": max(apart) if apart else float("nan"),
            }
        )
    return pd.DataFrame(rows)
