"""matplotlib's SVG made fit for a page without style attributes."""

import re
from xml.etree import ElementTree as ET

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
    assert 'id="f-m1"' in text
    assert 'href="#f-m1"' in text
    assert "url(#f-p1)" in text
    assert "xlink" not in text


def test_numbers_are_shortened_and_the_picture_is_labelled():
    root = ET.fromstring(rewritten())
    assert root.get("aria-label") == 'a "picture"'
    assert (root.get("width"), root.get("viewBox")) == ("20", "0 0 20 10")
    assert next(root.iter("path")).get("d") == "M 1.2 2"


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
    assert set(re.findall(r'id="([^"]*)"', svg)) <= set(re.findall(r'id="(a-b-0-[^"]*)"', svg))
    assert (first[1].svg, first[1].alt) == ("", "nothing here")


def test_anchors_hold_no_surprises():
    assert anchor("</script> ring[8]") == "script-ring-8"
    assert anchor("«»") == "unnamed"
