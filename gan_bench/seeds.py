"""Random streams: one generator per seed and purpose, so that seeds never share a draw.

Seed 5 draws the same numbers whatever block of seeds it sits in, and its data do not depend on the
method: comparisons between methods are paired.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

# Steps drawn at once: per-seed generators then cost the inner loop nothing. A multiple of 16, because torch
# fills normals in blocks of 16 and would otherwise give other numbers than step-by-step draws.
CHUNK = 64

Draw = Callable[[int, torch.Generator], Tensor]


def derive(seed: int, purpose: str) -> int:
    """Hash a seed and a purpose to an integer in [0, 2^63), the start of one generator."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, purpose: str, device: str | torch.device = "cpu") -> torch.Generator:
    """Return a fresh generator for one seed and purpose."""
    return torch.Generator(device).manual_seed(derive(seed, purpose))


class GlobalState:
    """What one replica sees of torch's global generators, which ordinary modules draw from.

    The only place that touches them: a module initialises itself, and a dropout layer draws, inside `active`.
    """

    def __init__(self, seed: int, purpose: str, device: str | torch.device = "cpu") -> None:
        self._device = torch.device(device)
        self.state = {"cpu": generator(seed, purpose).get_state()}
        if self._device.type == "cuda":
            self.state["cuda"] = generator(seed, purpose, self._device).get_state()

    def same(self, state: Mapping[str, Tensor]) -> bool:
        """Whether nothing has been drawn since the state was this one."""
        return all(torch.equal(self.state[name], value) for name, value in state.items())

    @contextmanager
    def active(self) -> Iterator[None]:
        """Draw from this replica's state inside the block; the state goes on, the global one is restored."""
        cuda = self._device.type == "cuda"
        with torch.random.fork_rng(devices=[self._device] if cuda else []):
            torch.random.set_rng_state(self.state["cpu"])
            if cuda:
                torch.cuda.set_rng_state(self.state["cuda"], self._device)
            yield
            self.state = {"cpu": torch.random.get_rng_state()}
            if cuda:
                self.state["cuda"] = torch.cuda.get_rng_state(self._device)


@contextmanager
def forked(seed: int, purpose: str) -> Iterator[None]:
    """Seed torch's global generators inside the block and restore them afterwards."""
    with GlobalState(seed, purpose).active():
        yield


class Streams:
    """Draws stacked over seeds, (S, ...), each seed from its own generator per purpose."""

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        prefix: str = "",
    ) -> None:
        """prefix, before every purpose, makes streams that share no draw with those of another prefix."""
        self.prefix = prefix
        self.seeds = tuple(seeds)
        self.device = torch.device(device)
        self.dtype = dtype
        self._generators: dict[str, list[torch.Generator]] = {}
        self._chunks: dict[tuple[str, str, tuple[int, ...]], Iterator[Tensor]] = {}
        self._serve: Callable[[Iterator[Tensor]], Tensor] = next

    def normal(self, purpose: str, shape: Sequence[int]) -> Tensor:
        """Standard normals (S, *shape)."""
        return self._next("normal", purpose, shape, lambda n, source: self._randn((n, *shape[1:]), source))

    def uniform(self, purpose: str, shape: Sequence[int]) -> Tensor:
        """Uniforms on [0, 1), (S, *shape)."""
        return self._next("uniform", purpose, shape, lambda n, source: self._rand((n, *shape[1:]), source))

    def batch(self, purpose: str, size: int, draw: Draw) -> Tensor:
        """Return (S, size, ...) items from draw(n, generator) -> (n, ...), one call per seed and chunk."""
        return self._next("batch", purpose, (size,), draw)

    def once(self, purpose: str, size: int, draw: Draw) -> Tensor:
        """Return (S, size, ...) from generators that start anew: the same numbers at every call."""
        sources = self._sources(purpose)
        return torch.stack([draw(size, source) for source in sources])

    @contextmanager
    def serving(self, serve: Callable[[Iterator[Tensor]], Tensor]) -> Iterator[None]:
        """Inside the block, every draw of a step is what `serve` makes of the stream that it comes from."""
        before, self._serve = self._serve, serve
        try:
            yield
        finally:
            self._serve = before

    def _next(self, kind: str, purpose: str, shape: Sequence[int], draw: Draw) -> Tensor:
        key = (kind, purpose, tuple(shape))
        if key not in self._chunks:
            self._chunks[key] = self._steps(purpose, shape[0], draw)
        return self._serve(self._chunks[key])

    def _steps(self, purpose: str, size: int, draw: Draw) -> Iterator[Tensor]:
        """Yield one step's draw after another; a chunk of CHUNK steps is drawn at once, per seed."""
        if purpose not in self._generators:
            self._generators[purpose] = self._sources(purpose)
        sources = self._generators[purpose]
        while True:
            drawn = torch.stack([draw(CHUNK * size, source) for source in sources])
            # Steps first and contiguous, so that each step is a view that kernels read in order.
            steps = drawn.unflatten(1, (CHUNK, size)).transpose(0, 1).contiguous()
            yield from steps.unbind(0)

    def _sources(self, purpose: str) -> list[torch.Generator]:
        return [generator(seed, self.prefix + purpose, self.device) for seed in self.seeds]

    def _randn(self, shape: Sequence[int], source: torch.Generator) -> Tensor:
        return torch.randn(tuple(shape), generator=source, dtype=self.dtype, device=self.device)

    def _rand(self, shape: Sequence[int], source: torch.Generator) -> Tensor:
        return torch.rand(tuple(shape), generator=source, dtype=self.dtype, device=self.device)
