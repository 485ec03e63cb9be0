"""The page in a browser: silent, offline, within its width, in light and dark, on paper, without scripts."""

import re

import pytest

OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_message_and_no_request(opened, address, scheme):
    page = opened(address, scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(100)
    assert page.messages == []
    assert [url for url in page.fetched if url != address and not url.startswith("data:")] == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_sideways_scroll_with_everything_open(opened, address, width):
    page = opened(address, width=width)
    page.click("text=View")
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(50)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_pictures_have_a_size_and_are_decoded(opened, address):
    page = opened(address)
    page.evaluate(OPEN_ALL)
    page.evaluate("Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode(); }))")
    sizes = page.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth, i.width])")
    assert len(sizes) > 20
    assert all(complete and natural >= 16 and width >= 16 for complete, natural, width in sizes)
    heights = page.evaluate(
        "[...document.querySelectorAll('.panel > svg')].map(s => s.getBoundingClientRect().height)"
    )
    assert len(heights) >= 10
    assert min(heights) > 100


COLOURS = """() => {
    const paths = [...document.querySelectorAll('.panel path')];
    const line = paths.find(p => p.getAttribute('stroke') === 'var(--series-0)');
    const text = document.querySelector('.panel text');
    const [paper, drawn, ink] = [document.body, line, text].map(e => getComputedStyle(e));
    return [paper.backgroundColor, drawn.stroke, ink.fill];
}"""
LIGHT = ["rgb(253, 253, 252)", "rgb(0, 114, 178)", "rgb(26, 29, 33)"]
DARK = ["rgb(18, 22, 27)", "rgb(75, 163, 220)", "rgb(230, 233, 237)"]


def test_dark_and_light_differ_in_paper_and_ink_of_figures(opened, address):
    light, dark = (opened(address, scheme=scheme).evaluate(COLOURS) for scheme in ("light", "dark"))
    assert (light, dark) == (LIGHT, DARK)


@pytest.mark.parametrize(("scheme", "before", "after"), [("light", LIGHT, DARK), ("dark", DARK, LIGHT)])
def test_the_toggle_beats_the_preference(opened, address, scheme, before, after):
    page = opened(address, scheme=scheme)
    page.click("text=View")
    assert page.evaluate(COLOURS) == before
    page.click("button:text-is('Dark')")
    assert page.evaluate(COLOURS) == after
    assert page.get_attribute("button:text-is('Dark')", "aria-pressed") == str(scheme == "light").lower()
    page.reload()
    assert page.evaluate(COLOURS) == after


def test_screenshots_are_pictures_and_differ(opened, small_address):
    light, dark = (opened(small_address, scheme=scheme).screenshot() for scheme in ("light", "dark"))
    # An empty page of this size compresses to about 5 kB.
    assert min(len(light), len(dark)) > 20_000
    assert light != dark


CONTRAST = """() => {
    const rgb = c => c.match(/[\\d.]+/g).map(Number);
    const light = c => rgb(c).slice(0, 3).map(v => v / 255)
        .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const paper = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor, parts = rgb(c);
        if (c.startsWith('rgb') && (parts.length < 4 || parts[3] === 1)) return c;
    } return 'rgb(255, 255, 255)'; };
    const worst = {};
    for (const e of document.querySelectorAll('body *:not(svg, svg *, script)')) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!own || !e.checkVisibility()) continue;
        const pair = [light(getComputedStyle(e).color), light(paper(e))];
        const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
        if (ratio < 4.5) worst[`${e.tagName}.${e.className}`] = ratio;
    }
    return worst;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrast(opened, address, scheme):
    page = opened(address, scheme=scheme)
    page.click("text=View")
    assert page.evaluate(CONTRAST) == {}


@pytest.mark.parametrize("script", [True, False])
def test_a_link_to_a_cell_opens_it(opened, address, script):
    page = opened(address, script=script)
    page.click("td.failed a, .square.failed a")
    cell = page.locator(".cell[open]")
    assert cell.locator("pre").first.inner_text().endswith("RuntimeError: boom\n")
    top = "document.querySelector('.cell[open] .cell-body').getBoundingClientRect().top"
    # Polled from here: without scripts the page cannot wait for itself.
    for _ in range(40):
        if 0 <= page.evaluate(top) < 800:
            break
        page.wait_for_timeout(50)
    assert 0 <= page.evaluate(top) < 800


def test_read_without_scripts_and_printed(opened, address):
    page = opened(address, script=False)
    assert page.locator("header").inner_text().count("cell") > 0
    for selector, least in [("table", 15), (".claims .badge", 3), (".strip circle", 10), (".panel svg", 20)]:
        assert page.locator(selector).count() >= least, selector
    assert page.locator(".strips img, .tiles img").count() > 10
    assert "lowest" in page.inner_text("#leaderboards")
    assert page.locator("button, input, select").count() == 0


def test_printed_whole(opened, small_address):
    page = opened(small_address)
    pdf = page.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page[^s]", pdf))
    assert 5 <= pages <= 60
    page.emulate_media(media="print")
    seen = page.evaluate("""() => {
        const seen = e => e.checkVisibility({contentVisibilityAuto: true})
            && e.getBoundingClientRect().height > 0;
        return {folded: [...document.querySelectorAll('.cell-body')].every(seen),
                tools: [...document.querySelectorAll('.sections, .save, .stepper, .here')].some(seen),
                paper: getComputedStyle(document.body).backgroundColor};
    }""")
    assert seen == {"folded": True, "tools": False, "paper": "rgb(255, 255, 255)"}


def test_print_is_light_where_the_screen_is_dark(opened, small_address):
    page = opened(f"{small_address}#view?theme=dark", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(COLOURS)[1:] == LIGHT[1:]


def test_everything_is_reached_by_keyboard(opened, address):
    page = opened(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    unreachable = (
        "[...document.querySelectorAll('.scroll')].filter(e => e.tabIndex !== 0 || !e.ariaLabel).length"
    )
    assert page.evaluate(unreachable) == 0


def test_wide_tables_say_that_they_scroll(opened, address):
    """The shadow at the edge lies where there is more to see; the first column stays while the rest moves."""
    page = opened(address, width=390)
    board = page.locator(".scroll:has(> .board)").first
    assert board.evaluate("e => e.scrollWidth > e.clientWidth + 100")
    assert "linear-gradient" in board.evaluate("e => getComputedStyle(e).backgroundImage")
    name = board.locator("tbody th").first
    before = name.bounding_box()["x"]
    board.evaluate("e => e.scrollLeft = 150")
    assert name.bounding_box()["x"] == pytest.approx(before, abs=12)


def test_motion_only_where_it_is_wanted(opened, small_address):
    page = opened(small_address)
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(behaviour) == "auto"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(behaviour) == "smooth"
