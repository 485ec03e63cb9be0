"""Rules on claims: which verdicts a run may give."""

from __future__ import annotations

from collections.abc import Sequence

from gan_bench.analysis.verdicts import Verdict
from gan_bench.experiments.judge import Judgement
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.schema import ClaimRule
from gan_bench.gate.thresholds import Placed

_WHEN_REFUSED = {
    Verdict.REFUTED: Outcome.REGRESSION,
    Verdict.INCONCLUSIVE: Outcome.INCONCLUSIVE,
    Verdict.NOT_TESTED: Outcome.MISSING,
    # Where a rule says that a claim is not to hold.
    Verdict.CONFIRMED: Outcome.REGRESSION,
}


def claims(rules: Sequence[Placed[ClaimRule]], judgements: Sequence[Judgement]) -> list[Finding]:
    """Hold the verdicts of a run against the rules; a rule that names a claim goes before one for all."""
    named = {placed.rule.claim: placed for placed in rules}
    spoken = {judgement.claim.name: judgement for judgement in judgements}
    found = []
    for name, judgement in spoken.items():
        if placed := named.get(name) or named.get("*"):
            found.append(_finding(placed, judgement))
    for name, placed in named.items():
        if name not in spoken and (name != "*" or not spoken):
            what = (
                "no claim is judged by this run"
                if name == "*"
                else f"claim {name}: this run does not test it"
            )
            found.append(Finding("claim", Outcome.MISSING, name, "", what, placed.place))
    return found


def _finding(placed: Placed[ClaimRule], judgement: Judgement) -> Finding:
    name, verdict = judgement.claim.name, judgement.verdict
    rule = placed.rule
    said = f"claim {name}: {verdict.value}"
    untested = verdict is Verdict.NOT_TESTED and verdict not in (rule.allowed or ())
    if untested and rule.claim == "*":
        return Finding("claim", Outcome.NOT_COMPARED, name, "", said, placed.place)
    if rule.allows(verdict) and not untested:
        return Finding("claim", Outcome.PASS, name, "", said, placed.place)
    if rule.allowed is not None:
        expected = " or ".join(verdict.value for verdict in rule.allowed)
    else:
        expected = "anything but " + " and ".join(verdict.value for verdict in rule.refused or ())
    against = [part.statement for part, one in judgement.parts if one is verdict]
    because = f" ({against[0]})" if against else ""
    sentence = f"{said}, where {expected} is asked for{because}"
    return Finding("claim", _WHEN_REFUSED[verdict], name, "", sentence, placed.place)
