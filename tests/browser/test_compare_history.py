"""The pages of a comparison and of a history in a browser: silent, offline, within their width, readable."""

import pytest

from gan_bench.report.compare import compare
from gan_bench.report.compare.render import write_comparison
from gan_bench.report.history import history
from gan_bench.report.history.render import write_history

LONG = "a-method-with-a-very-long-name[weight=10.0,n_critic=5]"

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")


@pytest.fixture(scope="module")
def addresses(synthetic, dated, tmp_path_factory):
    """Both pages over three nights, with a change, lost seeds, other settings and an unlike machine."""

    def night(day):
        lost = dict.fromkeys(range(6), 300) if day > 2 else None
        outcomes = [
            dated.noisy(synthetic.trained("wgan-gp", "ring8"), day, 2.0 if day > 2 else 1.0),
            synthetic.trained(LONG, "ring8", diverged=lost),
            synthetic.trained("gan" if day > 1 else "sngan", "grid25", 3),
        ]
        machine = dated.MACHINE if day < 3 else {**dated.MACHINE, "cpu": "another"}
        return dated.dated(outcomes, day, machine=machine)

    folder = tmp_path_factory.mktemp("pages")
    nights = [night(day) for day in (1, 2, 3)]
    pages = (
        write_comparison(compare(nights[0], nights[2]), folder / "compare.html"),
        write_history(history(nights), folder / "history.html"),
    )
    return {page.stem: page.as_uri() for page in pages}


@pytest.mark.parametrize("name", ["compare", "history"])
def test_no_message_no_request_no_sideways_scroll(opened, addresses, name):
    for width in (320, 1280):
        page = opened(addresses[name], width=width)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.messages == []
        assert [u for u in page.fetched if u != addresses[name] and not u.startswith("data:")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["compare", "history"])
def test_axe_finds_nothing_with_everything_open(opened, addresses, name, scheme):
    page = opened(addresses[name], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]] == []


def test_drawings_have_a_size_and_the_method_s_colour(opened, addresses):
    page = opened(addresses["history"])
    script = """() => [...document.querySelectorAll('svg.history')].map(
        s => [s.getBoundingClientRect().height, getComputedStyle(s.querySelector('circle')).fill])"""
    drawn = page.evaluate(script)
    shown = [(height, fill) for height, fill in drawn if height]
    assert len(shown) >= 3
    assert min(height for height, _ in shown) > 100
    assert len({fill for _, fill in shown}) >= 3
    page = opened(addresses["compare"])
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.paired circle.now')).fill") != "rgb(0, 0, 0)"
    )
