"""What a settled critic says: gap, JS bound, slopes, and the gradient that it hands to a generator."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_bench.critic import CriticTrainer
from gan_bench.experiments.divergence_sweep.exact import spread_latents
from gan_bench.experiments.divergence_sweep.pairs import Family, stacked_push
from gan_bench.methods.constraints import GradientPenalty, interpolate
from gan_bench.methods.method import Method
from gan_bench.metrics import gradients
from gan_bench.metrics.divergence import js_from_scores
from gan_bench.seeds import Streams


def measures_gap(method: Method) -> bool:
    """True where the critic's loss is minus its gap, E fake - E real, so that the gap is its estimate of W1.

    Asked of the loss itself, on scores without symmetry: a user's objective counts as well.
    """
    real, fake = torch.tensor([[3.0, -1.0, 0.5, 0.0]]), torch.tensor([[0.25, 2.0, -4.0, 1.0]])
    loss = method.objective.critic_loss(real, fake)
    gap = fake.mean(1) - real.mean(1)
    return method.copies == 1 and bool(torch.allclose(loss, gap, rtol=1e-5, atol=1e-6))


def penalty_of(method: Method) -> GradientPenalty | None:
    """Return the penalty on slopes at interpolates, two- or one-sided; None for others, such as DRAGAN's."""
    for constraint in method.constraints:
        if isinstance(constraint, GradientPenalty) and _at_interpolates(constraint):
            return constraint
    return None


def _at_interpolates(constraint: GradientPenalty) -> bool:
    """Whether points and penalty are those of the paper: a subclass may put others in their place."""
    kind = type(constraint)
    return kind.points is GradientPenalty.points and kind.penalty is GradientPenalty.penalty


def measurements(trainer: CriticTrainer, family: Family, places: list[float], n: int) -> dict[str, Tensor]:
    """Metric -> values (places, seeds) in float64, of all that this method's critic can be asked."""
    probe = _Probe(trainer, family, places, n)
    seeds = len(trainer.streams.seeds) // len(places)
    made = {**probe.distances(), **probe.slopes(), "pull": probe.pull()}
    if "critic_gap" in made and penalty_of(trainer.method):
        made["stationarity"] = probe.stationarity(made["critic_gap"])
    return {name: value.detach().double().cpu().view(len(places), seeds) for name, value in made.items()}


class _Probe:
    """Held-out samples of every place and seed, and the critics as they stand.

    paired: both halves are images of the same latents, spread evenly; mean scores estimate what they did, but
    what the draws have in common drops out of differences. real and fake: independent, as in training.
    """

    def __init__(self, trainer: CriticTrainer, family: Family, places: list[float], n: int) -> None:
        self.trainer, self.family, self.method = trainer, family, trainer.method
        streams = trainer.streams
        self.streams = Streams(
            streams.seeds, device=streams.device, dtype=streams.dtype, prefix="evaluation/"
        )
        self.pairs = [family.at(at) for at in places]
        spread = self.streams.once(
            "paired", n, lambda size, source: spread_latents(size, source, streams.dtype)
        )
        self.paired = self._push(spread, spread)
        self.real, self.fake = self._push(*(self._latents(part, n) for part in ("real", "fake")))

    def _latents(self, part: str, n: int) -> Tensor:
        def draw(size: int, source: torch.Generator) -> Tensor:
            return torch.randn(size, 2, generator=source, dtype=self.streams.dtype, device=source.device)

        return self.streams.once(part, n, draw)

    def _push(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        halves = ([pair.p for pair in self.pairs], real), ([pair.q for pair in self.pairs], fake)
        return stacked_push(*halves[0]), stacked_push(*halves[1])

    @torch.no_grad()
    def distances(self) -> dict[str, Tensor]:
        """Exact W1 beside what the critic's scores estimate, if they estimate anything; (R,) each."""
        exact = torch.tensor([pair.w1 for pair in self.pairs], dtype=torch.float64)
        values = {"w1_exact": exact.repeat_interleave(len(self.fake) // len(self.pairs))}
        if measures_gap(self.method):
            shown = self.method.inputs(*self.paired, self.streams)
            on_real, on_fake = self.trainer.score_both(self.trainer.scores, *shown)
            values["critic_gap"] = (on_real - on_fake).double().mean(1)
        if self.method.estimates_js:
            shown = self.method.inputs(self.real, self.fake, self.streams)
            values["js_scores"] = js_from_scores(*self.trainer.score_both(self.trainer.scores, *shown))
        return values

    def slopes(self) -> dict[str, Tensor]:
        """Bounds of the critic's Lipschitz constant, and its mean slope at interpolates."""
        slopes = [gradients.slopes(self.trainer.scores, x) for x in self._shown()]
        values = {
            "lipschitz_lower": torch.cat(slopes, 1).amax(1),
            "input_gradient_interpolate": slopes[2].mean(1),
        }
        critic = self.trainer.critic
        parameters = {**critic.parameters, **self.trainer.effective}
        upper = gradients.lipschitz_upper(critic.modules[0], parameters)
        return values if upper is None else {**values, "lipschitz_upper": upper}

    def stationarity(self, gap: Tensor) -> Tensor:
        """T - 2 lambda E[excess slope x slope], (R,), in units of the gap T.

        The derivative of the critic's objective T - lambda E[excess^2] along its own scale: 0 once settled.
        """
        penalty = penalty_of(self.method)
        if penalty is None:
            raise ValueError("stationarity is defined for penalised critics")
        slope = gradients.slopes(self.trainer.scores, self._shown()[2]).double()
        return gap - 2 * penalty.weight * (penalty.excess(slope) * slope).mean(1)

    def pull(self) -> Tensor:
        """Derivative of the generator's loss as all its samples move with the sweep, (R,)."""
        shift = torch.zeros(len(self.fake), 1, 1, dtype=self.fake.dtype, device=self.fake.device)
        shift.requires_grad_()
        moved = self.fake + shift * self.family.velocity(self.fake)
        real, fake = self.method.inputs(self.real, moved, self.streams)
        objective = self.method.objective
        if getattr(objective, "generator_sees_real", False):
            real_scores, fake_scores = self.trainer.score_both(self.trainer.scores, real, fake)
            loss = objective.generator_loss(fake_scores, real_scores)
        else:
            loss = objective.generator_loss(self.trainer.scores(fake))
        (gradient,) = torch.autograd.grad(loss.sum(), shift)
        return gradient.view(-1)

    def _shown(self) -> tuple[Tensor, Tensor, Tensor]:
        """Real, fake and interpolated points as the critic is shown them, the same at every call."""
        streams = Streams(
            self.streams.seeds,
            device=self.streams.device,
            dtype=self.streams.dtype,
            prefix="evaluation/slopes/",
        )
        real, fake = self.method.inputs(self.real, self.fake, streams)
        return real, fake, interpolate(real, fake, streams)
