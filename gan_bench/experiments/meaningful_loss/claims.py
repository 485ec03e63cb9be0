"""Does the Wasserstein loss mean something, and does it mean more than the Jensen-Shannon estimate?

Arjovsky et al. 2017, section 4.2, show curves; here every seed gives one number, Spearman's correlation of
what the critic reports with exact W1 over the snapshots after the burn-in. The claim asks for two things: the
mean over seeds is above the margin for every clipped and every penalised Wasserstein critic of the suite, and
it exceeds that of each Jensen-Shannon estimate, seed by seed (equal seeds share their data and the
generator's start).

W1 must have moved for a rank to say anything, and over enough snapshots: else a part is not tested. The paper
speaks of a critic "trained till optimality", and its code lets the critic run ahead in the first 25 generator
steps (critic_warm_up). Critics with and without that warm-up are judged alike: no entry is left out by its
name, and the remark sets the two side by side.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.verdicts import Evidence, Part, at_least, untested
from gan_bench.experiments.meaningful_loss.following import JS, NAME, Followed, followed

CLAIM = "meaningful-loss"
# The critics that the claim speaks of: the Wasserstein loss under a constraint of one of these kinds, in
# every entry of the suite that has them, whatever its name.
OBJECTIVE = "Wasserstein"
KINDS = {"clipped": ("Clip",), "penalised": ("GradientPenalty", "OneSidedPenalty")}
# Whose estimate of JS is to do worse. The paper's figure 4 shows "the standard GAN procedure", which may mean
# either loss: both are asked.
JENSEN_SHANNON = ("gan", "nsgan")
# Half of a perfect order: what is usually called a strong rank correlation (Cohen 1988).
MARGIN = 0.5
LEAST_SNAPSHOTS = 20
# W1's range over training, in widths (5 to 95 %) of the perfect sampler's band: below this noise sets ranks.
LEAST_BANDS = 3.0
UNIT = "rank correlation"


def claims(run: Any) -> list[Evidence]:
    """Return the evidence of a run's meaningful-loss jobs; none without such jobs."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == NAME and not cell.is_reference]
    if not cells:
        return []
    measured = followed(cells_of(run.outcomes))
    parts: list[Part] = []
    for dataset in dict.fromkeys(cell.dataset for cell in cells):
        here = [f for f in measured if f.cell.dataset == dataset]
        parts += [*_above_margin(here, dataset), *_above_js(here, dataset)]
    return [Evidence(CLAIM, tuple(parts), "correlation", _remark(measured))]


def kind_of(cell: Cell) -> str:
    """Which of KINDS a critic is that the claim speaks of; empty for any other."""
    method = cell.settings["method"]
    if method["objective"]["kind"] != OBJECTIVE:
        return ""
    has = {constraint["kind"] for constraint in method["constraints"]}
    return next((kind for kind, names in KINDS.items() if has.intersection(names)), "")


def _above_margin(here: Sequence[Followed], dataset: str) -> Iterator[Part]:
    for kind in KINDS:
        found = [f for f in here if kind_of(f.cell) == kind]
        if not found:
            yield untested(_follows(f"a {kind} critic", dataset), f"no {kind} Wasserstein critic ran", UNIT)
        for f in found:
            statement, why = _follows(f.cell.label, dataset), not_judged(f)
            yield (
                untested(statement, why, UNIT)
                if why
                else at_least(statement, f.rho.to_numpy(), MARGIN, planned=len(f.cell.status), unit=UNIT)
            )


def _above_js(here: Sequence[Followed], dataset: str) -> Iterator[Part]:
    for kind in KINDS:
        ours = [f for f in here if kind_of(f.cell) == kind]
        for other in JENSEN_SHANNON:
            theirs = [g for g in here if g.method == other]
            if ours and theirs:
                yield from (_paired(f, g, dataset) for f in ours for g in theirs)
                continue
            missing = [] if ours else [f"a {kind} critic"]
            missing += [] if theirs else [other]
            statement = _exceeds(f"a {kind} critic", other, dataset)
            yield untested(statement, f"{' and '.join(missing)} did not run", UNIT)


