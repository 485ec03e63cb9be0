import shutil

import pytest

import gan_bench as gb
from gan_bench.errors import UsageError
from gan_bench.harness import provenance
from gan_bench.harness.driver import Request, prepare
from gan_bench.harness.listener import Silent
from gan_bench.harness.outcome import Status


class Notes(Silent):
    def __init__(self):
        self.lines, self.done = [], []

    def note(self, text):
        self.lines.append(text)

    def finished(self, outcome):
        self.done.append(outcome.job.method)


@pytest.fixture
def run(fake_suite, tmp_path):
    """Run a suite of misbehaving methods in this process; returns the run and what was said."""

    def call(*methods, select=(), datasets=(), select_datasets=(), settings=None, seeds=2, **arguments):
        suite = fake_suite(*methods, seeds=seeds, datasets=[*datasets] or ["ring8"], **(settings or {}))
        notes = Notes()
        arguments = {"out": tmp_path / "out", "executor": "serial", "report": False, **arguments}
        return gb.run(suite, methods=select, datasets=select_datasets, progress=notes, **arguments), notes

    return call


def methods(run):
    return [outcome.job.method for outcome in run.outcomes]


def test_done_jobs_are_not_done_again(run):
    first, notes = run("works", "diverges", "skips")
    assert notes.done == ["skips", "works", "diverges"]
    again, notes = run("works", "diverges", "skips")
    assert notes.done == notes.lines == []
    assert again.frame().equals(first.frame())
    assert again.fine


def test_default_folder_and_marker(run, tmp_path):
    found, _ = run("works", out=None)
    assert found.directory.as_posix() == "reports/fake"
    assert found.suite["experiment"][0]["steps"] == 3
    assert found.command == 'gan_bench.run("fake")'
    assert found.provenance["sources"] == provenance.sources_digest()


def test_failures_are_tried_again_with_their_number_of_attempts(run):
    first, _ = run("works", "raises")
    assert not first.fine
    again, notes = run("works", "raises")
    assert notes.done == ["raises"]
    assert notes.lines == ["redone: last attempt ended with error (1 job)"]
    assert [outcome.provenance["attempt"] for outcome in again.outcomes] == [1, 2]


def test_an_edit_of_the_package_redoes_all_and_says_so(run, monkeypatch):
    run("works", "diverges")
    monkeypatch.setattr("gan_bench.harness.resume.sources_digest", lambda: "other")
    _, notes = run("works", "diverges", keep_stale=True)
    assert notes.done == []
    assert notes.lines == ["kept though stale: sources changed (2 jobs)"]
    _, notes = run("works", "diverges")
    assert notes.done == ["works", "diverges"]
    assert notes.lines == ["redone: sources changed (2 jobs)"]


def test_what_is_kept_though_stale_is_marked(run, monkeypatch):
    run("works")
    monkeypatch.setattr("gan_bench.harness.resume.sources_digest", lambda: "other")
    found, _ = run("works", keep_stale=True)
    assert found.kept_stale == (found.outcomes[0].job.key,)


def test_an_edit_of_a_plugin_redoes_only_what_names_it(run, tmp_path):
    (tmp_path / "my_loss.py").write_text("value = 1")
    touched = {"plugin": "my_loss.py:value"}
    run("works", settings=touched)
    run("diverges", out=tmp_path / "other")
    (tmp_path / "my_loss.py").write_text("value = 2")
    _, notes = run("works", settings=touched)
    assert notes.done == ["works"]
    assert notes.lines == ["redone: my_loss.py changed (1 job)"]
    _, notes = run("works", settings=touched)
    assert notes.done == []
    _, notes = run("diverges", out=tmp_path / "other")
    assert notes.done == []


def test_force_redoes_all(run):
    run("works")
    _, notes = run("works", force=True)
    assert notes.done == ["works"]
    assert notes.lines == ["redone: --force (1 job)"]


def test_a_selection_runs_only_that_and_keeps_what_is_there(run):
    found, notes = run("works", "diverges", select=["works"])
    assert notes.done == ["works"]
    assert methods(found) == ["works"]
    found, notes = run("works", "diverges", select=["diverges"])
    assert notes.done == ["diverges"]
    assert methods(found) == ["works", "diverges"]


def test_selection_of_data_sets(run):
    found, _ = run("works", datasets=("ring8", "grid25"), select_datasets=["grid25"])
    assert [outcome.job.dataset for outcome in found.outcomes] == ["grid25"]


