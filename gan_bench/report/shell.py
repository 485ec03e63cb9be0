"""What every page is made in: templates, style sheet, script, a policy that allows no more, a whole file."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gan_bench.report.numbers import counted, short
from gan_bench.report.pictures import anchor

_HERE = Path(__file__).parent
_TEXT = re.compile(r"""("[^"]*"|'[^']*'|`[^`]*`)""")
_SIGN = re.compile(r"\s*([=*<>?:,;(){}\[\]&|!])\s*")


@cache
def environment() -> Environment:
    """Templates of this folder: everything escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {"anchor": anchor, "breakable": breakable, "counted": counted, "short": short}
    return made


def stylesheet() -> str:
    """All of static/css, in the order of the files' names."""
    return "\n".join(path.read_text("utf-8") for path in sorted((_HERE / "static" / "css").glob("*.css")))


def script() -> str:
    """All of static/js as one script, in the order of the files' names; it only adds to a complete page.

    Comments, indentation and spaces around signs are for those who write it: the page is spared them.
    """
    files = sorted((_HERE / "static" / "js").glob("*.js"))
    lines = [line.strip() for file in files for line in file.read_text("utf-8").splitlines()]
    kept = [_compact(line) for line in lines if line and not line.startswith("//")]
    return "\n".join(['"use strict";', "(() => {", *kept, "})();"])


def policy(css: str, js: str = "") -> str:
    """Content security policy: this style sheet and script by hash, pictures in data addresses, no more."""
    allowed = [f"style-src {_digest(css)}", *([f"script-src {_digest(js)}"] if js else []), "img-src data:"]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def write_page(text: str, output: Path) -> Path:
    """Write a page to a file, whole or not at all, and return its path; its folder is made."""
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


def breakable(name: str) -> Markup:
    """Let a long name break after its dots, underscores, commas and what opens a bracket."""
    # Safe: escaped first, and none of these characters is part of an entity.
    return Markup(re.sub(r"([._,=[])", r"\1<wbr>", str(escape(name))))  # noqa: S704


def _compact(line: str) -> str:
    """Drop spaces around signs, outside of texts; not around + and -, which mean another thing doubled."""
    parts = _TEXT.split(line)
    # A slash may open a regular expression, whose spaces count.
    if any("/" in code for code in parts[::2]):
        return line
    parts[::2] = [_SIGN.sub(r"\1", code) for code in parts[::2]]
    return "".join(parts)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
