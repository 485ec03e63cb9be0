"""S replicas of any module, trained at once: one leading seed axis on parameters, inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from gan_bench import seeds as seeding
from gan_bench.nets.chain import stacked
from gan_bench.nets.piecewise import piecewise

Factory = Callable[[], nn.Module]
Parameters = Mapping[str, Tensor]
Inputs = tuple[Tensor, ...]  # samples and, where given, labels

# vmap and a loop use different kernels; they agree to rounding, far inside this.
_PROBE_TOLERANCE = 1e-4


def couples_samples(module: nn.Module) -> bool:
    """True where a module has batch norm: its output for one sample depends on the rest of the batch."""
    return any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in module.modules())


class Stack:
    """Replicas of a module, one per seed, each initialised inside `seeds.forked(seed)`.

    Calling it maps (S, B, ...) to (S, B, ...), by `torch.func.vmap` over the replicas; labels (S, B), where
    given, are each replica's second argument. A module that vmap cannot take, or that it computes differently
    (its own spectral norm, dropout, a recurrent layer), runs replica by replica; `fallback` then says why.
    """

    def __init__(
        self,
        factory: Factory,
        seeds: Sequence[int],
        role: str,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        channels_last: bool = False,
    ) -> None:
        """channels_last: images lie in memory pixel by pixel, which replicas side by side cannot have."""
        self.modules: list[nn.Module] = []
        self._random = [seeding.GlobalState(seed, f"init/{role}", device) for seed in seeds]
        for state in self._random:
            with state.active():
                self.modules.append(factory().to(device=device, dtype=dtype).train())
        parameters, self.buffers = stack_module_state(self.modules)
        self.parameters: dict[str, Tensor] = dict(parameters)
        self._chain, self._dtype, self._channels_last = stacked(self.modules[0]), dtype, channels_last
        # One replica has nothing to be side by side with: vmap took 8 % of a step of convolutions.
        alone = len(self.modules) == 1 and self._chain is None
        self.fallback = "channels-last" if channels_last else "one replica" if alone else ""
        self._probed = bool(self.fallback)
        self.piecewise = piecewise(self.modules[0])
        self._growing: list[Any] = [module for module in self.modules if hasattr(module, "grow")]
        # False where replicas are known to draw nothing when they are applied: random states are left alone.
        self.draws = True
        self._start = [dict(state.state) for state in self._random]

    @property
    def trainable(self) -> dict[str, Tensor]:
        """The parameters that an optimiser may move, each (S, ...)."""
        return {name: value for name, value in self.parameters.items() if value.requires_grad}

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Restore buffers and random states after the block: looking at a stack must not change it."""
        states = [dict(random.state) for random in self._random]
        buffers = {name: value.clone() for name, value in self.buffers.items()}
        try:
            yield
        finally:
            for random, state in zip(self._random, states, strict=True):
                random.state = state
            with torch.no_grad():
                for name, value in buffers.items():
                    self.buffers[name].copy_(value)

    @property
    def drew(self) -> bool:
        """Whether a replica has drawn random numbers while it was applied, a dropout layer for instance."""
        return not all(now.same(then) for now, then in zip(self._random, self._start, strict=True))

    @property
    def has_batch_statistics(self) -> bool:
        """True where one sample's output depends on the rest of its batch."""
        return couples_samples(self.modules[0])

    @property
    def grows(self) -> bool:
        """Whether modules change while training."""
        return bool(self._growing)

    def grow(self, progress: float) -> None:
        """Set how far progressive modules have grown, from 0 to 1; others stay as they are."""
        for module in self._growing:
            module.grow(progress)

    def __call__(
        self,
        x: Tensor,
        parameters: Parameters | None = None,
        buffers: Parameters | None = None,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Apply every replica to its own slice x[s]; parameters and buffers given replace the stack's own."""
        inputs = (x,) if labels is None else (x, labels)
        parameters = {**self.parameters, **(parameters or {})}
        buffers = {**self.buffers, **(buffers or {})}
        if not self._probed:
            self.fallback = self._probe(tuple(value.detach() for value in inputs))
            self._probed = True
        if self.fallback:
            return self._loop(parameters, buffers, inputs)
        return self._vectorised(parameters, buffers, inputs)

    def _vectorised(self, parameters: Parameters, buffers: Parameters, inputs: Inputs) -> Tensor:
        if self._chain is not None and len(inputs) == 1 and inputs[0].dim() == 3:
            return self._chain(parameters, inputs[0])
        return vmap(self._replica, randomness="error")(dict(parameters), dict(buffers), inputs)

    def _replica(self, parameters: Parameters, buffers: Parameters, inputs: Inputs) -> Tensor:
        return functional_call(self.modules[0], (dict(parameters), dict(buffers)), inputs)

    def _loop(self, parameters: Parameters, buffers: Parameters, inputs: Inputs) -> Tensor:
        # unbind once: its backward is one stack, where indexing would add S full-size gradients.
        slices = {name: value.unbind(0) for name, value in {**parameters, **buffers}.items()}
        outputs = []
        for index, module in enumerate(self.modules):
            state = {name: values[index] for name, values in slices.items()}
            own = tuple(self._laid_out(value[index]) for value in inputs)
            # A dropout layer draws from its own replica's state.
            with self._random[index].active() if self.draws else nullcontext():
                outputs.append(functional_call(module, state, own))
        return torch.stack(outputs)

    def _laid_out(self, x: Tensor) -> Tensor:
        images = self._channels_last and x.dim() == 4
        return x.contiguous(memory_format=torch.channels_last) if images else x

    @torch.no_grad()
    def _probe(self, inputs: Inputs) -> str:
        """Return why vmap cannot serve this module, or nothing where it computes what a loop computes."""
        # In the stack's own precision: of what mixed precision rounds, vmap and a loop may round other parts.
        with torch.autocast(inputs[0].device.type, enabled=False):
            return self._compare((inputs[0].to(self._dtype), *inputs[1:]))

    def _compare(self, inputs: Inputs) -> str:
        # Moved off their start, where a part may not show yet (a last layer of zeros, a net minus its start).
        moved = {n: p * 1.1 + 0.01 if p.requires_grad else p for n, p in self.parameters.items()}
        with self.frozen():
            looped = self._loop(moved, self.buffers, inputs)
        try:
            with self.frozen():
                mapped = self._vectorised(moved, self.buffers, inputs)
        except (RuntimeError, ValueError, NotImplementedError) as error:
            return f"vmap refused: {str(error).splitlines()[0]}"
        scale = looped.nan_to_num(0, 0, 0).abs().amax().clamp(min=torch.finfo(looped.dtype).tiny)
        if torch.allclose(looped / scale, mapped / scale, rtol=0, atol=_PROBE_TOLERANCE, equal_nan=True):
            return ""
        return "vmap computed another result than the plain module"
