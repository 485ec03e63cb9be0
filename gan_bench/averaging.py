"""The average of a player over training: what is evaluated where a method asks for it."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_bench.nets.stack import Stack


class Average:
    """Exponential moving average of a stack's trainable parameters and floating-point buffers.

    After each step, average = decay * average + (1 - decay) * value (Yazici et al. 2019), from the value
    before training. Other buffers, such as counters, are the stack's own. Calling it maps samples, with
    labels where given, as the stack does, with the averages in place of the values.
    """

    def __init__(self, stack: Stack, decay: float) -> None:
        self.stack, self.decay = stack, decay
        self.parameters = {name: value.detach().clone() for name, value in stack.trainable.items()}
        self.buffers = {n: value.clone() for n, value in stack.buffers.items() if value.is_floating_point()}

    @torch.no_grad()
    def update(self) -> None:
        """Take in the stack's present values."""
        for averages, values in ((self.parameters, self.stack.trainable), (self.buffers, self.stack.buffers)):
            for name, average in averages.items():
                average.lerp_(values[name], 1 - self.decay)

    def __call__(self, x: Tensor, *, labels: Tensor | None = None) -> Tensor:
        # Clones, because batch norm writes its running statistics into the buffers that it is given.
        buffers = {name: value.clone() for name, value in self.buffers.items()}
        return self.stack(x, self.parameters, buffers, labels)
