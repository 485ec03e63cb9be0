"""From a run to one self-contained HTML page: no fetch, no script, the same bytes from the same run."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gan_bench.report.gather import page_context
from gan_bench.report.numbers import counted
from gan_bench.report.pictures import anchor

_HERE = Path(__file__).parent


def render(run: Any) -> str:
    """Return the page of a run (gan_bench.harness.store.Run)."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"anchor": anchor, "breakable": _breakable, "counted": counted}
    css = (_HERE / "static" / "report.css").read_text("utf-8")
    page = environment.get_template("page.html.j2")
    return page.render(css=css, policy=_policy(css), **page_context(run))


def write_report(run: Any, output: Path) -> Path:
    """Write the page of a run to a file, whole or not at all, and return its path."""
    text = render(run)
    output.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        os.replace(name, output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return output


def _breakable(name: str) -> Markup:
    """Let a long dotted name break after its dots and underscores."""
    # Safe: escaped first, and the dots and underscores are not part of any entity.
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(name))))  # noqa: S704


def _policy(css: str) -> str:
    """Content security policy: this style sheet by its hash, pictures in data addresses, nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
