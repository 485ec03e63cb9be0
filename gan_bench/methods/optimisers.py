"""Optimisers as data. All are element-wise, so that stacked seeds stay independent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.methods.constraints import require_positive


@dataclass(frozen=True)
class Optimiser:
    """What the optimisers share: a learning rate."""

    learning_rate: float

    def __post_init__(self) -> None:
        require_positive(self, learning_rate=self.learning_rate)

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return torch's optimiser over the parameters."""
        raise TypeError(f"{type(self).__name__} has no build method")


@dataclass(frozen=True)
class Adam(Optimiser):
    """Adam (Kingma & Ba 2015) with torch's epsilon of 1e-8."""

    betas: tuple[float, float] = (0.5, 0.999)

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.betas
        if not isinstance(given, list | tuple) or len(given) != 2 or not all(map(_is_decay, given)):
            raise UsageError(f"Adam: betas must be two numbers in [0, 1), not {given!r}")
        object.__setattr__(self, "betas", tuple(given))

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        values, on_gpu = _placed(parameters)
        return torch.optim.Adam(values, self.learning_rate, self.betas, fused=True, capturable=on_gpu)


def _placed(parameters: Iterable[Tensor]) -> tuple[list[Tensor], bool]:
    """The parameters, and whether they are on a GPU, where a CUDA graph may hold the optimiser's step."""
    values = list(parameters)
    return values, any(value.is_cuda for value in values)


def _is_decay(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1


@dataclass(frozen=True)
class RMSProp(Optimiser):
    """RMSProp with torch's epsilon of 1e-8, no momentum."""

    alpha: float = 0.99

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        values, on_gpu = _placed(parameters)
        return torch.optim.RMSprop(values, self.learning_rate, self.alpha, foreach=True, capturable=on_gpu)


@dataclass(frozen=True)
class SGD(Optimiser):
    """Plain stochastic gradient descent, no momentum."""

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, self.learning_rate)


OPTIMISERS: dict[str, type[Optimiser]] = {"adam": Adam, "rmsprop": RMSProp, "sgd": SGD}
