"""A page of a thousand cells is soon usable: it stands, its script has started, it finds and hides.

The page is that of a few cells with its cells and boards repeated under names of their own: what counts is
how much there is for the browser and the script, and rendering a thousand cells is another test's business.
"""

import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

CELLS, BOARDS = 1000, 20


def repeated(text, start, end, times):
    """The text with its first block from start to the next end said so often, its ids and links numbered."""
    at = text.index(start)
    block = text[at : text.index(end, at + len(start))]
    ids = re.findall(r' id="([^"]+)"', block)

    def copy(k):
        made = block
        for name in ids:
            made = made.replace(f'id="{name}"', f'id="{name}-{k}"').replace(f'"#{name}"', f'"#{name}-{k}"')
        return made.replace('data-method="gan"', f'data-method="gan-{k % 50}"')

    return text[:at] + "".join(copy(k) for k in range(times)) + text[at:]


@pytest.fixture(scope="module")
def many(address, tmp_path_factory):
    text = Path(unquote(urlparse(address).path)).read_text("utf-8")
    text = repeated(text, '<details class="cell"', '<details class="cell"', CELLS)
    text = repeated(text, '<details class="group" data-find="grid25">\n', '<details class="group"', BOARDS)
    path = tmp_path_factory.mktemp("many") / "index.html"
    path.write_text(text, "utf-8")
    return path.as_uri()


def test_usable_within_a_second(opened, many):
    page = opened(many)
    assert page.locator(".cell").count() > CELLS
    assert page.locator("table.board").count() > BOARDS
    assert page.locator(".view [data-method]").count() >= BOARDS
    painted, started, ready = (
        page.evaluate("""() => ['first-contentful-paint', 'gan-bench-start', 'gan-bench-ready']
        .map(name => performance.getEntriesByName(name)[0].startTime)""")
    )
    # Measured on two slow cores that others used too, 5 MB and 200,000 elements: painted after 0.25 s, the
    # script took 0.13 s (0.43 s if it worked on what is folded too), all was read and done after 1.3 s.
    assert painted < 1000
    assert ready - started < 500
    assert ready < 3000
    assert page.messages == []


def test_finding_and_hiding_among_a_thousand(opened, many):
    page = opened(many)
    took = page.evaluate("""async () => {
        const begun = performance.now();
        const search = document.querySelector('input[type=search]');
        search.value = 'grid25 gan-7';
        search.dispatchEvent(new Event('input'));
        await new Promise(done => setTimeout(done, 130));
        document.querySelector('.view [data-method="gan-7"]').click();
        return [performance.now() - begun - 130, document.querySelector('.found').textContent,
                document.querySelector('.tools .push').textContent];
    }""")
    assert took[0] < 1500
    assert "match" in took[1]
    assert took[2] == "View: 1 hidden"


def test_only_what_is_open_is_worked_on(opened, many):
    """Buttons of folded tables come when they are opened: that keeps the start short."""
    page = opened(many)
    assert page.locator(".cell .sort").count() == 0
    page.evaluate("document.querySelectorAll('.cell')[500].open = true")
    page.wait_for_timeout(100)
    assert page.locator(".cell .sort").count() > 3
