"""The divergence sweep from a suite file: mistakes are one line, a user's objective takes part."""

import numpy as np
import pytest

from gan_bench.cli import main


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("separations = []", "separations: must not be empty"),
        ("trained_separations = [1.0, -2.0]", "trained_separations: item 2: "),
        ("angles = [2.0]", "angles: item 1: "),
        ("trained_separations = [inf]", "trained_separations: item 1: "),
        ("layers = 0", "layers: "),
        ("draws = 3", "draws: "),
        ("seperations = [1.0]", 'unknown key "seperations" - did you mean "separations"?'),
        ('pairs = ["ring8"]', 'unknown pair "ring8"'),
    ],
)
def test_bad_settings_are_one_line_and_exit_code_4(line, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(
        '[suite]\nname = "bad"\nseeds = 2\n[[experiment]]\n'
        f'kind = "gan_bench.experiments.divergence_sweep:EXPERIMENT"\nmethods = ["gan"]\n{line}\n'
    )
    assert main(["run", "bad.toml", "--device", "cpu"]) == 4
    complaints = capsys.readouterr().err.splitlines()
    assert len(complaints) == 1
    assert words in complaints[0]
    assert not (tmp_path / "reports").exists()


def test_a_users_objective_appears_with_what_it_can_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "class Mine:\n"
        "    def critic_loss(self, real, fake):\n        return (fake - real).mean(1)\n"
        "    def generator_loss(self, fake, real=None):\n        return -fake.mean(1)\n"
    )
    (tmp_path / "user.toml").write_text(
        '[suite]\nname = "user"\nseeds = 2\n[[experiment]]\n'
        'kind = "gan_bench.experiments.divergence_sweep:EXPERIMENT"\nmethods = ["mine.py:Mine"]\n'
        'pairs = ["dirac"]\nseparations = [1.0]\ntrained_separations = [1.0]\nsteps = 3\nwidth = 4\n'
        "layers = 1\nheld_out = 10\npoints = 10\n"
    )
    code = main(["run", "user.toml", "--device", "cpu", "--executor", "serial", "--out", "out"])
    assert code == 0, capsys.readouterr().err
    page = (tmp_path / "out" / "index.html").read_text()
    assert "mine.py:Mine" in page
    assert "dirac: W1 as critics see it" in page
    assert np.isfinite(len(page))
