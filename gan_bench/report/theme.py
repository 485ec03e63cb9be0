"""The look of figures: seaborn's, with stand-in colours that the page replaces by its own, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import seaborn as sns

from gan_bench.analysis.figure import BAND, GRID, INK, MUTED
from gan_bench.analysis.palette import HUES

# Stand-in -> what the page draws. Custom properties live in static/report.css, for light, dark and print.
PAGE_COLOURS = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    BAND: "var(--band)",
    **{hue.lower(): f"var(--series-{index})" for index, hue in enumerate(HUES)},
}

_RC: dict[str, Any] = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.size": 8.5,
    "path.simplify": True,
    # Text stays text: it can be searched and read aloud, and the page's own fonts set it.
    "svg.fonttype": "none",
    # The same bytes from the same numbers: ids are hashes, salted with a constant.
    "svg.hashsalt": "gan-bench",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8,
}


@contextmanager
def themed() -> Iterator[None]:
    """Draw inside this block with the report's theme; settings outside stay as they were."""
    settings: dict[Any, Any] = {**dict(sns.axes_style("ticks")), **_RC}
    with mpl.rc_context(settings):
        yield
