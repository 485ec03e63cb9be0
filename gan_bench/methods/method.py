"""A method: an objective, constraints on the critic, two optimisers, and how often each player moves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.methods.constraints import Constraint, Parameters, State
from gan_bench.methods.objectives import Objective
from gan_bench.methods.optimisers import Adam, Optimiser
from gan_bench.seeds import Streams

Updates = Literal["alternating", "simultaneous", "extragradient", "consensus"]


@dataclass(frozen=True)
class Method:
    """A row of the table of presets, or a free combination.

    n_critic is the number of critic steps per generator step. critic_warm_up is the schedule of the WGAN
    authors' code: 100 critic steps for each of the first 25 generator steps and every 500th.
    updates: see gan_bench.updates; consensus_gamma weighs the pull of consensus updates. generator_average is
    the decay per generator step of the average that is evaluated instead of the generator; 0 = none.
    conditional: generator and critic are told the class of each sample. grows: networks start at a low
    resolution and grow while training (Karras et al. 2018). Both concern images only. source names the paper;
    ours names the settings that are not the paper's.
    """

    name: str
    objective: Objective
    constraints: tuple[Constraint, ...] = ()
    critic_optimiser: Optimiser = field(default_factory=lambda: Adam(2e-4))
    generator_optimiser: Optimiser = field(default_factory=lambda: Adam(2e-4))
    n_critic: int = 1
    updates: Updates = "alternating"
    critic_warm_up: bool = False
    source: str = ""
    ours: str = ""
    consensus_gamma: float = 10.0
    generator_average: float = 0.0
    conditional: bool = False
    grows: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "constraints", tuple(self.constraints))
        self._check_parts()
        if isinstance(self.n_critic, bool) or not isinstance(self.n_critic, int) or self.n_critic < 1:
            raise UsageError(
                f'method "{self.name}": n_critic must be a whole number from 1, not {self.n_critic!r}'
            )
        for name in ("conditional", "grows"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(
                    f'method "{self.name}": {name} must be true or false, not {getattr(self, name)!r}'
                )
        if self.conditional and self.copies > 1:
            raise UsageError(f'method "{self.name}": samples of a pack have no class in common')
        self._check_updates()

    def _check_updates(self) -> None:
        where, known = f'method "{self.name}"', get_args(Updates)
        if self.updates not in known:
            named = ", ".join(f'"{updates}"' for updates in known)
            raise UsageError(f"{where}: updates must be one of {named}, not {self.updates!r}")
        if self.updates != "alternating" and (self.n_critic > 1 or self.critic_warm_up):
            raise UsageError(f"{where}: {self.updates} updates need n_critic = 1 and no warm-up")
        for name, wanted, most in (
            ("consensus_gamma", "number from 0", math.inf),
            ("generator_average", "decay in [0, 1)", 1.0),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < most:
                raise UsageError(f"{where}: {name} must be a {wanted}, not {value!r}")

    def _check_parts(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise UsageError(f"a method needs a name, not {self.name!r}")
        losses = [getattr(self.objective, f"{player}_loss", None) for player in ("critic", "generator")]
        if isinstance(self.objective, type) or not all(map(callable, losses)):
            raise UsageError(
                f'method "{self.name}": the objective must be an object with critic_loss and generator_loss, '
                f"not {self.objective!r}"
            )

    @property
    def copies(self) -> int:
        """How many samples the critic sees as one input."""
        return math.prod(constraint.copies for constraint in self.constraints)

    @property
    def penalises(self) -> bool:
        """True where a constraint adds a penalty to the critic's loss."""
        return not self.penalises_slopes_only or any(
            type(c).points is not Constraint.points for c in self.constraints
        )

    @property
    def penalises_slopes_only(self) -> bool:
        """True where each penalty, if there is any, is a cost of the critic's slopes at points it names."""
        return all(type(c).penalty is Constraint.penalty for c in self.constraints)

    @property
    def estimates_js(self) -> bool:
        """True where held-out scores bound the Jensen-Shannon divergence from below.

        A conditional critic's bound that of samples with their classes, which is larger than the samples'.
        """
        of_samples = self.copies == 1 and not self.conditional
        return bool(getattr(self.objective, "estimates_js", False)) and of_samples

    def critic_steps(self, step: int) -> int:
        """Critic steps before generator step `step` (from 0)."""
        return 100 if self.critic_warm_up and (step < 25 or step % 500 == 0) else self.n_critic

    def constraint(self, kind: type[Constraint]) -> Constraint | None:
        """Return the constraint of this kind, or None."""
        return next((c for c in self.constraints if isinstance(c, kind)), None)

    # The hooks of all constraints, in order.

    def inputs(self, real: Tensor, fake: Tensor, streams: Streams) -> tuple[Tensor, Tensor]:
        """What the critic is shown instead of real and fake samples, each (S, B, *shape)."""
        for constraint in self.constraints:
            real, fake = constraint.inputs(real, fake, streams)
        return real, fake

    def penalty(
        self, critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, streams: Streams
    ) -> Tensor | None:
        """Sum of all penalties, (S,), or None where no constraint has one."""
        terms = [c.penalty(critic, real=real, fake=fake, streams=streams) for c in self.constraints]
        present = [term for term in terms if term is not None]
        return sum(present[1:], present[0]) if present else None

    def points(self, real: Tensor, fake: Tensor, streams: Streams) -> tuple[list[Constraint], list[Tensor]]:
        """The constraints that look at the critic's slopes, and where each does, (S, B', *shape)."""
        named = [(c, c.points(real, fake, streams)) for c in self.constraints]
        found = [(c, points) for c, points in named if points is not None]
        return [c for c, _ in found], [points for _, points in found]

    def start(self, parameters: Parameters) -> None:
        """Adjust the critic's initial parameters in place."""
        for constraint in self.constraints:
            constraint.start(parameters)

    def project(self, parameters: Parameters) -> None:
        """Adjust the critic's parameters in place after a critic step."""
        for constraint in self.constraints:
            constraint.project(parameters)

    def init_state(self, parameters: Parameters) -> list[State]:
        """One state per constraint."""
        return [constraint.init_state(parameters) for constraint in self.constraints]

    def advance(self, parameters: Parameters, states: list[State]) -> list[State]:
        """The states after a critic step."""
        return [c.advance(parameters, state) for c, state in zip(self.constraints, states, strict=True)]

    def reparametrise(self, parameters: Parameters, states: list[State]) -> Parameters:
        """The parameters that the critic is evaluated with."""
        for constraint, state in zip(self.constraints, states, strict=True):
            parameters = constraint.reparametrise(parameters, state)
        return parameters

    def describe(self) -> dict[str, Any]:
        """Return plain JSON data that says everything about the method."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain["objective"] = describe(self.objective)
        plain["constraints"] = [describe(constraint) for constraint in self.constraints]
        plain["critic_optimiser"] = describe(self.critic_optimiser)
        plain["generator_optimiser"] = describe(self.generator_optimiser)
        return plain


def describe(part: object) -> dict[str, Any]:
    """Return the class name of an objective, constraint or optimiser, and its fields."""
    described: dict[str, Any] = {"kind": type(part).__name__}
    if dataclasses.is_dataclass(part):
        for f in dataclasses.fields(part):
            value = getattr(part, f.name)
            described[f.name] = list(value) if isinstance(value, tuple) else value
    return described
