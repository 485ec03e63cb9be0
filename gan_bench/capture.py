"""A training step recorded once and replayed: on a GPU a CUDA graph of it all, double backward included.

A step of small networks is hundreds of kernels of a few microseconds each, and launching them one by one
takes longer than they do. A replay launches them as one. It computes what the step computes, on the same
addresses: whatever a step reads or leaves behind has to stay where it is.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gan_bench.errors import GanBenchError
from gan_bench.methods.constraints import State
from gan_bench.methods.method import Method
from gan_bench.nets.stack import Stack
from gan_bench.seeds import Streams

# Eager steps before one is tried and captured: libraries set themselves up, optimisers make their moments,
# and what steps draw is seen to be alike.
WARM_UP = 3
# So many steps come before the first replay.
BEFORE_REPLAYS = WARM_UP + 1

_UNLIKE = "steps differ in what they draw"


class Graphs(Protocol):
    """What records work on a device."""

    def running(self) -> AbstractContextManager[None]:
        """Where steps run, eager ones too."""

    def waits(self) -> AbstractContextManager[list[str]]:
        """Collect, in the list, what made the host wait for the device inside the block."""

    def record(self, work: Callable[[], None]) -> Callable[[], object]:
        """Record what work does to tensors, without doing it; the result does it, at every call."""


class CudaGraphs:
    """CUDA graphs, captured and run on a stream of their own.

    Eager steps run on it too: autograd remembers the stream on which it first met a parameter, and a capture
    must not touch another one.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)

    @contextmanager
    def running(self) -> Iterator[None]:
        outside = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(outside)
        try:
            with torch.cuda.stream(self._stream):
                yield
        finally:
            outside.wait_stream(self._stream)

    @contextmanager
    def waits(self) -> Iterator[list[str]]:
        found: list[str] = []
        mode = torch.cuda.get_sync_debug_mode()
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                yield found
            finally:
                torch.cuda.set_sync_debug_mode(mode)
        for warning in raised:
            if "called a synchronizing CUDA operation" in str(warning.message):
                found.append(f"{warning.filename}:{warning.lineno}")
            elif "Synchronization debug mode" not in str(warning.message):
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno, source=warning.source
                )

    def record(self, work: Callable[[], None]) -> Callable[[], object]:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            work()
        return graph.replay


def graphs_of(device: str | torch.device, execution: str = "captured") -> Graphs | None:
    """Return what captures training steps on a device, or None where they are eager: on a CPU all are."""
    on_gpu = torch.device(device).type == "cuda"
    return CudaGraphs(torch.device(device)) if on_gpu and execution == "captured" else None


class Training(Protocol):
    """The training whose steps are captured; `gan_bench.train.Trainer` is one."""

    method: Method
    streams: Streams
    critic: Stack
    generator: Stack
    critic_optimiser: torch.optim.Optimizer
    generator_optimiser: torch.optim.Optimizer
    states: list[State]
    losses: dict[str, Tensor]
    step: int

    def update(self) -> None:
        """One update of both players; `step` is the caller's to count."""


# Training with as many critic steps and the same learning rates are the same work.
Kind = tuple[float, ...]


class Captured:
    """Takes the steps of a training: eager ones first, then replays of a captured one."""

    def __init__(self, trainer: Training, graphs: Graphs) -> None:
        self.graphs = graphs
        grows = trainer.critic.grows or trainer.generator.grows
        # Why steps stay eager; empty where they need not.
        self._reason = "networks change while training" if grows else ""
        self._trainer = trainer
        self._seen: Counter[Kind] = Counter()
        self._draws: dict[Kind, Draws] = {}
        self._recordings: dict[Kind, Recording] = {}

    @property
    def execution(self) -> str:
        """How steps were taken: "captured", "eager: " and the reason, or both where kinds of steps differ."""
        if not self._recordings:
            return f"eager: {self._reason or 'too few steps of one kind'}"
        return f"captured; steps of another kind eager: {self._reason}" if self._reason else "captured"

    def __call__(self) -> None:
        """Take a step, from the learning rates and the count of steps as they are."""
        kind = self._kind()
        self._seen[kind] += 1
        if kind in self._recordings:
            self._recordings[kind].replay()
        elif self._reason:
            self._trainer.update()
        elif self._seen[kind] <= WARM_UP:
            self._look(kind)
        else:
            self._try(self._draws[kind])
            if not self._reason:
                self._recordings[kind] = Recording.of(self._trainer, self.graphs, self._draws[kind])

    def _look(self, kind: Kind) -> None:
        """Take an eager step and see what it draws."""
        draws, before = Draws.of(self._trainer), self._draws.get(kind)
        if before is not None and draws.sources != before.sources:
            self._reason = _UNLIKE
        self._draws[kind] = draws

    def _kind(self) -> Kind:
        trainer = self._trainer
        groups = trainer.critic_optimiser.param_groups + trainer.generator_optimiser.param_groups
        return (trainer.method.critic_steps(trainer.step), *(group["lr"] for group in groups))

    def _try(self, draws: Draws) -> None:
        """Take an eager step as it would be captured: on draws made before, without a word to the host."""
        draws.renew()
        trainer, stacks = self._trainer, (self._trainer.critic, self._trainer.generator)
        with draws.given(trainer.streams) as others, self.graphs.waits() as waits:
            trainer.update()
        if waits:
            self._reason = f"a step waits for the device at {waits[0]}"
        elif any(stack.drew for stack in stacks):
            self._reason = "networks draw random numbers of their own"
        elif others:
            self._reason = _UNLIKE
        else:
            for stack in stacks:
                stack.draws = False