def _paired(f: Followed, g: Followed, dataset: str) -> Part:
    statement = _exceeds(f.cell.label, g.cell.label, dataset)
    why = not_judged(f) or not_judged(g) or ("" if g.metric == JS else f"{g.cell.label} estimates no JS")
    if why:
        return untested(statement, why, UNIT)
    differences = (f.rho - g.rho).dropna()
    return at_least(statement, differences.to_numpy(), 0.0, planned=len(f.cell.status), unit=UNIT)


def not_judged(f: Followed) -> str:
    """Return why this method's correlations say nothing here, or nothing."""
    label, snapshots = f.cell.label, len(f.w1)
    if not len(f.ranges):
        # First of all: a cell without a finished seed has no W1 that could move or not.
        return f"{label}: none of {len(f.cell.status)} seeds finished ({_ended(f.cell)})"
    if snapshots < LEAST_SNAPSHOTS:
        return f"{label}: {snapshots} snapshots after the burn-in, fewer than {LEAST_SNAPSHOTS}"
    if f.floor is None:
        return f"{label}: no perfect sampler to say how noisy W1 is"
    if f.movement <= _needed(f):
        return f"{label}: W1 moves by {f.movement:.3g} only, not by {LEAST_BANDS:g} bands = {_needed(f):.3g}"
    return ""


def _ended(cell: Cell) -> str:
    """How the seeds of a cell ended, e.g. "4 diverged"."""
    return ", ".join(f"{n} {status.value}" for status, n in cell.counts.items())


def _needed(f: Followed) -> float:
    """Least range of W1 that says something; infinite without a floor."""
    return math.inf if f.floor is None else LEAST_BANDS * (f.floor.high - f.floor.low)


def _follows(label: str, dataset: str) -> str:
    return f"{dataset}: {label}'s gap follows W1, mean Spearman above {MARGIN:g}"


def _exceeds(label: str, other: str, dataset: str) -> str:
    return f"{dataset}: {label}'s gap follows W1 better than the JS estimate of {other}, paired by seed"


def _remark(measured: Sequence[Followed]) -> str:
    """Say how every method did, also those not judged, and where training stood still."""
    said, still = [], []
    for dataset in dict.fromkeys(f.cell.dataset for f in measured):
        here = [f for f in measured if f.cell.dataset == dataset and len(f.rho)]
        said.append(f"{dataset}: " + ", ".join(f"{f.cell.label} {f.rho.mean():.2f}" for f in here))
        for f in here:
            stuck = int((f.ranges <= _needed(f)).sum())
            if kind_of(f.cell) and f.floor is not None and stuck:
                still.append(f"{stuck} of {len(f.ranges)} seeds of {f.cell.label} on {dataset}")
    if not said:
        return ""
    sentences = [f"Mean rank correlation of each critic's report with W1: {'; '.join(said)}."]
    sentences += [_warm_up(measured)]
    sentences += [f"W1 hardly moved in {', '.join(still)}."] if still else []
    return " ".join(filter(None, sentences))


def _warm_up(measured: Sequence[Followed]) -> str:
    """One sentence on what the critic's warm-up changes; nothing where no pair differs in it alone."""
    judged = [f for f in measured if kind_of(f.cell) and len(f.rho)]
    told = [
        f"{cold.rho.mean():.2f} to {warm.rho.mean():.2f} ({cold.cell.label} to {warm.cell.label} on "
        f"{warm.cell.dataset})"
        for warm in judged
        for cold in judged
        if _is_warm(warm) and not _is_warm(cold) and _but_warm_up(warm) == _but_warm_up(cold)
    ]
    return f"A critic warm-up, all else equal, takes it from {', and from '.join(told)}." if told else ""


def _is_warm(f: Followed) -> bool:
    return bool(f.cell.settings["method"].get("critic_warm_up"))


def _but_warm_up(f: Followed) -> str:
    """The data set and everything that changes a method's numbers, but for the warm-up."""
    method = {key: value for key, value in f.cell.settings["method"].items() if key not in _NOT_ITS_OWN}
    return json.dumps([f.cell.dataset, f.cell.settings.get("steps"), method], sort_keys=True, default=str)


_NOT_ITS_OWN = ("name", "source", "ours", "critic_warm_up")
