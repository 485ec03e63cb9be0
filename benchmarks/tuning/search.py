"""Find the settings of the shipped suites: the same small budget for every method, by its own best distance.

Chosen before any result was seen: six trials a method; the learning rate and one more setting each; the
same processor time for every trial on every data set; tuning seeds that no suite reports; the winner has
the smallest mean over data sets of log(median final distance / the perfect sampler's median), a diverged
seed counting as infinite. Only trials of one method are ever compared. Run from the repository's root:

    python benchmarks/tuning/search.py toy reports/tuning benchmarks/tuning/result.csv
    python benchmarks/tuning/search.py images reports/tuning-images benchmarks/tuning/result-images.csv
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

import gan_bench as gb
from gan_bench.data.images import build_image_dataset
from gan_bench.data.toy import build_dataset
from gan_bench.experiments.images.networks import networks as image_networks
from gan_bench.experiments.images.plan import batch_norm_by_default
from gan_bench.experiments.training.networks import networks as toy_networks
from gan_bench.harness.store import Run
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.train import Trainer

FIRST_SEED = 1000
RATES = (3e-4, 1e-3, 3e-3)
_BETAS = ("betas", ([0.5, 0.999], [0.0, 0.9]))
_CLIP = ("constraints", ([{"name": "clip", "c": 0.01}], [{"name": "clip", "c": 0.1}]))


def _penalty(*weights: float) -> tuple[str, tuple[Any, ...]]:
    return "constraints", tuple([{"name": "gradient-penalty", "weight": weight}] for weight in weights)


@dataclass(frozen=True)
class Task:
    """One search.

    second: method -> its other setting and that one's two values; own: what a method always has. seconds: of
    one core for one cell's training, `reported` seeds together; seeds: how many the search has.
    """

    kind: str
    datasets: tuple[str, ...]
    metric: str
    network: Mapping[str, Any]
    second: Mapping[str, tuple[str, tuple[Any, ...]]]
    seeds: int
    reported: int
    seconds: float
    trainer: Callable[[Method, Mapping[str, Any], int], Trainer]
    timed: int  # generator steps that the cost of a step is read from
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def _toy_trainer(method: Method, table: Mapping[str, Any], seeds: int) -> Trainer:
    dataset = build_dataset("ring8")
    nets = toy_networks({**TOY.network, "generator": None, "critic": None}, dataset)
    sizes = {key: TOY.network[key] for key in ("batch_size", "latent")}
    return Trainer(method, dataset, nets.generator, nets.critic, range(seeds), **sizes)


def _image_trainer(method: Method, table: Mapping[str, Any], seeds: int) -> Trainer:
    dataset = build_image_dataset(IMAGES.datasets[0])
    norm = table.get("critic_batch_norm", batch_norm_by_default(method))
    plain = {
        **IMAGES.network,
        "network": "dcgan",
        "generator": None,
        "critic": None,
        "critic_batch_norm": norm,
    }
    nets = image_networks(plain, dataset, method)
    sizes = {key: IMAGES.network[key] for key in ("batch_size", "latent")}
    return Trainer(method, dataset, nets.generator, nets.critic, range(seeds), **sizes)


TOY = Task(
    kind="training",
    datasets=("ring8", "grid25", "swiss-roll", "separated-gaussians"),
    metric="w1",
    network={"batch_size": 64, "latent": 2, "width": 64, "layers": 3},
    second={
        "gan": _BETAS,
        "nsgan": _BETAS,
        "wgan-clip": _CLIP,
        "wgan-gp": _penalty(10.0, 0.1),
        "sngan": ("n_critic", (5, 1)),
    },
    seeds=3,
    reported=8,
    seconds=10.0,
    trainer=_toy_trainer,
    timed=60,
)
IMAGES = Task(
    kind="images",
    datasets=("glyphs",),
    metric="fid[glyphs-cnn]",
    network={"batch_size": 32, "latent": 64, "width": 16},
    second={
        "gan": _BETAS,
        "nsgan": _BETAS,
        "wgan-clip": _CLIP,
        "wgan-clip-bn": _CLIP,
        "wgan-gp": _penalty(10.0, 1.0),
        "sngan": ("n_critic", (5, 1)),
    },
    own={"wgan-clip-bn": {"base": "wgan-clip", "critic_batch_norm": True}},
    seeds=2,
    reported=5,
    seconds=100.0,
    trainer=_image_trainer,
    timed=20,
)
TASKS = {"toy": TOY, "images": IMAGES}


def trials(task: Task) -> list[dict[str, Any]]:
    """Every trial as a suite's method table, with the steps that the time allows."""
    tables = []
    for name, (key, values) in task.second.items():
        for number, (rate, value) in enumerate(itertools.product(RATES, values), 1):
            table = {"base": name, **task.own.get(name, {}), "learning_rate": rate, key: value}
            tables.append({"name": f"{name}.{number}", **table, "steps": affordable_steps(task, table)})
    return tables


