"""From runs to series: what belongs together, what is apart and why, and what identical bits are."""

import dataclasses
import math

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.series import DIVERGED, SECONDS, row_hashes, series_of, tracks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.metrics.descriptor import Descriptor

MACHINE = {"platform": "p", "cpu": "c", "cores": 2, "processor_features": ["avx"]}
DESCRIPTORS = [
    Descriptor("w1", "W1", "data units", "lower", (0, math.inf), "log"),
    Descriptor("steps_per_second", "steps per second", "1/s", "higher", (0, math.inf), "log"),
]


@dataclasses.dataclass(frozen=True)
class Stub:
    outcomes: tuple


def run(values=(0.1, 0.2, 0.3), *, seconds=2.0, size=500, machine=MACHINE, version=1, diverged=(), steps=9):
    seeds = tuple(range(len(values)))
    job = Job("training", "gan", "ring8", seeds, {"steps": steps})
    rows = [
        row
        for seed, value in enumerate(values)
        if seed not in diverged
        for row in (
            Row(seed, 9, "w1", value, seconds, "n", float(size)),
            Row(seed, 9, "steps_per_second", 9 / seconds, seconds),
        )
    ]
    ended = {s: SeedStatus(Status.DIVERGED if s in diverged else Status.COMPLETED) for s in seeds}
    described = {d.name: {**d.as_dict(), "version": version} for d in DESCRIPTORS}
    return Stub((Outcome(job, frame_from_rows(job, rows), ended, described, provenance=machine),))


def by_metric(*runs, metrics=()):
    (track,) = tracks(runs)
    found = {}
    for series in series_of(track, metrics):
        found.setdefault(series.metric, []).append(series)
    return found


def test_default_series_are_what_ranks_losses_and_seconds():
    found = by_metric(run(), run((0.1, 0.4, 0.3)))
    assert list(found) == ["w1", DIVERGED, SECONDS]
    (w1,) = found["w1"]
    assert (w1.unit, w1.scale, w1.runs, w1.better) == ("seed", "log", [0, 1], "lower")
    assert w1.table.to_numpy().tolist() == [[0.1, 0.2, 0.3], [0.1, 0.4, 0.3]]
    assert found[SECONDS][0].table.to_numpy().tolist() == [[2.0], [2.0]]


def test_a_diverged_seed_is_infinite_and_a_loss():
    found = by_metric(run(), run(diverged=(1,)))
    assert found["w1"][0].table.to_numpy()[1].tolist() == [0.1, math.inf, 0.3]
    assert found[DIVERGED][0].table.to_numpy().tolist() == [[0, 0, 0], [0, 1, 0]]


def test_further_metrics_of_a_clock_are_one_number_a_run():
    (rate,) = by_metric(run(), run(seconds=4.0), metrics=["steps_per_second"])["steps_per_second"]
    assert rate.unit == "run"
    assert rate.table.to_numpy().ravel() == pytest.approx([4.5, 2.25])


def test_unlike_values_are_series_of_their_own_and_say_why():
    found = by_metric(run(), run(size=1000), run(), run(size=1000))["w1"]
    assert [s.runs for s in found] == [[0, 2], [1, 3]]
    assert found[0].note == ""
    assert "500 samples" in found[1].note
    assert [s.runs for s in by_metric(run(), run(version=2))["w1"]] == [[0], [1]]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"machine": {**MACHINE, "cpu": "other"}}, "unlike or unknown machines"),
        ({"steps": 10}, "other settings: steps"),
        ({"values": (0.1, 0.2)}, "other seeds share the clock"),
    ],
)
def test_time_is_cut_where_the_machine_the_settings_or_the_seeds_change(other, why):
    found = by_metric(run(), run(), run(**other))
    assert [s.runs for s in found[SECONDS]] == [[0, 1], [2]]
    assert why in found[SECONDS][1].note
    assert [s.runs for s in found["w1"]] == [[0, 1, 2]]


def test_unknown_machines_are_never_alike():
    assert [s.runs for s in by_metric(run(machine={}), run(machine={}))[SECONDS]] == [[0], [1]]


def hashes(one):
    return row_hashes(cells_of(one.outcomes)[0])


def test_bits_are_those_of_measured_values_not_of_clocks():
    assert np.array_equal(hashes(run()), hashes(run(seconds=5.0)))
    assert not np.array_equal(hashes(run()), hashes(run((0.1, 0.2, np.nextafter(0.3, 1)))))
    assert len(hashes(run())) == 3
