"""What is measured on stacked critics, one value per seed: scores, slopes, fits, rays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gan_bench.critic import CriticTrainer
from gan_bench.experiments.critic_surface.truth import Truth
from gan_bench.methods.constraints import GradientPenalty, OneSidedPenalty, interpolate
from gan_bench.methods.method import Method
from gan_bench.metrics.gradients import lipschitz_upper, slopes
from gan_bench.nets.calculus import input_gradients
from gan_bench.seeds import Streams

Critic = Callable[[Tensor], Tensor]
Values = dict[str, np.ndarray]


class CriticMeasure:
    """Measures one trainer's critics against the truth of their seeds, on the same points at every call."""

    def __init__(self, trainer: CriticTrainer, truths: list[Truth]) -> None:
        self.trainer, self.truths = trainer, truths
        self.real = self._stacked([truth.real for truth in truths])
        self.fake = self._stacked([truth.fake for truth in truths])
        self.w1 = np.array([truth.w1 for truth in truths])

    def curve(self, draws: int = 1) -> Values:
        """What is followed over training: gap, score, Lipschitz bounds, distance from stationarity.

        draws: interpolates per pair of fresh points.
        """
        critic = self.trainer.scores
        with torch.no_grad():
            gap = numbers(critic(self.real).double().mean(1) - critic(self.fake).double().mean(1))
        found = self._slopes(critic, draws)
        between, largest = numbers(found["between"]), numbers(torch.cat(list(found.values()), 1)).max(1)
        values = {
            "gap": gap,
            "gap_over_w1": gap / self.w1,
            "score": _share(gap, largest * self.w1),
            "lipschitz_lower": largest,
            "mean_slope": between.mean(1),
            "mean_slope_from_one": np.maximum(between, 1).mean(1),
        }
        trained = self.trainer.critic
        upper = lipschitz_upper(trained.modules[0], {**trained.parameters, **self.trainer.effective})
        if upper is not None:
            values |= {"lipschitz_upper": numbers(upper)}
            values |= {"score_at_least": _share(gap, values["lipschitz_upper"] * self.w1)}
        penalty = interpolate_penalty(self.trainer.method)
        if penalty is not None:
            pull = (penalty.excess(found["between"]) * found["between"]).double().mean(1)
            values["stationarity"] = _share(gap - 2 * penalty.weight * numbers(pull), gap)
            cost = penalty.weight * penalty.excess(found["between"]).double().square().mean(1)
            values["objective_over_w1"] = (gap - numbers(cost)) / self.w1
        return values

    @torch.no_grad()
    def surface(self, points: Tensor) -> np.ndarray:
        """Scores (S, p) at points (p, 2), float64."""
        shared = points.to(self.real).expand(len(self.truths), -1, -1).contiguous()
        return numbers(self.trainer.scores(shared))

    def shape(self) -> Values:
        """Affine and quadratic fits, and the correlation with the potential, over the fresh points."""
        points = torch.cat([self.real, self.fake], 1)
        with torch.no_grad():
            scores = numbers(self.trainer.scores(points))
        places = numbers(points)
        correlations = [_correlation(f, *truth.known) for f, truth in zip(scores, self.truths, strict=True)]
        return {
            "affine_r2": np.array([fit_r2(x, f, 1) for x, f in zip(places, scores, strict=True)]),
            "quadratic_r2": np.array([fit_r2(x, f, 2) for x, f in zip(places, scores, strict=True)]),
            "correlation": np.array(correlations),
        }

    def along_rays(self, count: int) -> Values:
        """Mean slope and mean alignment over transport rays, (S, count) each, from real to fake."""
        rays = self._stacked([truth.rays(count) for truth in self.truths])  # (S, count, n, 2)
        gradients = input_gradients(self.trainer.scores, rays.flatten(1, 2)).view_as(rays).double()
        towards = (rays[:, :1] - rays[:, -1:]).double()
        sizes = torch.linalg.vector_norm(gradients, dim=3)
        cosines = torch.nn.functional.cosine_similarity(gradients, towards.expand_as(gradients), dim=3)
        return {"ray_slope": numbers(sizes.mean(2)), "ray_alignment": numbers(cosines.mean(2))}

    def _slopes(self, critic: Critic, draws: int) -> dict[str, Tensor]:
        """Slopes (S, n) at fresh real and fake points, (S, draws n) at interpolates of them."""
        mine = self.trainer.streams
        streams = Streams(mine.seeds, device=mine.device, dtype=mine.dtype, prefix="evaluation/")
        found = {"real": slopes(critic, self.real), "fake": slopes(critic, self.fake)}
        # Every draw pairs the points anew.
        between = [interpolate(self.real, self.fake.roll(k, 1), streams) for k in range(draws)]
        found["between"] = torch.cat([slopes(critic, points) for points in between], 1)
        return found

    def _stacked(self, arrays: list[np.ndarray]) -> Tensor:
        streams = self.trainer.streams
        return torch.from_numpy(np.stack(arrays)).to(device=streams.device, dtype=streams.dtype)


def interpolate_penalty(method: Method) -> GradientPenalty | None:
    """Return the penalty of slopes at interpolates, one- or two-sided, or None."""
    # Not isinstance: DRAGAN derives from it, but has its points elsewhere.
    found = (c for c in method.constraints if type(c) in (GradientPenalty, OneSidedPenalty))
    return next((c for c in found if isinstance(c, GradientPenalty)), None)


def fit_r2(points: np.ndarray, values: np.ndarray, degree: int) -> float:
    """R^2 in [0, 1] of the best fit of values (n,) by a plane (degree 1) or a quadratic (2) in points (n, 2).

    1 for values that do not vary: a plane fits them exactly. NaN for values that are not finite.
    """
    if not np.isfinite(values).all():
        return float("nan")
    x, y = points.T
    columns = [np.ones_like(x), x, y]
    if degree == 2:
        columns += [x * x, x * y, y * y]
    spread = values - values.mean()
    total = float(spread @ spread)
    if total == 0:
        return 1.0
    basis = np.stack(columns, 1)
    rest = spread - basis @ np.linalg.lstsq(basis, spread, rcond=None)[0]
    return float(np.clip(1 - rest @ rest / total, 0, 1))


def numbers(tensor: Tensor) -> np.ndarray:
    """A tensor as float64 numpy."""
    array: np.ndarray = tensor.detach().cpu().double().numpy()
    return array


def _correlation(scores: np.ndarray, potential: np.ndarray, known: np.ndarray) -> float:
    """Pearson correlation where the potential is known; NaN where it is not defined."""
    f, phi = scores[known], potential[known]
    if len(f) < 3 or not np.isfinite(f).all() or np.ptp(f) == 0 or np.ptp(phi) == 0:
        return float("nan")
    return float(np.corrcoef(f, phi)[0, 1])


def _share(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Ratio (S,), NaN where the denominator is 0."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below != 0)
