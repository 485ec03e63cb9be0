"""One job: all seeds of one method on one data set, their games looked at while they train."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from gan_bench import seeds as seeding
from gan_bench.data.toy import build_dataset
from gan_bench.experiments.game_spectrum.game import Game, rates
from gan_bench.experiments.game_spectrum.measures import DESCRIPTORS
from gan_bench.experiments.game_spectrum.spectrum import Ends, ends
from gan_bench.experiments.measurement import build_trainer, record_execution, snapshot_steps
from gan_bench.experiments.training.networks import networks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.train import Snapshot, Trainer


def run(job: Job, recorder: Recorder) -> None:
    """Train the pair and record spectra at log-spaced steps, the path at the end."""
    settings = job.settings
    method, dataset = build_method(settings["method_spec"]), build_dataset(settings["dataset"])
    nets = networks(settings, dataset, method.copies)
    trainer = build_trainer(method, dataset, nets, job.seeds, {**settings, "dtype": "float64"})
    games = [Game(method, dataset, nets, settings, seed) for seed in job.seeds]
    _Watch(job, recorder, trainer, games).run()


class _Watch:
    """Looks at every seed's game at every snapshot and reports it."""

    def __init__(self, job: Job, recorder: Recorder, trainer: Trainer, games: list[Game]) -> None:
        self.job, self.settings, self.recorder, self.trainer = job, job.settings, recorder, trainer
        self.games = dict(zip(job.seeds, games, strict=True))
        self.starts: dict[int, tuple[Tensor, float]] = {}  # seed -> its parameters and |v| before training
        self.diverged: set[int] = set()
        self.unfinished: list[str] = []
        count = self.settings["eigenvalues"]
        # (seeds, flow or step, real or imaginary end, rank, real and imaginary part) at the last step.
        self.last = np.full((len(games), 2, 2, count, 2), np.nan)

    def run(self) -> None:
        self.recorder.describe(DESCRIPTORS.values())
        self.trainer.run(snapshot_steps(self.settings["steps"], self.settings["snapshots"]), self._take)
        for seed in self._healthy():
            self.recorder.rows(self._path(seed))
        self.recorder.samples("eigenvalues", self.last)
        record_execution(self.trainer, self.recorder)
        self.recorder.fact("parameters of both players", int(next(iter(self.games.values())).point.numel()))
        self.recorder.fact("searches that gave up", "; ".join(self.unfinished) or "none")

    def _healthy(self) -> list[int]:
        return [seed for seed in self.job.seeds if seed not in self.diverged]

    def _take(self, snapshot: Snapshot) -> None:
        for seed, step in zip(self.job.seeds, snapshot.first_bad.tolist(), strict=True):
            if step >= 0:
                self._diverge(seed, step, f"a loss or parameter was not finite at step {step}")
        for index, seed in enumerate(self.job.seeds):
            if seed not in self.diverged:
                self.recorder.rows(self._looked(snapshot, index, seed))
        rate = snapshot.step * len(self.job.seeds) / snapshot.seconds if snapshot.seconds else 0.0
        self.recorder.progress(snapshot.step, self.settings["steps"], rate)

    def _diverge(self, seed: int, step: int, message: str) -> None:
        if seed not in self.diverged:
            self.diverged.add(seed)
            self.recorder.status(seed, SeedStatus(Status.DIVERGED, step, message))

    def _looked(self, snapshot: Snapshot, index: int, seed: int) -> list[Row]:
        """Rows of one seed at one snapshot; none where its field is not finite."""
        game, step, seconds = self.games[seed], snapshot.step, snapshot.seconds
        game.copy(self.trainer, index)
        field = game.field(create_graph=True)
        size = float(field.detach().norm())
        if not np.isfinite(size):
            self._diverge(seed, step, f"a gradient on the fixed batch was not finite at step {step}")
            return []
        _, first = self.starts.setdefault(seed, (game.point.clone(), size))
        rows = [Row(seed, step, "field_norm", size, seconds)]
        rows += [Row(seed, step, "field_ratio", size / first, seconds)] * (first > 0)
        scales = [None, rates(self.trainer, index)] if self.settings["preconditioned"] else [None]
        for view, scale in enumerate(scales):
            if view == 0 or scale is not None:
                found = self._ends(game, field, scale, seed)
                self._keep(found, index, view, seed, step)
                rows += [
                    Row(seed, step, metric, value, seconds, "view", view) for metric, value in _values(found)
                ]
        return rows

    def _ends(self, game: Game, field: Tensor, scale: Tensor | None, seed: int) -> Ends:
        source = np.random.default_rng(seeding.derive(seed, "spectrum/start"))
        return ends(
            game.product(field, scale),
            field.numel(),
            source,
            count=self.settings["eigenvalues"],
            tolerance=self.settings["tolerance"],
            products=self.settings["products"],
        )

    def _keep(self, found: Ends, index: int, view: int, seed: int, step: int) -> None:
        if found.problem:
            self.unfinished.append(f"seed {seed}, step {step}, {('flow', 'step')[view]}: {found.problem}")
        if step == self.settings["steps"]:
            for end, values in enumerate((found.real, found.imaginary)):
                self.last[index, view, end, : len(values)] = np.stack([values.real, values.imag], 1)

    def _path(self, seed: int) -> Iterator[Row]:
        """From the start to the end: the field's size, and its cosine with the direction."""
        game, step = self.games[seed], self.settings["steps"]
        (start, first), end = self.starts[seed], game.point.clone()
        direction = end - start
        for share in np.linspace(0.0, self.settings["path_end"], self.settings["path_points"]):
            game.place(start + float(share) * direction)
            field = game.field()
            size, length = float(field.norm()), float(direction.norm())
            if np.isfinite(size) and first > 0:
                yield Row(seed, step, "path_ratio", size / first, 0.0, "path", share)
            if np.isfinite(size) and size * length > 0:
                cosine = float(field @ direction) / (size * length)
                yield Row(seed, step, "path_cosine", cosine, 0.0, "path", share)


def _values(found: Ends) -> Iterator[tuple[str, float]]:
    """Metric and value: the leading eigenvalue of each end, and how many ends were not found."""
    if len(found.real):
        yield "largest_real", float(found.real[0].real)
        yield "largest_real_turn", float(found.real[0].imag)
    if len(found.imaginary):
        yield "largest_imaginary", float(found.imaginary[0].imag)
        yield "largest_imaginary_growth", float(found.imaginary[0].real)
    yield "ends_not_found", float((not len(found.real)) + (not len(found.imaginary)))
    yield "products", float(found.products)
