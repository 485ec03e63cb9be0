"""What the regression gate said of the run, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from gan_bench.gate.finding import Outcome
from gan_bench.gate.gate import Gate
from gan_bench.report.numbers import counted

# Verdict -> (state that colours it, symbol, word): never told by colour alone.
_BADGES = {
    "pass": ("completed", "✓", "PASS"),
    "regression": ("failed", "✕", "REGRESSION"),
    "missing": ("failed", "✕", "MISSING"),
    "inconclusive": ("diverged", "?", "INCONCLUSIVE"),
    "nothing compared": ("skipped", "\N{EN DASH}", "NOTHING COMPARED"),
}
_NEVER = ("skipped", "\N{EN DASH}", "not asked")
_STATES = {
    Outcome.REGRESSION: ("failed", "✕"),
    Outcome.MISSING: ("failed", "✕"),
    Outcome.INCONCLUSIVE: ("diverged", "?"),
    Outcome.PASS: ("completed", "✓"),
    Outcome.NOT_COMPARED: ("skipped", "\N{EN DASH}"),
}
# Findings that are listed; the rest stand in the run's gate.json.
MOST = 60


@dataclass(frozen=True)
class Found:
    """One finding: its badge, how it ended, and its sentence."""

    state: str
    symbol: str
    outcome: str
    sentence: str


@dataclass(frozen=True)
class Gated:
    """Badge, sentence, findings worst first, how many are left out; outdated: the results have changed."""

    state: str
    symbol: str
    verdict: str
    sentence: str
    outdated: bool
    asked: bool
    findings: tuple[Found, ...] = ()
    left_out: int = 0


def gated(gate: Gate | None) -> Gated:
    """Return what the page says of a run's stored gate, None where it has none."""
    if gate is None:
        return Gated(*_NEVER, "No gate was run on these results. Ask it with", outdated=False, asked=False)
    state, symbol, verdict = _BADGES[gate.verdict]
    if gate.outdated:
        sentence = f"It said {verdict} of earlier results, which have changed since. Ask again with"
        return Gated("skipped", "!", "outdated", sentence, outdated=True, asked=True)
    findings = tuple(Found(*_STATES[f.outcome], f.outcome.value, f.sentence) for f in gate.findings)
    return Gated(
        state,
        symbol,
        verdict,
        _sentence(gate),
        outdated=False,
        asked=True,
        findings=findings[:MOST],
        left_out=max(0, len(findings) - MOST),
    )


def _sentence(gate: Gate) -> str:
    baseline = f", against the baseline {gate.baseline.name}" if gate.baseline else ""
    thresholds = f"by the thresholds of {gate.thresholds.name}"
    if not gate.findings:
        return f"No threshold speaks of the suite {gate.suite} in {gate.thresholds.name}."
    counts = ", ".join(f"{gate.counts[o]} {o.value}" for o in Outcome if gate.counts[o])
    return f"{counted(len(gate.findings), 'comparison')} {thresholds}{baseline}: {counts}."
