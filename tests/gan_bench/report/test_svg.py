"""matplotlib's SVG made fit for a page without style attributes."""

import re
from xml.etree import ElementTree as ET

import pytest
from matplotlib.figure import Figure as Canvas

from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.report.pictures import anchor, drawn
from gan_bench.report.svg import inline_svg

SOURCE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="20pt" height="10pt" viewBox="0 0 20 10"><metadata>x</metadata>
<defs><style>*{stroke-linecap:butt}</style></defs><g id="figure_1"><g>
<defs><path id="m1" d="M 1.23456 2.00001"/></defs>
<use xlink:href="#m1" style="fill: #111213; stroke: none" clip-path="url(#p1)"/></g>
<text style="font: bold 8.5px 'DejaVu Sans'; text-anchor: middle">a &amp; b</text></g></svg>"""


def rewritten(text=SOURCE, prefix="f-"):
    return inline_svg(text, prefix, 'a "picture"', {"#111213": "currentColor"})


def test_styles_become_attributes_and_colours_the_pages():
    text = rewritten()
    assert "style" not in text
    assert 'fill="currentColor"' in text
    assert 'font-weight="bold" font-size="8.5"' in text
    assert 'text-anchor="middle"' in text
    assert "DejaVu" not in text


def test_ids_are_the_figures_own_and_references_follow():
    text = rewritten()
    assert 'id="f-0"' in text
    assert 'href="#f-0"' in text
    assert "url(#f-1)" in text
    assert "xlink" not in text


def test_numbers_are_shortened_and_the_picture_is_labelled():
    root = ET.fromstring(rewritten())
    assert root.get("aria-label") == 'a "picture"'
    assert (root.get("width"), root.get("viewBox")) == ("20", "0 0 20 10")
    assert next(root.iter("path")).get("d") == "M1.2 2"


OPEN = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt">'


def path_of(d):
    root = ET.fromstring(inline_svg(f'{OPEN}<path d="{d}" style="stroke: #123456"/></svg>', "f-", "", {}))
    return next(root.iter("path")).get("d")


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("M 1 2 L 3 4 L 5 6 z", "M1 2 3 4 5 6z"),
        ("M 1 2 \nL 3.04 4 \nL 3.01 4.02 \nL 5 6", "M1 2 3 4 5 6"),
        ("M 1 2 L 3 4 M 1 2 L 9 9", "M1 2 3 4M1 2 9 9"),
        ("M 1 2 C 1 2 3 4 5 6 C 6 6 7 7 8 8 L 8 8 L 9 9", "M1 2C1 2 3 4 5 6 6 6 7 7 8 8L8 8 9 9"),
        ("M 0 -0.04 L 1 1", "M0 0 1 1"),
        ("M 3 4 L 3 4", "M3 4 3 4"),
        ("M 1 2 M 3 4 L 5 6", "M1 2M3 4 5 6"),
    ],
)
def test_paths_are_written_without_what_they_do_without(long, short):
    assert path_of(long) == short


def test_what_is_not_seen_is_left_out_and_what_is_referred_to_stays():
    text = f"""{OPEN}
    <path d="M 0 0 L 1 1" style="fill: none"/><path d="M 0 0 L 2 2" style="fill: none; stroke: #000000"/>
    <path d="M 0 0 L 3 3"/><defs><path id="m" d="M 0 0 L 4 4" style="fill: none"/></defs>
    <text x="1" y="2" transform="rotate(-0 1 2)">level</text>
    <text transform="rotate(-90 1 2)">up</text></svg>"""
    root = ET.fromstring(inline_svg(text, "f-", "", {}))
    assert [path.get("d")[-1] for path in root.iter("path")] == ["2", "3", "4"]
    assert [t.get("transform") for t in root.iter("text")] == [None, "rotate(-90 1 2)"]


def figure(draw):
    return Figure("a b", "title", "caption", (Panel("p", "alt", draw), Panel("none", "nothing here", None)))


def line():
    canvas = Canvas(figsize=(2, 1))
    canvas.add_subplot().plot([1, 2, 3], [3, 1, 2], color=INK, label="x")
    return canvas


def test_drawn_twice_is_the_same_and_holds_no_style():
    first, second = drawn(figure(line)), drawn(figure(line))
    assert first == second
    svg = first[0].svg
    assert " style=" not in svg
    assert "currentColor" in svg
    ids = re.findall(r' id="([^"]*)"', svg)
    assert len(ids) == len(set(ids)) > 1
    assert all(re.fullmatch(r"f[0-9a-f]{8}-0-\d+", name) for name in ids)
    assert set(re.findall(r"#([^\")]+)", svg)) <= set(ids)
    assert (first[1].svg, first[1].alt) == ("", "nothing here")


def test_anchors_hold_no_surprises():
    assert anchor("</script> ring[8]") == "script-ring-8"
    assert anchor("«»") == "unnamed"
