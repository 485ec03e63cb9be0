import math

import numpy as np
import pandas as pd
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.environments import environment_changes
from gan_bench.analysis.pairing import pair_cells, paired_values
from gan_bench.errors import UsageError
from gan_bench.gate.freezing import freeze
from gan_bench.harness.folder import locked
from gan_bench.harness.store import load


@pytest.fixture(scope="module")
def run(tmp_path_factory, synthetic):
    """A made-up run on the disk, with diverged seeds, a failed and a skipped cell."""
    made = synthetic.standard_run()
    path = tmp_path_factory.mktemp("run") / "run"
    with locked(path) as folder:
        folder.mark(
            {
                "suite": made.suite,
                "command": made.command,
                "planned": [outcome.job.as_dict() for outcome in made.outcomes],
                "kept_stale": [],
                "provenance": made.provenance,
            }
        )
        for outcome in made.outcomes:
            folder.write(outcome)
    return load(path)


def test_a_baseline_reads_like_the_run_and_holds_the_same_ends(run, tmp_path):
    freeze(run, tmp_path / "base")
    base = load(tmp_path / "base")
    assert base.name == run.name
    pd.testing.assert_frame_equal(base.statuses(), run.statuses())
    pairing = pair_cells(cells_of(base.outcomes), cells_of(run.outcomes))
    assert len(pairing.pairs) == 20
    for pair in pairing.pairs:
        for metric in ("w1", "js", "modes_covered"):
            old, now = paired_values(pair, metric)
            assert old.index.tolist() == now.index.tolist()
            assert np.array_equal(old.to_numpy(), now.to_numpy())  # bit for bit
    # Diverged seeds are still told: 2 of wgan-clip on the grid.
    (grid,) = (p for p in pairing.pairs if (p.new.label, p.new.dataset) == ("wgan-clip", "grid25"))
    assert math.isinf(paired_values(grid, "w1")[0][5])


def test_a_baseline_keeps_the_perfect_samplers_band(run, tmp_path):
    freeze(run, tmp_path / "base")
    kept = {c.dataset: c for c in cells_of(load(tmp_path / "base").outcomes) if c.is_reference}
    whole = {c.dataset: c for c in cells_of(run.outcomes) if c.is_reference}
    assert kept.keys() == whole.keys()
    for dataset, cell in kept.items():
        assert sorted(cell.of("w1")["value"]) == sorted(whole[dataset].of("w1", 500.0)["value"])


def test_a_baseline_is_small_and_without_samples_curves_and_logs(run, tmp_path):
    frozen = freeze(run, tmp_path / "base")
    base = load(tmp_path / "base")
    assert frozen.jobs == len(run.outcomes)
    assert frozen.size == sum(f.stat().st_size for f in (tmp_path / "base").rglob("*") if f.is_file())
    # 24 jobs: the shipped suites' baselines are to stay below 100 kB and 1 MB.
    assert frozen.size < 24 * 6_500
    assert not any(outcome.samples or outcome.log or outcome.traceback for outcome in base.outcomes)
    assert set(base.frame()["step"]) <= {0, 2000}
    assert {"critic_loss", "critic_gradient"}.isdisjoint(base.frame()["metric"])


def test_a_baseline_keeps_the_packages_that_decide_numbers(run, tmp_path):
    freeze(run, tmp_path / "base")
    base = load(tmp_path / "base")
    assert base.provenance["packages"] == {"numpy": "2.3.0", "pandas": "3.1.0", "scipy": "1.16.0"}
    assert environment_changes(base, run) == ()


def test_a_baseline_is_frozen_anew_without_leftovers(run, tmp_path):
    freeze(run, tmp_path / "base")
    (tmp_path / "base" / "jobs" / "leftover").mkdir()
    freeze(run, tmp_path / "base")
    assert not (tmp_path / "base" / "jobs" / "leftover").exists()
    assert sorted(path.name for path in (tmp_path / "base").iterdir()) == ["gan-bench.json", "jobs"]


def test_nothing_but_a_baseline_is_overwritten(run, tmp_path):
    (tmp_path / "mine" / "jobs").mkdir(parents=True)
    (tmp_path / "mine" / "jobs" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match=r"holds something else \(jobs, ...\)"):
        freeze(run, tmp_path / "mine")
    assert (tmp_path / "mine" / "jobs" / "thesis.txt").read_text() == "years of work"
    with pytest.raises(UsageError, match="is the run itself"):
        freeze(run, run.directory)
    with locked(tmp_path / "other") as folder:
        folder.mark({"suite": run.suite, "command": "", "planned": [], "kept_stale": [], "provenance": {}})
    with pytest.raises(UsageError, match="holds a run, not a baseline"):
        freeze(run, tmp_path / "other")
