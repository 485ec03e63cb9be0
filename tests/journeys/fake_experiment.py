"""An experiment without torch that misbehaves on demand: the harness's guinea pig.

Settings: methods are names of behaviours, data sets are mere labels.
"""

import faulthandler
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gan_bench.errors import unknown
from gan_bench.experiments.base import Experiment
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Row, SeedStatus, Status
from gan_bench.metrics.descriptor import Descriptor

W1 = Descriptor("w1", "W1", "data units", "lower", range=(0, float("inf")), scale="log")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    weight: float = 1.0


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    methods: list[str | Part]
    datasets: list[str] = ["ring8"]
    steps: Annotated[int, Field(ge=1)] = 3
    mode: Literal["fast", "slow"] = "fast"
    journal: str = ""
    pause: float = 0.0
    plugin: str = ""


def plan(settings, seeds, context):
    jobs = []
    names = [m if isinstance(m, str) else m.name for m in settings.methods]
    for dataset in settings.datasets:
        for name in names:
            if name not in BEHAVIOURS:
                raise unknown("method", name, BEHAVIOURS, context.where)
            if (context.methods and name not in context.methods) or (
                context.datasets and dataset not in context.datasets
            ):
                continue
            own = {
                "steps": settings.steps,
                "journal": settings.journal,
                "pause": settings.pause,
                "plugin": settings.plugin,
                "method": {"name": name, "weight": 1.0},
                "threads": context.threads,
                "device": context.device,
            }
            skip = "they do not go together" if name == "skips" else ""
            jobs.append(Job("fake", name, dataset, seeds, own, skip))
    return jobs


def run(job, recorder):
    if job.settings["journal"]:
        # One line per execution, written by the job itself: what really ran.
        with Path(job.settings["journal"]).open("a") as file:
            file.write(f"{job.method} {job.dataset} {os.getpid()}\n")
    recorder.describe([W1])
    for step in range(job.settings["steps"]):
        recorder.rows(Row(seed, step, "w1", 1.0 / (1 + step) + seed, 0.1 * step) for seed in job.seeds)
        recorder.progress(step + 1, job.settings["steps"], 10.0)
        time.sleep(job.settings["pause"])
    recorder.fact("engine of the fake", "none")
    BEHAVIOURS[job.method](job, recorder)


def works(job, recorder):
    recorder.samples("reference", __import__("numpy").arange(6.0).reshape(3, 2))


def diverges(job, recorder):
    recorder.status(job.seeds[-1], SeedStatus(Status.DIVERGED, 2, "not finite at step 2"))


def raises(job, recorder):
    recorder.status(job.seeds[0], SeedStatus(Status.DIVERGED, 1, "before the error"))
    raise RuntimeError(f"broken on purpose in {Path(__file__).resolve()}")


def sleeps(job, recorder):
    time.sleep(600)


def starts_child(job, recorder):
    # The child outlives a parent that is killed alone.
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    recorder.fact("child", child.pid)
    time.sleep(600)


def kills_itself(job, recorder):
    os.kill(os.getpid(), signal.SIGKILL)


def crashes(job, recorder):
    sys.stderr.write("about to crash\n")
    faulthandler._sigsegv()


def leaves(job, recorder):
    os._exit(7)


def exits(job, recorder):
    sys.exit("I am out of here")


def out_of_memory(job, recorder):
    raise MemoryError("too much")


def prints(job, recorder):
    sys.stdout.write(f"hello from the job, CUDA {os.environ.get('CUDA_VISIBLE_DEVICES')}\n")


def wrong_seed(job, recorder):
    recorder.rows([Row(99, 0, "w1", 0.0)])


def wrong_metric(job, recorder):
    recorder.rows([Row(job.seeds[0], 0, "w2", 0.0)])


def figures(run):
    return []


def skips(job, recorder):
    raise AssertionError("a skipped job is never run")


BEHAVIOURS = {
    f.__name__: f
    for f in (
        works, diverges, raises, sleeps, starts_child, kills_itself, crashes, leaves, exits, out_of_memory,
        prints, wrong_seed, wrong_metric, skips,
    )
}  # fmt: skip
BEHAVIOURS["works-too"] = works

EXPERIMENT = Experiment(
    "fake", settings=Settings, plan=plan, run=run, figures=f"{__name__}:figures", preload=()
)
