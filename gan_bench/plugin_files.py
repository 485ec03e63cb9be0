"""Code that a user names by reference: `package.module:object` or `path/to/file.py:object`."""

from __future__ import annotations

import hashlib
import re
import sys
from functools import cache
from importlib import import_module, util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from gan_bench.errors import PluginError

_FILE = re.compile(r"(?P<file>.+\.py):(?P<name>[A-Za-z_][\w.]*)")
_MODULE = re.compile(r"(?P<module>[A-Za-z_][\w]*(\.[A-Za-z_]\w*)*):(?P<name>[A-Za-z_][\w.]*)")


def is_reference(text: str) -> bool:
    """True for `package.module:object` and `path/to/file.py:object`."""
    return bool(_FILE.fullmatch(text) or _MODULE.fullmatch(text))


def load_reference(reference: str, where: str = "") -> Any:
    """Return the object that a reference names; raises PluginError with one line."""
    prefix = f"{where}: " if where else ""
    file, module = _FILE.fullmatch(reference), _MODULE.fullmatch(reference)
    if not file and not module:
        raise PluginError(
            f'{prefix}"{reference}" is neither "package.module:object" nor "path/file.py:object"'
        )
    owner, _, name = reference.rpartition(":")
    if file and not Path(owner).is_file():
        raise PluginError(
            f"{prefix}{reference}: there is no file {owner} "
            "(paths are taken from the folder the command is run in)"
        )
    try:
        found: Any = _file_module(Path(owner)) if file else import_module(owner)
    except Exception as error:  # whatever user's code raises while it is imported is the user's
        raise PluginError(f"{prefix}{reference} cannot be imported: {first_line(error)}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise PluginError(f'{prefix}{reference}: there is no "{name}" in {owner}')
        found = getattr(found, part)
    return found


def source_files(reference: str) -> tuple[Path, ...]:
    """The files whose text decides what a reference does: the file, or its top-level package's sources."""
    file, module = _FILE.fullmatch(reference), _MODULE.fullmatch(reference)
    if file:
        return (Path(file["file"]),)
    if not module:
        return ()
    top = module["module"].partition(".")[0]
    if top == "__main__":
        path = getattr(sys.modules["__main__"], "__file__", None)
        return (Path(path),) if path else ()
    return _package_files(top)


def sources_of(reference: str) -> str:
    """Sixteen hexadecimal digits over the text of a reference's files; "missing" where one is gone."""
    digest = hashlib.sha256()
    try:
        for path in source_files(reference):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    except OSError:
        return "missing"
    return digest.hexdigest()[:16]


def first_line(error: BaseException) -> str:
    """Kind and first line of an error's text, for errors that are shown in one line."""
    text = str(error).strip().splitlines()
    kind = type(error).__name__
    return f"{kind}: {text[0]}" if text else kind


class _Uncached(SourceFileLoader):
    """Compiles the text each time: bytecode is kept by second and size, so a quick edit would be missed."""

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file as it stands now; nothing is written beside it."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _file_module(path: Path) -> ModuleType:
    """Import a file under a name made of its path and text, so that an edited file is read anew."""
    content = path.read_bytes()
    digest = hashlib.sha256(str(path.resolve()).encode() + b"\0" + content).hexdigest()[:12]
    name = f"{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = util.spec_from_file_location(name, path, loader=_Uncached(name, str(path)))
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file")
    module = util.module_from_spec(spec)
    # Registered before it runs: dataclasses, and references into the file itself, look it up here.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@cache
def _package_files(top: str) -> tuple[Path, ...]:
    spec = util.find_spec(top)
    if spec is None:
        return ()
    if spec.submodule_search_locations:
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        return tuple(sorted(path for folder in folders for path in folder.rglob("*.py")))
    return (Path(spec.origin),) if spec.origin and spec.origin.endswith(".py") else ()
