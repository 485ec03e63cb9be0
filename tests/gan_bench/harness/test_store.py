import json
import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from gan_bench.errors import UsageError
from gan_bench.harness import folder as folders
from gan_bench.harness.folder import check_ours, locked, read_marker
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import COLUMNS, Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.store import flat_settings, load

SETTINGS = {"steps": 5, "method": {"name": "x", "betas": [0.5, 0.9]}}
JOB = Job("fake", "wgan-gp", "ring[modes=12]", (0, 1), SETTINGS)
VALUES = [1.5, math.nan, math.inf, -math.inf, -0.0, 1e-308]


def outcome(job=JOB, *, values=VALUES, status=Status.COMPLETED):
    rows = [Row(0, step, "w1", value, 0.25, "n", 256.0) for step, value in enumerate(values)]
    return Outcome(
        job=job,
        rows=frame_from_rows(job, [*rows, Row(1, 3, "w1", 2.0)]),
        status={0: SeedStatus(status), 1: SeedStatus(Status.DIVERGED, 3, "not finite")},
        descriptors={"w1": {"label": "W1", "range": [0.0, None]}},
        samples={"step-0": np.arange(6, dtype=np.float32).reshape(1, 3, 2), "file": np.zeros(1)},
        facts={"worst": math.nan, "nested": [math.inf]},
        provenance={"sources": "abc"},
        traceback="line one\nline two",
        log="hello",
    )


def marker(*jobs, **more):
    return {
        "suite": {"suite": {"name": "toy"}, "experiment": []},
        "command": "gan-bench run toy",
        "planned": [job.as_dict() for job in jobs],
        "kept_stale": [],
        "provenance": {"sources": "abc"},
        **more,
    }


def stored(path, *outcomes, planned=None):
    with locked(path) as folder:
        folder.mark(marker(*(planned or [one.job for one in outcomes])))
        for one in outcomes:
            folder.write(one)
    return path


def test_round_trip_keeps_every_value(tmp_path):
    run = load(stored(tmp_path / "out", outcome()))
    (found,) = run.outcomes
    expected = outcome()
    assert found.job == expected.job
    pd.testing.assert_frame_equal(found.rows, expected.rows)
    assert np.array_equal(found.rows.value[:6], VALUES, equal_nan=True)
    assert math.copysign(1, found.rows.value[4]) == -1
    assert found.status == expected.status
    assert found.descriptors == expected.descriptors
    assert (found.traceback, found.log) == ("line one\nline two", "hello")
    assert found.facts == {"worst": "nan", "nested": ["inf"]}
    assert list(found.samples) == ["step-0", "file"]
    assert np.array_equal(found.samples["step-0"], expected.samples["step-0"])
    assert found.samples["step-0"].dtype == np.float32
    with pytest.raises(KeyError):
        found.samples["step-1"]
    assert run.name == "toy"
    assert run.fine


def test_stored_json_has_no_nan_tokens(tmp_path):
    def refuse(token):
        raise AssertionError(token)

    files = list(stored(tmp_path / "out", outcome()).rglob("*.json"))
    assert {file.name for file in files} == {"gan-bench.json", "outcome.json"}
    for file in files:
        json.loads(file.read_text(), parse_constant=refuse)


def test_objects_are_never_pickled(tmp_path):
    bad = outcome()
    bad.samples = {"evil": np.array([{}], dtype=object)}
    with pytest.raises(ValueError, match="pickle"):
        stored(tmp_path / "out", bad)
    assert load(tmp_path / "out").outcomes[0].status[0].status == Status.NOT_RUN


def test_planned_jobs_come_in_order_missing_ones_as_not_run_others_as_stale(tmp_path):
    other, missing = (Job("fake", name, "grid25", (0,)) for name in ("gan", "nsgan"))
    old = Job("fake", "old", "grid25", (0,))
    path = stored(
        tmp_path / "out", outcome(), outcome(other, values=[1.0]), outcome(old), planned=[missing, other, JOB]
    )
    run = load(path)
    assert [one.job.method for one in run.outcomes] == ["nsgan", "gan", "wgan-gp"]
    assert run.outcomes[0].status[0].status == Status.NOT_RUN
    assert run.stale == (old.key,)
    assert not run.fine
    assert list(run.statuses().status) == ["not-run", "completed", "diverged", "completed", "diverged"]
    assert run.statuses().step.dropna().tolist() == [3, 3]