def affordable_steps(task: Task, table: Mapping[str, Any]) -> int:
    """Generator steps, to two digits, that fit into the task's seconds of one core's time."""
    torch.set_num_threads(1)
    plain = {key: value for key, value in table.items() if key != "critic_batch_norm"}
    trainer = task.trainer(build_method({"name": "trial", **plain}), table, task.reported)
    warm_up = task.timed // 3
    trainer.run([warm_up], lambda _: None)
    started = time.process_time()
    trainer.run([warm_up + task.timed], lambda _: None)
    steps = task.seconds * task.timed / (time.process_time() - started)
    return int(float(f"{steps:.2g}"))


def suite(task: Task) -> dict[str, Any]:
    """All trials on all data sets, on the tuning seeds."""
    return {
        "suite": {"name": "tuning", "seeds": task.seeds, "first_seed": FIRST_SEED, "threads": 1},
        "experiment": [
            {
                "kind": task.kind,
                "methods": trials(task),
                "datasets": list(task.datasets),
                "snapshots": 2,
                **task.network,
            }
        ],
    }


def result(task: Task, run: Run) -> pd.DataFrame:
    """A row per trial: its settings, median final distance per data set, and the score that decides."""
    frame = run.frame()
    frame = frame[frame["metric"] == task.metric]
    frame = frame[frame["at"] == frame["at"].max()]
    floor = frame[frame["method"] == "perfect-sampler"].groupby("dataset")["value"].median()
    rows = []
    for table in run.suite["experiment"][0]["methods"]:
        mine = frame[(frame["method"] == table["name"]) & (frame["step"] == table["steps"])]
        found = {name: _median(task, mine[mine["dataset"] == name]["value"]) for name in task.datasets}
        name = table["name"].rpartition(".")[0]
        key, _ = task.second[name]
        rows.append(
            {
                "method": name,
                "learning_rate": table["learning_rate"],
                "second": f"{key}={table[key]}",
                "steps": table["steps"],
                **{f"{task.metric.partition('[')[0]}_{data}": value for data, value in found.items()},
                "score": float(np.mean([np.log(found[data] / floor[data]) for data in task.datasets])),
            }
        )
    made = pd.DataFrame(rows)
    made["chosen"] = made.groupby("method")["score"].rank(method="first") == 1
    return made


def _median(task: Task, values: pd.Series[float]) -> float:
    """Median over the tuning seeds; those without a final value diverged and count as infinite."""
    return float(np.median([*values, *[np.inf] * (task.seeds - len(values))]))


if __name__ == "__main__":
    chosen, store, table = TASKS[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3])
    outcome = gb.run(suite(chosen), out=store, report=False) if not store.exists() else gb.load(store)
    result(chosen, outcome).to_csv(table, index=False, float_format="%.5g")
    sys.stdout.write(table.read_text())
