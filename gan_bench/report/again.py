"""The commands that a page prints: run it again, on a GPU, with a method of one's own, and check it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OWN_METHOD = """class MyObjective:
    def critic_loss(self, real, fake):  # scores (seeds, batch) -> a loss per seed
        return fake.mean(1) - real.mean(1)

    def generator_loss(self, fake, real=None):
        return -fake.mean(1)"""

# Suites that have another one for GPUs.
_ON_GPU = {"throughput": "throughput-gpu"}


@dataclass(frozen=True)
class Again:
    """Commands as text. install: lines that set up the sources and packages first."""

    install: str
    run: str
    own: str
    gpu: str
    check: str


def again(command: str, name: str, provenance: Mapping[str, Any]) -> Again:
    """Return the commands of a run; name is the suite's, command the one that made the run."""
    suite, folder = shlex.quote(_suite(command)), shlex.quote(_folder(command, name))
    return Again(
        install=_install(provenance),
        run=command or f"gan-bench run {suite}",
        own=f"gan-bench run {suite} --add-method my_loss.py:MyObjective --out reports/with-mine",
        gpu=f"gan-bench run {_ON_GPU.get(suite, suite)} --device cuda --out reports/on-gpu",
        check=f"gan-bench check {folder} --thresholds benchmarks/thresholds.toml",
    )


def _install(provenance: Mapping[str, Any]) -> str:
    """From a checkout of the sources; of the very commit where it is known."""
    commit = str(provenance.get("commit") or "")
    lines = [f"git checkout {commit[:12]}"] if commit else []
    setting_up = 'python3 -m venv .venv && . .venv/bin/activate && pip install ".[images]"'
    return "\n".join([*lines, setting_up])


def _suite(command: str) -> str:
    """What the command names as its suite: a name or a file; SUITE where it is not told."""
    words = _words(command)
    told = words[:2] == ["gan-bench", "run"] and len(words) > 2 and not words[2].startswith("-")
    return words[2] if told else "SUITE"


def _folder(command: str, name: str) -> str:
    words = _words(command)
    for option in ("--out", "--output", "-o"):
        if option in words[:-1]:
            return words[words.index(option) + 1]
    return next(
        (w.partition("=")[2] for w in words if w.startswith(("--out=", "--output="))), f"reports/{name}"
    )


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
