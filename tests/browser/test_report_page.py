"""The page in a browser: silent, offline, within its width, in light and dark, on paper."""

import os
from pathlib import Path

import pytest

from gan_bench.report.render import write_report

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(synthetic, tmp_path_factory):
    outcomes = [synthetic.trained(method, "ring8", 3) for method in ("gan", "wgan-gp")]
    long_name = "a-method-with-a-very-long-name[weight=10.0,n_critic=5]"
    outcomes += [synthetic.trained(long_name, "ring8", 3, {1: 300}), synthetic.failed("nsgan", "ring8", 3)]
    outcomes.append(synthetic.perfect("ring8"))
    path = write_report(synthetic.run_of(outcomes), tmp_path_factory.mktemp("page") / "index.html")
    return path.as_uri()


def opened(browser, address, *, width=1280, scheme="light", script=True):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
    )
    page = context.new_page()
    page.messages, page.fetched = [], []
    page.on("console", lambda message: page.messages.append(message.text))
    page.on("pageerror", lambda error: page.messages.append(str(error)))
    page.on("request", lambda request: page.fetched.append(request.url))
    page.goto(address)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_message_and_no_request(browser, address, scheme):
    page = opened(browser, address, scheme=scheme)
    assert page.messages == []
    assert [url for url in page.fetched if url != address and not url.startswith("data:")] == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_sideways_scroll_with_everything_open(browser, address, width):
    page = opened(browser, address, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_pictures_have_a_size_and_are_decoded(browser, address):
    page = opened(browser, address)
    sizes = page.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth])")
    assert len(sizes) == 3
    assert all(complete and width > 100 for complete, width in sizes)
    heights = page.evaluate(
        "[...document.querySelectorAll('.panel > svg')].map(s => s.getBoundingClientRect().height)"
    )
    assert len(heights) >= 10
    assert min(heights) > 100


def test_dark_and_light_differ_in_paper_and_ink_of_figures(browser, address):
    script = """() => {
        const paths = [...document.querySelectorAll('.panel path')];
        const line = paths.find(p => p.getAttribute('stroke') === 'var(--series-0)');
        const text = document.querySelector('.panel text');
        const [paper, drawn, ink] = [document.body, line, text].map(e => getComputedStyle(e));
        return [paper.backgroundColor, drawn.stroke, ink.fill];
    }"""
    light, dark = (opened(browser, address, scheme=scheme).evaluate(script) for scheme in ("light", "dark"))
    assert light == ["rgb(253, 253, 252)", "rgb(0, 114, 178)", "rgb(26, 29, 33)"]
    assert dark == ["rgb(18, 22, 27)", "rgb(75, 163, 220)", "rgb(230, 233, 237)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrast(browser, address, scheme):
    script = """() => {
        const rgb = c => c.match(/[\\d.]+/g).map(Number);
        const light = c => rgb(c).slice(0, 3).map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        const paper = e => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor, parts = rgb(c);
            if (c.startsWith('rgb') && (parts.length < 4 || parts[3] === 1)) return c;
        } return 'rgb(255, 255, 255)'; };
        const worst = {};
        for (const e of document.querySelectorAll('body *:not(svg, svg *)')) {
            const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
            if (!own || !e.checkVisibility()) continue;
            const pair = [light(getComputedStyle(e).color), light(paper(e))];
            const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
            if (ratio < 4.5) worst[`${e.tagName}.${e.className}`] = ratio;
        }
        return worst;
    }"""
    assert opened(browser, address, scheme=scheme).evaluate(script) == {}


def test_a_link_to_a_cell_opens_it(browser, address):
    page = opened(browser, address)
    page.click("td.square.failed a")
    assert page.evaluate("document.querySelector('.cell[open] pre').innerText").endswith(
        "RuntimeError: boom\n"
    )
    assert page.evaluate("document.querySelector('.cell[open] .cell-body').getBoundingClientRect().top") < 800


def test_read_without_scripts_and_printed(browser, address):
    page = opened(browser, address, script=False)
    assert "lowest" in page.inner_text("#leaderboards")
    assert len(page.pdf(format="A4")) > 50_000


def test_everything_is_reached_by_keyboard(browser, address):
    page = opened(browser, address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    unreachable = (
        "[...document.querySelectorAll('.scroll')].filter(e => e.tabIndex !== 0 || !e.ariaLabel).length"
    )
    assert page.evaluate(unreachable) == 0
