"""One browser and one page for all tests of what a browser shows; skipped where Chromium is missing."""

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
LONG_NAME = "a-method-with-a-very-long-name[weight=10.0,n_critic=5]"
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address(synthetic, synthetic_images, tmp_path_factory):
    """Points and images: methods that completed, diverged and failed, a long name, three boards."""
    outcomes = [synthetic.trained(m, d, 3) for m in ("gan", "wgan-gp") for d in ("ring8", "grid25")]
    outcomes += [synthetic.trained(LONG_NAME, "ring8", 3, {1: 300}), synthetic.failed("nsgan", "ring8", 3)]
    outcomes += [synthetic.perfect("ring8"), synthetic_images.trained("gan", "glyphs", 2)]
    outcomes += [synthetic_images.trained("cgan", "glyphs", 2), synthetic_images.perfect("glyphs")]
    return written(synthetic.run_of(outcomes), tmp_path_factory)


@pytest.fixture(scope="session")
def small_address(synthetic, tmp_path_factory):
    """Two methods on one data set: every kind of table and figure of points, quick to walk through."""
    outcomes = [synthetic.trained(method, "ring8", 2) for method in ("gan", "wgan-gp")]
    return written(synthetic.run_of([*outcomes, synthetic.perfect("ring8")]), tmp_path_factory)


@pytest.fixture(scope="session")
def hostile_address(synthetic, tmp_path_factory):
    """A method and data set whose names are markup."""
    outcomes = [synthetic.trained("gan", "ring8", 2), synthetic.trained(HOSTILE, "ring8", 2)]
    outcomes += [synthetic.trained("gan", HOSTILE, 2), synthetic.perfect("ring8")]
    return written(synthetic.run_of(outcomes), tmp_path_factory)


def written(run, tmp_path_factory):
    return write_report(run, tmp_path_factory.mktemp("page") / "index.html").as_uri()


@pytest.fixture
def opened(browser):
    """Open a page: console messages in `messages`, what it asked for in `fetched`; closed after the test."""
    contexts = []

    def open_page(address, *, width=1280, scheme="light", script=True, bypass=False):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=script,
            bypass_csp=bypass,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.messages, page.fetched = [], []
        page.on("console", lambda message: page.messages.append(message.text))
        page.on("pageerror", lambda error: page.messages.append(str(error)))
        page.on("request", lambda request: page.fetched.append(request.url))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