def test_frame_joins_scalar_settings_and_has_one_schema(tmp_path):
    other = Job("fake", "gan", "grid25", (0, 1), {"steps": 7, "seed": 3, "fast": True})
    frame = load(stored(tmp_path / "out", outcome(), outcome(other))).frame()
    assert list(frame.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert frame.groupby("method").steps.first().to_dict() == {"wgan-gp": 5, "gan": 7}
    assert frame["method.name"].dropna().unique().tolist() == ["x"]
    assert frame["settings.seed"].dropna().unique().tolist() == [3]
    assert frame.seed.dtype == "int64"


def test_frame_of_nothing_has_the_columns(tmp_path):
    frame = load(stored(tmp_path / "out", planned=[JOB])).frame()
    assert list(frame.columns) == list(COLUMNS)
    assert frame.empty


def test_flat_settings():
    assert flat_settings(JOB) == {"steps": 5, "method.name": "x"}


@pytest.mark.parametrize("point", ["write_outcome", "sync_folder"])
def test_a_crash_while_writing_leaves_no_half_outcome(tmp_path, monkeypatch, point):
    """A crash before the replacement leaves nothing or the old outcome, and the next driver cleans up."""
    path = stored(tmp_path / "out", outcome(values=[1.0]))

    def crash(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, point, crash)
    with pytest.raises(KeyboardInterrupt):
        stored(path, outcome(values=[2.0]), planned=[JOB])
    monkeypatch.undo()
    rows = load(path).outcomes[0].rows
    assert rows.value[0] in ((1.0,) if point == "write_outcome" else (1.0, 2.0))
    with locked(path):
        pass
    assert [one.name for one in (path / "jobs").iterdir()] == [JOB.key]


def test_a_crash_between_write_and_replace_keeps_the_outcome_out(tmp_path, monkeypatch):
    path = tmp_path / "out"
    replace = os.replace

    def crash(source, target):
        if JOB.key in str(source):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        stored(path, outcome())
    monkeypatch.undo()
    leftover = list((path / "jobs").iterdir())
    assert [one.name for one in leftover] == [f".tmp-{JOB.key}"]
    assert load(path).outcomes[0].status[0].status == Status.NOT_RUN
    with locked(path):
        assert not list((path / "jobs").iterdir())


def test_an_incomplete_folder_is_no_outcome(tmp_path):
    path = stored(tmp_path / "out", outcome())
    (path / "jobs" / JOB.key / "rows.parquet").unlink()
    assert load(path).outcomes[0].status[0].status == Status.NOT_RUN


def test_a_damaged_file_is_named(tmp_path):
    path = stored(tmp_path / "out", outcome())
    (path / "jobs" / JOB.key / "rows.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(UsageError, match=rf"{JOB.key}: not readable .*remove it and run again"):
        load(path)


def test_one_driver_at_a_time(tmp_path):
    second = pytest.raises(UsageError, match="out: another gan-bench run is writing this folder")
    with locked(tmp_path / "out"), second, locked(tmp_path / "out"):
        pass
    with locked(tmp_path / "out"):
        pass


def test_foreign_folders_are_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UsageError, match=r"holds something else \(thesis.tex, ...\)"), locked(tmp_path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(UsageError, match="is a file"):
        check_ours(tmp_path / "thesis.tex")
    with pytest.raises(UsageError, match="not an output folder of gan-bench"):
        load(tmp_path)
    with pytest.raises(UsageError, match="nowhere: no such folder"):
        load(tmp_path / "nowhere")


def test_folders_of_another_format_are_refused(tmp_path):
    (tmp_path / "gan-bench.json").write_text('{"format": 99}')
    with pytest.raises(UsageError, match="format 99, but this version reads format 1"):
        check_ours(tmp_path)
    (tmp_path / "gan-bench.json").write_text("{")
    with pytest.raises(UsageError, match="not readable"):
        read_marker(tmp_path)


def test_a_folder_with_only_the_lock_of_a_driver_that_died_is_ours(tmp_path):
    (tmp_path / ".lock").touch()
    check_ours(tmp_path)


def test_reading_needs_no_torch(tmp_path):
    path = stored(tmp_path / "out", outcome())
    code = (
        f"import sys; import gan_bench as gb; run = gb.load({str(path)!r})\n"
        "assert len(run.frame()) == 7 and run.outcomes[0].samples['step-0'].shape == (1, 3, 2)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
