"""A suite: which experiments, with which settings, for how many seeds. Read from TOML or from Python."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gan_bench import registry
from gan_bench.errors import GanBenchError, UsageError, unknown
from gan_bench.harness.invalid import complaints, unknown_keys
from gan_bench.paths import shown
from gan_bench.shipped import shipped, shipped_file

# Far beyond use: a slip of the finger must not fill the memory.
MOST_SEEDS = 100_000


class Header(BaseModel):
    """The table [suite]: seeds are first_seed, first_seed + 1, ... (`seeds` of them).

    execution: how training steps are taken on a GPU, captured as CUDA graphs or eager; a CPU's are eager.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
    seeds: int = Field(ge=1, le=MOST_SEEDS, strict=True)
    first_seed: int = Field(default=0, ge=0, le=2**31, strict=True)
    title: str = ""
    description: str = ""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int | None = Field(default=None, ge=1, strict=True)
    execution: Literal["captured", "eager"] = "captured"


class Planner(Protocol):
    """What a suite needs of an experiment."""

    name: str
    settings: Any
    plan: Any
    run: Any
    preload: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One [[experiment]]: its kind, checked settings, and the prefix of its errors."""

    kind: str
    experiment: Planner
    settings: BaseModel
    where: str


@dataclass(frozen=True)
class Suite:
    """A checked suite. `origin` is the file or name it came from, for messages."""

    header: Header
    entries: tuple[Entry, ...]
    origin: str = ""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of every job."""
        first = self.header.first_seed
        return tuple(range(first, first + self.header.seeds))

    def with_seeds(self, count: int) -> Suite:
        """The same suite with another number of seeds; raises UsageError outside 1 to MOST_SEEDS."""
        require_seeds(count)
        return replace(self, header=self.header.model_copy(update={"seeds": count}))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data with every default written out."""
        return {
            "suite": self.header.model_dump(mode="json"),
            "experiment": [
                {"kind": entry.kind, **entry.settings.model_dump(mode="json")} for entry in self.entries
            ],
        }


def require_seeds(count: int) -> None:
    """Raise UsageError where a number of seeds is not a whole number from 1 to MOST_SEEDS."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_SEEDS:
        raise UsageError(f"seeds: must be a whole number from 1 to {MOST_SEEDS}, not {count!r}")


def read_suite(source: str | Path | Mapping[str, Any] | Suite) -> Suite:
    """Return the suite of a file, a shipped name, plain data, or itself.

    Raises UsageError with all complaints, a line each: place, key, cause, nearest valid name.
    """
    if isinstance(source, Suite):
        return source
    if isinstance(source, Mapping):
        return _suite_from_data(source, "suite")
    return _suite_from_file(str(source))


def _suite_from_file(name: str) -> Suite:
    path = Path(name)
    if path.is_file():
        where, content = shown(path), path.read_bytes()
    elif file := shipped_file(name):
        where, content = f"suite {name}", file.read_bytes()
    elif name.endswith(".toml") or "/" in name:
        what = "is a folder, not a suite file" if path.is_dir() else "no such suite file"
        raise UsageError(f"{name}: {what} (shipped suites: {', '.join(shipped())})")
    else:
        raise unknown("suite", name, shipped())
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from error
    suite = _suite_from_data(data, where)
    return replace(suite, origin=shown(path) if path.is_file() else name)


def _suite_from_data(data: Mapping[str, Any], where: str) -> Suite:
    problems = unknown_keys(data, ("suite", "experiment"), where)
    header = _header(data, where, problems)
    tables = data.get("experiment", [])
    if not isinstance(tables, list) or not tables:
        # Beside another complaint, such as a misspelt [[experiments]], it would only repeat that.
        missing = f"{where}: experiment: at least one [[experiment]] table is required"
        problems = problems or [missing]
        tables = []
    entries = [_entry(table, f"{where}: experiment {n}", problems) for n, table in enumerate(tables, 1)]
    if problems or header is None:
        raise UsageError("\n".join(problems))
    return Suite(header, tuple(entry for entry in entries if entry is not None))


def _header(data: Mapping[str, Any], where: str, problems: list[str]) -> Header | None:
    if not isinstance(data.get("suite"), Mapping):
        problems.append(f"{where}: suite: the table [suite] with name and seeds is required")
        return None
    try:
        return Header.model_validate(data["suite"])
    except ValidationError as error:
        problems += complaints(error, Header, f"{where}: suite")
        return None


def _entry(table: Any, where: str, problems: list[str]) -> Entry | None:
    kind = table.get("kind") if isinstance(table, Mapping) else None
    if not isinstance(kind, str):
        known = ", ".join(registry.names("experiments"))
        problems.append(f"{where}: kind: required, the name of an experiment (known: {known})")
        return None
    settings = {key: value for key, value in table.items() if key != "kind"}
    try:
        experiment = registry.load("experiments", kind, where)
        model = registry.resolve(experiment.settings, where)
        return Entry(kind, experiment, model.model_validate(settings), where)
    except ValidationError as error:
        problems += complaints(error, model, where)
    except GanBenchError as error:
        problems.append(str(error))
    return None
