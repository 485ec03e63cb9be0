"""CUDA graphs as a CPU can have them: a tape of every operation of a step, replayed on the same tensors.

As on a GPU, recording moves nothing, what was recorded is run again without Python, scalars are those of the
recording, and neither a random draw nor a look at a value can be recorded. Stricter than a GPU: until the
first replay every new tensor is NaN.
"""

from contextlib import contextmanager, nullcontext
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_bench.seeds import GlobalState

aten = torch.ops.aten
# What makes the host wait for a GPU.
WAITS = {
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.masked_select.default,
    aten.nonzero.default,
    aten._linalg_eigh.default,
}
# Write to arguments without saying so.
UNDECLARED = {aten.native_batch_norm.default: (3, 4)}


class RecordedOperations:
    """In the place of `gan_bench.capture.CudaGraphs`."""

    device = "cpu"

    def __init__(self):
        self.recorded = 0

    def running(self):
        return nullcontext()

    @contextmanager
    def waits(self):
        found = []
        with Watch(found):
            yield found

    def record(self, work):
        tape = Tape()
        unset = RuntimeError("random states cannot be set when stream is capturing")
        with tape, patch.object(GlobalState, "active", side_effect=unset):
            work()
        tape.undo()
        self.recorded += 1
        return tape.replay


class Watch(TorchDispatchMode):
    def __init__(self, found):
        super().__init__()
        self.found = found

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if waits(func, args):
            self.found.append(str(func))
        return func(*args, **(kwargs or {}))


class Tape(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.lines, self.new, self.before = [], {}, {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if waits(func, args) or torch.Tag.nondeterministic_seeded in func.tags:
            raise RuntimeError(f"{func} is not permitted when stream is capturing")
        for tensor in written(func, args, kwargs):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in self.new:
                self.before.setdefault(storage.data_ptr(), (storage, storage.clone()))
        result = func(*args, **kwargs)
        fresh = [] if views(func) else tensors(result)
        self.new |= {t.untyped_storage().data_ptr(): t for t in fresh}
        self.lines.append((func, args, kwargs, fresh))
        return result

    @torch.no_grad()
    def undo(self):
        for _, _, _, fresh in self.lines:
            for tensor in fresh:
                if tensor.is_floating_point():
                    tensor.fill_(torch.nan)
        for storage, value in self.before.values():
            storage.copy_(value)

    @torch.no_grad()
    def replay(self):
        for func, args, kwargs, fresh in self.lines:
            result = func(*args, **kwargs)
            for kept, value in zip(fresh, tensors(result) if fresh else [], strict=True):
                kept.copy_(value)


def waits(func, args):
    """Whether the host would wait; torch.tensor copies from it where it makes more than one number."""
    return func in WAITS or (func is aten.lift_fresh.default and args[0].dim() > 0)


def views(func):
    """Whether results are arguments, or views of them."""
    return any(returned.alias_info is not None for returned in func._schema.returns)


def written(func, args, kwargs):
    for index, argument in enumerate(func._schema.arguments):
        value = kwargs.get(argument.name) if index >= len(args) else args[index]
        declared = argument.alias_info is not None and argument.alias_info.is_write
        if declared or index in UNDECLARED.get(func, ()):
            yield from tensors(value)


def tensors(value):
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, torch.Tensor)]
