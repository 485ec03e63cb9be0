"""Does a wide discriminator separate two finite samples of one distribution, and learn nothing by it?

The true Jensen-Shannon divergence is 0, since both samples come from one distribution. The claim (Arora et
al. 2017: a training objective may be at its best while nothing of the distribution was learnt) asks for both
at the widest discriminator and every sample of at most 256 points: its bound on the training points close to
the ceiling, and on fresh points no better than 0. The second half holds in expectation by construction: it
checks the experiment and is no finding. It is judged where the data have the most coordinates; fewer
coordinates and narrower discriminators are controls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.verdicts import Evidence, Part, at_least, at_most, untested
from gan_bench.experiments.separability.naming import HELD_OUT, NAME, TRAIN
from gan_bench.experiments.separability.outcomes import by_seed

CLAIM = "finite-samples"
# The discriminator of the theory: cross-entropy, no constraint. Others are shown beside it.
JUDGED = "gan"
MOST_POINTS = 256
# Share of ln 2 that counts as separated.
SEPARATED = 0.9
# What 2,000 fresh points a side leave to chance: in expectation no discriminator's bound is above 0 here, and
# that of scores of order 1 has a standard error of about .5 / sqrt(2000) = .011 in a seed.
NOTHING = 0.01
# Why the held-out half cannot fail but by a mistake in the experiment.
_CHECK = "both sides are fresh points of one distribution, so that no bound is above 0 in expectation"


def claims(run: Any) -> list[Evidence]:
    """Return the evidence of a run's separability jobs; none without such jobs."""
    cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == NAME]
    if not cells:
        return []
    most = max(cell.settings["noise"] for cell in cells)
    judged = [c for c in cells if c.outcomes[0].job.method == JUDGED and c.settings["noise"] == most]
    if not judged:
        parts: list[Part] = [untested("training and held-out bound", f"{JUDGED} did not run", "nats")]
        return [Evidence(CLAIM, tuple(parts))]
    parts = [part for cell in judged for part in _parts(cell)]
    return [Evidence(CLAIM, tuple(parts), f"bounds-{judged[0].dataset}", _remark(cells, most))]


def _parts(cell: Cell) -> Iterator[Part]:
    width = max(cell.settings["widths"])
    sizes = [n for n in cell.settings["sizes"] if n <= MOST_POINTS]
    if not sizes:
        why = f"no sample of at most {MOST_POINTS} points"
        yield untested(f"{cell.dataset}: training and held-out bound", why, "nats")
    ceiling, planned = SEPARATED * math.log(2), len(cell.status)
    for n in sizes:
        place = f"{cell.dataset}, n = {n}, width {width}"
        train, held_out = (by_seed(cell, metric, width, n) for metric in (TRAIN, HELD_OUT))
        yield at_least(
            f"{place}: training bound above .9 ln 2 = {ceiling:.3f}",
            train,
            ceiling,
            planned=planned,
            unit="nats",
        )
        yield at_most(
            f"{place}: held-out bound at most {NOTHING:g} (a check, not a finding: {_CHECK})",
            held_out,
            NOTHING,
            planned=planned,
            unit="nats",
        )


def _remark(cells: list[Cell], most: int) -> str:
    """Say what the controls did: fewer coordinates, or the narrowest discriminator, at the largest such n."""
    said = []
    for cell in cells:
        sizes = [n for n in cell.settings["sizes"] if n <= MOST_POINTS]
        if cell.outcomes[0].job.method != JUDGED or not sizes:
            continue
        widths = cell.settings["widths"]
        for width in [min(widths)] if cell.settings["noise"] == most else [max(widths)]:
            values = by_seed(cell, TRAIN, width, max(sizes))
            if len(values):
                share = values.mean() / math.log(2)
                said.append(f"{share:.2f} ln 2 at width {width} on {cell.dataset}")
    return f"Controls, training bound at n = {MOST_POINTS} or below: {', '.join(said)}." if said else ""
