"""The map of what ran on a telephone: few data sets are never cut, many scroll with a cue, names stay."""

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.palette import looks
from gan_bench.report.ran import what_ran
from gan_bench.report.shell import environment, stylesheet

HEAD = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
)


@pytest.fixture(scope="module")
def section(synthetic, tmp_path_factory):
    """Write the section alone, with the page's styles, of so many data sets; return its address."""

    def written(datasets):
        names = [f"a-data-set-{k}" for k in range(datasets)]
        outcomes = [
            synthetic.trained(m, name, 2, {1: 300} if name == names[-1] else None)
            for m in ("gan", "wgan-gp[weight=10.0,n_critic=5]")
            for name in names
        ]
        cells = cells_of(outcomes)
        context = {"ran": what_ran(cells, {}), "questions": {}, "looks": looks(c.label for c in cells)}
        body = environment().get_template("ran.html.j2").render(**context)
        path = tmp_path_factory.mktemp("map") / "index.html"
        page = f"{HEAD}<title>What ran</title><style>{stylesheet()}</style><main>{body}</main>"
        path.write_text(page, "utf-8")
        return path.as_uri()

    return written


@pytest.fixture(scope="module")
def few(section):
    return section(4)


@pytest.fixture(scope="module")
def many(section):
    return section(12)


@pytest.mark.parametrize("width", [320, 390])
def test_few_data_sets_wrap_and_every_square_names_its_own(opened, few, width):
    page = opened(few, width=width)
    ends = page.evaluate(
        "[...document.querySelectorAll('.square')].map(s => [s.scrollWidth - s.clientWidth,"
        " s.getBoundingClientRect().right, getComputedStyle(s, '::before').content])"
    )
    assert len(ends) == 8
    assert all(inside <= 0 and right <= width for inside, right, _ in ends)
    assert {name.strip('"') for _, _, name in ends} == {f"a-data-set-{k}" for k in range(4)}
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_few_data_sets_are_a_table_on_a_desk(opened, few):
    page = opened(few)
    tops = page.evaluate(
        "[...document.querySelectorAll('tbody tr')].map(r =>"
        " new Set([...r.cells].map(c => c.getBoundingClientRect().top)).size)"
    )
    assert tops == [1, 1]


@pytest.mark.parametrize("width", [320, 390])
def test_many_data_sets_scroll_with_a_cue_and_names_stay(opened, many, width):
    page = opened(many, width=width)
    box, name = page.locator(".scroll"), page.locator("tbody th").first
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert box.evaluate("e => e.scrollWidth - e.clientWidth") > 100
    assert "linear-gradient" in box.evaluate("e => getComputedStyle(e).maskImage")
    before = name.bounding_box()["x"]
    box.evaluate("e => e.scrollLeft = 1e6")
    assert name.bounding_box()["x"] == pytest.approx(before, abs=4)
    # At its end the fade lies on room, not on the last square.
    right = (
        page.locator("tbody tr")
        .first.locator(".square")
        .last.evaluate("e => e.getBoundingClientRect().right")
    )
    assert right <= box.evaluate("e => e.getBoundingClientRect().right") - 35


def test_what_was_lost_is_darker(opened, many):
    page = opened(many)
    lost, sign = page.locator(".square.diverged").first, page.locator(".chip.diverged")
    assert "lost-2" in lost.get_attribute("class")
    paper = "e => getComputedStyle(e).backgroundColor"
    assert lost.evaluate(paper) != sign.evaluate(paper)
    assert "≈" in lost.locator("a").evaluate("e => getComputedStyle(e, '::before').content")
