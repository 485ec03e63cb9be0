"""What networks in bfloat16 are found to be worth is what the same networks in float32 are."""

from __future__ import annotations

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of, ends
from gan_bench.analysis.intervals import t_interval
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.images.plan import plan
from gan_bench.experiments.images.run import run
from gan_bench.experiments.images.settings import Settings
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending

# A method that gets somewhere in so few steps, and one that hardly leaves its start, at a distance of 70.
METHODS = [
    {"name": "nsgan", "learning_rate": 4e-4},
    {"name": "wgan-gp", "learning_rate": 5e-3},
]
SIZES = {
    "datasets": ["digits"], "steps": 70, "batch_size": 32, "latent": 8, "width": 8, "snapshots": 2,
    "curve_samples": 60, "end_samples": 200, "kid_subset_size": 50, "kid_subsets": 3, "reference_draws": 10,
    "methods": METHODS,
}  # fmt: skip


def trained(precision):
    """The cells of both methods."""
    settings = Settings.model_validate({**SIZES, "precision": precision})
    outcomes = []
    for job in plan(settings, (0, 1, 2), PlanContext("images.toml: experiment 1", "cpu"))[1:]:
        collector = Collector(job)
        run(job, CheckedRecorder(job, collector))
        outcomes.append(collector.outcome(Ending(SeedStatus(Status.COMPLETED))))
    return cells_of(outcomes)


def distances(cells):
    """FID of each seed at the end, by method."""
    return {cell.label: np.array(list(ends(cell, "fid[digits-cnn]", 200).values())) for cell in cells}


def test_bfloat16_gives_the_verdicts_of_float32():
    full, half = trained("float32"), trained("bfloat16")
    assert [cell.settings["precision"] for cell in (*full, *half)] == ["float32"] * 2 + ["bfloat16"] * 2
    found = [distances(cells) for cells in (full, half)]
    # Which method is better, and by how much, is told from three seeds in both.
    better = [t_interval(d["wgan-gp"] / d["nsgan"], "log") for d in found]
    assert [interval.high < 0.6 for interval in better] == [True, True]
    # Trainings that differ by rounding part as seeds do, whose distances differ by a tenth and more.
    for method in ("nsgan", "wgan-gp"):
        of_precision = t_interval(found[1][method] / found[0][method], "log").centre
        assert of_precision == pytest.approx(1, abs=0.15), method
    assert not np.array_equal(found[0]["wgan-gp"], found[1]["wgan-gp"])
