"""A folder of pictures: files below it, or one level of sub-folders, which are the classes by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gan_bench.data.pixels import SIZES, fitted
from gan_bench.errors import UsageError
from gan_bench.paths import shown
from gan_bench.plugin_files import first_line

_GREY = ("1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N")
_UNREADABLE = ("I", "F")  # more than 16 bits a pixel: of unknown range
# What Pillow reads by itself; for others it starts programs of the machine (PostScript) or knows the
# ending alone. What a file holds, not its ending, decides which of these reads it.
FORMATS = ("PNG", "JPEG", "BMP", "DIB", "GIF", "TIFF", "WEBP", "PPM", "TGA")
ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp",
    ".ppm", ".pgm", ".pbm", ".pnm", ".tga",
)  # fmt: skip
_COUNTS = f"a file counts whose name ends in {', '.join(ENDINGS)}"
_KINDS = {1: "grey", 3: "in colour"}


@dataclass(frozen=True)
class Required:
    """The shape C, H, W that pictures must have: whose it is, and how others are brought to it."""

    shape: tuple[int, int, int]
    of: str
    advice: str

    def check(self, shape: tuple[int, ...], name: str) -> None:
        """Raise UsageError for another shape C, H, W; name: of the picture or of their file."""
        if shape != self.shape:
            raise UsageError(f"{name} is {_said(shape)}, but {self.of} is {_said(self.shape)}; {self.advice}")


@dataclass(frozen=True)
class Wanted:
    """How pictures are brought into one shape; None: as the first picture has it, and all must agree.

    required: the shape that they must have as they are, instead of the other two. skipping: how the user who
    asks says that broken pictures are left out.
    """

    size: int | None = None
    channels: int | None = None
    skip_broken: bool = False
    required: Required | None = None
    skipping: str = 'broken = "skip"'


@dataclass(frozen=True)
class Pictures:
    """Images (N, C, H, W) as bytes, the class of each (N,) or None, and what a reader should know."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    classes: int
    remark: str


@dataclass(frozen=True)
class Files:
    """A folder's pictures, sorted, and the class of each or None; ignored: how many other files there are."""

    root: Path
    paths: list[Path]
    labels: list[int] | None
    classes: int
    ignored: int


def files_of(root: Path) -> Files:
    """List the pictures of a folder; UsageError where there are none or their classes are not clear."""
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    paths, ignored = _pictures(root)
    if not paths and not folders:
        raise UsageError(f"{shown(root)}: there is no image in this folder: {_COUNTS}")
    if not folders:
        return Files(root, paths, None, 0, ignored)
    if paths:
        raise UsageError(
            f"{shown(root)}: images lie beside the folder {folders[0].name}; "
            "put all into sub-folders, one per class, or all into one folder"
        )
    labels: list[int] = []
    for index, folder in enumerate(folders):
        inside, others = _class_folder(folder)
        paths += inside
        labels += [index] * len(inside)
        ignored += others
    return Files(root, paths, labels, len(folders), ignored)


def every_file(root: Path) -> Files:
    """List the pictures of a folder and of all folders below it, unlabelled; UsageError where none is."""
    paths, ignored = _pictures(root)
    for folder in sorted(path for path in root.rglob("*") if path.is_dir()):
        if not any(part.startswith(".") for part in folder.relative_to(root).parts):
            inside, others = _pictures(folder)
            paths += inside
            ignored += others
    if not paths:
        raise UsageError(f"{shown(root)}: there is no image in this folder: {_COUNTS}")
    return Files(root, paths, None, 0, ignored)


def decoded(files: Files, wanted: Wanted) -> Pictures:
    """Read every picture; UsageError, with the file's name, for one that is damaged or does not fit."""
    images: NDArray[np.uint8] | None = None
    good: list[int] = []
    alpha = 0
    for index, path in enumerate(files.paths):
        try:
            picture, transparent = _read(path, wanted)
        except UsageError as error:
            if wanted.skip_broken:
                continue
            raise UsageError(f"{error} ({wanted.skipping} leaves such files out)") from None
        if wanted.required:
            wanted.required.check(picture.shape, _name(path))
        if images is None:
            images = np.empty((len(files.paths), *_shape(picture, path, wanted)), np.uint8)
            first = path
        _must_agree(picture, path, images, first)
        images[len(good)] = picture
        good.append(index)
        alpha += transparent
    if images is None:
        raise UsageError(f"{shown(files.root)}: none of its {len(files.paths)} images can be read")
    labels = None if files.labels is None else np.asarray(files.labels, np.int64)[good]
    remark = _remark(len(files.paths) - len(good), files.ignored, alpha)
    return Pictures(images[: len(good)], labels, files.classes, remark)


