"""Both executors, every way for a job to end. Jobs are run through the driver-free generator."""

import multiprocessing
import os
import signal
import time

import pytest

from gan_bench.errors import UsageError
from gan_bench.harness import processes
from gan_bench.harness.execute import Options, execute, require_possible
from gan_bench.harness.listener import Silent
from gan_bench.harness.outcome import Status
from gan_bench.harness.plan import Selection, plan_suite
from gan_bench.harness.suite import read_suite


@pytest.fixture
def outcomes(fake_suite):
    def run(*methods, executor="processes", timeout=None, workers=2, listener=None, **settings):
        jobs = plan_suite(read_suite(fake_suite(*methods, **settings)), Selection()).jobs
        options = Options(workers, timeout, listener=listener or Silent())
        return {one.job.method: one for one in execute(jobs, executor, options)}

    return run


def statuses(outcome):
    return [status.status.value for status in outcome.status.values()]


def gone(pid):
    """True once no live process has this id."""
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_job_that_fails_leaves_its_siblings_alone(outcomes, executor):
    found = outcomes("raises", "works", "diverges", "exits", "out_of_memory", "skips", executor=executor)
    assert {method: statuses(one) for method, one in found.items()} == {
        "raises": ["diverged", "error"],
        "works": ["completed", "completed"],
        "diverges": ["completed", "diverged"],
        "exits": ["error", "error"],
        "out_of_memory": ["oom", "oom"],
        "skips": ["skipped", "skipped"],
    }
    # Rows from before the failure are kept.
    assert len(found["raises"].rows) == 6
    assert found["skips"].status[0].message == "they do not go together"
    assert found["works"].samples["reference"].shape == (3, 2)
    assert found["works"].facts == {"engine of the fake": "none"}
    assert found["works"].descriptors["w1"]["range"] == [0, None]
    assert found["works"].provenance["engine"] == executor


def test_an_error_keeps_its_traceback_without_absolute_paths(outcomes):
    one = outcomes("raises")["raises"]
    assert one.status[1].message.startswith("RuntimeError: broken on purpose in ")
    assert "fake_experiment.py" in one.traceback
    assert 'File "/' not in one.traceback
    assert " /" not in one.status[1].message
    assert not one.fine


def test_a_process_that_dies_is_told_by_how_it_died(outcomes):
    found = outcomes("kills_itself", "crashes", "leaves", "prints")
    assert statuses(found["kills_itself"]) == ["killed", "killed"]
    assert found["kills_itself"].status[0].message == "Its process was killed with SIGKILL."
    assert len(found["kills_itself"].rows) == 6
    assert statuses(found["crashes"]) == ["error", "error"]
    assert "SIGSEGV" in found["crashes"].status[0].message
    assert "about to crash" in found["crashes"].log
    assert "Segmentation fault" in found["crashes"].log
    assert "exit code 7" in found["leaves"].status[0].message
    assert found["prints"].log.startswith("hello from the job")


def test_a_kill_while_the_kernel_kills_for_memory_is_out_of_memory(outcomes, monkeypatch):
    counts = iter([3, 4])
    monkeypatch.setattr("gan_bench.harness.processes.kernel_oom_kills", lambda: next(counts))
    assert statuses(outcomes("kills_itself")["kills_itself"]) == ["oom", "oom"]


def test_a_deadline_keeps_rows_and_ends_everything_the_job_started(outcomes):
    start = time.monotonic()
    found = outcomes("sleeps", "starts_child", "works", timeout=1.5)
    assert time.monotonic() - start < 20
    assert statuses(found["works"]) == ["completed", "completed"]
    for method in ("sleeps", "starts_child"):
        assert statuses(found[method]) == ["timeout", "timeout"]
        assert found[method].status[0].message == "Stopped after 1.5 s."
        assert len(found[method].rows) == 6
    assert gone(found["starts_child"].facts["child"])


@pytest.mark.parametrize(("behaviour", "message"), [
    ("wrong_seed", "ValueError: seed 99 is none of the job's seeds [0, 1]"),
    ("wrong_metric", 'ValueError: metric "w2" has no descriptor; call describe first'),
])  # fmt: skip
def test_wrong_reports_are_errors_of_the_experiment(outcomes, behaviour, message):
    one = outcomes(behaviour, executor="serial")[behaviour]
    assert one.status[0].message == message
    assert len(one.rows) == 6


def test_not_more_jobs_at_once_than_workers(outcomes):
    class Watch(Silent):
        def __init__(self):
            self.running, self.most, self.steps = set(), 0, []

        def started(self, job):
            self.running.add(job.key)
            self.most = max(self.most, len(self.running))

        def progress(self, job, step, steps, rate):
            self.steps.append((job.method, step, steps, rate))

    watch = Watch()
    names = ("works", "works-too", "prints", "diverges")
    jobs = outcomes(*names, workers=1, listener=watch)
    assert set(jobs) == set(names)
    assert ("works", 3, 3, 10.0) in watch.steps


def test_closing_the_generator_ends_what_still_runs(fake_suite, tmp_path):
    journal = tmp_path / "journal"
    jobs = plan_suite(read_suite(fake_suite("works", "sleeps", journal=str(journal))), Selection()).jobs
    running = execute(jobs, "processes", Options(workers=2))
    assert next(running).job.method == "works"
    while "sleeps" not in journal.read_text():
        time.sleep(0.05)
    running.close()
    pids = {line.split()[0]: int(line.split()[2]) for line in journal.read_text().splitlines()}
    assert gone(pids["sleeps"])


def test_ctrl_c_while_a_process_starts_leaves_none_behind(outcomes, monkeypatch):
    start = processes._start

    def interrupted(*arguments):
        started = start(*arguments)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        return started

    monkeypatch.setattr(processes, "_start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        outcomes("sleeps")
    assert multiprocessing.active_children() == []


def test_with_cuda_processes_are_spawned_and_see_one_device_each(fake_suite):
    jobs = plan_suite(read_suite(fake_suite("prints", "works")), Selection()).jobs
    found = {one.job.method: one for one in execute(jobs, "processes", Options(workers=2, devices=1))}
    assert found["prints"].log == "hello from the job, CUDA 0\n"
    assert all(one.provenance["gpu_shared"] for one in found.values())


def test_a_script_is_not_run_again_in_the_workers(outcomes, tmp_path, monkeypatch):
    main = tmp_path / "script.py"
    main.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.setattr("__main__.__file__", str(main), raising=False)
    monkeypatch.setattr("__main__.__spec__", None)
    assert statuses(outcomes("works")["works"]) == ["completed", "completed"]
    assert not (tmp_path / "ran").exists()


def test_threads_of_blas_are_set_for_workers_only(outcomes):
    outcomes("works")
    assert os.environ.get("OPENBLAS_NUM_THREADS") is None


def test_impossible_wishes_are_refused():
    with pytest.raises(UsageError, match='--executor: unknown executor "serail" - did you mean "serial"'):
        require_possible("serail", Options())
    with pytest.raises(UsageError, match='"serial" cannot stop a job'):
        require_possible("serial", Options(timeout=3))
    require_possible("processes", Options(timeout=3))


def test_statuses_are_results_or_failures():
    fine = {status.value for status in Status if status.fine}
    assert fine == {"completed", "diverged", "skipped"}
    assert all(status.sentence for status in Status)
