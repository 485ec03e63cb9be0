"""The gate's result: findings, one verdict, one exit code, and what it was made from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from gan_bench.gate.finding import Finding, Outcome, worst_first
from gan_bench.harness.outcome import Outcome as Stored

FINE, REGRESSION, MISSING, INCONCLUSIVE, NOTHING = 0, 1, 2, 3, 5


@dataclass(frozen=True)
class Source:
    """Something that a gate was made from: its name and a digest of its content."""

    name: str
    digest: str


@dataclass(frozen=True)
class Gate:
    """All findings on one run, worst first.

    thresholds, baseline (or None): what the run was held against; outcomes: digest of the run's values;
    outdated: the values have changed since. strict: whether an inconclusive gate fails.
    """

    suite: str
    findings: tuple[Finding, ...]
    thresholds: Source
    baseline: Source | None
    outcomes: str
    strict: bool = False
    outdated: bool = False

    @cached_property
    def counts(self) -> Counter[Outcome]:
        """Number of findings by how they ended."""
        return Counter(finding.outcome for finding in self.findings)

    @property
    def verdict(self) -> str:
        """In words: pass, regression, missing, inconclusive or nothing compared; the worst that was found."""
        if self.counts[Outcome.REGRESSION]:
            return "regression"
        if self.counts[Outcome.MISSING]:
            return "missing"
        if not any(outcome.compared for outcome in self.counts):
            return "nothing compared"
        return "inconclusive" if self.counts[Outcome.INCONCLUSIVE] else "pass"

    @property
    def exit_code(self) -> int:
        """1 regression, else 2 missing, else 5 nothing compared, else 3 inconclusive (if strict), else 0."""
        code = _CODES[self.verdict]
        return FINE if code == INCONCLUSIVE and not self.strict else code

    @property
    def reason(self) -> str:
        """Say in one sentence why the verdict is what it is."""
        told = ", ".join(
            counted(outcome, self.counts[outcome]) for outcome in Outcome if self.counts[outcome]
        )
        if not self.findings:
            return f'no threshold for the suite "{self.suite}" in {self.thresholds.name}'
        return f"{told}{': ' + self.findings[0].sentence if self.verdict not in _CALM else ''}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data; verdict, exit code and counts for other readers."""
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "counts": {outcome.value: self.counts[outcome] for outcome in Outcome},
            "suite": self.suite,
            "strict": self.strict,
            "thresholds": vars(self.thresholds),
            "baseline": vars(self.baseline) if self.baseline else None,
            "outcomes": self.outcomes,
            "findings": [finding.as_dict() for finding in self.findings],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Gate:
        """Inverse of as_dict."""
        return cls(
            suite=data["suite"],
            findings=tuple(Finding.from_dict(one) for one in data["findings"]),
            thresholds=Source(**data["thresholds"]),
            baseline=Source(**data["baseline"]) if data["baseline"] else None,
            outcomes=data["outcomes"],
            strict=data["strict"],
        )

    def dated(self, outcomes: Iterable[Stored]) -> Gate:
        """The same, marked as outdated unless the outcomes hold the values that it was made from."""
        return replace(self, outdated=values_digest(outcomes) != self.outcomes)


def counted(outcome: Outcome, n: int) -> str:
    """Return `2 regressions`, `1 passed`."""
    if outcome is Outcome.REGRESSION:
        return f"{n} regression{'' if n == 1 else 's'}"
    return f"{n} {'passed' if outcome is Outcome.PASS else outcome.value}"


_CODES = {
    "regression": REGRESSION,
    "missing": MISSING,
    "nothing compared": NOTHING,
    "inconclusive": INCONCLUSIVE,
    "pass": FINE,
}
_CALM = ("pass", "inconclusive")


def gate_of(
    suite: str,
    findings: Iterable[Finding],
    thresholds: Source,
    baseline: Source | None,
    outcomes: Iterable[Stored],
    *,
    strict: bool,
) -> Gate:
    """Put a gate together from findings in any order."""
    ordered = tuple(worst_first(findings))
    return Gate(suite, ordered, thresholds, baseline, values_digest(outcomes), strict)


def values_digest(outcomes: Iterable[Stored]) -> str:
    """Sixteen hexadecimal digits over all values and statuses, without clocks that no rule reads."""
    digest = sha256()
    for outcome in sorted(outcomes, key=lambda outcome: outcome.job.key):
        digest.update(outcome.job.key.encode())
        digest.update(repr([(seed, s.status.value, s.step) for seed, s in outcome.status.items()]).encode())
        rows = outcome.rows
        digest.update("\0".join(rows["metric"].astype(str)).encode())
        numbers = rows[["seed", "step", "at", "value"]].to_numpy(dtype=float)
        numbers[numbers != numbers] = math.nan  # one bit pattern for NaN
        digest.update(numbers.tobytes())
    return digest.hexdigest()[:16]
