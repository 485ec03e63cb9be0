"""The thresholds that ship, and those of the guide: they are read, and speak of cells that are planned."""

import re
from pathlib import Path

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.experiments.claims import CLAIMS
from gan_bench.gate.patterns import matched
from gan_bench.gate.thresholds import read_thresholds
from gan_bench.harness.outcome import SeedStatus, Status, unmeasured
from gan_bench.harness.plan import Selection, plan_suite
from gan_bench.harness.suite import read_suite

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shipped():
    return read_thresholds(ROOT / "benchmarks" / "thresholds.toml")


@pytest.mark.parametrize("suite", ["smoke", "default"])
def test_every_pattern_matches_a_planned_cell(shipped, suite):
    waiting = SeedStatus(Status.NOT_RUN)
    jobs = plan_suite(read_suite(suite), Selection()).jobs
    cells = cells_of([unmeasured(job, waiting) for job in jobs])
    rules = shipped.of(suite)
    patterns = [
        p.rule.cells for kind in (rules.absolute, rules.rate, rules.relative, rules.timing) for p in kind
    ]
    patterns += [p.rule.over for p in rules.timing if p.rule.over]
    assert len(patterns) >= 8
    assert [pattern for pattern in patterns if not matched(pattern, cells)] == []


def test_both_suites_gate_claims_rates_distances_and_time(shipped):
    for suite in ("smoke", "default"):
        rules = shipped.of(suite)
        assert all((rules.absolute, rules.rate, rules.claim, rules.relative, rules.timing))
        assert sum(placed.rule.primary for placed in rules.relative) == 1
        assert {placed.rule.claim for placed in rules.claim} <= {"*", *CLAIMS}


def test_the_guide_shows_thresholds_that_are_valid(tmp_path):
    guide = (ROOT / "docs" / "ci" / "README.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "guide.toml").write_text(block)
    rules = read_thresholds(tmp_path / "guide.toml").of("mine")
    assert all((rules.absolute, rules.rate, rules.claim, rules.relative, rules.timing))
