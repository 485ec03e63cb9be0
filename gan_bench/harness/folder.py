"""The output folder of runs: one driver at a time writes it; readers see whole outcomes or none.

OUT/gan-bench.json            marker: resolved suite, command, planned jobs in order, provenance
OUT/jobs/<key>/               one outcome (outcome.json, rows.parquet, samples.npz)
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gan_bench.errors import UsageError
from gan_bench.harness.outcome import Outcome
from gan_bench.harness.outcome_files import read_head, write_outcome
from gan_bench.harness.strict_json import dumps, replace_file, sync_folder
from gan_bench.paths import shown

MARKER, JOBS, LOCK = "gan-bench.json", "jobs", ".lock"
FORMAT = 1


class Folder:
    """What the driver does with the output folder; made by `locked`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mark(self, marker: dict[str, Any]) -> None:
        """Write the marker, which says what the folder is and what is planned in it."""
        replace_file(self.path / MARKER, dumps({"format": FORMAT, **marker}).encode())

    def write(self, outcome: Outcome) -> None:
        """Put one outcome in its place, instead of an earlier one, in one step."""
        jobs = self.path / JOBS
        jobs.mkdir(exist_ok=True)
        temporary, target = jobs / f".tmp-{outcome.job.key}", jobs / outcome.job.key
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        write_outcome(outcome, temporary)
        if target.exists():
            # A folder cannot replace a full one: for an instant there is none, never a mixture.
            target.replace(jobs / f".tmp-old-{outcome.job.key}")
        os.replace(temporary, target)
        sync_folder(jobs)
        shutil.rmtree(jobs / f".tmp-old-{outcome.job.key}", ignore_errors=True)

    def clean(self) -> None:
        """Remove what a driver that died has left half written."""
        for leftover in (self.path / JOBS).glob(".tmp-*"):
            shutil.rmtree(leftover)


@contextmanager
def locked(path: Path) -> Iterator[Folder]:
    """Create the folder where needed and hold it for one driver; raises UsageError where another has it."""
    check_ours(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"{shown(path)}: cannot be written: {error.strerror}") from error
    try:
        # The kernel frees the lock when its holder dies, however it dies.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise UsageError(f"{shown(path)}: another gan-bench run is writing this folder") from error
    try:
        folder = Folder(path)
        folder.clean()
        yield folder
    finally:
        os.close(descriptor)


def check_ours(path: Path) -> None:
    """Raise UsageError where path is something else than an absent, empty or gan-bench folder."""
    try:
        exists = path.exists()
    except OSError as error:
        raise UsageError(f"{shown(path)[:60]}...: no usable output folder: {error.strerror}") from None
    if exists and not path.is_dir():
        raise UsageError(f"{shown(path)}: is a file, not an output folder")
    if path.is_dir() and not (path / MARKER).exists():
        others = [entry.name for entry in path.iterdir() if entry.name not in (LOCK, f".{MARKER}.tmp")]
        if others:
            raise UsageError(
                f"{shown(path)}: holds something else ({min(others)}, ...) and no {MARKER}; "
                "give an empty or new folder with --out"
            )
    if path.is_dir() and (path / MARKER).exists():
        read_marker(path)


def read_marker(path: Path) -> dict[str, Any]:
    """Return the marker of a gan-bench folder; raises UsageError where there is none of this format."""
    if not path.is_dir():
        raise UsageError(f"{shown(path)}: no such folder")
    try:
        marker = json.loads((path / MARKER).read_bytes())
    except FileNotFoundError as error:
        raise UsageError(f"{shown(path)}: not an output folder of gan-bench (no {MARKER})") from error
    except ValueError as error:
        raise UsageError(f"{shown(path)}/{MARKER}: not readable: {error}") from error
    found = marker.get("format") if isinstance(marker, dict) else None
    if found != FORMAT:
        raise UsageError(f"{shown(path)}/{MARKER}: format {found}, but this version reads format {FORMAT}")
    return dict(marker)


def heads(path: Path) -> dict[str, dict[str, Any]]:
    """The JSON part of every whole outcome in the folder, by the key of its job."""
    found = {}
    for folder in sorted((path / JOBS).glob("[!.]*")):
        head = read_head(folder)
        if head is not None:
            found[folder.name] = head
    return found
