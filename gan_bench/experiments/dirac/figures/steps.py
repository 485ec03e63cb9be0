"""Discrete stability: the largest multiplier of one update against the step and the critic steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.figure import INK, MUTED, Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.dirac import theory
from gan_bench.experiments.dirac.board import Played
from gan_bench.experiments.dirac.figures.eigenvalues import name_lines
from gan_bench.experiments.dirac.schemes import Scheme

_CAPTION = (
    "How much one whole update stretches a small distance to the equilibrium, at most: measured by moving "
    "the training code's players from beside it (markers), and in closed form (dark lines). Below the level"
    " at 1 an update is locally stable. Upright ticks on that level are the thresholds: for simultaneous "
    "updates h < -2 Re mu / |mu|^2 for every eigenvalue mu, so a game without damping is unstable at any "
    "step; alternating updates keep it neutral up to h = 2 / (p sqrt n), p the coupling and n the critic "
    "steps; extragradient makes it stable up to h = 1 / p. The table has every threshold."
)
_FINE = 161


def steps(methods: Sequence[Played], looks: Mapping[str, Look]) -> Figure | None:
    """A panel for each scheme over steps, one over critic steps; the table of thresholds."""
    smooth = [method for method in methods if len(method.eigenvalues())]
    if not smooth:
        return None
    panels = []
    for scheme in dict.fromkeys(scheme for method in smooth for scheme in method.schemes):
        mine = [method for method in smooth if scheme in method.schemes]
        alt = f"Largest multiplier of {scheme.title} updates against the step size. {_said(mine, scheme)}"
        panels.append(Panel(_capital(scheme.title), alt, partial(_draw, mine, scheme, "step size h", looks)))
    paired = [m for m in smooth if len(m.along("multiplier_alternating", "critic steps")[0])]
    if paired:
        alt = "Largest multiplier of alternating updates against the number of critic steps per update."
        title = f"Alternating, step {paired[0].settings['step_size']:g}"
        panels.append(Panel(title, alt, partial(_draw, paired, None, "critic steps", looks)))
    labels = tuple(method.label for method in smooth)
    return Figure(
        "dirac-steps",
        "Step sizes and critic steps",
        _CAPTION,
        tuple(panels),
        group="dirac",
        methods=labels,
        table=_table(smooth),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _said(methods: Sequence[Played], scheme: Scheme) -> str:
    told = [
        (m.label, theory.threshold(m.linear, scheme.updates, scheme.n_critic)) for m in methods if m.linear
    ]
    return "Thresholds: " + ", ".join(f"{label} {value:.3g}" for label, value in told) + "."


def _draw(methods: Sequence[Played], scheme: Scheme | None, xlabel: str, looks: Mapping[str, Look]) -> Any:
    figure, ax = draw.canvas(xlabel, "largest multiplier")
    xs, ys = [], []
    for k, method in enumerate(methods):
        look = looks[method.label]
        x, y = _measured(method, scheme)
        _closed_form(ax, method, scheme, x)
        size = 6.5 - 3.0 * k / max(len(methods) - 1, 1)
        style: dict[str, Any] = {"marker": look.marker, "markersize": size, "markerfacecolor": "none"}
        ax.plot(x, y, linestyle="none", **draw.of(look), **style)
        xs.append(x)
        ys.append(y)
    draw.log_axis(ax.xaxis, np.concatenate(xs))
    ax.axhline(1.0, color=MUTED, linewidth=0.9)
    # The question is on which side of 1 it is: what is far above needs no room.
    ax.set_ylim(0.0, min(2.0, 1.08 * float(np.nanmax(np.concatenate(ys)))))
    draw.linear_axis(ax.yaxis)
    name_lines(ax)
    return figure


def _measured(method: Played, scheme: Scheme | None) -> tuple[np.ndarray, np.ndarray]:
    if scheme is None:
        return method.along("multiplier_alternating", "critic steps")
    return method.along(f"multiplier_{scheme.key}", "step size")


def _closed_form(ax: Any, method: Played, scheme: Scheme | None, x: np.ndarray) -> None:
    field = method.linear
    if field is None or not len(x):
        return
    if scheme is None:
        counts = np.unique(np.geomspace(x.min(), x.max(), _FINE).astype(int))
        step = method.settings["step_size"]
        line = [theory.radius(field, step, "alternating", int(n)) for n in counts]
        draw.theory_line(ax, counts.tolist(), line, "")
        return
    fine = np.geomspace(x.min(), x.max(), _FINE)
    line = [theory.radius(field, h, scheme.updates, scheme.n_critic) for h in fine]
    draw.theory_line(ax, fine.tolist(), line, "")
    end = theory.threshold(field, scheme.updates, scheme.n_critic)
    if fine[0] < end < fine[-1]:
        ax.plot(end, 1.0, linestyle="none", marker="|", markersize=11, markeredgewidth=1.3, color=INK)


def _table(methods: Sequence[Played]) -> pd.DataFrame:
    found = dict.fromkeys(scheme for method in methods for scheme in method.schemes)
    rows = []
    for method in methods:
        row: dict[str, Any] = {"method": method.label}
        for scheme in found:
            field = method.linear if scheme in method.schemes else None
            value = theory.threshold(field, scheme.updates, scheme.n_critic) if field else math.nan
            row[f"largest step, {scheme.title}"] = value
        rows.append(row)
    return pd.DataFrame(rows)
