"""The page of a comparison as one self-contained file."""

from __future__ import annotations

from pathlib import Path

from gan_bench.report.compare.comparison import Comparison
from gan_bench.report.compare.page import context
from gan_bench.report.shell import environment, policy, stylesheet, write_page


def render(comparison: Comparison) -> str:
    """Return the page: no script, no request, the same bytes from the same runs."""
    css = stylesheet()
    page = environment().get_template("compare.html.j2")
    return page.render(css=css, policy=policy(css), **context(comparison))


def write_comparison(comparison: Comparison, output: Path) -> Path:
    """Write the page to a file, whole or not at all, and return its path."""
    return write_page(render(comparison), output)
