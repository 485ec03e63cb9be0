"""Fewer bytes, the same picture, rule by rule."""

from xml.etree import ElementTree as ET

import pytest

from gan_bench.report.svg_merge import merge

GRID = "var(--grid)"
CLIP = '<defs><clipPath id="c"><rect x="10" y="10" width="80" height="40"/></clipPath></defs>'


def merged(body):
    root = ET.fromstring(f"<svg>{body}</svg>")
    merge(root, GRID)
    return root


@pytest.mark.parametrize(
    ("d", "kept"),
    [
        ("M10 10 90 50z", False),
        ("M10 50.1 90 9.9", False),
        ("M10 10 90 50.2", True),
        ("M9.8 20 30 30", True),
        ("M20 20M30 90.5 40 40", True),
        ("M20 20C1 2 3 4 5 6", True),
        ("", True),
    ],
)
def test_a_clip_goes_where_nothing_is_cut(d, kept):
    path = merged(f'{CLIP}<path d="{d}" clip-path="url(#c)"/>').find("path")
    assert ("clip-path" in path.attrib) == kept


def test_a_clip_stays_where_it_is_another_shape_or_the_path_is_moved():
    other = '<defs><clipPath id="c"><path d="M0 0 9 9"/></clipPath></defs>'
    assert "clip-path" in merged(f'{other}<path d="M1 1 2 2" clip-path="url(#c)"/>').find("path").attrib
    moved = f'{CLIP}<path d="M20 20 30 30" clip-path="url(#c)" transform="translate(99 0)"/>'
    assert "clip-path" in merged(moved).find("path").attrib


def test_markers_take_from_their_group_what_they_share():
    body = "".join(
        f'<use x="{k}" href="#m" fill="red" stroke="{s}" opacity="0.5"/>' for k, s in enumerate("ab")
    )
    group = merged(f'<g clip-path="url(#c)">{body}</g>').find("g")
    assert group.get("fill") == "red"
    assert [use.get("fill") for use in group] == [None, None]
    assert [use.get("stroke") for use in group] == ["a", "b"]
    # Opacity of a group is that of all of it together.
    assert (group.get("opacity"), [use.get("opacity") for use in group]) == (None, ["0.5", "0.5"])


def test_a_group_keeps_what_it_has_and_takes_nothing_that_one_lacks():
    group = merged('<g fill="blue"><use fill="red"/><use fill="red"/></g>').find("g")
    assert (group.get("fill"), [use.get("fill") for use in group]) == ("blue", ["red", "red"])
    group = merged('<g><use fill="red"/><use/></g>').find("g")
    assert (group.get("fill"), [use.get("fill") for use in group]) == (None, ["red", None])
    group = merged('<g><use fill="red"/><path fill="red"/></g>').find("g")
    assert group.get("fill") is None


def test_a_use_repeats_nothing_that_its_marker_says():
    mark = '<defs><path id="m" d="M0 0 0 3" stroke="red"/></defs>'
    use = merged(f'{mark}<use href="#m" stroke="red" fill="blue" x="1"/>').find("use")
    assert use.attrib == {"href": "#m", "fill": "blue", "x": "1"}
    assert merged('<use href="#gone" stroke="red"/>').find("use").get("stroke") == "red"


def test_grid_lines_of_one_look_become_one_path_and_nothing_else_does():
    line = '<path d="M{0} 0 {0} 9" stroke="{1}" stroke-width="{2}"/>'
    looks = [(1, GRID, 0.6), (2, "red", 0.6), (3, GRID, 0.6), (4, GRID, 2), (5, GRID, 0.6), (6, "red", 0.6)]
    root = merged("".join(line.format(*look) for look in looks))
    drawn = [path.get("d") for path in root.iter("path")]
    assert drawn == ["M1 0 1 9M3 0 3 9M5 0 5 9", "M2 0 2 9", "M4 0 4 9", "M6 0 6 9"]
