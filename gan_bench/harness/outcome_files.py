"""One outcome as three files: outcome.json, rows.parquet, samples.npz."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import COLUMNS, Outcome, SeedStatus, Status
from gan_bench.harness.strict_json import dumps, sync_folder, write_synced

HEAD, ROWS, SAMPLES = "outcome.json", "rows.parquet", "samples.npz"


class StoredSamples(Mapping[str, np.ndarray]):
    """Arrays by name, read from the file when asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: list[str] | None = None

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in list(self):
            raise KeyError(name)
        with np.load(self._path, allow_pickle=False) as arrays:
            return np.asarray(arrays[name])

    def __iter__(self) -> Iterator[str]:
        if self._names is None:
            with zipfile.ZipFile(self._path) as archive:
                self._names = [name.removesuffix(".npy") for name in archive.namelist()]
        return iter(self._names)

    def __len__(self) -> int:
        return len(list(iter(self)))


def write_outcome(outcome: Outcome, folder: Path) -> None:
    """Write the three files into an existing folder and wait until they are on the disk."""
    write_synced(folder / HEAD, dumps(_head(outcome)).encode())
    rows = io.BytesIO()
    outcome.rows[list(COLUMNS)].astype(COLUMNS).to_parquet(rows, index=False)
    write_synced(folder / ROWS, rows.getvalue())
    write_synced(folder / SAMPLES, _archive(outcome.samples))
    sync_folder(folder)


def read_outcome(folder: Path) -> Outcome:
    """Inverse of write_outcome; samples are read when asked for. Raises OSError, ValueError or KeyError."""
    # A driver may put a new outcome in this place meanwhile: the head, which is unique, tells.
    for _ in range(5):
        head = (folder / HEAD).read_bytes()
        rows = pd.read_parquet(folder / ROWS)
        if head == (folder / HEAD).read_bytes():
            break
    data = json.loads(head)
    return Outcome(
        job=Job.from_dict(data["job"]),
        rows=rows.astype(COLUMNS)[list(COLUMNS)],
        status={int(seed): _status(status) for seed, status in data["status"].items()},
        samples=StoredSamples(folder / SAMPLES),
        **{name: data[name] for name in ("descriptors", "facts", "provenance", "traceback", "log")},
    )


def read_head(folder: Path) -> dict[str, Any] | None:
    """The JSON part of an outcome, or None where there is no readable outcome."""
    try:
        head = json.loads((folder / HEAD).read_bytes())
    except (OSError, ValueError):
        return None
    complete = (folder / ROWS).is_file() and (folder / SAMPLES).is_file()
    return head if complete and isinstance(head, dict) else None


def _head(outcome: Outcome) -> dict[str, Any]:
    return {
        "job": outcome.job.as_dict(),
        "status": {
            str(seed): {"status": status.status.value, "step": status.step, "message": status.message}
            for seed, status in outcome.status.items()
        },
        "descriptors": outcome.descriptors,
        "facts": outcome.facts,
        "provenance": outcome.provenance,
        "traceback": outcome.traceback,
        "log": outcome.log,
    }


def _status(data: Mapping[str, Any]) -> SeedStatus:
    return SeedStatus(Status(data["status"]), data["step"], data["message"])


def _archive(samples: Mapping[str, np.ndarray]) -> bytes:
    """The arrays as an npz archive; object arrays, which would be pickled, are refused."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in samples.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    return content.getvalue()
