"""A user's own loss and networks on the command line: trained, edited, and redone where it matters."""

import numpy as np
import pytest

import gan_bench as gb
from gan_bench.cli import main

SUITE = """
[suite]
name = "mine"
seeds = 2
device = "cpu"
threads = 1
[[experiment]]
kind = "training"
methods = ["gan"]
datasets = ["ring8"]
steps = 3
batch_size = 16
width = 8
snapshots = 3
curve_samples = 20
end_samples = 20
reference_draws = 20
"""

LOSS = """
class MyObjective:
    def critic_loss(self, real, fake):
        return fake.mean(1) - real.mean(1)

    def generator_loss(self, fake, real=None):
        return -1.0 * fake.mean(1)
"""

NETS = """
from torch import nn

class Gen(nn.Module):
    def __init__(self, latent, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent, 8), nn.Tanh(), nn.Linear(8, dim))

    def forward(self, z):
        return self.net(z)

class Critic(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)
"""


@pytest.fixture
def gan_bench(tmp_path, monkeypatch, capsys):
    """Run the command in a folder of the user's: (exit code, output, lines of complaint or progress).

    In this process, as in a notebook: code that was edited must not be taken from what was imported before.
    """
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err.splitlines()

    return call


def times(folder):
    """When each outcome was written, by method."""
    return {
        path.name.split("--")[1]: (path / "outcome.json").stat().st_mtime_ns
        for path in (folder / "reports" / "mine" / "jobs").iterdir()
    }


def values(method):
    rows = gb.load("reports/mine").frame()
    rows = rows[(rows.method == method) & (rows.metric != "steps_per_second")]
    # NaN, the spread where no sample is near a mode, would differ from itself.
    return rows.sort_values(["metric", "step", "axis", "at", "seed"]).value.fillna(-1).to_numpy()


def test_a_loss_of_the_user_s_is_trained_beside_the_others_and_redone_when_edited(gan_bench, tmp_path):
    (tmp_path / "suite.toml").write_text(SUITE)
    (tmp_path / "my_loss.py").write_text(LOSS)
    command = (
        "run",
        "suite.toml",
        "--method",
        "gan",
        "--method",
        "my_loss.py:MyObjective",
        "--executor",
        "serial",
    )
    code, out, lines = gan_bench(*command)
    assert (code, lines[0]) == (0, "3 jobs to run, 0 done already"), lines
    assert "3 jobs, 24 seeds: 24 completed" in out
    run = gb.load("reports/mine")
    assert [o.job.method for o in run.outcomes] == ["perfect-sampler", "gan", "my_loss.py:MyObjective"]
    assert "my_loss.py:MyObjective" in (tmp_path / "reports" / "mine" / "index.html").read_text()
    before, first, gan = times(tmp_path), values("my_loss.py:MyObjective"), values("gan")
    assert len(first) == len(gan) - 2 * 3  # no bound on JS from these scores: two seeds, three places

    # The generator's loss only: its critic meets other samples from the second step on.
    (tmp_path / "my_loss.py").write_text(LOSS.replace("-1.0", "1.0"))
    code, out, lines = gan_bench(*command)
    assert code == 0
    assert lines[:2] == ["redone: my_loss.py changed (1 job)", "1 jobs to run, 2 done already"]
    after = times(tmp_path)
    assert [method for method in before if after[method] != before[method]] == ["my-loss.py-MyObjective"]
    second = values("my_loss.py:MyObjective")
    assert len(second) == len(first)
    assert (second != first).any()
    np.testing.assert_array_equal(values("gan"), gan)

    code, out, lines = gan_bench(*command)
    assert (code, lines[0]) == (0, "0 jobs to run, 3 done already")
    assert times(tmp_path) == after


def test_networks_of_the_user_s_in_a_suite(gan_bench, tmp_path):
    (tmp_path / "nets.py").write_text(NETS)
    (tmp_path / "suite.toml").write_text(SUITE + 'generator = "nets.py:Gen"\ncritic = "nets.py:Critic"\n')
    code, _, lines = gan_bench("run", "suite.toml", "--executor", "serial")
    assert (code, lines[0]) == (0, "2 jobs to run, 0 done already"), lines
    model = gb.load("reports/mine").outcomes[1]
    assert model.facts == {"generator replicas": "stacked", "critic replicas": "stacked"}
    assert set(model.provenance["plugins"]) == {"nets.py:Gen", "nets.py:Critic"}
    first, before = values("gan"), times(tmp_path)

    (tmp_path / "nets.py").write_text(NETS.replace("nn.Linear(8, 1)", "nn.Linear(8, 1, bias=False)"))
    code, _, lines = gan_bench("run", "suite.toml", "--executor", "serial")
    assert code == 0
    assert lines[:2] == ["redone: nets.py changed (1 job)", "1 jobs to run, 1 done already"]
    after = times(tmp_path)
    assert [method for method in before if after[method] != before[method]] == ["gan"]
    assert (values("gan") != first).any()

    # A module that cannot serve is found before anything runs, in one line.
    (tmp_path / "nets.py").write_text(NETS.replace(".squeeze(-1)", "[:, [0, 0]]"))
    code, _, lines = gan_bench("run", "suite.toml", "--executor", "serial")
    problem = "nets.py:Critic: makes (4, 2) of inputs (4, 2), but must make (4,)"
    assert (code, lines) == (4, [f"gan-bench: suite.toml: experiment 1: {problem}"])
    assert times(tmp_path) == after
