"""The throughput experiment: what is counted, the plain loop, a clock that drift does not fool, the page."""

import dataclasses
import itertools

import pandas as pd
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import gan_bench as gb
from gan_bench.analysis.palette import looks
from gan_bench.capture import BEFORE_REPLAYS
from gan_bench.data.toy import build_dataset
from gan_bench.errors import UsageError
from gan_bench.experiments import figures as drawing
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.throughput import run as timing
from gan_bench.experiments.throughput.figures import figures
from gan_bench.experiments.throughput.plain import PlainLoop, cannot
from gan_bench.experiments.throughput.plan import plan
from gan_bench.experiments.throughput.run import Place, Timed, places, run
from gan_bench.experiments.throughput.settings import Settings
from gan_bench.experiments.throughput.work import flops, product_rate
from gan_bench.experiments.timed import dataset_and_networks
from gan_bench.gate.freezing import freeze
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.harness.store import load
from gan_bench.methods.build import build_method
from gan_bench.metrics.transport import wasserstein1
from gan_bench.report.render import render

CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
TINY = {
    "stacked": [2, 1],
    "batch_sizes": [16, 8],
    "widths": [8],
    "layers": 2,
    "block_seconds": 1e-3,
    "rounds": 1,
}
IMAGES = {"dataset": {"name": "glyphs", "size": 8}, "network": "dcgan", "latent": 3, "widths": [4]}


