"""`gan-bench doctor`: is everything here that a run needs, and what would help."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

import typer

from gan_bench import places
from gan_bench.commands import codes
from gan_bench.paths import shown

_PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pydantic",
    "jinja2",
    "matplotlib",
    "seaborn",
    "rich",
    "typer",
)
_LOW_DISK_GIB = 1.0


@dataclass(frozen=True)
class Check:
    """One finding; state is "ok", "note" (works without) or "fail" (runs will fail)."""

    name: str
    state: str
    text: str
    suggestion: str = ""


def doctor() -> int:
    """Check this installation and say how to mend what is missing."""
    checks = [check for examine in _CHECKS for check in examine()]
    for check in checks:
        colour = {"ok": "green", "note": "yellow", "fail": "red"}[check.state]
        typer.echo(f"{typer.style(f'{check.state:5}', fg=colour)}{check.name:15}{check.text}")
        if check.suggestion:
            typer.echo(f"{'':20}-> {check.suggestion}")
    failed = [check.name for check in checks if check.state == "fail"]
    typer.echo(f"{len(failed)} problems: {', '.join(failed)}" if failed else "ready to run")
    return codes.FAILED if failed else codes.FINE


def _python() -> list[Check]:
    from gan_bench import __version__
    from gan_bench.harness.provenance import cores, cpu_model, environment

    machine = environment()
    text = f"{machine['python']} on {machine['platform']}, {cores()} cores, {cpu_model()}"
    return [Check("gan-bench", "ok", __version__), Check("python", "ok", text)]


def _packages() -> list[Check]:
    found, checks = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            checks.append(Check(name, "fail", "not installed", f"pip install {name}"))
    return [Check("packages", "ok", ", ".join(found)), *checks]


def _torch() -> list[Check]:
    try:
        import torch
    except Exception as error:  # a broken installation raises OSError and worse
        return [Check("torch", "fail", f"cannot be imported: {error}", "pip install torch")]
    checks = [Check("torch", "ok", f"{torch.__version__}, {torch.get_num_threads()} threads")]
    if torch.cuda.is_available():
        names = {torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())}
        return [*checks, Check("cuda", "ok", f"{torch.version.cuda}: {', '.join(sorted(names))}")]
    built = (
        f"torch is built for CUDA {torch.version.cuda}" if torch.version.cuda else "torch is built for CPUs"
    )
    return [
        *checks,
        Check("cuda", "note", f"no device; {built}", "runs use the CPU; that is enough for 2D data"),
    ]


def _torchvision() -> list[Check]:
    try:
        version = metadata.version("torchvision")
    except metadata.PackageNotFoundError:
        return [Check("torchvision", "note", "not installed", 'for images: pip install "gan-bench[images]"')]
    try:
        import_module("torchvision")
    except Exception as error:  # built for another torch it fails while it loads its operators
        text = f"{version} cannot be imported: {type(error).__name__}"
        return [
            Check("torchvision", "note", text, "for images: install torch and torchvision from one index")
        ]
    return [Check("torchvision", "ok", version)]


def _of_images() -> list[Check]:
    """What image runs need beside torchvision; by name only, since to import it takes seconds."""
    checks = []
    for name in ("torch-fidelity", "scikit-learn"):
        try:
            checks.append(Check(name, "ok", metadata.version(name)))
        except metadata.PackageNotFoundError:
            checks.append(Check(name, "note", "not installed", 'for images: pip install "gan-bench[images]"'))
    return checks


def _data_folder() -> list[Check]:
    named = places.data_dir()
    if named is None:
        text = "none named; digits and glyphs come with the package"
        return [
            Check("data sets", "note", text, f"for MNIST, CIFAR-10, ...: --data-dir or {places.DATA_DIR}")
        ]
    if not named.is_dir():
        text = f"{shown(named)}: there is no such folder"
        return [Check("data sets", "note", text, f"mend {places.DATA_DIR}, or use --data-dir")]
    return [Check("data sets", "ok", f"looked for in {shown(named)}")]


def _inception() -> list[Check]:
    """Whether the weights that were named are those of published FIDs; nothing is loaded from the file."""
    named = places.inception_weights()
    if named is None:
        hint = f"for FID as in papers: --inception-weights or {places.INCEPTION_WEIGHTS}"
        return [Check("Inception", "note", "no weights named; images are judged by classifiers", hint)]
    try:
        with named.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        from gan_bench.metrics.fidelity_options import OFFICIAL_DIGEST
        from gan_bench.metrics.inception import OFFICIAL_NAME
    except OSError as error:
        text = f"{shown(named)} cannot be read: {error.strerror}"
        return [Check("Inception", "fail", text, f"mend {places.INCEPTION_WEIGHTS}")]
    except ImportError:
        return [Check("Inception", "note", f"{shown(named)}; cannot be checked without torch")]
    if not found.startswith(OFFICIAL_DIGEST):
        text = f"{shown(named)}: its SHA-256 starts with {found[:8]}, not {OFFICIAL_DIGEST}"
        return [Check("Inception", "fail", text, f"the file of published FIDs is {OFFICIAL_NAME}")]
    return [Check("Inception", "ok", f"{shown(named)}, SHA-256 {found[:8]}...")]


def _cache() -> list[Check]:
    folder = places.cache_dir()
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        text = f"{shown(folder)} cannot be written"
        return [Check("cache", "note", text, f"for images: name another folder with {places.CACHE}")]
    return [Check("cache", "ok", f"{shown(folder)}, for decoded images and classifiers")]


def _transport() -> list[Check]:
    try:
        return [Check("POT", "ok", metadata.version("POT"))]
    except metadata.PackageNotFoundError:
        return [Check("POT", "note", "not installed", 'for faster transport: pip install "gan-bench[ot]"')]


def _browser() -> list[Check]:
    names = ("chromium", "chromium-browser", "google-chrome", "firefox")
    found = next((name for name in names if shutil.which(name)), None)
    if found:
        return [Check("browser", "ok", found)]
    return [Check("browser", "note", "none found on this machine", "a report is one file: open it anywhere")]


def _disk() -> list[Check]:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    if free < _LOW_DISK_GIB:
        return [Check("disk", "fail", f"{free:.1f} GiB free here", "a run writes some 100 MiB; make room")]
    return [Check("disk", "ok", f"{free:.1f} GiB free here")]


_CHECKS: tuple[Callable[[], list[Check]], ...] = (
    _python,
    _packages,
    _torch,
    _torchvision,
    _of_images,
    _data_folder,
    _inception,
    _cache,
    _transport,
    _browser,
    _disk,
)
