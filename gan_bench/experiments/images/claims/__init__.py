"""What a run on images says of critics kept Lipschitz: FID against minimax and clipping, classes covered.

FID is judged at the budget of the run, whatever it is: the claims say "at the budget of this run", since the
offline sets have no published protocol, and who chooses a loss has a budget, not 100,000 steps. Parts state
the steps of both methods, the remark how far they are from the sources'. Classes covered are judged at the
sources' protocol only and reported below it: the classifier finds a class in every image, so what a generator
covers before its images are legible is noise. Free of torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gan_bench.analysis import verdicts
from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.power import seeds_needed
from gan_bench.analysis.rankings import Contest, contests
from gan_bench.analysis.ratios import as_ratio
from gan_bench.analysis.verdicts import Evidence, Part, Verdict, at_least, untested
from gan_bench.experiments.images.claims.pairs import Pair, constrained, described, plain, rivals
from gan_bench.metrics.descriptor import Scale

EXPERIMENT = "images"
# Constraints that bound the critic's slope where it meets both real and generated points. Not clipping: on it
# published tables disagree (Miyato et al. 2018, table 2: FID 42.6, an unconstrained critic with batch norm
# 56.3; logs of StudioGAN: 159 and 49), and a claim of its own holds it against these.
CONTROLS = ("GradientPenalty", "OneSidedPenalty", "Spectral")
# A lower FID by any factor, more classes by any number: no source says by how much, and Lucic et al. 2018
# find no consistent winner.
FACTOR, CLASSES = 1.0, 0.0
# Generator steps behind the published tables: on CIFAR-10 (Miyato et al. 2018, table 2), and on Stacked
# MNIST 50 epochs of 128,000 triples in batches of 64 (PacGAN, Lin et al. 2018).
PROTOCOL_STEPS = 100_000


@dataclass(frozen=True)
class _Question:
    """A claim that holds controlled critics against rivals, by one metric.

    lost: the metric's value where a seed diverged; part makes of a pair what is judged; sets: what the names
    of the image sets begin with that it is asked on.
    """

    claim: str
    rival: str
    is_rival: Callable[[Cell], bool]
    metric: str
    scale: Scale
    lost: float
    part: Callable[[Pair], Part]
    remark: str
    figure: str
    sets: str = ""


def claims(run: Any) -> list[Evidence]:
    """Return the evidence on each question, image set by image set; nothing where no images were made."""
    found = contests(cells_of(run.outcomes), EXPERIMENT)
    return [evidence for question in _QUESTIONS for evidence in _evidence(question, found)]


def _evidence(question: _Question, found: Sequence[Contest]) -> list[Evidence]:
    asked = {
        one.title: list(filter(plain, one.cells)) for one in found if one.dataset.startswith(question.sets)
    }
    cells = [cell for of in asked.values() for cell in of]
    if not cells:
        return []
    remark = f"{question.remark} {_budget(cells)}"
    pairs = [(title, pair) for title, of in asked.items() for pair in _pairs(question, of)]
    if not pairs:
        said = f"critics with a gradient penalty or spectral normalisation beside a {question.rival} method"
        part = untested(said, "no such two methods with the same networks, batches and judge")
        return [Evidence(question.claim, (part,), remark=remark)]
    parts = list(zip(pairs, _parts(question, [pair for _, pair in pairs]), strict=True))
    return [
        Evidence(
            question.claim,
            tuple(part for (of, _), part in parts if of == title),
            f"{question.figure}-{title}",
            remark,
        )
        for title in dict.fromkeys(title for title, _ in pairs)
    ]


def _pairs(question: _Question, cells: Sequence[Cell]) -> list[Pair]:
    """Every controlled method beside each of its rivals."""
    controlled = [cell for cell in cells if constrained(cell, CONTROLS)]
    return [pair for cell in controlled for pair in rivals(cell, filter(question.is_rival, cells))]


def _parts(question: _Question, pairs: Sequence[Pair]) -> list[Part]:
    """A part for each pair; undecided ones say how many seeds would tell the two methods apart."""
    parts = [question.part(pair) for pair in pairs]
    judged = zip(pairs, parts, verdicts.contradicted(parts), strict=True)
    return [
        _with_seeds_needed(question, pair, part)
        if verdicts.verdict_of_part(part, is_refuted) is Verdict.INCONCLUSIVE
        else part
        for pair, part, is_refuted in judged
    ]


def _lower_fid(pair: Pair) -> Part:
    said = (
        f"{pair.cell.dataset}: {pair.metric('fid')} of {described(pair.rival)} over that of "
        f"{described(pair.cell)} (geometric mean of the ratios), above {FACTOR:g}"
    )
    if pair.skip:
        return untested(said, pair.skip)
    mine, others = pair.values("fid", lost=math.inf)
    logs = (np.log(others) - np.log(mine)).to_numpy(dtype=float)
    return as_ratio(at_least(said, logs, math.log(FACTOR), planned=pair.planned, unit="times"))


def _more_classes(pair: Pair) -> Part:
    said = (
        f"{pair.cell.dataset}: {pair.metric('classes_covered')} of {described(pair.cell)}, less those of "
        f"{described(pair.rival)}, above {CLASSES:g}"
    )
    if pair.skip:
        return untested(said, pair.skip)
    mine, others = pair.values("classes_covered", lost=0.0)
    differences = (mine - others).to_numpy(dtype=float)
    part = at_least(said, differences, CLASSES, planned=pair.planned, unit="classes")
    if pair.steps >= PROTOCOL_STEPS or not part.tested:
        return part
    why = f"reported, not judged: {pair.steps:,} of {PROTOCOL_STEPS:,} steps"
    return replace(_noted(part, why), holds=False, against=math.nan)


def _with_seeds_needed(question: _Question, pair: Pair, part: Part) -> Part:
    needed = seeds_needed(*pair.values(question.metric, question.lost), question.scale)
    if needed.seeds is None:
        return _noted(part, f"seeds that would tell them apart: cannot be said ({needed.reason})")
    if needed.seeds <= part.interval.n:
        # Undecided for the seeds that it lost, or for the many pairs that share the 5 %.
        return part
    return _noted(part, f"telling them apart at this spread takes about {needed.seeds:,} seeds")


def _noted(part: Part, words: str) -> Part:
    return replace(part, note=", ".join(filter(None, (part.note, words))))


def _is_minimax(cell: Cell) -> bool:
    method = cell.settings["method"]
    alone = not method["constraints"] and method["updates"] == "alternating"
    return bool(method["objective"]["kind"] == "Minimax" and alone)


def _is_clipped(cell: Cell) -> bool:
    return [part["kind"] for part in cell.settings["method"]["constraints"]] == ["Clip"]


def _budget(cells: Sequence[Cell]) -> str:
    steps = [int(cell.settings["steps"]) for cell in cells]
    had = f"{min(steps):,}" if min(steps) == max(steps) else f"{min(steps):,} to {max(steps):,}"
    text = f"Here the methods had {had} generator steps"
    if min(steps) != max(steps):
        text += ", different ones where a suite gives every method the same time"
    if min(steps) < PROTOCOL_STEPS:
        text += f"; the published tables took {PROTOCOL_STEPS:,}, and this run says nothing of them"
    return f"{text}."


_RULES = (
    "Values are those at the last step, on the most images; a method is held against every rival with the "
    "same networks (but for batch norm in the critic, where it is said), batches and judge. Refutations are "
    "corrected for the number of pairs (Holm); to confirm the claim takes every pair."
)
_LOST = "A seed that diverged is infinitely far; where both methods' did, it counts for neither."

_QUESTIONS = (
    _Question(
        claim="image-quality",
        rival="minimax",
        is_rival=_is_minimax,
        metric="fid",
        scale="log",
        lost=math.inf,
        part=_lower_fid,
        remark=f"{_RULES} {_LOST}",
        figure="fid",
    ),
    _Question(
        claim="image-clipping",
        rival="clipped",
        is_rival=_is_clipped,
        metric="fid",
        scale="log",
        lost=math.inf,
        part=_lower_fid,
        remark=f"{_RULES} {_LOST} The authors' clipped critic has batch norm, which a per-sample penalty "
        "forbids: where clipped critics with and without were run, both stand here.",
        figure="fid",
    ),
    _Question(
        claim="image-coverage",
        rival="minimax",
        is_rival=_is_minimax,
        metric="classes_covered",
        scale="identity",
        lost=0.0,
        part=_more_classes,
        remark=f"{_RULES} A diverged seed covers no class. The classifier finds a class in every image, so "
        "counts mean something where images are legible: below the sources' steps they are reported, not "
        "judged.",
        figure="covered",
        sets="stacked-",
    ),
)
