"""Errors that a user can mend: one clear line (what, where, nearest valid name), exit code 4."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GanBenchError(Exception):
    """A mistake in what the user gave; its text is one line, shown without a traceback."""


class UsageError(GanBenchError):
    """A wrong name, value, suite file or folder."""


class PluginError(GanBenchError):
    """Something named by the user exists but cannot be loaded or is of the wrong type."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` - did you mean "..."?` for the closest known name, or nothing."""
    close = difflib.get_close_matches(name.lower().replace("_", "-"), list(known), n=1, cutoff=0.5)
    return f' - did you mean "{close[0]}"?' if close else ""


def unknown(kind: str, name: str, known: Iterable[str], where: str = "") -> UsageError:
    """Build the error for a name that is not known: where, what, nearest, all known."""
    known = sorted(known)
    prefix = f"{where}: " if where else ""
    return UsageError(f'{prefix}unknown {kind} "{name}"{nearest(name, known)} (known: {", ".join(known)})')
