"""What a job says of how its trainers were carried out, and which jobs a GPU's execution belongs to."""

from types import SimpleNamespace

import pytest
import torch

from gan_bench.experiments.measurement import Execution
from gan_bench.experiments.penalty_cost import run as cost
from gan_bench.harness.plan import Selection, plan_suite
from gan_bench.harness.suite import read_suite


def trainer(execution, *, device="cuda", looped=""):
    stack = SimpleNamespace(fallback=looped)
    streams = SimpleNamespace(device=torch.device(device))
    return SimpleNamespace(generator=stack, critic=stack, streams=streams, execution=execution)


def facts(*trainers):
    told, execution = {}, Execution()
    for one, where in trainers:
        execution.add(one, where)
    execution.record(SimpleNamespace(fact=told.__setitem__))
    return told


def test_one_way_is_told_once():
    told = facts((trainer("captured"), "stacked 8"), (trainer("captured"), "stacked 1"))
    assert told == {
        "generator replicas": "stacked", "critic replicas": "stacked", "training steps": "captured",
    }  # fmt: skip


def test_where_trainers_differ_each_way_names_its_places():
    told = facts(
        (trainer("captured"), "stacked 8"),
        (trainer("eager: it waits", looped="one replica"), "stacked 1"),
        (trainer("captured"), "stacked 8"),
    )
    assert told["training steps"] == "captured (stacked 8); eager: it waits (stacked 1)"
    assert told["critic replicas"] == "stacked (stacked 8); looped: one replica (stacked 1)"


def test_a_cpu_has_one_way_to_take_steps():
    assert "training steps" not in facts((trainer("eager", device="cpu"), ""))


TRAINED = {
    "training", "images", "throughput", "vanishing-gradient", "critic-depth", "game-spectrum", "non-overlap",
    # By way of those.
    "robustness", "meaningful-loss", "recipe-ablation",
}  # fmt: skip


@pytest.mark.parametrize("execution", ["captured", "eager"])
def test_on_a_gpu_jobs_that_train_pairs_say_how_and_no_others(execution):
    jobs = plan_suite(read_suite("default"), Selection(device="cuda", execution=execution)).jobs
    said = {job.experiment for job in jobs if "execution" in job.settings}
    assert said <= TRAINED
    assert {"training", "images", "throughput", "non-overlap"} <= said
    assert {job.settings["execution"] for job in jobs if "execution" in job.settings} == {execution}
    on_cpu = plan_suite(read_suite("default"), Selection(execution=execution)).jobs
    assert not any("execution" in job.settings for job in on_cpu)


def test_parts_of_a_step_are_timed_eager(monkeypatch):
    asked = []
    monkeypatch.setattr(cost, "build_trainer", lambda *_, **__: asked.append(_[4]["execution"]))
    sizes = {"network": "mlp", "dataset": "ring8", "latent": 2, "width": 8, "layers": 1}
    cost.Timed(SimpleNamespace(copies=1), sizes, 0)
    assert asked == ["eager"]
