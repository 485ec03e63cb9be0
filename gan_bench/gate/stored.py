"""The gate's result beside the run, RUN/gate.json, which the report shows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from gan_bench.errors import UsageError
from gan_bench.gate.gate import Gate
from gan_bench.harness.outcome import Outcome
from gan_bench.harness.store import load
from gan_bench.harness.strict_json import dumps, replace_file
from gan_bench.paths import shown

FILE, FORMAT = "gate.json", 1


def write(gate: Gate, directory: Path) -> Path:
    """Store a gate in the folder of its run, whole or not at all."""
    path = directory / FILE
    try:
        replace_file(path, dumps({"format": FORMAT, **gate.as_dict()}).encode())
    except OSError as error:
        raise UsageError(f"{shown(path)}: cannot be written: {error.strerror}") from error
    return path


def read(directory: Path, outcomes: Iterable[Outcome] | None = None) -> Gate | None:
    """Return the stored gate of a run, or None where there is none that this version reads.

    outcomes: the run's, where they are loaded already. The gate is `outdated` where they are not those that
    it was made from.
    """
    try:
        data = json.loads((directory / FILE).read_bytes())
        gate = Gate.from_dict(data) if data["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if gate is None:
        return None
    return gate.dated(load(directory).outcomes if outcomes is None else outcomes)
