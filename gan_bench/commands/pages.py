"""Where a command may write its page."""

from __future__ import annotations

from pathlib import Path

from gan_bench.errors import UsageError


def require_writable(page: Path) -> None:
    """Raise UsageError where a page cannot be written, before any work is done for it."""
    if page.is_dir():
        raise UsageError(f"{page}: is a folder; --output names a file")
    if not page.parent.is_dir():
        raise UsageError(f"{page.parent}: no such folder")
