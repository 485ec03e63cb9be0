"""What an experiment hands to the report: pictures with words, drawn only when the page is made.

Free of any drawing library: `draw` returns a matplotlib figure, and whoever calls it sets the theme.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

# Stand-ins for colours of the page, not of a method: the report maps them to its own, light or dark.
INK, MUTED, GRID, BAND = "#111213", "#717273", "#d1d2d3", "#a1a2a3"
# Before a method's label in the id of what is drawn of it: the report turns such an id into a mark.
METHOD = "method:"


@dataclass(frozen=True)
class Tile:
    """A small picture under a heading: uint8 (H, W) grey or (H, W, 3), shown `zoom` times as large."""

    heading: str
    pixels: np.ndarray
    zoom: int = 1


@dataclass(frozen=True)
class Panel:
    """One picture: `draw() -> matplotlib.figure.Figure`, or None where there is nothing to draw.

    In a figure of layout "tiles" it is a row of them: `draw() -> list[Tile]`. alt says in words what it
    shows, or why there is nothing.
    """

    label: str
    alt: str
    draw: Callable[[], Any] | None


@dataclass(frozen=True)
class Figure:
    """Pictures that belong together, with a caption that says what to see, and their numbers as a table.

    layout "grid": panels side by side, as many as fit, vector graphics. layout "strip": one panel a row,
    pixels; `columns` are the headings over equal parts of its width. layout "tiles": a row of tiles
    per panel, which wraps where the page is narrow. layout "table": no panels, the table itself. methods:
    labels that the legend shows.
    group: the heading under which figures are gathered: a data set, or the name of an experiment.
    table_of: what the table holds, where the title does not say so ("medians over seeds").
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    section: Literal["dynamics", "clouds", "results", "throughput"] = "results"
    group: str = ""
    layout: Literal["grid", "strip", "tiles", "table"] = "grid"
    columns: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    table: pd.DataFrame | None = None
    table_of: str = ""
