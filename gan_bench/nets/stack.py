"""S replicas of any module, trained at once: one leading seed axis on parameters, inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from gan_bench import seeds as seeding
from gan_bench.nets.chain import stacked

Factory = Callable[[], nn.Module]
Parameters = Mapping[str, Tensor]

# vmap and a loop use different kernels; they agree to rounding, far inside this.
_PROBE_TOLERANCE = 1e-4


class Stack:
    """Replicas of a module, one per seed, each initialised inside `seeds.forked(seed)`.

    Calling it maps (S, B, ...) to (S, B, ...), by `torch.func.vmap` over the replicas. A module that vmap
    cannot take, or that it computes differently (its own spectral norm, dropout, a recurrent layer), runs
    replica by replica; `fallback` then says why.
    """

    def __init__(
        self,
        factory: Factory,
        seeds: Sequence[int],
        role: str,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.modules: list[nn.Module] = []
        self._random = [seeding.GlobalState(seed, f"init/{role}", device) for seed in seeds]
        for state in self._random:
            with state.active():
                self.modules.append(factory().to(device=device, dtype=dtype).train())
        parameters, self.buffers = stack_module_state(self.modules)
        self.parameters: dict[str, Tensor] = dict(parameters)
        self.fallback = ""
        self._probed = False
        self._chain = stacked(self.modules[0])

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
    def has_batch_statistics(self) -> bool:
        """True where one sample's output depends on the rest of its batch."""
        batch_norm = nn.modules.batchnorm._BatchNorm
        return any(isinstance(module, batch_norm) for module in self.modules[0].modules())

    def __call__(
        self, x: Tensor, parameters: Parameters | None = None, buffers: Parameters | None = None
    ) -> Tensor:
        """Apply every replica to its own slice x[s]; parameters and buffers given replace the stack's own."""
        parameters = {**self.parameters, **(parameters or {})}
        buffers = {**self.buffers, **(buffers or {})}
        if not self._probed:
            self.fallback = self._probe(x.detach())
            self._probed = True
        if self.fallback:
            return self._loop(parameters, buffers, x)
        return self._vectorised(parameters, buffers, x)

    def _vectorised(self, parameters: Parameters, buffers: Parameters, x: Tensor) -> Tensor:
        if self._chain is not None and x.dim() == 3:
            return self._chain(parameters, x)
        return vmap(self._replica, randomness="error")(dict(parameters), dict(buffers), x)

    def _replica(self, parameters: Parameters, buffers: Parameters, x: Tensor) -> Tensor:
        return functional_call(self.modules[0], (dict(parameters), dict(buffers)), (x,))

    def _loop(self, parameters: Parameters, buffers: Parameters, x: Tensor) -> Tensor:
        # unbind once: its backward is one stack, where indexing would add S full-size gradients.
        slices = {name: value.unbind(0) for name, value in {**parameters, **buffers}.items()}
        outputs = []
        for index, module in enumerate(self.modules):
            state = {name: values[index] for name, values in slices.items()}
            with self._random[index].active():  # a dropout layer draws from its own replica's state
                outputs.append(functional_call(module, state, (x[index],)))
        return torch.stack(outputs)

    @torch.no_grad()
    def _probe(self, x: Tensor) -> str:
        """Return why vmap cannot serve this module, or nothing where it computes what a loop computes."""
        # Moved off their start, where a part may not show yet (a last layer of zeros, a net minus its start).
        moved = {n: p * 1.1 + 0.01 if p.requires_grad else p for n, p in self.parameters.items()}
        with self.frozen():
            looped = self._loop(moved, self.buffers, x)
        try:
            with self.frozen():
                mapped = self._vectorised(moved, self.buffers, x)
        except (RuntimeError, ValueError, NotImplementedError) as error:
            return f"vmap refused: {str(error).splitlines()[0]}"
        scale = looped.nan_to_num(0, 0, 0).abs().amax().clamp(min=torch.finfo(looped.dtype).tiny)
        if torch.allclose(looped / scale, mapped / scale, rtol=0, atol=_PROBE_TOLERANCE, equal_nan=True):
            return ""
        return "vmap computed another result than the plain module"
