"""The command of a cell plans that very cell: held against the plan of every cell of shipped suites."""

import dataclasses
import shlex

import pytest

from gan_bench import registry
from gan_bench.cli import main
from gan_bench.harness import plan
from gan_bench.harness.job import Job
from gan_bench.harness.plan import Selection, plan_suite
from gan_bench.harness.suite import read_suite
from gan_bench.report.reproduce import Planned, base_dataset

OPTIONS = {"--method", "--dataset", "--seeds", "--device", "--out"}


def planned(name, command=""):
    suite = read_suite(name)
    jobs = plan_suite(suite, Selection(threads=suite.header.threads or 1)).jobs
    return suite, Planned(jobs, command or f"gan-bench run {name} --quiet", suite.as_dict())


@pytest.fixture
def plan_again(monkeypatch):
    """Plan a command's selection; the plan of all jobs, which comes with every selection, is made once."""
    whole, known = plan._jobs, {}

    def jobs(suite, selection):
        key = (suite.origin, suite.header.seeds, selection)
        if key not in known:
            known[key] = whole(suite, selection)
        return known[key]

    monkeypatch.setattr(plan, "_jobs", jobs)

    def again(suite, command):
        words = shlex.split(command)
        assert words[:3] == ["gan-bench", "run", suite.origin]
        told = dict(zip(words[3::2], words[4::2], strict=True))
        assert set(told) <= OPTIONS
        selection = Selection(
            methods=(told["--method"],),
            datasets=(told["--dataset"],) if "--dataset" in told else (),
            device=told.get("--device", "cpu"),
            threads=suite.header.threads or 1,
        )
        return plan_suite(suite.with_seeds(int(told["--seeds"])), selection)

    return again


@pytest.mark.parametrize("name", ["smoke", "default", "images"])
def test_the_command_plans_the_identical_job_and_what_it_says_beside(name, plan_again):
    suite, run = planned(name)
    keys = {job.key for job in run.jobs}
    for job in run.jobs:
        command = run.reproduction(job).command
        found = plan_again(suite, command)
        assert job.key in found.selected, command
        others = [o for o in found.jobs if o.key in found.selected and o.key != job.key]
        reach = run.reach(job)
        here = {o.key for o in others if o.experiment == job.experiment}
        assert here == {o.key for o in reach.here}, command
        method, elsewhere = run.selected(job).method, [o for o in others if o.experiment != job.experiment]
        stored = {o.experiment for o in elsewhere if o.method == method and o.key in keys}
        assert stored == set(reach.sure), command
        assert {o.experiment for o in elsewhere} <= {*reach.sure, *reach.perhaps}, command
        # Only names that the registry knows are taken in by experiments that do not list them.
        assert method in registry.names("methods") or not reach.perhaps, command


def test_the_command_line_takes_it(capsys, tmp_path, monkeypatch):
    _, run = planned("smoke")
    monkeypatch.chdir(tmp_path)
    job = next(job for job in run.jobs if job.method == "wgan-gp" and job.dataset == "ring8")
    words = shlex.split(run.reproduction(job).command)
    assert main([*words[1:], "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said.count("\nrun ") + said.startswith("run ") == 2
    assert "wgan-gp" in said
    assert list(tmp_path.iterdir()) == []


def test_what_else_runs_is_said_in_a_sentence_and_yardsticks_are_no_news():
    jobs = [job_of("gan", d) for d in ("ring8", "ring8, weight 10", "grid25")]
    jobs += [
        job_of("perfect-sampler", "ring8"),
        job_of("gan", "", "dirac"),
        job_of("sngan", "ring8", "dirac"),
    ]
    run = run_of(jobs, kinds=("training", "dirac", "robustness", "images"))
    assert run.reproduction(jobs[0]).also == (
        "The same selection also runs 1 other cell of this experiment; gan in dirac; "
        "gan in robustness and images if it can be run there."
    )
    alone = [job_of("my-own", "ring8"), job_of("perfect-sampler", "ring8")]
    assert run_of(alone).reproduction(alone[0]).also == ""
    assert (
        run_of(alone).reproduction(alone[1]).also
        == "The same selection also runs 1 other cell of this experiment."
    )


def job_of(method, dataset, experiment="training", **settings):
    return Job(experiment, method, dataset, (0, 1), {"method_spec": method, **settings})


def run_of(jobs, command="gan-bench run mine.toml", kinds=("training",), seeds=2):
    suite = {"suite": {"name": "mine", "seeds": seeds}, "experiment": [{"kind": kind} for kind in kinds]}
    return Planned(tuple(jobs), command, suite)


@pytest.mark.parametrize(
    ("label", "base"),
    [
        ("ring8", "ring8"),
        ("ring8, setting C", "ring8"),
        ("ring8 + 30 noise", "ring8"),
        ("ring8[units=1]", "ring8[units=1]"),
        ("ring[modes=12,radius=2.0]", "ring[modes=12,radius=2.0]"),
        ("ring[modes=12,radius=2.0], weight 10", "ring[modes=12,radius=2.0]"),
        ("", ""),
    ],
)
def test_the_data_set_that_selects_is_the_label_without_its_condition(label, base):
    assert base_dataset(job_of("gan", label)) == base


@pytest.mark.parametrize(
    ("command", "begins"),
    [
        (
            "gan-bench run mine.toml --seeds 16 -q --out x --method gan --jobs 2",
            "gan-bench run mine.toml --method",
        ),
        (
            "gan-bench run 'my suite.toml' -a loss.py:Mine",
            "gan-bench run 'my suite.toml' --add-method loss.py:Mine --m",
        ),
        ("gan-bench run s --data-dir=data --download", "gan-bench run s --download --data-dir data --method"),
        ('gan_bench.run("mine")', "gan-bench run SUITE --method"),
        ("gan-bench run 'broken", "gan-bench run SUITE --method"),
        ("", "gan-bench run SUITE --method"),
    ],
)
def test_options_that_the_cell_needs_are_kept_and_no_others(command, begins):
    found = run_of([job_of("gan", "ring8")], command).reproduction(job_of("gan", "ring8")).command
    assert found.startswith(begins)
    assert found.endswith("--dataset ring8 --seeds 2 --out reports/again")
    assert found.count("--method") == 1


def test_a_users_method_is_selected_as_the_run_named_it():
    mine = dataclasses.replace(job_of("Mine", "ring8"), settings={"method_spec": "loss.py:Mine"})
    by_option = run_of([mine], "gan-bench run smoke --method loss.py:Mine").reproduction(mine).command
    assert "--method loss.py:Mine " in by_option
    # In the suite, or taken into every experiment, its name is known.
    assert "--method Mine " in run_of([mine]).reproduction(mine).command
    added = run_of([mine], "gan-bench run smoke --add-method loss.py:Mine").reproduction(mine).command
    assert "--add-method loss.py:Mine --method Mine " in added


def test_a_name_for_a_shell_is_quoted():
    odd = job_of("a b; rm -rf $HOME", "ring[modes=12]", device="cuda")
    words = shlex.split(run_of([odd]).reproduction(odd).command)
    assert words[words.index("--method") + 1] == "a b; rm -rf $HOME"
    assert words[words.index("--dataset") + 1] == "ring[modes=12]"
    assert words[words.index("--device") + 1] == "cuda"