@pytest.mark.parametrize(("arguments", "message"), [
    ({"select": ["wroks"]}, '--method: unknown method "wroks" - did you mean "works"'),
    ({"select_datasets": ["ring"]}, '--dataset: unknown dataset "ring" - did you mean "ring8"'),
    ({"seeds": 0}, "seeds: should be greater than or equal to 1, not 0"),
    ({"jobs": 0}, "--jobs: must be positive, not 0"),
    ({"timeout": -1.0}, "--timeout: must be positive, not -1"),
    ({"timeout": 3.0}, 'the executor "serial" cannot stop a job'),
    ({"executor": "process"}, 'unknown executor "process" - did you mean "processes"'),
    ({"device": "gpu"}, '--device: must be "auto", "cpu" or "cuda", not "gpu"'),
    ({"settings": {"steps": -1}}, "experiment 1: steps: should be greater than or equal to 1, not -1"),
])  # fmt: skip
def test_bad_wishes_leave_nothing_behind(run, tmp_path, arguments, message):
    with pytest.raises(UsageError, match=message):
        run("works", **arguments)
    assert not list(tmp_path.iterdir())


def test_what_a_suite_has_but_not_together_is_told_apart_from_what_it_lacks(tmp_path):
    # A label that one experiment alone gives, which has a data set of its own.
    request = Request("default", out=tmp_path, methods=["clipped-adam"], datasets=["swiss-roll"])
    with pytest.raises(UsageError) as caught:
        prepare(request)
    assert str(caught.value) == '--method: "clipped-adam" goes with none of the selected data sets'


def test_an_unknown_method_of_the_suite_leaves_nothing_behind(run, tmp_path):
    with pytest.raises(UsageError, match='experiment 1: unknown method "wroks" - did you mean "works"'):
        run("wroks")
    assert not list(tmp_path.iterdir())


def test_cuda_where_there_is_none(run, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UsageError, match="--device cuda: torch finds no CUDA device here; use --device cpu"):
        run("works", device="cuda")
    assert not list(tmp_path.iterdir())


def test_a_dry_run_writes_nothing(run, tmp_path):
    found, _ = run("works", "diverges", dry_run=True)
    assert [outcome.status[0].status for outcome in found.outcomes] == [Status.NOT_RUN] * 2
    assert not list(tmp_path.iterdir())


def test_the_same_job_twice_is_an_error(run):
    suite = dict(run("works", dry_run=True)[0].suite)
    suite["experiment"] = suite["experiment"] * 2
    with pytest.raises(UsageError, match="experiment 2: works on ring8: the same job is planned twice"):
        gb.run(suite, report=False)


def test_jobs_of_an_edited_suite_are_stale(run):
    run("works")
    found, notes = run("works", settings={"steps": 4})
    assert notes.done == ["works"]
    assert len(found.stale) == 1
    assert found.frame().steps.unique().tolist() == [4]


def test_a_lost_outcome_is_made_again(run, tmp_path):
    found, _ = run("works", "diverges")
    shutil.rmtree(tmp_path / "out" / "jobs" / found.outcomes[0].job.key)
    _, notes = run("works", "diverges")
    assert notes.done == ["works"]


def test_the_number_of_workers_does_not_change_what_a_job_is(run, monkeypatch):
    """Threads change the bits and belong to the key, so they must not follow --jobs."""
    monkeypatch.setattr("gan_bench.harness.driver.cores", lambda: 8)
    alone, _ = run("works", jobs=2, dry_run=True)
    shared, _ = run("works", dry_run=True)
    assert alone.outcomes[0].job.settings["threads"] == 1
    assert alone.outcomes[0].job.key == shared.outcomes[0].job.key


def test_an_added_method_joins_every_experiment_beside_its_own(tmp_path):
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from gan_bench.methods.objectives import Minimax\n\nclass Mine(Minimax):\n    pass\n", "utf-8"
    )
    table = {"kind": "training", "methods": ["gan"], "datasets": ["ring8"], "steps": 1}
    suite = {
        "suite": {"name": "x", "seeds": 1},
        "experiment": [table, {**table, "datasets": ["moons"], "steps": 2}],
    }
    mine = f"{plugin}:Mine"
    planned = gb.run(suite, out=tmp_path / "out", add_methods=[mine, "gan"], dry_run=True)
    found = [(o.job.method, o.job.settings["steps"]) for o in planned.outcomes if o.job.settings.get("steps")]
    assert found == [("gan", 1), (mine, 1), ("gan", 2), (mine, 2)]
    with pytest.raises(UsageError, match='--add-method: unknown method "gann" - did you mean "gan"'):
        gb.run(suite, out=tmp_path / "out", add_methods=["gann"], dry_run=True)
