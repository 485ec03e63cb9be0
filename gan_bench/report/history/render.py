"""The page of a history as one self-contained file."""

from __future__ import annotations

from pathlib import Path

from gan_bench.report.history.course import History
from gan_bench.report.history.page import context
from gan_bench.report.shell import environment, policy, stylesheet, write_page


def render(history: History) -> str:
    """Return the page: no script, no request, the same bytes from the same runs."""
    css = stylesheet()
    page = environment().get_template("history.html.j2")
    return page.render(css=css, policy=policy(css), **context(history))


def write_history(history: History, output: Path) -> Path:
    """Write the page to a file, whole or not at all, and return its path."""
    return write_page(render(history), output)
