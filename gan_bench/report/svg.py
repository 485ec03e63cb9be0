"""Make matplotlib's SVG fit to stand inside a page whose policy forbids style attributes.

`style=` becomes presentation attributes, `<style>` goes, ids become short ones of their own figure, stand-in
colours become the page's, coordinates lose digits that no eye can see; what is never seen is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from gan_bench.analysis.figure import GRID, METHOD
from gan_bench.report.svg_merge import merge

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DROPPED = {f"{_SVG}style", f"{_SVG}metadata"}
_INVISIBLE_TURN = re.compile(r"rotate\(-?0(?:\.0*)? [^)]*\)")
_NUMBER = re.compile(r"-?\d+\.\d+")
_FONT = re.compile(r"(?:(?P<style>italic|oblique)\s+)?(?:(?P<weight>bold|\d{3})\s+)?(?P<size>[\d.]+)px\b")
# What SVG takes for granted need not be said again and again.
_DEFAULTS = {"stroke-linejoin": "miter", "stroke-linecap": "butt", "stroke-opacity": "1", "fill-opacity": "1"}
# A path's commands that need not be named again, by the one before: more points are lines after a move.
_IMPLIED = {("M", "L"), ("L", "L"), ("C", "C"), ("Q", "Q")}
_COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*)")
# Data come as points and lines: a tenth of a point is a seventh of a pixel.
_DIGITS = 1


def inline_svg(text: str, prefix: str, alt: str, colours: Mapping[str, str]) -> str:
    """Rewrite a matplotlib SVG document into an element for the page, labelled with alt.

    prefix: begins every id; no other picture of the page may have it.
    """
    # The text comes from our own drawing, never from a user's file: no entities, nothing external.
    root = ET.fromstring(text)  # noqa: S314
    _drop(root)
    names = _Names(prefix)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _rewrite(element, names, colours)
    _unwrap(root)
    merge(root, colours.get(GRID, GRID))
    width, height = (root.attrib.pop(name).removesuffix("pt") for name in ("width", "height"))
    kept = {"viewBox": root.get("viewBox", f"0 0 {width} {height}")}
    root.attrib.clear()
    root.attrib.update({"role": "img", "aria-label": alt, "width": width, "height": height, **kept})
    # Text and attributes hold no ">" of their own: it is escaped in both.
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


class _Names:
    """Short names for ids: the picture's prefix and a running number."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._known: dict[str, str] = {}

    def __getitem__(self, old: str) -> str:
        return self._known.setdefault(old, f"{self._prefix}{len(self._known)}")


def _drop(element: ET.Element) -> None:
    for child in list(element):
        if child.tag in _DROPPED or (child.tag == f"{_SVG}defs" and all(c.tag in _DROPPED for c in child)):
            element.remove(child)
        else:
            _drop(child)


def _unwrap(element: ET.Element) -> None:
    """Replace groups that say nothing by their children; drop white space and what is not seen."""
    element.tail = None
    if len(element) and element.text and not element.text.strip():
        element.text = None
    children: list[ET.Element] = []
    for child in list(element):
        _unwrap(child)
        if element.tag == "defs" or not _unseen(child):
            children += list(child) if child.tag == "g" and not child.attrib else [child]
    element[:] = children


def _unseen(element: ET.Element) -> bool:
    """Whether a path has neither stroke nor filling, as the paper behind a picture."""
    return element.tag == "path" and element.get("fill") == "none" and element.get("stroke", "none") == "none"


def _rewrite(element: ET.Element, names: _Names, colours: Mapping[str, str]) -> None:
    for name, value in _declarations(element.attrib.pop("style", "")):
        for attribute, plain in _presentation(name, value):
            if _DEFAULTS.get(attribute) != plain:
                element.set(attribute, colours.get(plain.lower(), plain))
    for attribute in ("fill", "stroke"):
        if (colour := element.get(attribute)) is not None:
            element.set(attribute, colours.get(colour.lower(), colour))
    _identify(element, names)
    _place(element)


def _place(element: ET.Element) -> None:
    """Shorten where an element lies."""
    for attribute in ("d", "x", "y", "transform"):
        if attribute in element.attrib:
            element.set(attribute, _shorten(element.attrib[attribute]))
    if "d" in element.attrib:
        element.set("d", _drawn_short(element.attrib["d"]))
    if _INVISIBLE_TURN.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]


def _identify(element: ET.Element, names: _Names) -> None:
    """Keep ids that something can point to; the names of groups only cost bytes."""
    if "id" in element.attrib:
        if element.tag == "g":
            name = element.attrib.pop("id")
            if name.startswith(METHOD):
                element.set("data-method", name.removeprefix(METHOD))
        else:
            element.set("id", names[element.attrib["id"]])
    if (href := element.attrib.pop(_HREF, None)) is not None:
        element.set("href", f"#{names[href.removeprefix('#')]}")
    if (clip := element.get("clip-path")) is not None:
        element.set("clip-path", f"url(#{names[clip.removeprefix('url(#').removesuffix(')')]})")


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _presentation(name: str, value: str) -> list[tuple[str, str]]:
    """Turn one declaration into presentation attributes; the font's family is the page's."""
    if name == "font-family":
        return []
    if name == "font":
        match = _FONT.match(value)
        if match is None:
            return []
        return [(f"font-{part}", match[part]) for part in ("style", "weight", "size") if match[part]]
    return [(name, value)]


def _shorten(text: str) -> str:
    def short(match: re.Match[str]) -> str:
        rounded = f"{float(match[0]):.{_DIGITS}f}".rstrip("0").rstrip(".")
        return "0" if rounded in ("-0", "") else rounded

    return re.sub(r"\s+", " ", _NUMBER.sub(short, text)).strip()


def _drawn_short(d: str) -> str:
    """Write a path without the letters and spaces that it does without, and without steps of no length.

    Not the first step of a stretch: where lines have round ends, one of no length is a dot.
    """
    parts, before, at = [], "", ""
    for command, numbers in _COMMAND.findall(d):
        place = numbers.strip()
        if command == before == "L" and place == at:
            continue
        implied = (before, command) in _IMPLIED
        parts.append(f" {place}" if implied else f"{command}{place}")
        before, at = command, " ".join(place.split()[-2:])
    return "".join(parts)
