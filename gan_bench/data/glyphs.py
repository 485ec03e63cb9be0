"""Digits of 46 type faces, moved, turned, sheared and scaled at random: an endless labelled set, offline.

`glyph_masters/` holds the digits as small pictures, the licences of the fonts, and the script that drew them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gan_bench import seeds
from gan_bench.data.pixels import checked_size
from gan_bench.data.sampled import SampledImages
from gan_bench.data.toy import label
from gan_bench.errors import UsageError

SIZES = (8, 16, 32, 64)
CLASSES = 10
MASTERS_DIGEST = "a10c0a079fd24b87"  # of masters.npz: another file is another data set

# Heights and shifts in shares of the image's side, angles in tangents; each is uniform in +- its range.
_HEIGHT = 0.74  # of the tallest digit of a face
_SCALE = 0.12
_HALF_TURN = 0.105  # tan of half the angle: up to 12 degrees, so a 6 never looks like a 9
_SHEAR = 0.15
_SHIFT = 0.06
_NOISE = 0.02  # standard deviation of the pixel noise, in shares of white
# Noise is cut from one long row of normals at a random place: a draw per image instead of one per pixel.
_NOISE_ROW = 2**18
_RECIPE = (1, _HEIGHT, _SCALE, _HALF_TURN, _SHEAR, _SHIFT, _NOISE, _NOISE_ROW)

# Columns of a draw, uniform on [0, 1).
_CLASS, _FACE, _TURN, _WIDE, _HIGH, _SLANT, _RIGHT, _DOWN, _GRAIN = range(9)
_COLUMNS = 9


@dataclass(frozen=True)
class Glyphs:
    """The source (see `sampled.Source`) of rendered digits; a draw is nine uniforms (n, 9) of float32."""

    size: int

    @property
    def shape(self) -> tuple[int, int, int]:
        return 1, self.size, self.size

    @property
    def class_weights(self) -> Tensor:
        return torch.full((CLASSES,), 1 / CLASSES, dtype=torch.float64)

    def class_counts(self, split: str) -> None:
        """Endless."""

    def size_of(self, split: str) -> None:
        """Endless."""

    def draw(self, n: int, source: torch.Generator, split: str) -> Tensor:  # noqa: ARG002  (endless)
        return torch.rand(n, _COLUMNS, generator=source, device=source.device)

    def choose(self, n: int, source: torch.Generator, split: str) -> Tensor:
        return self.draw(n, source, split)

    def render(self, drawn: Tensor, split: str) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return images (N, 1, size, size) float32 in [-1, 1], white on black, and their digits (N,)."""
        masters = _masters(self.size, drawn.device)
        faces = masters.shape[0] // CLASSES
        digit, face = _whole(drawn[:, _CLASS], CLASSES), _whole(drawn[:, _FACE], faces)
        image = F.grid_sample(masters[face * CLASSES + digit], _places(drawn, self.size), align_corners=False)
        grain = _noise(self.size**2, drawn.device)[_whole(drawn[:, _GRAIN], _NOISE_ROW)]
        return image.add_(grain.view_as(image)).mul_(2).sub_(1).clamp_(-1, 1), digit


def glyphs(size: int = 16) -> SampledImages:
    """Rendered digits, one channel, 10 classes of equal weight. UsageError for another size."""
    source = Glyphs(checked_size(size, "glyphs", SIZES))
    options = {} if size == 16 else {"size": size}
    digest = hashlib.sha256(f"{MASTERS_DIGEST}/{_RECIPE}/{size}".encode()).hexdigest()[:16]
    return SampledImages(label("glyphs", options), {"name": "glyphs", **options}, digest, source)


def _places(drawn: Tensor, size: int) -> Tensor:
    """Where in its master each pixel of each image lies: (N, size, size, 2), in [-1, 1] inside the master.

    Written out in sums and products: a matrix product could round differently in another batch.
    """
    signed = (drawn[:, _TURN : _DOWN + 1] * 2 - 1).view(-1, 6, 1, 1)
    turn, wide, high, slant, right, down = signed.unbind(1)
    half, slant = turn * _HALF_TURN, slant * _SHEAR
    cosine, sine = (1 - half * half) / (1 + half * half), 2 * half / (1 + half * half)
    width, height = (1 + wide * _SCALE) * _coverage(), (1 + high * _SCALE) * _coverage()
    axis = (torch.arange(size, device=drawn.device, dtype=drawn.dtype) * 2 + 1) / size - 1
    x = axis.view(1, 1, -1) - right * (2 * _SHIFT)
    y = axis.view(1, -1, 1) - down * (2 * _SHIFT)
    # The way from the image to its master: turned back, slanted back, scaled back.
    places = drawn.new_empty(len(drawn), size, size, 2)
    torch.add(
        x * ((cosine - slant * sine) / width), y * ((sine + slant * cosine) / width), out=places[..., 0]
    )
    torch.sub(y * (cosine / height), x * (sine / height), out=places[..., 1])
    return places


@cache
def _coverage() -> float:
    """Side of a master in shares of the image's side, such that the tallest digit fills _HEIGHT of it."""
    shown = np.flatnonzero(_shipped().any(axis=(0, 1, 3)))
    return _HEIGHT * _shipped().shape[-1] / float(shown[-1] - shown[0] + 1)


@cache
def _masters(size: int, device: torch.device) -> Tensor:
    """The masters (faces * 10, 1, side, side) in [0, 1], without detail finer than a pixel of the images."""
    masters = torch.from_numpy(_shipped()).float().flatten(0, 1)[:, None] / 255
    side = masters.shape[-1]
    ratio = side / (_coverage() * size)  # pixels of a master to a pixel of an image
    window = 2 * max(0, round((ratio - 1) / 2)) + 1
    masters = F.avg_pool2d(masters, window, stride=1, padding=window // 2)
    fewest = min(side, round(2 * side / ratio))
    return F.interpolate(masters, size=(fewest, fewest), mode="bilinear", antialias=True).to(device)


@cache
def _noise(pixels: int, device: torch.device) -> Tensor:
    """Every stretch of a row of normals, (_NOISE_ROW, pixels), as a view."""
    row = torch.randn(_NOISE_ROW + pixels - 1, generator=seeds.generator(0, "glyphs/noise")) * _NOISE
    return row.to(device).unfold(0, pixels, 1)


@cache
def _shipped() -> NDArray[np.uint8]:
    """The masters as shipped, (faces, 10, side, side)."""
    file = resources.files("gan_bench.data") / "glyph_masters" / "masters.npz"
    with file.open("rb") as opened, np.load(opened) as found:
        masters: NDArray[np.uint8] = found["masters"]
    if hashlib.sha256(masters.tobytes()).hexdigest()[:16] != MASTERS_DIGEST:
        raise UsageError("glyphs: masters.npz is not the file that this version of gan-bench came with")
    return masters


def _whole(uniform: Tensor, count: int) -> Tensor:
    """Map float32 uniforms on [0, 1) to 0 .. count - 1; the largest of them still falls below count."""
    return (uniform * count).long()
