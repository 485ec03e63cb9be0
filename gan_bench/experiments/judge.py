"""From a stored run to verdicts: what its experiments say of each claim, put together. Free of torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gan_bench import registry
from gan_bench.analysis.verdicts import Evidence, Part, Verdict, contradicted, verdict, verdict_of_part
from gan_bench.errors import GanBenchError
from gan_bench.experiments.base import Experiment
from gan_bench.experiments.claims import CLAIMS, Claim


@dataclass(frozen=True)
class Judgement:
    """A claim with its verdict: parts of all experiments with a verdict each, remarks, names of figures."""

    claim: Claim
    verdict: Verdict
    parts: tuple[tuple[Part, Verdict], ...]
    remarks: tuple[str, ...]
    figures: tuple[str, ...]


def experiments_of(outcomes: Iterable[Any]) -> tuple[dict[str, Experiment], list[str]]:
    """Return the experiments of outcomes by name, in order, and a note for each that cannot be loaded."""
    found: dict[str, Experiment] = {}
    notes: dict[str, str] = {}
    for outcome in outcomes:
        name, source = outcome.job.experiment, outcome.job.source
        if name in found or name in notes:
            continue
        try:
            found[name] = registry.load("experiments", source or name)
        except GanBenchError as error:
            notes[name] = f"Neither figures nor claims of the experiment {name}: {error}"
    return found, list(notes.values())


def judge(run: Any) -> list[Judgement]:
    """Return a judgement of every claim that an experiment of the run speaks of, in the order of the list.

    run has `outcomes` (gan_bench.harness.store.Run). Raises ValueError for evidence of an unknown claim.
    """
    experiments, _ = experiments_of(run.outcomes)
    evidence: dict[str, list[Evidence]] = {}
    for experiment in experiments.values():
        if experiment.claims is not None:
            for found in registry.resolve(experiment.claims)(run):
                if found.claim not in CLAIMS:
                    raise ValueError(f'experiment {experiment.name}: there is no claim "{found.claim}"')
                evidence.setdefault(found.claim, []).append(found)
    return [_judgement(CLAIMS[name], evidence[name]) for name in CLAIMS if name in evidence]


def _judgement(claim: Claim, evidence: list[Evidence]) -> Judgement:
    parts = [part for found in evidence for part in found.parts]
    judged = zip(parts, contradicted(parts), strict=True)
    return Judgement(
        claim=claim,
        verdict=verdict(parts),
        parts=tuple((part, verdict_of_part(part, against)) for part, against in judged),
        remarks=tuple(dict.fromkeys(found.remark for found in evidence if found.remark)),
        figures=tuple(dict.fromkeys(found.figure for found in evidence if found.figure)),
    )
