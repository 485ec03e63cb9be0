"""The gate as GitHub-flavoured markdown, for the page of a CI job."""

from __future__ import annotations

import re

from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.gate import Gate

_MARKS = {
    Outcome.REGRESSION: "\N{CROSS MARK}",
    Outcome.MISSING: "\N{BLACK QUESTION MARK ORNAMENT}",
    Outcome.INCONCLUSIVE: "\N{LARGE YELLOW CIRCLE}",
    Outcome.PASS: "\N{WHITE HEAVY CHECK MARK}",
    Outcome.NOT_COMPARED: "\N{MEDIUM WHITE CIRCLE}",
}
# Characters by which a name could become markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~&@!])")


def summary(gate: Gate) -> str:
    """Return the verdict, what it rests on, a table of all that did not pass, and the passes folded away."""
    open_ones = [finding for finding in gate.findings if finding.outcome is not Outcome.PASS]
    passes = [finding for finding in gate.findings if finding.outcome is Outcome.PASS]
    lines = [
        f"## gan-bench check: {gate.verdict} (exit code {gate.exit_code})",
        "",
        f"{_plain(gate.reason)}.",
        "",
    ]
    against = f", baseline {_plain(gate.baseline.name)}" if gate.baseline else ", no baseline"
    lines += [f"Suite {_plain(gate.suite)}, thresholds {_plain(gate.thresholds.name)}{against}.", ""]
    if open_ones:
        lines += [*_table(open_ones), ""]
    if passes:
        lines += [
            f"<details><summary>{len(passes)} passed</summary>",
            "",
            *_table(passes),
            "",
            "</details>",
            "",
        ]
    return "\n".join(lines)


def _table(findings: list[Finding]) -> list[str]:
    head = ["| | outcome | kind | what was found | threshold |", "|---|---|---|---|---|"]
    return [*head, *(_line(finding) for finding in findings)]


def _line(finding: Finding) -> str:
    cells = (finding.outcome.value, finding.kind, finding.sentence, finding.place)
    return f"| {_MARKS[finding.outcome]} | {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Text in which nothing is markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
