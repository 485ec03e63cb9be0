"""The Dirac experiment: jobs, a small run, its claims and figures."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from gan_bench import registry
from gan_bench.analysis.verdicts import Verdict, verdict
from gan_bench.cli import main
from gan_bench.experiments import dirac
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.claims import CLAIMS
from gan_bench.experiments.dirac.claims import METHODS, claims
from gan_bench.experiments.dirac.figures import figures
from gan_bench.experiments.dirac.plan import plan
from gan_bench.experiments.dirac.settings import PUBLISHED, Settings
from gan_bench.harness.execute import execute
from gan_bench.report.theme import themed

PLUGIN = """
import torch
from gan_bench.methods.objectives import Minimax

class Tripled(Minimax):
    def critic_loss(self, real, fake):
        return 3 * super().critic_loss(real, fake)

class Plane:
    def critic_loss(self, real, fake):
        return (fake - real).mean(1)

    def generator_loss(self, fake, real=None):
        if fake.shape[1] == 4:
            raise ValueError("only threes")
        return -fake.mean(1)
"""
SMALL = {
    "steps": 200,
    "critic_steps": [1],
    "extragradient": False,
    "strengths": [0.3],
    "stop_weights": [1.5],
    "step_sizes": [0.2, 1.0],
    "critic_step_sweep": [1, 3],
    "grid": 5,
}
TABLES = [entry for entry in PUBLISHED if isinstance(entry, dict)]
FEW = ["gan", *[t for t in TABLES if t["name"] in ("wgan-clip", "wgan-gp", "r1", "consensus")]]


def planned(methods, context=None, **more):
    settings = Settings(**{**SMALL, "methods": methods, **more})
    jobs = plan(settings, (7, 8), context or PlanContext("toy.toml: experiment 1", "cpu"))
    return [dataclasses.replace(job, source="gan_bench.experiments.dirac:EXPERIMENT") for job in jobs]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    file = tmp_path_factory.mktemp("plugin") / "mine.py"
    file.write_text(PLUGIN)
    jobs = planned(FEW, PlanContext("toy", "cpu", added=(f"{file}:Tripled",)))
    done = list(execute(jobs, "serial"))
    assert all(outcome.fine for outcome in done), [outcome.traceback for outcome in done]
    return done


def renamed(outcome, name):
    """The same numbers under another method's name."""
    return dataclasses.replace(outcome, job=dataclasses.replace(outcome.job, method=name))


def described_as(outcome, other):
    """The same numbers, said to be of another method."""
    settings = {**outcome.job.settings, "method": other.job.settings["method"]}
    return dataclasses.replace(outcome, job=dataclasses.replace(outcome.job, settings=settings))


def by_claim(outcomes):
    return {evidence.claim: evidence for evidence in claims(SimpleNamespace(outcomes=outcomes))}


def of(outcomes, name):
    return next(outcome for outcome in outcomes if outcome.job.method == name)


def test_every_method_of_the_table_has_a_job_and_those_without_a_game_a_reason():
    jobs = {job.method: job for job in plan(Settings(), (3, 4), PlanContext("x", "cpu"))}
    of_images = {"cgan", "sngan-projection", "progressive"}
    assert set(registry.names("methods")) - of_images <= set(jobs)
    assert set(METHODS) <= set(jobs)
    skipped = {name for name, job in jobs.items() if job.skip}
    twins = {"wgan-clip-sgd", "wgan-clip-adam", "wgan-clip-adam0"}
    assert skipped == {"sngan", "sngan-ns", "wgan-sn", "pacgan2"} | twins
    assert "degenerate" in jobs["sngan"].skip
    assert all("the same game as wgan-clip" in jobs[name].skip for name in twins)
    assert {job.seeds for job in jobs.values()} == {(3,)}


def test_a_user_s_objective_takes_part_or_is_skipped_with_the_reason(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN)
    context = PlanContext("x", "cpu", methods=("gan", f"{file}:Plane"))
    first, second = planned(["gan", "nsgan"], context)
    assert (first.method, first.skip) == ("gan", "")
    assert second.skip == "it cannot play on one-dimensional points: only threes"


@pytest.mark.parametrize(("more", "message"), [
    ("steps = 3", "steps: should be greater than or equal to 50, not 3"),
    ("step_size = -0.1", "step_size: should be greater than 0, not -0.1"),
    ("start = [0.0, 0.0]", "start: should not be [0, 0], the equilibrium, from which nothing moves"),
    ("strengths = []", "strengths: "),
    ("critic_steps = [0]", "critic_steps"),
    ("methods = []", "methods: "),
    ("gama = 1", 'unknown key "gama"'),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, more, message):
    monkeypatch.chdir(tmp_path)
    kind = "gan_bench.experiments.dirac:EXPERIMENT"
    suite = f'[suite]\nname = "toy"\nseeds = 1\n[[experiment]]\nkind = "{kind}"\n{more}\n'
    (tmp_path / "toy.toml").write_text(suite)
    assert main(["run", "toy.toml"]) == 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]


