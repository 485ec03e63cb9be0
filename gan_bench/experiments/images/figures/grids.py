"""Images side by side in one picture, by seed; free of any drawing library."""

from __future__ import annotations

import numpy as np

from gan_bench.analysis.cells import Cell

PREFIX = "step-"
# Between two images: neither the black of most backgrounds nor white.
_GAP, _LINE = 1, 96
# Pixels on the page that a small image's side takes at least.
_LEGIBLE = 32


def mosaic(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images (n, C, H, W), uint8, out in rows of `columns`: (height, width), with 3 behind where C = 3.

    The last row is filled up with the grey that stands between the images.
    """
    rows = -(-len(images) // columns)
    _, channels, height, width = images.shape
    down, right = height + _GAP, width + _GAP
    made = np.full((rows * down - _GAP, columns * right - _GAP, channels), _LINE, dtype=np.uint8)
    for k, image in enumerate(images):
        y, x = k // columns * down, k % columns * right
        made[y : y + height, x : x + width] = image.transpose(1, 2, 0)
    return made[:, :, 0] if channels == 1 else made


def zoom(side: int) -> int:
    """How many times as large as its pixels an image is shown: at least twice for sides up to 32."""
    return max(_LEGIBLE // side, 2 if side <= _LEGIBLE else 1)


def steps_of(cell: Cell) -> list[int]:
    """Steps at which the cell stored images, in order."""
    names = {name for outcome in cell.outcomes for name in outcome.samples if name.startswith(PREFIX)}
    return sorted(int(name.removeprefix(PREFIX)) for name in names)


def seeds_of(cell: Cell, step: int) -> list[int]:
    """Seeds whose images at a step were stored, over all blocks of seeds."""
    return [
        seed
        for outcome in cell.outcomes
        if f"{PREFIX}{step}" in outcome.samples
        for seed in outcome.job.seeds
    ]


def of_seed(cell: Cell, step: int, seed: int) -> np.ndarray:
    """Images (n, C, H, W) of one seed at a step; raises KeyError where there are none."""
    for outcome in cell.outcomes:
        if seed in outcome.job.seeds and f"{PREFIX}{step}" in outcome.samples:
            images: np.ndarray = outcome.samples[f"{PREFIX}{step}"][outcome.job.seeds.index(seed)]
            return images
    raise KeyError((step, seed))


def real_images(cells: tuple[Cell, ...]) -> np.ndarray | None:
    """Real images (n, C, H, W) that a cell of the data set stored, or None."""
    for cell in cells:
        for outcome in cell.outcomes:
            if "reference" in outcome.samples:
                return outcome.samples["reference"]
    return None
