"""What must never pass in silence: a cell without a survivor, seeds and cells that vanished, old results."""

import dataclasses
import json
import math
import shutil

import pytest

from gan_bench.cli import main
from gan_bench.errors import UsageError
from gan_bench.gate.finding import Outcome
from gan_bench.harness.folder import MARKER
from gan_bench.harness.store import load

EIGHT = [0.20, 0.22, 0.18, 0.21, 0.19, 0.23, 0.20, 0.21]
ALL_LOST = {"training/gan/ring8": {"w1": [math.inf] * 3}}
RELATIVE = '[[toy.relative]]\ncells = "{}"\nmetric = "w1"\nmargin = "{}"\n'
PRIMARY = RELATIVE.format("training", "10%") + "primary = true\n"


@pytest.mark.parametrize(
    "rule",
    [
        '[[toy.absolute]]\ncells = "training"\nmetric = "w1"\nupper_end_below = 0.5\n',
        '[[toy.rate]]\ncells = "training"\nof = "diverged"\nupper_end_below = 0.7\n',
    ],
)
def test_a_cell_of_which_every_seed_diverged_is_a_regression(run_of, gate_of, rule):
    gate = gate_of(run_of(ALL_LOST), rule)
    assert gate.exit_code == 1
    assert "3" in gate.findings[0].sentence
    assert "diverged" in gate.findings[0].sentence


def test_a_collapse_rate_says_that_every_seed_diverged(run_of, outcome_of, gate_of):
    floor = outcome_of("training/perfect-sampler/ring8", {"w1": EIGHT, "modes_covered": [8.0] * 8})
    run = run_of({"training/gan/ring8": {"w1": [math.inf] * 4, "modes_covered": [math.inf] * 4}}, floor)
    rule = '[[toy.rate]]\ncells = "training"\nof = "collapsed"\nupper_end_below = 0.7\n'
    sentences = [f.sentence for f in gate_of(run, rule).findings]
    assert any("4 seeds diverged and no other ended" in sentence for sentence in sentences)


def test_a_seed_that_only_the_new_run_has_may_not_diverge_unseen(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": EIGHT[:4]}})
    new = run_of({"training/gan/ring8": {"w1": [*EIGHT[:4], *[math.inf] * 4]}})
    gate = gate_of(new, RELATIVE.format("training", "10%"), base)
    assert gate.findings[0].outcome is Outcome.INCONCLUSIVE
    assert "4 more seeds diverged" in gate.findings[0].sentence


def test_seeds_of_the_baseline_that_are_not_planned_are_missing(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": EIGHT}})
    gate = gate_of(
        run_of({"training/gan/ring8": {"w1": EIGHT[:2]}}), RELATIVE.format("training", "10%"), base
    )
    assert gate.exit_code == 2
    assert "seeds 2, 3, 4, 5, 6, 7, which this run does not plan" in gate.findings[0].sentence


def test_a_cell_that_vanished_is_missing_whatever_the_rules_speak_of(run_of, gate_of):
    both = {f"training/{name}/ring8": {"w1": EIGHT} for name in ("gan", "wgan-gp")}
    rule = '[[toy.absolute]]\ncells = "training/gan"\nmetric = "w1"\nmedian_below = 9\n'
    gate = gate_of(run_of({"training/gan/ring8": {"w1": EIGHT}}), rule, run_of(both))
    assert gate.exit_code == 2
    assert gate.findings[0].sentence == "wgan-gp on ring8 is in the baseline and not in this run"


def test_results_kept_from_older_sources_are_missing(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"w1": EIGHT}})
    kept = dataclasses.replace(run, kept_stale=(run.outcomes[0].job.key,))
    gate = gate_of(kept, RELATIVE.format("training", "10%"), run)
    assert gate.exit_code == 2
    assert "--keep-stale" in gate.findings[0].sentence


def test_cells_without_seeds_to_judge_by_keep_the_primary_gate_open(run_of, gate_of):
    base = run_of({"training/gan/ring8": {"w1": EIGHT}, "training/gan/grid25": {"w1": [0.1]}})
    new = run_of({"training/gan/ring8": {"w1": EIGHT}, "training/gan/grid25": {"w1": [10.0]}})
    (finding,) = gate_of(new, PRIMARY, base).findings
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "1 cell left out" in finding.sentence


def test_a_metric_that_is_better_when_higher_cannot_fall_by_all_of_it(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"steps_per_second": [100.0, 101.0]}})
    rule = '[[toy.relative]]\ncells = "training"\nmetric = "steps_per_second"\nmargin = "100%"\n'
    with pytest.raises(UsageError, match="better when higher"):
        gate_of(run, rule, run)


def test_a_baseline_of_another_suite_is_refused(run_of, gate_of):
    run = run_of({"training/gan/ring8": {"w1": EIGHT}})
    other = dataclasses.replace(run, suite={"suite": {"name": "other"}})
    with pytest.raises(UsageError, match='suite "other", but the run is of "toy"'):
        gate_of(run, PRIMARY, other)


@pytest.fixture
def smoke(tmp_path, request):
    """The committed baseline of the suite `smoke`, as a run."""
    source = request.config.rootpath / "reports" / "reference" / "smoke"
    return shutil.copytree(source, tmp_path / "run"), request.config.rootpath / "benchmarks/thresholds.toml"


def test_a_run_is_no_baseline_of_itself(smoke, capsys):
    run, thresholds = map(str, smoke)
    assert main(["check", run, "--thresholds", thresholds, "--baseline", run]) == 4
    assert "is the run itself" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_a_mistake_of_usage_not_a_regression(smoke, capsys):
    run, thresholds = map(str, smoke)
    assert main(["check", run, "--thresholds", thresholds, "--junit", "/dev/full"]) == 4
    assert "cannot be written" in capsys.readouterr().err


def test_a_marker_that_lacks_its_plan_is_one_line(smoke):
    run, _ = smoke
    marker = json.loads((run / MARKER).read_text())
    del marker["planned"]
    (run / MARKER).write_text(json.dumps(marker))
    with pytest.raises(UsageError, match="not readable: KeyError 'planned'"):
        load(run)


def test_a_fault_of_the_program_is_not_the_exit_code_of_a_regression(smoke, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("fault")

    monkeypatch.setattr("gan_bench.gate.check.check", broken)
    run, thresholds = map(str, smoke)
    assert main(["check", run, "--thresholds", thresholds]) == 2
    assert "ZeroDivisionError: fault" in capsys.readouterr().err
