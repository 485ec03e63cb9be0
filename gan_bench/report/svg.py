"""Make matplotlib's SVG fit to stand inside a page whose policy forbids style attributes.

`style=` becomes presentation attributes, `<style>` goes, ids get a prefix of their own figure, stand-in
colours become the page's, coordinates lose digits that no eye can see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from gan_bench.analysis.figure import METHOD

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DROPPED = {f"{_SVG}style", f"{_SVG}metadata"}
_NUMBER = re.compile(r"-?\d+\.\d+")
_FONT = re.compile(r"(?:(?P<style>italic|oblique)\s+)?(?:(?P<weight>bold|\d{3})\s+)?(?P<size>[\d.]+)px\b")
# What SVG takes for granted need not be said again and again.
_DEFAULTS = {"stroke-linejoin": "miter", "stroke-linecap": "butt", "stroke-opacity": "1", "fill-opacity": "1"}
# Data come as points and lines: a tenth of a point is a seventh of a pixel.
_DIGITS = 1


def inline_svg(text: str, prefix: str, alt: str, colours: Mapping[str, str]) -> str:
    """Rewrite a matplotlib SVG document into an element for the page, labelled with alt."""
    # The text comes from our own drawing, never from a user's file: no entities, nothing external.
    root = ET.fromstring(text)  # noqa: S314
    _drop(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _rewrite(element, prefix, colours)
    _unwrap(root)
    width, height = (root.attrib.pop(name).removesuffix("pt") for name in ("width", "height"))
    kept = {"viewBox": root.get("viewBox", f"0 0 {width} {height}")}
    root.attrib.clear()
    root.attrib.update({"role": "img", "aria-label": alt, "width": width, "height": height, **kept})
    return ET.tostring(root, encoding="unicode")


def _drop(element: ET.Element) -> None:
    for child in list(element):
        if child.tag in _DROPPED or (child.tag == f"{_SVG}defs" and all(c.tag in _DROPPED for c in child)):
            element.remove(child)
        else:
            _drop(child)


def _unwrap(element: ET.Element) -> None:
    """Replace groups that say nothing by their children, and drop the white space between elements."""
    element.tail = None
    if len(element) and element.text and not element.text.strip():
        element.text = None
    children: list[ET.Element] = []
    for child in list(element):
        _unwrap(child)
        children += list(child) if child.tag == "g" and not child.attrib else [child]
    element[:] = children


def _rewrite(element: ET.Element, prefix: str, colours: Mapping[str, str]) -> None:
    for name, value in _declarations(element.attrib.pop("style", "")):
        for attribute, plain in _presentation(name, value):
            if _DEFAULTS.get(attribute) != plain:
                element.set(attribute, colours.get(plain.lower(), plain))
    for attribute in ("fill", "stroke"):
        if (colour := element.get(attribute)) is not None:
            element.set(attribute, colours.get(colour.lower(), colour))
    if (href := element.attrib.pop(_HREF, None)) is not None:
        element.set("href", f"#{prefix}{href.removeprefix('#')}")
    _identify(element, prefix)
    for attribute in ("d", "x", "y", "transform"):
        if attribute in element.attrib:
            element.set(attribute, _shorten(element.attrib[attribute]))


def _identify(element: ET.Element, prefix: str) -> None:
    """Keep ids that something can point to; the names of groups only cost bytes."""
    if "id" in element.attrib:
        if element.tag == "g":
            name = element.attrib.pop("id")
            if name.startswith(METHOD):
                element.set("data-method", name.removeprefix(METHOD))
        else:
            element.set("id", prefix + element.attrib["id"])
    if (clip := element.get("clip-path")) is not None:
        element.set("clip-path", clip.replace("url(#", f"url(#{prefix}"))


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _presentation(name: str, value: str) -> list[tuple[str, str]]:
    """Turn one declaration into presentation attributes; the font's family is the page's."""
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