def _pictures(folder: Path) -> tuple[list[Path], int]:
    """The files with an image's ending, sorted by name, and how many others are there."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    found = [path for path in files if path.suffix.lower() in ENDINGS]
    return found, len(files) - len(found)


def _class_folder(folder: Path) -> tuple[list[Path], int]:
    found, others = _pictures(folder)
    deeper = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    where = f"{shown(folder.parent)}: the class folder {folder.name}"
    if deeper:
        raise UsageError(f"{where} has a folder {deeper[0].name}; classes are one level of sub-folders")
    if not found:
        raise UsageError(f"{where} has no image: {_COUNTS}")
    return found, others


def _read(path: Path, wanted: Wanted) -> tuple[NDArray[np.uint8], bool]:
    """A picture as (C, H, W) bytes, and whether it was transparent somewhere."""
    try:
        with Image.open(path, formats=FORMATS) as file:
            picture = ImageOps.exif_transpose(file)
            if picture.mode in _UNREADABLE:
                raise ValueError(f"pixels of kind {picture.mode}, not 8 or 16 bits a channel")
            transparent = "A" in picture.getbands() or "transparency" in picture.info
            return _array(picture, wanted), transparent
    except Exception as error:  # what Pillow raises on damaged files is many things
        raise UsageError(f"{_name(path)} cannot be read as an image: {first_line(error)}") from None


def _array(picture: Image.Image, wanted: Wanted) -> NDArray[np.uint8]:
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion cuts off everything above 255.
        picture = Image.fromarray((np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8))
    if picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")  # Pillow warns where it is dropped on the way to RGB
    channels = wanted.channels or (1 if picture.mode in _GREY else 3)
    picture = picture.convert("L" if channels == 1 else "RGB")
    if wanted.size:
        picture = fitted(picture, wanted.size)
    array = np.asarray(picture)
    return array[None] if channels == 1 else array.transpose(2, 0, 1)


def _shape(picture: NDArray[np.uint8], path: Path, wanted: Wanted) -> tuple[int, ...]:
    _, height, width = picture.shape
    if wanted.size is None and (height != width or height not in SIZES):
        raise UsageError(
            f"{_name(path)} is {width} x {height}; without size = ... images must be square "
            f"with a side of {', '.join(map(str, SIZES))}"
        )
    return picture.shape


def _must_agree(picture: NDArray[np.uint8], path: Path, images: NDArray[np.uint8], first: Path) -> None:
    (channels, height, width), (others, high, wide) = picture.shape, images.shape[1:]
    if (height, width) != (high, wide):
        raise UsageError(
            f"{_name(path)} is {width} x {height} but {first.name} is {wide} x {high}; "
            "say size = ... to bring all to one size"
        )
    if channels != others:
        raise UsageError(
            f"{_name(path)} is {_KINDS[channels]} but {first.name} is {_KINDS[others]}; "
            "say channels = 1 or channels = 3"
        )


def _said(shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    return f"{width} x {height} {_KINDS.get(channels, f'with {channels} channels')}"


def _name(path: Path) -> str:
    """A path as it may be shown, with its folder: the name of a file alone could be anywhere."""
    return shown(path) if shown(path) != path.name else f"{path.parent.name}/{path.name}"


def _remark(broken: int, ignored: int, alpha: int) -> str:
    said = [
        f"{broken} broken image{'s' * (broken > 1)} left out" if broken else "",
        f"{ignored} file{'s' * (ignored > 1)} without an image's ending ignored" if ignored else "",
        f"transparency of {alpha} image{'s' * (alpha > 1)} dropped" if alpha else "",
    ]
    return "; ".join(text for text in said if text)