def jobs(*methods, context=CONTEXT, seeds=(0, 1), **changes):
    return plan(Settings(methods=list(methods), **{**TINY, **changes}), seeds, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def settings(name="wgan-gp", **changes):
    (job,) = jobs(name, **changes)
    return job.settings


@pytest.mark.parametrize("name", ["gan", "nsgan", "wgan-clip", "wgan-gp", "r1", "pacgan2"])
def test_the_operations_are_those_that_a_step_carries_out(name):
    """Counted by torch while our own trainer takes a step; in wide layers the narrow last is no matter."""
    method, seeds, batch, width = build_method({"name": "x", "base": name, "n_critic": 3}), 2, 8, 64
    timed = Timed({**settings(), "method_spec": {"name": "x", "base": name, "n_critic": 3}, "layers": 3},
                  Place("stacked", seeds, seeds, batch, width), 0)  # fmt: skip
    timed._stacked(1)
    with FlopCounterMode(display=False) as counter:
        timed._stacked(1)
    # 2 %: products with the single output of the critic, which the way of points goes without.
    needed = seeds * flops(method, 2, 2, width, 3, batch)
    assert counter.get_total_flops() == pytest.approx(needed, rel=0.02)


def test_a_penalty_at_points_costs_four_ways_through_the_critic():
    sizes = (2, 2, 128, 3, 256)
    tables = [{"name": "x", "base": name, "n_critic": 5} for name in ("wgan-none", "wgan-gp")]
    free, bound = (flops(build_method(table), *sizes) for table in tables)
    assert bound - free == 5 * 2 * 4 * 256 * (2 * 128 + 2 * 128 * 128 + 128)


def test_the_product_rate_is_that_of_the_machine():
    rate = product_rate(2, 64, 32, 0.05, torch.device("cpu"))
    # From a slow core's hundredth to ten times a fast one's.
    assert 1e8 < rate < 2e12 * torch.get_num_threads()


def plain(name, **sizes):
    method = build_method(name)
    used = {**settings(name), "latent": 2, "width": 32, "layers": 2, **sizes}
    dataset, nets = dataset_and_networks(used, method)
    return PlainLoop(method, dataset, nets, 0, batch=64, latent=2)


@pytest.mark.parametrize("name", ["gan", "nsgan", "wgan-clip", "wgan-gp", "sngan"])
def test_the_plain_loop_trains_what_the_method_says(name):
    latents = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    loop = plain({"name": "x", "base": name, "learning_rate": 2e-3})
    real = build_dataset("ring8").reference(200, "distance").numpy()

    def distance():
        with torch.no_grad():
            return wasserstein1(loop.generator(latents).double().numpy(), real).cost

    start = distance()
    loop.run(100)
    assert distance() < 0.8 * start
    weights = [layer.weight for layer in loop.critic.modules() if isinstance(layer, torch.nn.Linear)]
    if name == "wgan-clip":
        assert max(w.abs().max().item() for w in weights) <= loop.clip
    if name == "sngan":
        # Power iteration with one vector stays a little behind.
        assert max(torch.linalg.matrix_norm(w, 2).item() for w in weights) < 1.2
    if name == "wgan-gp":
        x = torch.from_numpy(real).float().requires_grad_()
        (slopes,) = torch.autograd.grad(loop.critic(x).sum(), x)
        assert 0.5 < slopes.norm(dim=1).mean() < 1.5


def test_what_no_plain_loop_is_written_for_is_skipped_with_the_reason():
    assert {
        n: cannot(build_method(n)) for n in ("gan", "wgan-gp", "sngan", "wgan-clip-adam")
    } == dict.fromkeys(("gan", "wgan-gp", "sngan", "wgan-clip-adam"), "")
    skips = [job.skip for job in jobs("wgan-lp", "consensus", "r1")]
    assert skips == [
        "no plain loop is written for OneSidedPenalty",
        "no plain loop is written for its schedule of updates",
        "no plain loop is written for R1",
    ]
    (tf32,) = jobs("gan", precision="tf32")
    assert "GPU" in tf32.skip
    (captured,) = jobs("gan", execution="captured")
    assert captured.skip == "CUDA graphs are a GPU's"
    (eager,) = jobs("gan", execution="eager")
    assert (eager.skip, eager.key) == ("", jobs("gan")[0].key)
    with pytest.raises(UsageError, match='"glyphs" holds images'):
        jobs("gan", dataset="glyphs")


def test_on_a_gpu_a_table_says_how_steps_are_taken_or_the_suite_does():
    context = PlanContext("toy.toml: experiment 1", "cuda", execution="eager")
    as_told = [jobs("gan", context=context, execution=how)[0] for how in (None, "captured", "eager")]
    assert [job.settings["execution"] for job in as_told] == ["eager", "captured", "eager"]
    assert {job.skip for job in as_told} == {""}


def test_every_axis_is_walked_from_the_first_of_the_others():
    walked = list(places(settings(stacked=[8, 1], batch_sizes=[256, 64], widths=[128])))
    assert walked == [
        Place("stacked", 8, 8, 256, 128),
        Place("stacked", 1, 1, 256, 128),
        Place("batch", 256, 8, 256, 128),
        Place("batch", 64, 8, 64, 128),
    ]


def test_a_job_has_a_row_for_every_place_and_its_ratio_is_that_of_the_rates():
    (job,) = jobs("wgan-gp")
    outcome = execute(job)
    assert {state.status for state in outcome.status.values()} == {Status.COMPLETED}
    rows = outcome.rows
    assert set(zip(rows["axis"], rows["at"], strict=True)) == {
        ("stacked", 2), ("stacked", 1), ("batch", 16), ("batch", 8),
    }  # fmt: skip
    for _, group in rows.groupby(["seed", "axis", "at"]):
        value = group.set_index("metric")["value"]
        # One round: the median of the ratio is the ratio of the medians.
        assert value["speed_up"] == pytest.approx(
            value["seed_steps_per_second"] / value["plain_steps_per_second"]
        )
        batch = {"batch": group["at"].iloc[0]}.get(group["axis"].iloc[0], 16)
        assert value["samples_per_second"] == pytest.approx(value["seed_steps_per_second"] * 5 * batch)
        assert value["product_share"] > 0


def test_images_are_timed_without_a_count_of_their_products():
    (job,) = jobs("sngan", **IMAGES, batch_sizes=[4], stacked=[1])
    rows = execute(job).rows
    assert "speed_up" in set(rows["metric"])
    assert "product_share" not in set(rows["metric"])


def test_a_drift_of_the_machine_cancels(monkeypatch):
    """Made-up sides of which the stack is three times as fast, on a machine that slows down all the time."""
    timed = Timed(settings(rounds=3), Place("stacked", 2, 2, 16, 8), 0)
    clock, blocks = [0.0], itertools.count()

    def side(seconds):
        def take(steps):
            clock[0] += steps * seconds * (1 + 0.1 * next(blocks))

        return take

    monkeypatch.setattr(timed, "_stacked", side(2.0))
    monkeypatch.setattr(timed, "_plain", side(3.0))
    monkeypatch.setattr(timing, "now", lambda _: clock[0])
    rounds = timed.rounds()
    assert len(rounds) == 3
    assert [r.plain / r.stacked for r in rounds] == pytest.approx([3.0] * 3)


def test_on_a_gpu_no_clock_starts_before_the_steps_are_captured(monkeypatch):
    timed, asked = Timed(settings(warm_up=1), Place("stacked", 2, 2, 16, 8), 0), []
    monkeypatch.setattr(timing, "now", lambda _: float(len(asked)))
    for device in ("cpu", "cuda"):
        timed.device = torch.device(device)
        timed._steps(asked.append)
    assert asked == [1, 1, BEFORE_REPLAYS, 1]


def test_a_baseline_has_every_place_of_every_axis(tmp_path):
    whole = gb.run(suite_of(tmp_path, "x"), out=tmp_path / "run")
    freeze(load(whole.directory), tmp_path / "base")
    base = load(tmp_path / "base")
    one, other = (
        {figure.name: figure.table for figure in figures(made)} for made in (load(whole.directory), base)
    )
    assert list(one) == ["throughput-stacked-ring8-mlp-float32-cpu", "throughput-batch-ring8-mlp-float32-cpu"]
    for name, table in one.items():
        pd.testing.assert_frame_equal(other[name], table)


def suite_of(folder, name):
    lines = [f"{key} = {value}" for key, value in TINY.items()]
    head = [
        "[suite]",
        f'name = "{name}"',
        "seeds = 2",
        "[[experiment]]",
        'kind = "throughput"',
        'methods = ["gan"]',
    ]
    (folder / f"{name}.toml").write_text("\n".join([*head, *lines]))
    return folder / f"{name}.toml"


def test_cells_of_one_name_look_as_they_do_on_the_rest_of_the_page(synthetic, monkeypatch):
    """Two sizes of one method are #1 and #2: the second has the second look, in its own figure too."""
    drawn = []
    monkeypatch.setattr(drawing, "estimates", lambda ax, at, found, look: drawn.append(look))
    outcomes = [
        execute(jobs("gan", layers=layers, network=net)[0]) for layers, net in ((1, "mlp"), (2, "mlp"))
    ]
    outcomes[1] = dataclasses.replace(
        outcomes[1],
        job=dataclasses.replace(outcomes[1].job, settings={**outcomes[1].job.settings, "network": "x"}),
    )
    made = figures(synthetic.run_of(outcomes))
    shared = looks(["gan #1", "gan #2"])
    for figure in made:
        for panel in figure.panels:
            panel.draw()
    assert set(drawn[: len(drawn) // 2]) == {shared["gan #1"]}
    assert set(drawn[len(drawn) // 2 :]) == {shared["gan #2"]}
    assert [figure.caption for figure in made[1:]] == [made[1].caption] * (len(made) - 1)
    assert made[0].caption != made[1].caption


def test_captured_and_eager_steps_have_figures_of_their_own_by_what_was_done(synthetic):
    asked = {"gan": "captured", "wgan-clip": "eager", "sngan": "captured"}
    done = {"gan": "captured", "wgan-clip": "eager", "sngan": "eager: a step waits for the device at x.py:1"}
    outcomes = []
    for job in jobs(*asked):
        settings = {**job.settings, "device": "cuda", "execution": asked[job.method]}
        facts = {"training steps": done[job.method]}
        on_gpu = dataclasses.replace(job, settings=settings)
        outcomes.append(dataclasses.replace(execute(job), job=on_gpu, facts=facts))
    made = [figure for figure in figures(synthetic.run_of(outcomes)) if "seeds at once" in figure.title]
    assert {figure.title: figure.methods for figure in made} == {
        "Speed over seeds at once: mlp on ring8, float32, cuda, captured": ("gan",),
        "Speed over seeds at once: mlp on ring8, float32, cuda, eager": ("wgan-clip", "sngan"),
    }


def test_a_repeat_that_diverges_is_data(monkeypatch):
    (job,) = jobs("wgan-gp", seeds=(0,))
    rounds = Timed.rounds

    def spoilt(self):
        found = rounds(self)
        self.trainer.first_bad[0] = 7
        return found

    monkeypatch.setattr(Timed, "rounds", spoilt)
    outcome = execute(job)
    assert outcome.status[0].status is Status.DIVERGED
    assert outcome.status[0].message == "a loss was not finite at step 7, stacked 2"


def test_the_page_shows_it_in_the_section_on_throughput(synthetic):
    outcomes = [execute(job) for job in jobs("gan", "wgan-gp")]
    made = figures(synthetic.run_of(outcomes))
    assert [figure.section for figure in made] == ["throughput", "throughput"]
    assert [len(figure.table) for figure in made] == [4, 4]
    page = render(synthetic.run_of(outcomes))
    section = page[page.index('<section id="throughput"') : page.index('<section id="cells"')]
    assert "Times the plain loop of one seed" in section
    assert "seeds at once" in section
