"""A driver in a process of its own: killed, interrupted, met by a second one, then started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gan_bench as gb
from gan_bench.harness.outcome import Status

FAKE = Path(__file__).with_name("fake_experiment.py")
# The report is left out here: it has tests of its own, and would only cost time.
SCRIPT = """
import sys
from gan_bench.cli import main
import gan_bench.commands.run as command
command._finish = lambda prepared: 0
sys.exit(main(["run", "toy.toml", "--out", "out", "--jobs", "2", *sys.argv[1:]]))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Half a second a step: long enough to be caught in the act.
    (tmp_path / "toy.toml").write_text(
        f"""
[suite]
name = "toy"
seeds = 2
device = "cpu"
threads = 1
[[experiment]]
kind = "{FAKE}:EXPERIMENT"
methods = ["works", "works-too", "prints", "diverges"]
datasets = ["ring8", "grid25"]
journal = "journal"
pause = 0.1
"""
    )
    return tmp_path


@pytest.fixture
def start(folder):
    """Start a driver; whatever is left of it ends with the test."""
    started = []

    def call(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.communicate()


def executed(folder):
    journal = folder / "journal"
    return [tuple(line.split()) for line in journal.read_text().splitlines()] if journal.exists() else []


def wait_until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError


def stored(folder):
    return sorted(path.name for path in (folder / "out" / "jobs").glob("[!.]*"))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_after_a_kill_only_what_is_missing_runs(folder, start):
    first = start()
    wait_until(lambda: (folder / "out" / "jobs").exists() and len(stored(folder)) >= 3)
    first.send_signal(signal.SIGKILL)
    first.wait()
    kept = stored(folder)
    assert 3 <= len(kept) < 8
    # What is there can be read, whole; the rest is planned.
    run = gb.load("out")
    states = [outcome.status[0].status for outcome in run.outcomes]
    assert states.count(Status.NOT_RUN) == 8 - len(kept)
    assert all(len(outcome.rows) == 6 for outcome in run.outcomes if outcome.status[0].status.fine)
    # The jobs die with their driver.
    wait_until(lambda: not any(alive(pid) for *_, pid in executed(folder)))
    before = len(executed(folder))
    second = start()
    _, said = second.communicate(timeout=60)
    assert second.returncode == 0
    assert f"{8 - len(kept)} jobs to run, {len(kept)} done already" in said
    assert len(executed(folder)) == before + 8 - len(kept)
    assert gb.load("out").fine
    assert not list((folder / "out" / "jobs").glob(".tmp*"))


def test_ctrl_c_keeps_what_has_finished_and_gives_130(folder, start):
    process = start()
    wait_until(lambda: (folder / "out" / "jobs").exists() and len(stored(folder)) >= 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "gan-bench: interrupted; what had finished is kept"
    assert "Traceback" not in said
    kept = stored(folder)
    assert 2 <= len(kept) < 8
    assert not any(alive(pid) for *_, pid in executed(folder))
    assert sum(outcome.fine for outcome in gb.load("out").outcomes) == len(kept)


def test_a_second_driver_gets_one_line_and_4(folder, start):
    first = start()
    wait_until(lambda: executed(folder))
    second = start()
    _, said = second.communicate(timeout=30)
    assert second.returncode == 4
    assert said == "gan-bench: out: another gan-bench run is writing this folder\n"
    assert first.poll() is None
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert len(executed(folder)) == 8


def test_an_edited_plugin_is_redone_and_named(folder, start):
    (folder / "my_loss.py").write_text("value = 1")
    suite = folder / "toy.toml"
    suite.write_text(suite.read_text() + 'plugin = "my_loss.py:value"\n')
    for expected in ("8 jobs to run, 0 done already", "0 jobs to run, 8 done already"):
        _, said = start("--jobs", "2", "--method", "works", "--method", "works").communicate(timeout=60)
        assert expected.replace("8", "2") in said
    (folder / "my_loss.py").write_text("value = 2")
    _, said = start("--method", "works").communicate(timeout=60)
    assert said.startswith("redone: my_loss.py changed (2 jobs)\n2 jobs to run")


def test_a_user_script_without_a_guard_runs_once(folder):
    script = folder / "script.py"
    script.write_text(
        "import os, sys\n"
        "import gan_bench as gb\n"
        "open('runs', 'a').write('x')\n"
        "run = gb.run('toy.toml', out='out', methods=['works'], report=False)\n"
        "assert run.fine and len(run.frame()) == 12 and 'torch' not in sys.modules\n"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, str(script)], check=True, cwd=folder, env=environment)
    assert (folder / "runs").read_text() == "x"
