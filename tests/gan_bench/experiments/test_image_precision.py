"""What networks in bfloat16 are found to be worth is what the same networks in float32 are."""

from __future__ import annotations

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of, ends
from gan_bench.analysis.comparing import Told, compare_pairs
from gan_bench.analysis.intervals import t_interval
from gan_bench.analysis.pairing import pair_cells
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.images.plan import plan
from gan_bench.experiments.images.run import run
from gan_bench.experiments.images.settings import Settings
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending

SIZES = {
    "datasets": ["digits"], "steps": 100, "batch_size": 32, "latent": 8, "width": 8, "snapshots": 2,
    "curve_samples": 60, "end_samples": 200, "kid_subset_size": 50, "kid_subsets": 3, "reference_draws": 10,
    # So fast that a hundred steps bring the distance from 70 to a fifth of it.
    "methods": [{"name": name, "learning_rate": 4e-3} for name in ("nsgan", "wgan-gp")],
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


def ratio(cells):
    """The interval of wgan-gp's FID over nsgan's, seeds paired."""
    nsgan, wgan_gp = (ends(cell, "fid[digits-cnn]", 200) for cell in cells)
    return t_interval(np.array([wgan_gp[seed] / nsgan[seed] for seed in nsgan]), "log")


def test_bfloat16_gives_the_verdicts_of_float32():
    full, half = trained("float32"), trained("bfloat16")
    assert [cell.settings["precision"] for cell in (*full, *half)] == ["float32"] * 2 + ["bfloat16"] * 2
    compared, _ = compare_pairs(pair_cells(full, half))
    fid = {one.pair.new.label: one for one in compared if one.metric == "fid[digits-cnn]"}
    assert set(fid) == {"nsgan", "wgan-gp"}
    for one in fid.values():
        assert max(one.centres) < 70 / 3
    assert {one.told for one in compared} <= {Told.UNTOLD, Told.ALIKE, Told.IDENTICAL}
    # Which method is better is told from three seeds in both.
    assert ratio(full).high < 1
    assert ratio(half).high < 1
    # A tenth is less than seeds differ by.
    assert ratio(half).centre == pytest.approx(ratio(full).centre, rel=0.1)
