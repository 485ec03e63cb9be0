"""Hold a stored run against thresholds and a baseline."""

from __future__ import annotations

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.errors import UsageError
from gan_bench.experiments.judge import judge
from gan_bench.gate.absolute import absolute
from gan_bench.gate.claims import claims
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.gate import Gate, Source, gate_of, values_digest
from gan_bench.gate.rates import rates
from gan_bench.gate.relative import gone, relative
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
    base = None if baseline is None else _cells_of_baseline(baseline, run)
    findings = [
        *relative(rules.relative, cells, base),
        *absolute(rules.absolute, cells),
        *rates(rules.rate, cells),
        *timing(rules.timing, cells),
        *(claims(rules.claim, judge(run)) if rules.claim else ()),
    ]
    if findings:
        whole = [*unfinished(cells), *_kept(run), *(gone(cells, base) if base is not None else ())]
        told = {(finding.subject, finding.sentence) for finding in findings}
        findings = [*(one for one in whole if (one.subject, one.sentence) not in told), *findings]
    held = Source(thresholds.name, thresholds.digest)
    return gate_of(run.name, findings, held, _source(baseline), run.outcomes, strict=strict)


def _cells_of_baseline(baseline: Run, run: Run) -> list[Cell]:
    """Raise UsageError for a baseline that can only mislead: another suite's, or the run itself."""
    where = shown(baseline.directory)
    if baseline.name != run.name:
        raise UsageError(
            f'{where}: a baseline of the suite "{baseline.name}", but the run is of "{run.name}"'
        )
    if baseline.directory.resolve() == run.directory.resolve():
        raise UsageError(f"{where}: is the run itself; name a baseline that was frozen before")
    return cells_of(baseline.outcomes)


def _kept(run: Run) -> list[Finding]:
    """Results of older sources, kept on request, say nothing about the sources that are there now."""
    said = "{}: kept from other sources than the run's (--keep-stale): it was not run with these"
    return [Finding("run", Outcome.MISSING, key, "", said.format(key)) for key in run.kept_stale]


def _source(baseline: Run | None) -> Source | None:
    if baseline is None:
        return None
    return Source(shown(baseline.directory), values_digest(baseline.outcomes))
