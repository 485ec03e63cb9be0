"""Read a file of thresholds: rules by suite and kind, every complaint at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from gan_bench.errors import UsageError
from gan_bench.gate.schema import KINDS, Absolute, ClaimRule, Rate, Relative, Rule, Timing
from gan_bench.harness.invalid import complaints, unknown_keys
from gan_bench.paths import shown

R = TypeVar("R", bound=Rule, covariant=True)


@dataclass(frozen=True)
class Placed(Generic[R]):
    """A rule and where it stands: `default.relative 2`."""

    place: str
    rule: R


@dataclass(frozen=True)
class Rules:
    """The rules of one suite, by kind, in the order of the file."""

    absolute: tuple[Placed[Absolute], ...] = ()
    claim: tuple[Placed[ClaimRule], ...] = ()
    rate: tuple[Placed[Rate], ...] = ()
    relative: tuple[Placed[Relative], ...] = ()
    timing: tuple[Placed[Timing], ...] = ()


@dataclass(frozen=True)
class Thresholds:
    """A checked file: its name, a digest of its bytes, and the rules of each suite that it names."""

    name: str
    digest: str
    suites: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, suite: str) -> Rules:
        """Return the rules of a suite; none where the file has no table of its name."""
        return self.suites.get(suite, Rules())


def read_thresholds(path: Path) -> Thresholds:
    """Return the thresholds of a file; raises UsageError with all complaints, a line each."""
    where = shown(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        what = "is a folder, not a file" if path.is_dir() else "no such file of thresholds"
        raise UsageError(
            f"{where}: {what if path.is_dir() or not path.exists() else error.strerror}"
        ) from error
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from error
    problems: list[str] = []
    suites = {name: _rules(tables, name, where, problems) for name, tables in data.items()}
    if problems:
        raise UsageError("\n".join(problems))
    return Thresholds(where, hashlib.sha256(content).hexdigest()[:16], suites)


def _rules(tables: Any, suite: str, where: str, problems: list[str]) -> Rules:
    if not isinstance(tables, Mapping):
        problems.append(
            f'{where}: unknown key "{suite}": thresholds stand in tables such as [[{suite}.absolute]]'
        )
        return Rules()
    problems += unknown_keys(tables, KINDS, f"{where}: {suite}")
    found: dict[str, tuple[Placed[Any], ...]] = {}
    for kind, model in KINDS.items():
        entries = tables.get(kind, [])
        if not isinstance(entries, list):
            problems.append(f"{where}: {suite}.{kind}: write [[{suite}.{kind}]], which may be repeated")
            continue
        placed = (_placed(e, model, f"{suite}.{kind} {n}", where, problems) for n, e in enumerate(entries, 1))
        found[kind] = tuple(one for one in placed if one is not None)
    return Rules(**found)


def _placed(
    entry: Any, model: type[Rule], place: str, where: str, problems: list[str]
) -> Placed[Rule] | None:
    try:
        return Placed(place, model.model_validate(entry))
    except ValidationError as error:
        problems += complaints(error, model, f"{where}: {place}")
        return None
