"""From a run to one self-contained HTML page: no fetch, styles and script by hash, the same bytes again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gan_bench.report.gather import page_context
from gan_bench.report.shell import environment, policy, script, stylesheet, write_page

# A page above this is slow to open: it is made again with few pictures, and says so.
MOST_BYTES = 10_000_000


def render(run: Any, *, most: int = MOST_BYTES) -> str:
    """Return the page of a run (gan_bench.harness.store.Run); above `most` bytes with few pictures."""
    with _uncollected():
        page = _page(run, few=False)
        return page if len(page.encode()) <= most else _page(run, few=True)


def _page(run: Any, *, few: bool) -> str:
    css, js = stylesheet(), script()
    template = environment().get_template("page.html.j2")
    return template.render(css=css, js=js, policy=policy(css, js), **page_context(run, few=few))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the collector: what a page is made of lives to its end; to look through it took a tenth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def write_report(run: Any, output: Path) -> Path:
    """Write the page of a run to a file, whole or not at all, and return its path."""
    return write_page(render(run), output)
