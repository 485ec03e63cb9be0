"""Draw figures into what the page holds: inline SVG for curves, PNGs in data addresses for the rest."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from gan_bench.analysis.figure import Figure, Panel, Tile
from gan_bench.report.svg import inline_svg
from gan_bench.report.theme import PAGE_COLOURS, themed

# Enough for one hue over grey with soft edges; a fifth of the bytes of full colour.
PNG_COLOURS = 32
# Of a tile of colour images: a third of the bytes of full colour.
TILE_COLOURS = 256


@dataclass(frozen=True)
class Shown:
    """One tile: the address of its PNG, and its size on the page in pixels."""

    heading: str
    source: str
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """One drawn panel: svg markup, or a PNG's address with its size in pixels, or tiles, or words only."""

    label: str
    alt: str
    svg: str = ""
    source: str = ""
    width: int = 0
    height: int = 0
    tiles: tuple[Shown, ...] = ()


def drawn(figure: Figure) -> list[Picture]:
    """Draw every panel of a figure with the report's theme."""
    with themed():
        draw = _BY_LAYOUT[figure.layout]
        return [draw(panel, f"{_short(figure.name)}-{i}-") for i, panel in enumerate(figure.panels)]


def _short(name: str) -> str:
    """A figure's name for ids that are referred to thousands of times: nine signs instead of forty."""
    return f"f{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def anchor(name: str) -> str:
    """Turn any name into one that ids and fragments may hold."""
    return re.sub(r"[^A-Za-z0-9_.+-]+", "-", name).strip("-") or "unnamed"


def _vector(panel: Panel, prefix: str) -> Picture:
    if panel.draw is None:
        return Picture(panel.label, panel.alt)
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    panel.draw().savefig(buffer, format="svg", metadata=nothing)
    return Picture(panel.label, panel.alt, svg=inline_svg(buffer.getvalue(), prefix, panel.alt, PAGE_COLOURS))


def _pixels(panel: Panel, _prefix: str) -> Picture:
    if panel.draw is None:
        return Picture(panel.label, panel.alt)
    pixels = _render(panel.draw())
    image = Image.fromarray(pixels).quantize(PNG_COLOURS, method=Image.Quantize.FASTOCTREE)
    return Picture(panel.label, panel.alt, source=_address(image), width=image.width, height=image.height)


def _tiles(panel: Panel, _prefix: str) -> Picture:
    if panel.draw is None:
        return Picture(panel.label, panel.alt)
    return Picture(panel.label, panel.alt, tiles=tuple(_shown(tile) for tile in panel.draw()))


_BY_LAYOUT = {"grid": _vector, "table": _vector, "strip": _pixels, "tiles": _tiles}


def _shown(tile: Tile) -> Shown:
    image = Image.fromarray(tile.pixels)
    if image.mode == "RGB":
        image = image.quantize(TILE_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return Shown(tile.heading, _address(image), image.width * tile.zoom, image.height * tile.zoom)


def _address(image: Image.Image) -> str:
    """The picture as a PNG in a data address."""
    buffer = io.BytesIO()
    # Level 9 makes 4 % less and takes four times as long.
    image.save(buffer, format="png", compress_level=7)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _render(canvas: Any) -> np.ndarray:
    """Draw without paper, -> (height, width, 4) uint8."""
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="rgba", transparent=True)
    width, height = (round(float(side) * canvas.dpi) for side in canvas.get_size_inches())
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8).reshape(height, width, 4)
