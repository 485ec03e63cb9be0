"""The suites in the package: names, titles, files."""

from __future__ import annotations

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable

_SUFFIX = ".toml"


def shipped() -> dict[str, str]:
    """Names of the suites in the package -> their titles."""
    return {name: _title(file.read_text("utf-8")) for name, file in sorted(_files().items())}


def shipped_file(name: str) -> Traversable | None:
    """The file of a shipped suite, or None."""
    return _files().get(name)


def _files() -> dict[str, Traversable]:
    folder = resources.files("gan_bench") / "suites"
    files = folder.iterdir() if folder.is_dir() else ()
    return {file.name.removesuffix(_SUFFIX): file for file in files if file.name.endswith(_SUFFIX)}


def _title(text: str) -> str:
    header = tomllib.loads(text).get("suite", {})
    return str(header.get("title") or header.get("description", ""))
