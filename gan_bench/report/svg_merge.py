"""Fewer bytes for the same picture: what neighbours share is said once, clips that cut nothing go.

Done on the finished element tree, without namespaces: grid lines become one path, markers of one line get
what they share from their group and repeat nothing that the marker says, a path within its clip needs none.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

# Properties that a group hands down to its children; opacity is none of them, it would apply to the whole.
_HANDED_DOWN = ("fill", "stroke", "stroke-width", "stroke-linejoin", "fill-opacity", "stroke-opacity")
_STRAIGHT = re.compile(r"[MLz\d .-]*")
_PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
# Coordinates are rounded to a tenth.
_SLACK = 0.11

Box = tuple[float, float, float, float]


def merge(root: ET.Element, grid: str) -> None:
    """Shorten a picture in place; grid: the stroke of grid lines, which lie below everything."""
    clips = {f"url(#{clip.get('id')})": _box(clip) for clip in root.iter("clipPath")}
    marks = {f"#{mark.get('id')}": mark for mark in root.iter("path") if "id" in mark.attrib}
    for element in root.iter():
        _unclip(element, clips)
        _unsaid(element, marks)
        _hand_up(element)
        _one_grid(element, grid)


def _box(clip: ET.Element) -> Box | None:
    """Left, top, right, bottom of a clip that is one rectangle."""
    if len(clip) != 1 or clip[0].tag != "rect":
        return None
    x, y, width, height = (float(clip[0].get(name, "0")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _unclip(element: ET.Element, clips: dict[str, Box | None]) -> None:
    """Drop the clip of a path of straight lines that lie within it: only half a line's width sticks out."""
    box, d = clips.get(element.get("clip-path", "")), element.get("d", "")
    if box is None or not d or "transform" in element.attrib or not _STRAIGHT.fullmatch(d):
        return
    points = [(float(x), float(y)) for x, y in _PAIR.findall(d)]
    left, top, right, bottom = box[0] - _SLACK, box[1] - _SLACK, box[2] + _SLACK, box[3] + _SLACK
    if all(left <= x <= right and top <= y <= bottom for x, y in points):
        del element.attrib["clip-path"]


def _unsaid(use: ET.Element, marks: dict[str, ET.Element]) -> None:
    """Drop from a use of a marker what the marker says itself, since that is what counts."""
    mark = marks.get(use.get("href", ""))
    if mark is not None:
        for name in _HANDED_DOWN:
            if name in mark.attrib:
                use.attrib.pop(name, None)


def _hand_up(group: ET.Element) -> None:
    """Move what all markers of a group have in common to the group."""
    marks = list(group)
    if group.tag != "g" or len(marks) < 2 or any(mark.tag != "use" for mark in marks):
        return
    for name in _HANDED_DOWN:
        values = {mark.get(name) for mark in marks}
        if len(values) == 1 and None not in values and name not in group.attrib:
            group.set(name, marks[0].attrib[name])
            for mark in marks:
                del mark.attrib[name]


def _one_grid(parent: ET.Element, grid: str) -> None:
    """Draw all grid lines of one look as the first one's path."""
    found: dict[tuple[tuple[str, str], ...], ET.Element] = {}
    for line in [child for child in parent if child.tag == "path" and child.get("stroke") == grid]:
        look = tuple(sorted((name, value) for name, value in line.attrib.items() if name != "d"))
        first = found.setdefault(look, line)
        if first is not line and "id" not in line.attrib:
            first.set("d", first.attrib["d"] + line.attrib["d"])
            parent.remove(line)
