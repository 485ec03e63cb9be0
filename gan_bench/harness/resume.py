"""Which planned jobs are done: those with a result that the same sources made. The rest is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Status
from gan_bench.harness.provenance import plugins_digests, sources_digest
from gan_bench.paths import shown


@dataclass(frozen=True)
class Decision:
    """Whether a job is run; reason says why it is done anew, or why an old result is kept; attempt from 1."""

    job: Job
    run: bool
    reason: str = ""
    attempt: int = 1


def decide(
    jobs: Iterable[Job], heads: Mapping[str, Mapping[str, Any]], *, force: bool, keep_stale: bool
) -> list[Decision]:
    """Return a decision per job from what the folder holds (JSON parts of outcomes by key)."""
    return [_decide(job, heads.get(job.key), force, keep_stale) for job in jobs]


def change(job: Job, head: Mapping[str, Any]) -> str:
    """What has changed since an outcome was made: "", "sources changed" or "my_loss.py changed"."""
    provenance = head["provenance"]
    if provenance.get("sources") != sources_digest():
        return "sources changed"
    before, now = provenance.get("plugins", {}), plugins_digests(job)
    changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return f"{', '.join(dict.fromkeys(_file(name) for name in changed))} changed" if changed else ""


def summary(decisions: Iterable[Decision]) -> list[str]:
    """One line per reason, with the number of jobs: "redone: sources changed (3 jobs)"."""
    counts = Counter(decision.reason for decision in decisions if decision.reason)
    return [f"{reason} ({count} job{'s' if count > 1 else ''})" for reason, count in counts.items()]


def _decide(job: Job, head: Mapping[str, Any] | None, force: bool, keep_stale: bool) -> Decision:
    if head is None:
        return Decision(job, run=True)
    attempt = int(head["provenance"].get("attempt", 0)) + 1
    if force:
        return Decision(job, True, "redone: --force", attempt)
    failed = sorted({s["status"] for s in head["status"].values() if not Status(s["status"]).fine})
    if failed:
        return Decision(job, True, f"redone: last attempt ended with {', '.join(failed)}", attempt)
    changed = change(job, head)
    if not changed:
        return Decision(job, run=False)
    if keep_stale:
        return Decision(job, False, f"kept though stale: {changed}")
    return Decision(job, True, f"redone: {changed}", attempt)


def _file(reference: str) -> str:
    return shown(reference.rpartition(":")[0]) if ".py:" in reference else reference.rpartition(":")[0]
