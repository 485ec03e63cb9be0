"""Streams: a seed's draws do not depend on its block, on other purposes, or on how they are chunked."""

import pytest
import torch

from gan_bench import seeds
from gan_bench.seeds import CHUNK, Streams


def test_a_seed_draws_the_same_in_every_block():
    alone, block = Streams([5]), Streams([3, 5, 9])
    for _ in range(CHUNK + 2):  # across the edge of a chunk
        assert torch.equal(alone.normal("noise", (7, 2))[0], block.normal("noise", (7, 2))[1])
    assert torch.equal(alone.uniform("u", (3,))[0], block.uniform("u", (3,))[1])


def test_chunks_equal_one_long_draw():
    """The promise of CHUNK: chunked normals are the numbers that step-by-step generators would give."""
    streams, size = Streams([0]), 3
    steps = torch.cat([streams.normal("noise", (size,))[0] for _ in range(2 * CHUNK)])
    source = seeds.generator(0, "noise")
    assert torch.equal(steps, torch.randn(2 * CHUNK * size, generator=source))


def test_purposes_and_kinds_do_not_disturb_each_other():
    one, two = Streams([0]), Streams([0])
    two.normal("other", (5,))
    assert torch.equal(one.normal("noise", (5,)), two.normal("noise", (5,)))
    assert not torch.equal(one.normal("a", (5,)), one.normal("b", (5,)))


def test_once_starts_anew_and_steps_go_on():
    streams = Streams([0, 1])
    draw = lambda n, source: torch.randn(n, 2, generator=source)  # noqa: E731
    assert torch.equal(streams.once("evaluation", 4, draw), streams.once("evaluation", 4, draw))
    assert not torch.equal(streams.batch("data", 4, draw), streams.batch("data", 4, draw))
    assert streams.batch("data", 4, draw).shape == (2, 4, 2)


def test_forked_restores_the_global_generator():
    before = torch.random.get_rng_state()
    with seeds.forked(1, "init"):
        first = torch.nn.Linear(2, 2).weight
    with seeds.forked(1, "init"):
        assert torch.equal(first, torch.nn.Linear(2, 2).weight)
    assert torch.equal(before, torch.random.get_rng_state())


def test_derived_starts_differ():
    starts = {seeds.derive(seed, purpose) for seed in range(50) for purpose in ("data", "noise", "init")}
    assert len(starts) == 150
    assert all(0 <= start < 2**63 for start in starts)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_streams_follow_the_dtype(dtype):
    assert Streams([0], dtype=dtype).normal("noise", (2,)).dtype == dtype