def test_claims_of_a_small_run(outcomes):
    found = by_claim(outcomes)
    assert set(found) == {"dirac", "lipschitz-convergence"} <= set(CLAIMS)
    tested = [part for part in found["dirac"].parts if part.tested]
    assert len(tested) == 10
    assert all(part.holds for part in tested)
    # Methods of the published table are absent here: nothing is confirmed without them.
    assert verdict(found["dirac"].parts) is Verdict.INCONCLUSIVE
    refuted = found["lipschitz-convergence"]
    assert verdict(refuted.parts) is Verdict.REFUTED
    assert "wgan-clip, simultaneous (1-Lipschitz throughout)" in refuted.parts[0].statement
    assert refuted.parts[0].interval.centre > 0.5
    assert "simultaneous: cycling" in refuted.remark


def test_a_method_that_does_not_do_what_theory_says_refutes_it(outcomes):
    """R1's numbers said to be minimax's: other eigenvalues, other classes."""
    planted = [described_as(renamed(of(outcomes, "r1"), "gan"), of(outcomes, "gan"))]
    parts = [part for part in by_claim(planted)["dirac"].parts if part.tested]
    assert [part.holds for part in parts] == [False, False]
    assert verdict(parts) is Verdict.REFUTED


def test_a_penalty_of_weight_nearly_zero_refutes_it(outcomes):
    """A critic that is trained without the penalty which its settings name."""
    job = of(outcomes, "r1").job
    weak = {"name": "r1", "constraints": [{"name": "r1", "gamma": 1e-9}]}
    weakened = dataclasses.replace(job, settings={**job.settings, "method_spec": weak})
    parts = [part for part in by_claim(list(execute([weakened], "serial")))["dirac"].parts if part.tested]
    assert verdict(parts) is Verdict.REFUTED


def test_one_sided_limits_are_judged(outcomes):
    gp = of(outcomes, "wgan-gp")
    rows = gp.rows.copy()
    rows.loc[rows["metric"] == "one_sided_above", "value"] += 1e-5
    parts = by_claim([dataclasses.replace(gp, rows=rows)])["dirac"].parts
    assert [part.holds for part in parts if part.tested] == [False, True]


def test_where_lipschitz_critics_do_converge_the_verdict_turns(outcomes):
    r1 = of(outcomes, "r1")
    planted = [renamed(r1, name) for name in ("wgan-clip", "wgan-lp", "wgan-gp")]
    assert verdict(by_claim(planted)["lipschitz-convergence"].parts) is Verdict.CONFIRMED
    assert verdict(by_claim([of(outcomes, "gan")])["lipschitz-convergence"].parts) is Verdict.NOT_TESTED


def test_a_critic_whose_slopes_exceed_1_says_nothing_of_1_lipschitz_critics(outcomes):
    """Planted on the clipped one, which else refutes; a distance that is left is no evidence then."""
    clip = of(outcomes, "wgan-clip")
    rows = clip.rows.copy()
    rows.loc[rows["metric"].str.startswith("slope_largest"), "value"] = 1.2
    parts = by_claim([dataclasses.replace(clip, rows=rows)])["lipschitz-convergence"].parts
    assert verdict(parts) is Verdict.NOT_TESTED
    assert parts[0].note == "slopes exceed 1: the premise is not met"
    assert verdict(by_claim([clip])["lipschitz-convergence"].parts) is Verdict.REFUTED


def test_no_job_no_claim():
    assert claims(SimpleNamespace(outcomes=[])) == []
    assert figures(SimpleNamespace(outcomes=[])) == []


def test_what_a_job_stores(outcomes):
    gan = of(outcomes, "gan")
    assert gan.samples["path_simultaneous"].shape == (2, 201, 2)
    assert gan.samples["path_alternating_1"] == pytest.approx(
        np.stack([dirac.trajectory("gan", s, steps=200, updates="alternating") for s in ((1, 1), (0.4, 0))])
    )
    field = gan.samples["field"]
    assert field.shape == (25, 4)
    assert field[:, 2:] == pytest.approx(dirac.field("gan", field[:, :2]))
    imaginary = gan.rows[gan.rows["metric"] == "eigenvalue_2_imag"]["value"]
    assert imaginary.tolist() == pytest.approx([0.5])


def test_figures_show_every_method_and_draw(outcomes):
    made = {figure.name: figure for figure in figures(SimpleNamespace(outcomes=outcomes))}
    assert list(made) == [f"dirac-{n}" for n in ("portraits", "eigenvalues", "distances", "steps", "stops")]
    assert len(made["dirac-portraits"].panels) == 6
    plugin = outcomes[-1].job.method
    table = made["dirac-eigenvalues"].table.set_index("method")
    # f'(0) of the generator's half loss times three times that of the critic's: sqrt(3) / 2.
    assert table.loc[plugin, "measured"] == "-0.866i, 0.866i"
    assert table.loc[plugin, "closed form"] == ""
    assert table.loc["wgan-gp", "psi' at 0 from above"] == pytest.approx(0.7)
    classes = made["dirac-distances"].table.set_index(["method", "updates"])["class"]
    assert classes["r1", "simultaneous"] == "converged"
    assert made["dirac-stops"].table["class"].tolist() == ["cycling", "stopped"]
    with themed():
        for figure in made.values():
            assert figure.group == "dirac"
            for panel in figure.panels:
                assert panel.draw() is not None
