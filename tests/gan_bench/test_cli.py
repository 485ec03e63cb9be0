import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gan_bench.cli import main
from gan_bench.commands.run import parse_duration
from gan_bench.errors import UsageError

FAKE = Path(__file__).parents[1] / "journeys" / "fake_experiment.py"


@pytest.fixture
def gan_bench(capsys, tmp_path, monkeypatch):
    """Run the command line in this process, in a folder of its own: (exit code, output, complaints)."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err.splitlines()

    return call


@pytest.fixture
def suite(tmp_path):
    """Write a suite file over the misbehaving experiment."""

    def write(*methods, more="", header=""):
        names = ", ".join(f'"{method}"' for method in methods)
        file = tmp_path / "toy.toml"
        file.write_text(
            f'[suite]\nname = "toy"\nseeds = 2\ndevice = "cpu"\n{header}\n'
            f'[[experiment]]\nkind = "{FAKE}:EXPERIMENT"\nmethods = [{names}]\n{more}\n'
        )
        return "toy.toml"

    return write


def test_a_run_ends_with_statuses_and_the_report(gan_bench, suite):
    code, out, lines = gan_bench("run", suite("works", "diverges", "skips"), "--executor", "serial")
    assert code == 0
    assert out.splitlines() == [
        "3 jobs, 6 seeds: 3 completed, 1 diverged, 2 skipped",
        "report: reports/toy/index.html",
        "open it with: xdg-open reports/toy/index.html",
    ]
    assert "[2/3] works on ring8: 2 completed" in lines
    assert "<html" in Path("reports/toy/index.html").read_text()


def test_failed_cells_give_2_and_a_complete_run_0(gan_bench, suite):
    code, out, lines = gan_bench("run", suite("works", "raises"), "--executor", "serial", "--quiet")
    assert code == 2
    assert lines == []
    assert "2 jobs, 4 seeds: 2 completed, 1 diverged, 1 error" in out
    assert "failed: fake--raises--ring8--" in out
    code, out, _ = gan_bench("run", suite("works", "raises"), "--executor", "serial", "--method", "works")
    assert code == 0
    assert "1 jobs, 2 seeds: 2 completed" in out


@pytest.mark.parametrize(("arguments", "message"), [
    (["run"], "Missing argument 'SUITE'."),
    (["run", "toy.toml", "--metod", "x"], "No such option: --metod"),
    (["rnu"], "No such command 'rnu'."),
    (["run", "toy.toml", "--seeds", "many"], "'--seeds'"),
    (["run", "toy.toml", "--seeds", "0"], "seeds: must be a whole number from 1 to 100000, not 0"),
    (["run", "toy.toml", "--seeds", "-2"], "seeds: must be a whole number from 1 to 100000, not -2"),
    (["run", "toy.toml", "--timeout", "soon"], '--timeout: "soon" is no time; write 600'),
    (["run", "toy.toml", "--executor", "serail"], 'unknown executor "serail" - did you mean "serial"?'),
    (["run", "toy.toml", "--method", "wroks"], '--method: unknown method "wroks" - did you mean "works"?'),
    (["run", "toy.toml", "--dataset", "ring9"], '--dataset: unknown dataset "ring9" - did you mean "ring8"?'),
    (["run", "toy.toml", "--jobs", "0"], "--jobs: must be positive, not 0"),
    (["run", "toy.toml", "--device", "tpu"], '--device: must be "auto", "cpu" or "cuda", not "tpu"'),
    (["run", "toy.toml", "--out", "toy.toml"], "toy.toml: is a file, not an output folder"),
    (["run", "toy.toml", "--out", "."], "holds something else (toy.toml, ...)"),
    (["run", "gone.toml"], "gone.toml: no such suite file"),
    (["run", "smok"], 'unknown suite "smok"'),
    (["report", "gone"], "gone: no such folder"),
    (["report", "."], "not an output folder of gan-bench"),
    (["list", "method"], 'unknown kind "method" - did you mean "methods"?'),
    (["score", "gone.npy", "--against", "ring8"], "gone.npy"),
    (["score", "toy.toml", "--against", "ring8"], "toy.toml"),
    (["score", "x.npy"], "Missing option '--against'"),
])  # fmt: skip
def test_bad_input_is_one_line_exit_code_4_and_nothing_written(
    gan_bench, suite, tmp_path, arguments, message
):
    suite("works")
    code, out, lines = gan_bench(*arguments)
    assert code == 4
    assert out == ""
    assert len(lines) == 1
    assert lines[0].startswith("gan-bench: ")
    assert message in lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


@pytest.mark.parametrize(("more", "header", "message"), [
    ("steps = -1", "", "toy.toml: experiment 1: steps: should be greater than or equal to 1, not -1"),
    ("stesp = 1", "", 'toy.toml: experiment 1: unknown key "stesp" - did you mean "steps"?'),
    ("", 'devise = "cpu"', 'toy.toml: suite: unknown key "devise" - did you mean "device"?'),
    ("steps = ", "", "toy.toml: not valid TOML: Invalid value (at line 9, column 9)"),
])  # fmt: skip
def test_bad_suites_are_one_line_exit_code_4_and_nothing_written(
    gan_bench, suite, tmp_path, more, header, message
):
    code, _, lines = gan_bench("run", suite("works", more=more, header=header))
    assert code == 4
    assert len(lines) == 1
    assert message in lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


def test_a_plugin_that_fails_to_import(gan_bench, suite, tmp_path):
    (tmp_path / "mine.py").write_text("import no_such_module")
    (tmp_path / "toy.toml").write_text(
        '[suite]\nname = "toy"\nseeds = 1\n[[experiment]]\nkind = "mine.py:EXPERIMENT"\n'
    )
    code, _, lines = gan_bench("run", "toy.toml")
    assert code == 4
    assert lines == [
        "gan-bench: toy.toml: experiment 1: mine.py:EXPERIMENT cannot be imported: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    ]
    assert not (tmp_path / "reports").exists()


def test_cuda_where_there_is_none(gan_bench, suite, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, lines = gan_bench("run", suite("works"), "--device", "cuda")
    assert code == 4
    assert lines == ["gan-bench: --device cuda: torch finds no CUDA device here; use --device cpu"]


def test_a_dry_run_shows_the_plan_and_writes_nothing(gan_bench, suite, tmp_path):
    code, out, _ = gan_bench("run", suite("works", "skips"), "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "run   works on ring8, 2 seeds",
        "skip  skips on ring8, 2 seeds - they do not go together",
        "2 of 2 jobs would run, into reports/toy",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


def test_report_elsewhere(gan_bench, suite):
    gan_bench("run", suite("works"), "--executor", "serial", "--quiet")
    first = Path("reports/toy/index.html").read_bytes()
    assert gan_bench("report", "reports/toy", "--output", "page.html") == (0, "report: page.html\n", [])
    assert Path("page.html").read_bytes() == first
    assert gan_bench("report", "reports/toy", "--output", "no/page.html")[0] == 4


def test_the_stored_command_has_no_absolute_paths(gan_bench, suite, monkeypatch, tmp_path):
    import gan_bench as gb

    arguments = ["run", str(tmp_path / suite("works")), "--executor", "serial", "--quiet"]
    monkeypatch.setattr(sys, "argv", ["/usr/bin/gan-bench", *arguments])
    gan_bench(*arguments)
    assert gb.load("reports/toy").command == "gan-bench run toy.toml --executor serial --quiet"


def test_interruption_is_130(gan_bench, suite, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("gan_bench.harness.driver.carry_out", interrupt)
    code, _, lines = gan_bench("run", suite("works"))
    assert code == 130
    assert lines == ["gan-bench: interrupted; what had finished is kept"]


def test_list(gan_bench):
    code, out, _ = gan_bench("list", "methods")
    assert code == 0
    assert any(line.split()[0] == "wgan-gp" and "Gulrajani" in line for line in out.splitlines())
    code, out, _ = gan_bench("list")
    headings = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert {"methods", "datasets", "metrics", "experiments", "claims", "suites"} <= set(headings)
    assert any("ln 2" in line and "Arjovsky" in line for line in out.splitlines())


def test_score_prints_a_table(gan_bench, tmp_path):
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).normal(size=(40, 2)))
    code, out, lines = gan_bench("score", "mine.npy", "--against", "ring8", "--seed", "1")
    assert (code, lines) == (0, [])
    assert "40 points against ring8, seed 1" in out
    np.save(tmp_path / "odd.npy", np.zeros((40, 3)))
    code, _, lines = gan_bench("score", "odd.npy", "--against", "ring8")
    assert code == 4
    assert len(lines) == 1
    code, _, lines = gan_bench("score", "mine.npy", "--against", "rign8")
    assert (code, len(lines)) == (4, 1)
    assert 'did you mean "ring8"' in lines[0]


def test_doctor_says_whether_runs_will_work(gan_bench, monkeypatch):
    code, out, _ = gan_bench("doctor")
    assert code == 0
    assert out.splitlines()[-1] == "ready to run"
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, _ = gan_bench("doctor")
    assert code == 2
    assert "pip install torch" in out
    assert out.splitlines()[-1] == "1 problems: torch"


def test_version_and_help(gan_bench):
    import gan_bench as gb

    assert gan_bench("--version") == (0, f"gan-bench {gb.__version__}\n", [])
    assert gan_bench()[0] == 0
    assert "Usage: gan-bench" in gan_bench("--help")[1]


@pytest.mark.parametrize(("text", "seconds"), [("600", 600), ("90s", 90), ("10m", 600), ("1.5h", 5400)])
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-3", "10 minutes", "m", "1e3"])
def test_wrong_durations(text):
    with pytest.raises(UsageError):
        parse_duration(text)


# Measured .19 s and .39 s on the two cores of the reference machine, where the goals are .3 s and .6 s; the
# factor leaves room for a busy one, and still catches an import of torch (2 s).
@pytest.mark.parametrize(("arguments", "seconds"), [(["--help"], 0.9), (["list"], 1.5)])
def test_answers_come_at_once(arguments, seconds):
    best = min(_duration(arguments) for _ in range(3))
    assert best < seconds


def _duration(arguments):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "gan_bench", *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["run", "--help"]])
def test_nothing_heavy_is_imported_for_them(arguments):
    code = (
        "import sys\nfrom gan_bench.cli import main\nmain(sys.argv[1:])\n"
        "heavy = {'torch', 'pandas', 'numpy', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)


def test_importing_the_package_is_cheap():
    code = "import sys, gan_bench; assert not {'torch', 'numpy', 'pandas'} & set(sys.modules); dir(gan_bench)"
    subprocess.run([sys.executable, "-c", code], check=True)
