"""`gan-bench doctor`: is everything here that a run needs, and what would help."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

import typer

from gan_bench.commands import codes

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
        typer.echo(f"{typer.style(f'{check.state:5}', fg=colour)}{check.name:14}{check.text}")
        if check.suggestion:
            typer.echo(f"{'':19}-> {check.suggestion}")
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
    _transport,
    _browser,
    _disk,
)
