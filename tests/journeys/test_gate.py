"""The gate on a real training: a baseline is frozen, the code is broken, and the command line says so."""

import json
import shutil
from xml.etree import ElementTree as Xml

import pytest
import torch

import gan_bench as gb
from gan_bench.cli import main
from gan_bench.data.toy import ToyDataset
from gan_bench.methods.constraints import GradientPenalty

# With SGD nothing but the penalty bounds the critic: without it all eight seeds diverge within these steps.
# With Adam they do not, and W1 tells half the data from all of it: measured d = .48, standard deviation .11.
SUITE = {
    "suite": {"name": "gated", "seeds": 8, "device": "cpu", "threads": 1},
    "experiment": [
        {
            "kind": "training",
            "methods": [
                {
                    "name": "wgan-gp",
                    "learning_rate": 3e-3,
                    "constraints": [{"name": "gradient-penalty", "weight": 0.1}],
                    "steps": 60,
                },
                {
                    "name": "wgan-gp-sgd",
                    "base": "wgan-gp",
                    "optimiser": "sgd",
                    "generator_learning_rate": 0.1,
                    "critic_learning_rate": 0.02,
                    "constraints": [{"name": "gradient-penalty", "weight": 1.0}],
                    "steps": 40,
                },
            ],
            "datasets": ["ring8"],
            "batch_size": 64,
            "width": 32,
            "snapshots": 2,
            "curve_samples": 200,
            "end_samples": 200,
            "reference_draws": 20,
        }
    ],
}
RULES = """
[[gated.relative]]
cells = "training"
metric = "w1"
margin = "10%"
primary = true

[[gated.relative]]
cells = "training"
metric = "w1"
margin = "10%"
"""


def trained(folder):
    return gb.run(SUITE, out=folder, executor="serial", report=False, force=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with thresholds, a run of the code as it is, and its frozen baseline."""
    folder = tmp_path_factory.mktemp("gate")
    (folder / "gate.toml").write_text(RULES)
    trained(folder / "run")
    assert main(["freeze", str(folder / "run"), str(folder / "base")]) == 0
    return folder


@pytest.fixture
def check(place, capsys, monkeypatch):
    """Check a run against the baseline: (exit code, output, complaints)."""
    monkeypatch.setenv("COLUMNS", "300")

    def checked(run, *options, thresholds="gate.toml"):
        capsys.readouterr()
        rules = str(place / thresholds)
        code = main(["check", str(run), "--thresholds", rules, "--baseline", str(place / "base"), *options])
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return checked


def half_of_the_modes(self, size, streams):
    """Batches from the upper half plane alone, where four of the eight modes lie."""
    drawn = streams.batch("data", 2 * size + 60, self._draw(streams.dtype))
    return torch.stack([one[one[:, 1] > 0][:size] for one in drawn]), None


def no_penalty(self, critic, *, real, fake, streams):
    return real.new_zeros(real.shape[0])


def test_the_unchanged_code_passes_with_identical_bits(place, check):
    trained(place / "again")
    code, out, _ = check(place / "again")
    assert code == 0
    assert "wgan-gp on ring8: Wasserstein-1 is what it was in the baseline: identical bits" in out
    assert out.endswith("PASS: 3 passed")
    stored = json.loads((place / "again" / "gate.json").read_text())
    assert (stored["verdict"], stored["exit_code"]) == ("pass", 0)


def test_a_penalty_that_is_lost_is_caught_by_the_seeds_that_diverge(place, check, monkeypatch):
    monkeypatch.setattr(GradientPenalty, "penalty", no_penalty)
    trained(place / "unpenalised")
    code, out, _ = check(place / "unpenalised", "--junit", str(place / "junit.xml"))
    assert code == 1
    assert "wgan-gp-sgd on ring8: no seed has Wasserstein-1 in both runs; 8 more seeds diverged" in out
    assert out.count("REGRESSION") == 1
    failures = Xml.parse(place / "junit.xml").getroot().findall(".//failure")
    assert any("8 more seeds diverged" in failure.get("message") for failure in failures)


def test_data_that_lack_half_of_the_modes_are_caught_by_the_distance(place, check, monkeypatch):
    monkeypatch.setattr(ToyDataset, "batch", half_of_the_modes)
    trained(place / "halved")
    code, out, _ = check(place / "halved", "--summary", str(place / "summary.md"))
    assert code == 1
    assert "wgan-gp on ring8: Wasserstein-1 grew by " in out
    assert "more than the 10 % allowed (8 seeds, paired)" in out
    assert "Wasserstein-1 grew by " in (place / "summary.md").read_text()


def test_a_cell_that_is_gone_fails_as_missing(place, check):
    gone = shutil.copytree(place / "run", place / "gone")
    (folder,) = (gone / "jobs").glob("training--wgan-gp--*")
    shutil.rmtree(folder)
    code, out, _ = check(gone)
    assert code == 2
    assert "wgan-gp on ring8: seeds 0, 1, 2, 3, 4, 5, 6, 7 ended with not-run" in out


def test_an_empty_comparison_and_broken_thresholds_have_codes_of_their_own(place, check):
    (place / "other.toml").write_text(RULES.replace("gated", "other"))
    code, out, _ = check(place / "run", thresholds="other.toml")
    assert (code, out) == (5, 'NOTHING COMPARED: no threshold for the suite "gated" in other.toml')
    (place / "broken.toml").write_text(RULES.replace("margin", "margn", 1))
    code, out, err = check(place / "run", thresholds="broken.toml")
    assert (code, out) == (4, "")
    assert 'gated.relative 1: unknown key "margn" - did you mean "margin"?' in err


def test_the_page_is_written_again_so_that_it_shows_the_gate(place, check):
    page = place / "run" / "index.html"
    page.write_text("old")
    code, _, _ = check(place / "run", "--quiet")
    assert code == 0
    assert "</html>" in page.read_text()


@pytest.mark.parametrize(("options", "message"), [
    (["--baseline", "gone"], "gone: no such folder"),
    (["--junit", "gone/file.xml"], "gone: no such folder"),
    (["--summary", "."], ".: is a folder, not a file to write"),
])  # fmt: skip
def test_wrong_usage_is_one_line_and_exit_code_4(place, check, options, message):
    code, _, err = check(place / "run", *options)
    assert (code, err) == (4, f"gan-bench: {message}\n")
