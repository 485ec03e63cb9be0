"""One job: what the training code does to two numbers, near their equilibrium and from afar."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gan_bench.errors import UsageError
from gan_bench.experiments.dirac import local, theory
from gan_bench.experiments.dirac.api import trajectories, velocities
from gan_bench.experiments.dirac.metrics import descriptors
from gan_bench.experiments.dirac.schemes import Scheme, schemes
from gan_bench.experiments.dirac.strengths import changed, strength
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row
from gan_bench.methods.build import build_method


def run(job: Job, recorder: Recorder) -> None:
    """Measure one method and report through the recorder."""
    _Measurement(job, recorder).run()


class _Measurement:
    def __init__(self, job: Job, recorder: Recorder) -> None:
        self.method = build_method(job.settings["method_spec"])
        self.settings, self.recorder, self.seed = job.settings, recorder, job.seeds[0]
        self.device: str = job.settings["device"]
        self.schemes = schemes(job.settings)
        self.jumps = local.jumps(self.method, self.device)
        self.swept = strength(self.method)

    def run(self) -> None:
        self.recorder.describe(descriptors([scheme.key for scheme in self.schemes]))
        self.recorder.rows(self._eigenvalues())
        if not self.jumps:
            self.recorder.rows(self._multipliers())
        self.recorder.samples("field", self._field())
        for done, scheme in enumerate(self.schemes, 1):
            self._play(scheme)
            self.recorder.progress(done, len(self.schemes), 0.0)
        if self.jumps and self.swept == "weight":
            self.recorder.rows(self._stops())

    def _row(self, metric: str, value: float, axis: str = "", at: float = math.nan) -> Row:
        return Row(self.seed, 0, metric, float(value), 0.0, axis, at)

    def _eigenvalues(self) -> Iterator[Row]:
        """One-sided limits, and eigenvalues where there are some, at the own and at swept strengths."""
        yield from self._local(self.method, "", math.nan)
        for value in self.settings["strengths"] if self.swept else ():
            yield from self._local(changed(self.method, {self.swept: value}), self.swept, value)

    def _local(self, method: Any, axis: str, at: float) -> Iterator[Row]:
        for side, limit in zip(("below", "above"), local.one_sided(method, self.device), strict=True):
            yield self._row(f"one_sided_{side}", limit, axis, at)
        try:
            values = local.eigenvalues(method, self.device)
        except UsageError:  # the field jumps there: the limits are all there is to say
            return
        for k, value in enumerate(values, 1):
            yield self._row(f"eigenvalue_{k}_real", value.real, axis, at)
            yield self._row(f"eigenvalue_{k}_imag", value.imag, axis, at)

    def _multipliers(self) -> Iterator[Row]:
        """Largest modulus of one update's multipliers, against the step and the number of critic steps."""
        for scheme in self.schemes:
            for h in self.settings["step_sizes"]:
                yield self._row(f"multiplier_{scheme.key}", self._radius(scheme, h), "step size", h)
        if self.schemes[0].updates == "consensus":
            return
        for n in self.settings["critic_step_sweep"]:
            value = self._radius(Scheme("alternating", n), self.settings["step_size"])
            yield self._row("multiplier_alternating", value, "critic steps", n)

    def _radius(self, scheme: Scheme, step_size: float) -> float:
        found = local.multipliers(self.method, step_size, scheme.updates, scheme.n_critic, self.device)
        return float(np.abs(found).max())

    def _field(self) -> np.ndarray:
        """Points and velocities (n, 4) on a square grid."""
        extent, side = self.settings["extent"], self.settings["grid"]
        axis = np.linspace(-extent, extent, side)
        points = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
        return np.hstack([points, velocities(self.method, points, self.device)])

    def _play(self, scheme: Scheme) -> None:
        starts = np.array([self.settings["start"], self.settings["second_start"]])
        paths = self._paths(self.method, starts, scheme)
        self.recorder.samples(f"path_{scheme.key}", paths)
        for index, path in enumerate(paths):
            self.recorder.rows(self._summary(path, scheme.key, "start", index))

    def _paths(self, method: Any, starts: np.ndarray, scheme: Scheme) -> np.ndarray:
        step, steps = self.settings["step_size"], self.settings["steps"]
        return trajectories(method, starts, step, steps, scheme.updates, scheme.n_critic, self.device)

    def _stops(self) -> Iterator[Row]:
        """Where simultaneous updates end under a penalty that jumps, against its weight."""
        starts = np.array([self.settings["start"]])
        for weight in self.settings["stop_weights"]:
            (path,) = self._paths(changed(self.method, {"weight": weight}), starts, Scheme("simultaneous"))
            yield from self._summary(path, "simultaneous", "weight", weight)

    def _summary(self, path: np.ndarray, key: str, axis: str, at: float) -> Iterator[Row]:
        """What a path is classed by, and its largest slope; infinite from where it is not finite."""
        numbers = (*theory.summary(path), np.abs(path[:, 1]).max())
        names = ("radius_start", "radius_middle", "radius_late", "movement_late", "slope_largest")
        for name, number in zip(names, numbers, strict=True):
            yield self._row(f"{name}_{key}", number if math.isfinite(number) else math.inf, axis, at)
