"""Make masters.npz: the ten digits of some freely licensed fonts, as small grey pictures. Run by hand.

    apt-get download fonts-dejavu-core ...          # the packages below
    for f in *.deb; do dpkg -x $f unpacked; done
    python rasterise.py unpacked masters.npz

The same fonts and the same Pillow give the same file, byte for byte. LICENCES.md names their sources.
Left out, since a picture of 16 x 16 would mislead: zeros with a dot or a stroke, old-style figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FACES = (
    "B612-Regular.otf",
    "BebasNeue-Bold.otf",
    "Cabin-Regular.otf",
    "Caladea-Bold.ttf",
    "Caladea-Italic.ttf",
    "Carlito-BoldItalic.ttf",
    "CharisSIL-Bold.ttf",
    "ComicNeue-BoldItalic.otf",
    "ComicNeue-Regular.otf",
    "Comfortaa-Bold.ttf",
    "Courier Prime Bold.otf",
    "Courier Prime.otf",
    "DancingScript-Bold.otf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansCondensed-Oblique.ttf",
    "DejaVuSans.ttf",
    "DejaVuSerif-BoldItalic.ttf",
    "DejaVuSerif.ttf",
    "GFSDidotBold.otf",
    "GFSDidotItalic.otf",
    "Gentium-I.ttf",
    "Karla-ExtraBold.otf",
    "Karla-Regular.otf",
    "Lato-BlackItalic.ttf",
    "Lato-Regular.ttf",
    "LeagueSpartan-Bold.otf",
    "LiberationSans-BoldItalic.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSerif-Bold.ttf",
    "LiberationSerif-Italic.ttf",
    "LinBiolinum_RB.otf",
    "LinLibertine_R.otf",
    "LinLibertine_RBI.otf",
    "NotoSans-Regular.ttf",
    "NotoSerif-Regular.ttf",
    "OldStandard-Bold.ttf",
    "OldStandard-Italic.ttf",
    "OpenSans-ExtraBold.ttf",
    "Play-Bold.ttf",
    "Play-Regular.ttf",
    "Quicksand-Medium.ttf",
    "Roboto-Black.ttf",
    "RobotoCondensed-Bold.ttf",
    "Sora-ExtraBold.otf",
    "Sora-Regular.otf",
    "lobster.otf",
)
SIDE = 48  # pixels of a master
DIGIT = 40  # height of the tallest digit of a face, and the widest that one may be
FINE = 4  # drawn this much larger and averaged: no hinting, and the same at every Pillow
LEVELS = 16  # grey levels kept, which halves the file


def digits(font: ImageFont.FreeTypeFont) -> np.ndarray:
    """The ten digits of a font as (10, SIDE, SIDE) bytes: one scale and one baseline for all ten."""
    boxes = [font.getbbox(str(digit), anchor="ls") for digit in range(10)]
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    pictures = []
    for digit, (left, _, right, _) in enumerate(boxes):
        picture = Image.new("L", (SIDE * FINE, SIDE * FINE))
        place = ((SIDE * FINE - left - right) // 2, (SIDE * FINE - top - bottom) // 2)
        ImageDraw.Draw(picture).text(place, str(digit), fill=255, font=font, anchor="ls")
        pictures.append(np.asarray(picture.reduce(FINE)))
    step = 255 / (LEVELS - 1)
    return (np.round(np.stack(pictures) / step) * step).round().astype(np.uint8)


def scaled(path: Path) -> ImageFont.FreeTypeFont:
    """A font at the size at which its digits fill a master."""
    basic = ImageFont.Layout.BASIC
    probe = ImageFont.truetype(str(path), 1000, layout_engine=basic)
    boxes = [probe.getbbox(str(digit), anchor="ls") for digit in range(10)]
    height = max(box[3] for box in boxes) - min(box[1] for box in boxes)
    width = max(box[2] - box[0] for box in boxes)
    return ImageFont.truetype(str(path), int(1000 * DIGIT * FINE / max(height, width)), layout_engine=basic)


def main(folder: str, output: str) -> None:
    """Write the masters (faces, 10, SIDE, SIDE) of the fonts found anywhere below the folder."""
    found = {path.name: path for path in sorted(Path(folder).rglob("*")) if path.suffix in (".ttf", ".otf")}
    missing = [name for name in FACES if name not in found]
    if missing:
        sys.exit(f"not found below {folder}: {', '.join(missing)}")
    masters = np.stack([digits(scaled(found[name])) for name in FACES])
    np.savez_compressed(output, masters=masters, faces=np.array([Path(name).stem for name in FACES]))


if __name__ == "__main__":
    main(*sys.argv[1:])
