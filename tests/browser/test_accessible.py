"""axe-core with the tags of WCAG 2.2 AA on the page as it opens and on every state it can be brought into."""

from pathlib import Path

import pytest

axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
SCRIPT = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(found =>
    found.violations.flatMap(v => v.nodes.map(n => [v.id, n.html.slice(0, 200), n.failureSummary])))"""

OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
OPEN_VIEW = "document.querySelector('.tools .push').click()"
# What a reader may do to the page: (width, scheme, fragment, what is done).
STATES = {
    "light": (1280, "light", "", ""),
    "dark by toggle": (1280, "light", "#view?theme=dark", ""),
    "all open, light": (1280, "light", "", OPEN_ALL),
    "all open, dark, narrow": (390, "dark", "", OPEN_ALL),
    "view open": (1280, "dark", "#view?hide=gan&baseline=gan", OPEN_VIEW),
    "view open, narrow": (390, "light", "#view?hide=gan", OPEN_VIEW),
    "search active, slider used, sorted, linear": (
        1280, "dark", "#view?q=wgan-gp&step=5&axis=linear&sort=board-ring8.2.down", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_no_violation(opened, small_address, state):
    width, scheme, fragment, done = STATES[state]
    # axe itself comes from outside, which the page's policy forbids: the only place where it is set aside.
    page = opened(small_address + fragment, width=width, scheme=scheme, bypass=True)
    if done:
        page.evaluate(done)
        page.wait_for_timeout(100)
    page.evaluate(SCRIPT)
    assert page.evaluate(RUN, TAGS) == []


def test_axe_sees_violations(opened, small_address):
    page = opened(small_address, bypass=True)
    page.evaluate("""() => {
        document.querySelector('h1').style.color = '#444';
        document.querySelector('input[type=search]').removeAttribute('aria-label');
        document.querySelector('input[type=search]').removeAttribute('placeholder');
    }""")
    page.evaluate(SCRIPT)
    assert {name for name, _, _ in page.evaluate(RUN, TAGS)} == {"color-contrast", "label"}
