"""Where numbers come from: sources, packages, machine. No host names, user names or absolute paths."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

from gan_bench import registry
from gan_bench.errors import PluginError
from gan_bench.harness.job import Job
from gan_bench.paths import shown
from gan_bench.plugin_files import is_reference, sources_of

# Parts of the package that cannot change a number: they plan (a plan's settings are in the job's key), store,
# display, list or draw.
_NO_NUMBERS = {
    "report",
    "results.py",
    "gate",
    "analysis",
    "suites",
    "commands",
    "cli.py",
    "__main__.py",
    "errors.py",
    "paths.py",
    "scoring",
}
_NO_NUMBERS_NAMES = {"figures.py", "claims.py", "figures", "claims"}
_HARNESS_NUMBERS = {"job.py", "machine.py", "outcome.py", "run.py"}


@cache
def sources_digest() -> str:
    """Sixteen hexadecimal digits over all sources that can change a number.

    These are toy_distributions, and gan_bench without report, analysis, figures, claims, command line and
    the parts of the harness that only plan, store and display.
    """
    digest = hashlib.sha256()
    for name, path in _sources():
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def plugins_digests(job: Job) -> dict[str, str]:
    """Digest of every plugin that a job names, by reference: user's files, modules, installed plugins."""
    texts = {job.source, *_strings(job.settings)}
    references = {text for text in texts if is_reference(text)}
    # A clash of installed plugins concerns whoever asks for the name, and is raised there.
    with suppress(PluginError):
        references |= {found for text in texts if (found := registry.installed_reference(text))}
    outside = sorted(text for text in references if not text.startswith(("gan_bench.", "toy_distributions")))
    digests = {_shown_reference(reference): sources_of(reference) for reference in outside}
    # Of a text such as "a:b" that names no module there are no sources.
    return {reference: digest for reference, digest in digests.items() if digest != _OF_NOTHING}


def environment() -> dict[str, Any]:
    """What holds for every job of a run: time, sources, packages, machine. Never imports torch."""
    return {
        "started": now(),
        "sources": sources_digest(),
        **commit(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": packages(),
        "cpu": cpu_model(),
        "cores": cores(),
        "processor_features": processor_features(),
    }


def now() -> str:
    """The time as UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def packages() -> dict[str, str]:
    """Every installed distribution and its version."""
    found = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def commit() -> dict[str, Any]:
    """Commit of the package's own checkout and whether it was edited since; empty where it is installed."""
    here = Path(__file__).resolve().parent
    # Installed below somebody else's checkout the file is not tracked, and that commit says nothing.
    if _git(here, "ls-files", "--error-unmatch", Path(__file__).name) is None:
        return {}
    found, changes = _git(here, "rev-parse", "HEAD"), _git(here, "status", "--porcelain", "--", ":/")
    return {"commit": found.strip(), "dirty": bool(changes)} if found else {}


def cpu_model() -> str:
    """The processor's name."""
    return _cpu_field("model name") or platform.processor() or platform.machine()


def processor_features() -> list[str]:
    """The vector extensions of the processor, which decide how floating-point sums are ordered."""
    flags = (_cpu_field("flags") or _cpu_field("Features") or "").split()
    return sorted(flag for flag in flags if flag.startswith(("avx", "sse4", "fma", "amx", "asimd", "sve")))


_OF_NOTHING = hashlib.sha256().hexdigest()[:16]


def _sources() -> Iterator[tuple[str, Path]]:
    for package in ("gan_bench", "toy_distributions"):
        spec = util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(folder).rglob("*.py")):
                name = path.relative_to(folder).as_posix()
                if package == "toy_distributions" or _changes_numbers(name):
                    yield f"{package}/{name}", path


def _changes_numbers(name: str) -> bool:
    parts = name.split("/")
    if parts[0] in _NO_NUMBERS or _NO_NUMBERS_NAMES.intersection(parts):
        return False
    return parts[0] != "harness" or parts[-1] in _HARNESS_NUMBERS


def _shown_reference(reference: str) -> str:
    owner, _, name = reference.rpartition(":")
    return f"{shown(owner)}:{name}" if owner.endswith(".py") else reference


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@cache
def _cpu_field(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    found = (line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name)
    return next(found, "")
