"""How much arithmetic a training step of MLPs needs, and how fast the machine multiplies at such shapes."""

from __future__ import annotations

from itertools import pairwise

import torch

from gan_bench.experiments.timed import now
from gan_bench.methods.constraints import Constraint
from gan_bench.methods.method import Method
from gan_bench.seeds import generator

_MOST, _AT_A_TIME = 1000, 10


def flops(method: Method, latent: int, dim: int, width: int, layers: int, batch: int) -> float:
    """Floating-point operations of the products that one seed's training step cannot do without.

    A product of (n, a) by (a, b) counts 2 n a b. With c and g multiplications per sample through critic and
    generator, c' and g' those of their first layers: a critic step on real and fake samples takes
    B (g + 2 (3 c - c')), a gradient penalty 4 B c more (forward for the activations' signs, back to the
    slopes, and tangents and weights of its derivative; second derivatives of piecewise linear units are 0),
    a generator step B (3 g - g' + 2 c).
    """
    critic, first = _through([dim * method.copies, *[width] * layers, 1])
    generator, generator_first = _through([latent, *[width] * layers, dim])
    rows = batch / method.copies
    penalties = sum(type(c).points is not Constraint.points for c in method.constraints)
    step = batch * generator + 2 * rows * (3 * critic - first) + penalties * 4 * rows * critic
    own = batch * (3 * generator - generator_first) + 2 * rows * critic
    return 2.0 * (method.n_critic * step + own)


def _through(sizes: list[int]) -> tuple[int, int]:
    products = [a * b for a, b in pairwise(sizes)]
    return sum(products), products[0]


def product_rate(stacked: int, batch: int, width: int, seconds: float, device: torch.device) -> float:
    """Floating-point operations per second of stacked products (S, B, W) (S, W, W), alone on the clock."""
    source = generator(0, "products", device)
    x, w = (torch.randn((stacked, n, width), generator=source, device=device) for n in (batch, width))
    out = torch.empty(stacked, batch, width, device=device)
    torch.bmm(x, w, out=out)
    began, n = now(device), 0
    while n < _MOST and (n == 0 or now(device) - began < seconds):
        # Some at a time: a look at the clock waits for the device.
        for _ in range(_AT_A_TIME):
            torch.bmm(x, w, out=out)
        n += _AT_A_TIME
    return 2.0 * stacked * batch * width * width * n / (now(device) - began)
