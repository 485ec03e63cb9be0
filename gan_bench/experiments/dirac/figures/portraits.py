"""Phase portraits: the field as arrows, and where simultaneous and alternating updates go in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gan_bench.analysis.figure import INK, MUTED, Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments.dirac.board import Played
from gan_bench.experiments.dirac.schemes import Scheme
from gan_bench.experiments.figures import PANEL, of

_CAPTION = (
    "Each square is one method's game: generator theta across, critic slope psi upwards, the equilibrium at"
    " the cross. Arrows are the direction in which the training code pulls both players (their length is "
    "the speed, to a root); the line is the trajectory of step {step:g} from the ring, over {steps} "
    "updates, the filled point its end. Left: simultaneous updates (or the method's own); right: "
    "alternating ones, generator first. A trajectory that ends in the cross converged; one that keeps "
    "circling does not, however long it is trained. What leaves the square is cut off."
)

# As wide as every panel, and as high as two squares with a heading need.
_SIZE = (PANEL[0], 1.98)


def portraits(methods: Sequence[Played], looks: Mapping[str, Look]) -> Figure:
    """One panel a method: its field and its trajectories under two schemes."""
    panels = [_panel(method, looks[method.label]) for method in methods]
    settings = methods[0].settings
    return Figure(
        "dirac-portraits",
        "Phase portraits",
        _CAPTION.format(step=settings["step_size"], steps=settings["steps"]),
        tuple(panels),
        group="dirac",
    )


def _panel(method: Played, look: Look) -> Panel:
    shown = [scheme for scheme in method.schemes if scheme.updates != "extragradient"][:2]
    said = "; ".join(f"{scheme.title}: {method.path_class(scheme.key)}" for scheme in shown)
    alt = f"Vector field of {method.label} and trajectories from {method.settings['start']}. {said}."
    return Panel(f"{method.label}", alt, partial(_draw, method, shown, look) if shown else None)


def _draw(method: Played, shown: Sequence[Scheme], look: Look) -> Any:
    figure = Canvas(figsize=_SIZE)
    for k, scheme in enumerate(shown):
        ax = figure.add_axes((0.115 + 0.47 * k, 0.18, 0.405, 0.405 * _SIZE[0] / _SIZE[1]))
        _square(ax, method, scheme, look)
        if k:
            ax.set_yticklabels([])
        else:
            ax.set_ylabel("psi", labelpad=0)
    return figure


def _square(ax: Axes, method: Played, scheme: Scheme, look: Look) -> None:
    extent = float(method.settings["extent"])
    _arrows(ax, method.cell.samples["field"], extent)
    path = method.cell.samples[f"path_{scheme.key}"][0]
    path = path[np.isfinite(path).all(1)]
    # Far beyond the square the drawing library would compute with numbers that overflow.
    path = np.clip(path, -50 * extent, 50 * extent)
    ax.plot(*path.T, **of(look), linewidth=0.9)
    ax.plot(*path[0], marker="o", markersize=5, markerfacecolor="none", **of(look))
    ax.plot(*path[-1], marker="o", markersize=4.5, **of(look))
    ax.plot(0, 0, marker="+", markersize=7, markeredgewidth=1.2, color=INK)
    ax.set_xlim(-extent, extent)
    ax.set_ylim(-extent, extent)
    ax.set_xticks([-2, 0, 2] if extent >= 2 else [0])
    ax.set_yticks([-2, 0, 2] if extent >= 2 else [0])
    ax.set_xlabel("theta", labelpad=1)
    ax.set_title(_heading(method, scheme), fontsize=8, color=INK, pad=4)


def _heading(method: Played, scheme: Scheme) -> str:
    name = {"simultaneous": "simult.", "alternating": f"altern. {scheme.n_critic}"}
    return f"{name.get(scheme.updates, scheme.updates)}: {method.path_class(scheme.key)}"


def _arrows(ax: Axes, field: np.ndarray, extent: float) -> None:
    """Arrows of the field at (n, 4) points and velocities, as long as the root of the speed."""
    points, velocities = field[:, :2], field[:, 2:]
    finite = np.isfinite(velocities).all(1)
    speed = np.hypot(*velocities.T)
    largest = np.sqrt(speed[finite].max()) if finite.any() else 0.0
    kept = finite & (speed > 0)
    if not largest or not kept.any():
        return
    spacing = 2 * extent / (np.sqrt(len(field)) - 1)
    lengths = 0.8 * spacing * np.sqrt(speed[kept]) / largest
    arrows = velocities[kept] / speed[kept, None] * lengths[:, None]
    style: dict[str, Any] = {"pivot": "mid", "units": "width", "width": 0.009}
    style |= {
        "angles": "xy",
        "scale_units": "xy",
        "scale": 1,
        "headwidth": 3.2,
        "headlength": 3.5,
        "headaxislength": 3.2,
    }
    ax.quiver(*points[kept].T, *arrows.T, color=MUTED, alpha=0.7, **style)