@dataclass(frozen=True)
class Draws:
    """What a step draws, in order: where each draw comes from, and the place that the step reads it at."""

    sources: list[Iterator[Tensor]]
    places: list[Tensor]

    @classmethod
    def of(cls, trainer: Training) -> Draws:
        """Take an eager step of a trainer and see what it draws."""
        drawn: list[tuple[Iterator[Tensor], Tensor]] = []

        def serve(source: Iterator[Tensor]) -> Tensor:
            drawn.append((source, next(source)))
            return drawn[-1][1]

        with trainer.streams.serving(serve):
            trainer.update()
        return cls([source for source, _ in drawn], [draw.clone() for _, draw in drawn])

    @contextmanager
    def given(self, streams: Streams) -> Iterator[list[Iterator[Tensor]]]:
        """Let a step read its draws in their places; in the list, where it did not draw as it used to."""
        left = list(zip(self.sources, self.places, strict=True))
        others: list[Iterator[Tensor]] = []

        def serve(source: Iterator[Tensor]) -> Tensor:
            if left and left[0][0] is source:
                return left.pop(0)[1]
            others.append(source)
            return next(source)

        with streams.serving(serve):
            yield others
        others += [source for source, _ in left]

    def renew(self) -> None:
        """Put the next draws in place."""
        torch._foreach_copy_(self.places, [next(source) for source in self.sources])


@dataclass(frozen=True)
class Recording:
    """A captured step: its work, the draws that it reads, and what it leaves to its trainer."""

    trainer: Training
    work: Callable[[], object]
    draws: Draws
    states: list[State]
    losses: dict[str, Tensor]
    gradients: list[tuple[Tensor, Tensor | None]]

    @classmethod
    def of(cls, trainer: Training, graphs: Graphs, draws: Draws) -> Recording:
        """Capture a step of a trainer, which is not moved by it."""
        states, losses = trainer.states, dict(trainer.losses)
        parameters = [p for s in (trainer.critic, trainer.generator) for p in s.trainable.values()]
        gradients = [p.grad for p in parameters]

        def step() -> None:
            trainer.update()
            _copy(states, trainer.states)

        try:
            with draws.given(trainer.streams):
                work = graphs.record(step)
        except RuntimeError as error:
            # Where work fails, so does the end of the capture, which hides the reason.
            cause = error.__context__ or error
            if isinstance(cause, torch.OutOfMemoryError):
                raise cause from None
            raise GanBenchError(
                f"the training step cannot be captured: {str(cause).splitlines()[0]} "
                '(execution = "eager" in the suite\'s table [suite] runs it as it is)'
            ) from error
        captured = [(p, p.grad) for p in parameters]
        made = cls(trainer, work, draws, states, dict(trainer.losses), captured)
        # Those of the capture hold nothing before the first replay: the step before it has the last word.
        trainer.states = states
        trainer.losses.update(losses)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        return made

    def replay(self) -> None:
        """Take the step, on the next draws."""
        self.draws.renew()
        if self.trainer.states is not self.states:  # a step of another kind came between
            _copy(self.states, self.trainer.states)
        self.work()
        self.trainer.states = self.states
        self.trainer.losses.update(self.losses)
        for parameter, gradient in self.gradients:
            parameter.grad = gradient


def _copy(states: list[State], values: list[State]) -> None:
    """Write values into states, in place."""
    for state, value in zip(states, values, strict=True):
        for name, tensors in state.items():
            for tensor, new in zip(tensors, value[name], strict=True):
                if tensor is not new:
                    tensor.copy_(new)
