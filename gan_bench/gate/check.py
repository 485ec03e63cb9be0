"""Hold a stored run against thresholds and a baseline."""

from __future__ import annotations

from gan_bench.analysis.cells import cells_of
from gan_bench.experiments.judge import judge
from gan_bench.gate.absolute import absolute
from gan_bench.gate.claims import claims
from gan_bench.gate.gate import Gate, Source, gate_of, values_digest
from gan_bench.gate.rates import rates
from gan_bench.gate.relative import relative
from gan_bench.gate.thresholds import Thresholds
from gan_bench.gate.timing import timing
from gan_bench.gate.values import unfinished
from gan_bench.harness.store import Run
from gan_bench.paths import shown


def check(run: Run, thresholds: Thresholds, baseline: Run | None = None, *, strict: bool = False) -> Gate:
    """Return the gate of a run: every rule of its suite, and every cell without results.

    A rule that compares nothing (no such cell, a failed seed, no value) is a finding, never a pass.
    Raises UsageError for a rule that does not fit the metric it names.
    """
    rules = thresholds.of(run.name)
    cells = cells_of(run.outcomes)
    findings = [
        *relative(rules.relative, cells, None if baseline is None else cells_of(baseline.outcomes)),
        *absolute(rules.absolute, cells),
        *rates(rules.rate, cells),
        *timing(rules.timing, cells),
        *(claims(rules.claim, judge(run)) if rules.claim else ()),
    ]
    if findings:
        findings = [*unfinished(cells), *findings]
    held = Source(thresholds.name, thresholds.digest)
    return gate_of(run.name, findings, held, _source(baseline), run.outcomes, strict=strict)


def _source(baseline: Run | None) -> Source | None:
    if baseline is None:
        return None
    return Source(shown(baseline.directory), values_digest(baseline.outcomes))
