"""Paths as they may be shown and stored: relative, or the bare name; never where somebody's files lie."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

_ABSOLUTE = re.compile(r"(?<![\w.:/~])/(?:[^\s\"':,;()<>/]+/)+([^\s\"':,;()<>/]*)")


def shown(path: str | Path) -> str:
    """A path relative to the current folder where it lies below it, else its bare name."""
    path = Path(path)
    if not path.is_absolute() and ".." not in path.parts:
        return path.as_posix()
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.name


def without_absolute(text: str) -> str:
    """Text, such as a traceback, with every absolute path made relative or cut to its last part."""
    home = str(Path(__file__).resolve().parent.parent)
    for root in (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), home, str(Path.cwd())):
        if root and root != "/":
            text = text.replace(f"{root}/", "")
    return _ABSOLUTE.sub(r"\1", text)
