"""Clocks: the time in which any job ran, against counting instants; timings with company, one by one."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gan_bench.analysis.cells import Cell
from gan_bench.report.clocks import accompanied, elapsed, span

START = datetime(2026, 11, 20, 19, 0, 0, tzinfo=UTC)


@pytest.fixture
def ran(synthetic):
    """Make an outcome that ran from a second on for so many seconds; timing: it times single steps."""
    outcome = synthetic.trained("gan", "ring8", 1)

    def made(begin, wall, *, timing=False):
        started = (START + timedelta(seconds=begin)).strftime("%Y-%m-%dT%H:%M:%SZ")
        facts = {"timing": {"cores": 2}} if timing else {}
        provenance = {"job_started": started, "wall_seconds": wall}
        return dataclasses.replace(outcome, facts=facts, provenance=provenance)

    return made


def test_elapsed_counts_every_instant_with_a_job_once(ran):
    rng = np.random.default_rng(3)
    for n in (1, 2, 7, 30):
        begins, walls = rng.integers(0, 200, n), np.round(rng.uniform(0.1, 30, n), 1)
        # Instants in the middle of each tenth of a second: exact, since all ends are whole tenths.
        t = np.arange(0, 240, 0.1) + 0.05
        busy = ((t >= begins[:, None]) & (t < begins[:, None] + walls[:, None])).any(axis=0).sum() / 10
        found = elapsed([ran(int(b), float(w)) for b, w in zip(begins, walls, strict=True)])
        assert found == pytest.approx(busy, abs=1e-6), n


def test_a_job_within_another_adds_nothing_and_a_pause_is_not_counted(ran):
    assert elapsed([ran(0, 10.0), ran(2, 3.0)]) == pytest.approx(10)
    assert elapsed([ran(2, 3.0), ran(0, 10.0), ran(86_400, 5.0)]) == pytest.approx(15)


def test_elapsed_is_not_known_unless_all_that_ran_tell(ran, synthetic):
    silent = dataclasses.replace(ran(0, 1.0), provenance={})
    assert elapsed([ran(0, 1.0), silent]) is None
    assert elapsed([]) is None
    # What left no row has no time to tell.
    assert elapsed([ran(0, 1.0), synthetic.failed("gan", "ring8", 1)]) == pytest.approx(1)


@pytest.mark.parametrize(
    "provenance",
    [
        {"job_started": "yesterday", "wall_seconds": 1.0},
        {"job_started": "2026-11-20T19:00:00Z"},
        {"job_started": 7, "wall_seconds": 1.0},
    ],
)
def test_a_span_that_is_not_told_is_none(ran, provenance):
    assert span(dataclasses.replace(ran(0, 1.0), provenance=provenance)) is None


COMPANY = [
    (10.0, 5, 1.0, False),
    (10.0, 5, 5.9, False),
    (10.0, 5, 6.1, True),
    (10.0, 14, 1.5, True),
    (10.0, 19, 5.0, False),
    (10.0, 30, 5.0, False),
    (0.9, 9, 20.0, False),
    (1.1, 9, 20.0, True),
]


@pytest.mark.parametrize(("timed", "begin", "wall", "company"), COMPANY)
def test_a_timing_has_company_where_another_job_overlaps_by_more_than_a_second(
    ran, timed, begin, wall, company
):
    """The timing begins at 10 s; starts are told to the second, so that less may be no overlap at all."""
    timing, other = Cell("wgan-gp", (ran(10, timed, timing=True),)), Cell("gan", (ran(begin, wall),))
    assert accompanied([timing, other]) == ([timing] if company else [])


def test_two_timings_side_by_side_are_both_named_and_other_jobs_never(ran):
    cells = [Cell(name, (ran(0, 9.0, timing=name != "gan"),)) for name in ("gan", "wgan-gp", "wgan-clip")]
    assert accompanied(cells) == cells[1:]
    assert accompanied(cells[:2]) == cells[1:2]
    assert accompanied(cells[1:2]) == []
