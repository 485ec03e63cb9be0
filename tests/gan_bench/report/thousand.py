"""A made-up run of a thousand cells: fifty methods on twenty data sets, three seeds; nothing is trained."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

METHODS, DATASETS, SEEDS = 50, 20, 3


def thousand_cells(synthetic, methods=METHODS, datasets=DATASETS):
    """Return a run like the synthetic ones, all metrics, snapshots, samples and settings included.

    One seed in forty diverges. A method's outcome on one data set is that on ring8, moved by a factor.
    """
    rng = np.random.default_rng(7)
    outcomes = []
    for m in range(methods):
        lost = {1: 300} if m % 13 == 5 else None
        first = synthetic.trained(f"method-{m:02d}", "ring8", SEEDS, lost)
        for d in range(datasets):
            outcomes.append(_moved(first, f"data-{d:02d}", float(np.exp(0.3 * rng.standard_normal()))))
    floor = synthetic.perfect("ring8")
    return synthetic.run_of(outcomes + [_moved(floor, f"data-{d:02d}", 1.0) for d in range(datasets)])


def _moved(outcome, dataset, factor):
    job = dataclasses.replace(
        outcome.job,
        dataset=dataset,
        settings={**outcome.job.settings, "dataset": {"name": dataset, "parameters": {}}},
    )
    rows = outcome.rows
    distances = rows["metric"].isin(["w1", "w1_held_out", "critic_gap"]).to_numpy(dtype=bool)
    # A column of the old one's type: to convert a whole frame a thousand times would take seconds.
    names = pd.array([dataset] * len(rows), dtype=rows["dataset"].dtype)
    moved = rows.assign(dataset=names, value=rows["value"].to_numpy() * np.where(distances, factor, 1.0))
    return dataclasses.replace(outcome, job=job, rows=moved)
