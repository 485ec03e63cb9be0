"""What holds for every experiment: it plans, draws a run of which nothing is there, takes a user's method."""

import pytest

import gan_bench as gb
from gan_bench import registry
from gan_bench.experiments.base import Experiment
from gan_bench.experiments.claims import CLAIMS
from gan_bench.report.render import render

LOSS = """
class Mine:
    def critic_loss(self, real, fake):
        return fake.mean(1) - real.mean(1)

    def generator_loss(self, fake, real=None):
        return -fake.mean(1)
"""


@pytest.mark.parametrize("name", registry.names("experiments"))
def test_every_experiment_is_whole_and_described_alike(name):
    experiment = registry.load("experiments", name)
    assert isinstance(experiment, Experiment)
    assert experiment.name == name
    assert experiment.title
    assert experiment.description == registry.descriptions("experiments")[name]
    for part in ("settings", "plan", "run", "figures"):
        assert callable(registry.resolve(getattr(experiment, part))), part


OF_IMAGES = {"image-quality", "image-clipping", "image-coverage"}
# Suite -> experiments and claims that it leaves out.
LEFT_OUT = {
    "theory": ({"training", "images", "throughput"}, {"mode-coverage", *OF_IMAGES}),
    "default": (set(), {"image-coverage"}),
}


@pytest.mark.parametrize("suite", LEFT_OUT)
def test_a_page_of_a_run_of_which_nothing_is_there(suite, tmp_path):
    """Warnings are errors here: a mean of nothing would show."""
    planned = gb.run(suite, out=tmp_path / "out", dry_run=True)
    tested = {outcome.job.experiment for outcome in planned.outcomes}
    experiments, claims = LEFT_OUT[suite]
    assert tested == set(registry.names("experiments")) - experiments
    page = render(planned)
    assert 'id="claims"' in page
    assert ">nan" not in page
    assert "(nan" not in page
    judged = gb.judge(planned)
    assert all(part.verdict == "not tested" for part in judged)
    # The Dirac-GAN's theory is computed by its jobs: without them there is nothing to ask.
    absent = {"dirac", "lipschitz-convergence"} | claims
    assert {part.claim.name for part in judged} == set(CLAIMS) - absent


def test_a_method_of_the_user_s_is_in_every_experiment_of_the_suite(tmp_path):
    (tmp_path / "mine.py").write_text(LOSS, "utf-8")
    mine = f"{tmp_path / 'mine.py'}:Mine"
    planned = gb.run("theory", out=tmp_path / "out", add_methods=[mine], dry_run=True)
    with_mine = {o.job.experiment for o in planned.outcomes if o.job.method.startswith(mine)}
    assert with_mine == set(registry.names("experiments")) - LEFT_OUT["theory"][0]
    reasons = {
        o.job.experiment: o.job.skip for o in planned.outcomes if o.job.method.startswith(mine) and o.job.skip
    }
    # Its scores bound no Jensen-Shannon divergence; everywhere else it runs.
    assert set(reasons) == {"separability"}
