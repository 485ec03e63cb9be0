"""Rates, memory and shares as recorded; costs of constraints as ratios of times, in the yardstick's steps."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.cells import cells_of
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.again import again
from gan_bench.report.constraint_costs import constraint_costs
from gan_bench.report.throughput import seed_steps, throughput

CLIP, GP = {"kind": "Clip", "c": 0.01}, {"kind": "GradientPenalty", "weight": 10.0}
RATIOS = {"clip": (1.0, 1.02, 0.99), "gp": (1.7, 1.9, 1.8), "none": (0.8, 0.9, 0.85)}
BASELINE = {"name": "clip", "objective": {"kind": "Wasserstein"}, "constraints": [CLIP]}


def value_of(shown, heading, label):
    line = next(line for line in shown.lines if line.label == label)
    return line.entries[shown.headings.index(heading)].value


def test_points_seed_steps_are_steps_times_the_seeds_of_a_block(synthetic):
    made = synthetic.trained("sngan", "ring8", 4)
    made = dataclasses.replace(made, provenance={"wall_seconds": 20.0, "peak_memory_mib": 512.5})
    rates = made.rows[made.rows["metric"] == "steps_per_second"]["value"]
    shown = throughput(cells_of([made]))
    assert value_of(shown, "seed-steps per second", "sngan") == pytest.approx(
        4 * value_of(shown, "generator steps per second", "sngan")
    )
    assert value_of(shown, "generator steps per second", "sngan") in list(rates)
    assert value_of(shown, "peak memory, MiB", "sngan") == 512.5
    # The made-up clock ends at 13.4 s of a job of 20 s.
    outside = "outside training updates, % of the job's time"
    assert value_of(shown, outside, "sngan") == pytest.approx(100 * (1 - 13.4 / 20))
    assert "images per second" not in shown.headings
    assert (shown.devices, shown.gpu, shown.costs) == ("cpu", False, ())


def test_blocks_of_seeds_are_put_together_by_their_median(synthetic):
    """Two blocks at 10 and 30 steps per second, of 2 and 4 seeds: 20 and 120 seed-steps, median 70."""
    job = synthetic.training_job("gan", "ring8", 2)
    blocks = []
    for seeds, rate in (((0, 1), 10.0), ((2, 3, 4, 5), 30.0)):
        rows = [Row(seed, 9, "steps_per_second", rate, 3.0) for seed in seeds]
        own = dataclasses.replace(job, seeds=seeds)
        status = {seed: SeedStatus(Status.COMPLETED) for seed in seeds}
        blocks.append(Outcome(own, frame_from_rows(own, rows), status))
    (cell,) = cells_of(blocks)
    assert seed_steps(cell) == 70.0
    (line,) = throughput([cell]).lines
    assert line.at_once == "2 or 4"


def test_images_show_what_only_they_record(synthetic_images):
    shown = throughput(cells_of([synthetic_images.trained("sngan", "glyphs", 2)]))
    assert {"images per second", "peak memory, MiB", "judging, % of the time"} <= set(shown.headings)


def test_memory_of_a_gpu_is_the_gpus(synthetic):
    made = synthetic.trained("gan", "ring8", 2)
    job = dataclasses.replace(made.job, settings={**made.job.settings, "device": "cuda"})
    gpu = {"gpu": {"peak_memory_mib": 77.0}, "peak_memory_mib": 5000.0}
    shown = throughput(cells_of([dataclasses.replace(made, job=job, provenance=gpu)]))
    assert value_of(shown, "peak memory, MiB", "gan") == 77.0
    assert shown.gpu


def test_nothing_timed_is_no_section(synthetic):
    assert throughput(cells_of([synthetic.not_run("gan", "ring8")])) is None
    assert throughput([]) is None


def timed(name, constraints, baseline=BASELINE):
    method = {"name": name, "objective": {"kind": "Wasserstein"}, "constraints": constraints}
    settings = {"method": method, "baseline": baseline, "network": "mlp", "device": "cpu", "threads": 1}
    job = Job("penalty-cost", name, "ring8", (0, 1, 2), settings)
    rows = []
    for seed, ratio in enumerate(RATIOS[name]):
        rows += [Row(seed, 5, "cost_ratio", ratio, 1.0), Row(seed, 5, "critic_cost_ratio", ratio**2, 1.0)]
        rows.append(Row(seed, 5, "step_seconds", 0.01 * ratio, 1.0))
    status = {seed: SeedStatus(Status.COMPLETED) for seed in job.seeds}
    return Outcome(job, frame_from_rows(job, rows), status)


def test_costs_are_in_steps_of_the_baseline_where_nothing_is_unconstrained():
    (costs,) = constraint_costs(cells_of([timed("clip", [CLIP]), timed("gp", [GP])]))
    assert (costs.yardstick, costs.unconstrained, costs.networks) == ("clip", False, "MLPs on ring8")
    gp = costs.lines[1]
    logs = np.log(RATIOS["gp"])
    assert gp.step.value == pytest.approx(math.exp(logs.mean()))
    half = stats.t.ppf(0.975, 2) * logs.std(ddof=1) / math.sqrt(3)
    low, high = math.exp(logs.mean() - half), math.exp(logs.mean() + half)
    assert gp.step.ends == f"[{low:.2f}, {high:.2f}]"
    assert gp.constraint == "GradientPenalty (weight 10)"
    assert gp.milliseconds.value == pytest.approx(10 * math.exp(logs.mean()))


def test_costs_are_relative_to_no_constraint_where_it_was_timed():
    (costs,) = constraint_costs(cells_of([timed("gp", [GP]), timed("none", [])]))
    assert (costs.yardstick, costs.unconstrained) == ("none", True)
    gp, none = costs.lines
    expected = np.exp(np.mean(np.log(RATIOS["gp"]) - np.log(RATIOS["none"])))
    assert gp.step.value == pytest.approx(expected)
    assert gp.critic.value == pytest.approx(expected**2)
    assert (none.step.text, none.constraint) == ("1", "none")


def test_another_loss_without_a_constraint_is_no_yardstick():
    other = {**BASELINE, "objective": {"kind": "Minimax"}}
    (costs,) = constraint_costs(cells_of([timed("none", [], other), timed("gp", [GP], other)]))
    assert (costs.yardstick, costs.unconstrained) == ("clip", False)


@pytest.mark.parametrize(
    ("command", "run", "check"),
    [
        ("gan-bench run default --quiet", "default", "reports/default"),
        ("gan-bench run 'my suite.toml' -o out", "'my suite.toml'", "out"),
        ("gan-bench run smoke --out=there", "smoke", "there"),
        ("gan-bench run throughput --jobs 1 --out there", "throughput", "there"),
        ("gan-bench run smoke --output there", "smoke", "there"),
        ("gan-bench run --seeds 3 smoke", "SUITE", "reports/mine"),
        ("", "SUITE", "reports/mine"),
        ("python -c 'a", "SUITE", "reports/mine"),
    ],
)
def test_commands_name_the_suite_and_the_folder(command, run, check):
    name = "default" if "default" in command else "mine"
    commands = again(command, name, {"commit": "0123456789abcdef"})
    on_gpu = "throughput-gpu" if run == "throughput" else run
    assert commands.gpu == f"gan-bench run {on_gpu} --device cuda --out reports/on-gpu"
    assert commands.check == f"gan-bench check {check} --thresholds benchmarks/thresholds.toml"
    assert commands.run == (command or "gan-bench run SUITE")
    assert commands.install.startswith("git checkout 0123456789ab\npython3 -m venv .venv && . .venv")
    assert "git" not in again(command, name, {}).install
