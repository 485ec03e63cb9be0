"""Find the settings of the suite `default`: the same small budget for every method, by its own best W1.

Chosen before any result was seen: six trials a method; the learning rate and one more setting each; the
same processor time for every trial on every data set; tuning seeds that no suite reports; the winner has
the smallest mean over data sets of log(median final W1 / the perfect sampler's median W1), a diverged seed
counting as infinite. Only trials of one method are ever compared. Run from the repository's root:

    python benchmarks/tuning/search.py reports/tuning benchmarks/tuning/result.csv
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

import gan_bench as gb
from gan_bench.data.toy import build_dataset
from gan_bench.experiments.training.networks import networks
from gan_bench.harness.store import Run
from gan_bench.methods.build import build_method
from gan_bench.train import Trainer

DATASETS = ["ring8", "grid25", "swiss-roll", "separated-gaussians"]
NETWORK = {"batch_size": 64, "latent": 2, "width": 64, "layers": 3}
SEEDS, FIRST_SEED = 3, 1000
REPORTED_SEEDS = 8
SECONDS = 10.0  # of one core for one cell's training, all reported seeds together

RATES = (3e-4, 1e-3, 3e-3)
SECOND: dict[str, tuple[str, tuple[Any, ...]]] = {
    "gan": ("betas", ([0.5, 0.999], [0.0, 0.9])),
    "nsgan": ("betas", ([0.5, 0.999], [0.0, 0.9])),
    "wgan-clip": ("constraints", ([{"name": "clip", "c": 0.01}], [{"name": "clip", "c": 0.1}])),
    "wgan-gp": (
        "constraints",
        ([{"name": "gradient-penalty", "weight": 10.0}], [{"name": "gradient-penalty", "weight": 0.1}]),
    ),
    "sngan": ("n_critic", (5, 1)),
}


def trials() -> list[dict[str, Any]]:
    """Every trial as a suite's method table, with the steps that the time allows."""
    tables = []
    for base, (key, values) in SECOND.items():
        for number, (rate, value) in enumerate(itertools.product(RATES, values), 1):
            table = {"name": f"{base}.{number}", "base": base, "learning_rate": rate, key: value}
            tables.append({**table, "steps": affordable_steps(table)})
    return tables


def affordable_steps(table: dict[str, Any], warm_up: int = 20, timed: int = 60) -> int:
    """Generator steps, to two digits, that fit into SECONDS of one core's time."""
    torch.set_num_threads(1)
    method, dataset = build_method(table), build_dataset("ring8")
    made = networks({**NETWORK, "generator": None, "critic": None}, dataset)
    trainer = Trainer(
        method,
        dataset,
        made.generator,
        made.critic,
        range(REPORTED_SEEDS),
        batch_size=NETWORK["batch_size"],
        latent=NETWORK["latent"],
    )
    trainer.run([warm_up], lambda _: None)
    started = time.process_time()
    trainer.run([warm_up + timed], lambda _: None)
    steps = SECONDS * timed / (time.process_time() - started)
    return int(float(f"{steps:.2g}"))


def suite() -> dict[str, Any]:
    """All trials on all data sets, on the tuning seeds."""
    return {
        "suite": {"name": "tuning", "seeds": SEEDS, "first_seed": FIRST_SEED, "threads": 1},
        "experiment": [
            {"kind": "training", "methods": trials(), "datasets": DATASETS, "snapshots": 2, **NETWORK}
        ],
    }


def result(run: Run) -> pd.DataFrame:
    """A row per trial: its settings, median final W1 per data set, and the score that decides."""
    frame = run.frame().query("metric == 'w1' and at == 500")
    floor = frame[frame["method"] == "perfect-sampler"].groupby("dataset")["value"].median()
    rows = []
    for table in run.suite["experiment"][0]["methods"]:
        mine = frame[(frame["method"] == table["name"]) & (frame["step"] == table["steps"])]
        w1 = {name: _median(mine[mine["dataset"] == name]["value"]) for name in DATASETS}
        score = float(np.mean([np.log(w1[name] / floor[name]) for name in DATASETS]))
        key, _ = SECOND[table["base"]]
        rows.append(
            {
                "method": table["base"],
                "learning_rate": table["learning_rate"],
                "second": f"{key}={table[key]}",
                "steps": table["steps"],
                **{f"w1_{name}": value for name, value in w1.items()},
                "score": score,
            }
        )
    made = pd.DataFrame(rows)
    made["chosen"] = made.groupby("method")["score"].rank(method="first") == 1
    return made


def _median(values: pd.Series[float]) -> float:
    """Median over the tuning seeds; those without a final value diverged and count as infinite."""
    return float(np.median([*values, *[np.inf] * (SEEDS - len(values))]))


if __name__ == "__main__":
    store, table = Path(sys.argv[1]), Path(sys.argv[2])
    outcome = gb.run(suite(), out=store, report=False) if not store.exists() else gb.load(store)
    result(outcome).to_csv(table, index=False, float_format="%.5g")
    sys.stdout.write(table.read_text())
