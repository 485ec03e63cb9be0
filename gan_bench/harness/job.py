"""A job: one unit of execution and of resume."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Job:
    """One method on one data set for a block of seeds, with everything that changes its numbers.

    settings is plain JSON data. skip, when not empty, says why the pair cannot run: the job is then
    recorded as `skipped` and never executed. source is the reference that the experiment is loaded from
    where its name alone does not say so; it is no part of the digest, because it changes no number.
    """

    experiment: str
    method: str
    dataset: str
    seeds: tuple[int, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    skip: str = ""
    source: str = ""

    @cached_property
    def digest(self) -> str:
        """Ten hexadecimal digits over everything that changes the numbers."""
        content = [self.experiment, self.method, self.dataset, list(self.seeds), self.settings]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    @cached_property
    def key(self) -> str:
        """Readable name and digest; the name of the job's folder."""
        parts = [self.experiment, self.method, self.dataset]
        readable = "--".join(re.sub(r"[^A-Za-z0-9.+-]+", "-", part).strip("-") for part in parts if part)
        return f"{readable[:80]}--{self.digest}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "experiment": self.experiment,
            "method": self.method,
            "dataset": self.dataset,
            "seeds": list(self.seeds),
            "settings": dict(self.settings),
            "skip": self.skip,
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """Inverse of as_dict."""
        return cls(**{**data, "seeds": tuple(data["seeds"])})
