"""One job of the sweep: closed forms, independent draws, or the trained critics of one method."""

from __future__ import annotations

from gan_bench.analysis.cells import REFERENCE
from gan_bench.experiments.divergence_sweep.exact import closed_forms, independent_draws
from gan_bench.experiments.divergence_sweep.reading import EXACT
from gan_bench.experiments.divergence_sweep.trained import train_and_measure
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder


def run(job: Job, recorder: Recorder) -> None:
    """Run a job, reporting through the recorder."""
    if job.method == EXACT:
        closed_forms(job, recorder)
    elif job.method == REFERENCE:
        independent_draws(job, recorder)
    else:
        train_and_measure(job, recorder)
