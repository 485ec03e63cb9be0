"""Piecewise linear critics: scores and slopes in one pass, with their derivatives written out.

Automatic differentiation of a gradient penalty multiplies zeros: the second derivative of a ReLU, which is 0
wherever there is one, is carried back through every layer. Here it is left out, real, fake and penalised
points share each product of the way forward, and what is element-wise happens in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gan_bench.nets.chain import is_chain, linear, named_layers

_backward = torch.ops.aten


@dataclass(frozen=True)
class Piecewise:
    """How a critic's linear layers are named, and the slope of each activation between them below 0.

    Calling it maps stacked parameters, x (S, n, d) and points (S, p, d) to scores (S, n) of x and gradients
    (S, p, d) of the scores at the points. Differentiable once, in the parameters alone.
    """

    layers: tuple[str, ...]
    slopes: tuple[float, ...]

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        weights = [parameters[f"{name}weight"] for name in self.layers]
        biases = [parameters.get(f"{name}bias") for name in self.layers]
        scores, gradients = _Pass.apply(self.slopes, x, points, *weights, *biases)
        return scores, gradients


def piecewise(module: nn.Module) -> Piecewise | None:
    """Return the form of a critic that is linear layers with (leaky) ReLU between them and one output."""
    if not is_chain(module):
        return None
    named = list(named_layers(module))
    layers, between = named[::2], [layer for _, layer in named[1::2]]
    plain = len(layers) == len(between) + 1 > 1 and all(isinstance(layer, nn.Linear) for _, layer in layers)
    slopes = [_slope(layer) for layer in between]
    if not plain or None in slopes or layers[-1][1].out_features != 1:
        return None
    return Piecewise(tuple(name for name, _ in layers), tuple(slope for slope in slopes if slope is not None))


def _slope(layer: nn.Module) -> float | None:
    """The slope below 0 of an activation that is linear on either side of it, else None."""
    if isinstance(layer, nn.ReLU):
        return 0.0
    # Of a negative slope the sign of the output would not tell the sides apart.
    known = isinstance(layer, nn.LeakyReLU) and layer.negative_slope >= 0
    return float(layer.negative_slope) if known else None


class _Pass(torch.autograd.Function):
    """Forward: activations h of all rows and, of the points, the way v back to the input.

    With masks m (the activations' slopes) and weights W: v_L = m_L w, v_k = m_k (v_{k+1} W_{k+1}), gradient
    v_1 W_1. Backward: the usual deltas d of x; of the points the tangents e_0 = the gradients' gradient,
    e_k = m_k (e_{k-1} W_k^T). Weights then get d_k^T h_{k-1} + v_k^T e_{k-1}.
    """

    @staticmethod
    def forward(ctx: Any, slopes: Sequence[float], x: Tensor, points: Tensor, *parameters: Any) -> Any:
        weights, biases = parameters[: len(slopes) + 1], parameters[len(slopes) + 1 :]
        n = x.shape[1]
        h = [torch.cat([x, points], 1)]
        for weight, bias, slope in zip(weights[:-1], biases[:-1], slopes, strict=True):
            h.append(_activated(linear(h[-1], weight, bias), slope))
        scores = linear(h[-1][:, :n], weights[-1], biases[-1]).squeeze(-1)
        outward = weights[-1].expand(-1, points.shape[1], -1).clone()
        v = _way_back(outward, weights, [a[:, n:] for a in h], slopes)
        gradients = _narrow(v[0], weights[0])
        ctx.slopes, ctx.n, ctx.biased = slopes, n, [bias is not None for bias in biases]
        ctx.save_for_backward(*h, *v, *weights)
        return scores, gradients

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_scores: Tensor, of_gradients: Tensor) -> Any:
        slopes, n, depth = ctx.slopes, ctx.n, len(ctx.slopes)
        saved = ctx.saved_tensors
        h, v, weights = saved[: depth + 1], saved[depth + 1 : 2 * depth + 1], saved[2 * depth + 1 :]
        # Each delta and tangent is used at once and let go: what follows takes its place in the cache.
        d, e = of_scores.unsqueeze(-1), of_gradients
        of_weights, of_biases = [torch.bmm(d.mT, h[-1][:, :n])], [d.sum(1)]
        for k in reversed(range(depth)):
            d = _masked(
                d * weights[-1] if k == depth - 1 else torch.bmm(d, weights[k + 1]),
                h[k + 1][:, :n],
                slopes[k],
            )
            of_weights.append(_of_weight(d, h[k][:, :n]))
            of_biases.append(d.sum(1))
        of_weights.reverse()
        of_biases.reverse()
        for k in range(depth):
            of_weights[k].add_(_of_weight(v[k], e))
            e = _masked(torch.bmm(e, weights[k].mT), h[k + 1][:, n:], slopes[k])
        of_weights[-1].add_(e.sum(1, keepdim=True))
        biases = [value if biased else None for value, biased in zip(of_biases, ctx.biased, strict=True)]
        return (None, None, None, *of_weights, *biases)


def _way_back(
    outward: Tensor, weights: Sequence[Tensor], h: Sequence[Tensor], slopes: Sequence[float]
) -> list[Tensor]:
    """Derivatives before each activation, input side first; outward, after the last, is overwritten."""
    found = [_masked(outward, h[-1], slopes[-1])]
    for weight, a, slope in zip(weights[-2:0:-1], h[-2:0:-1], slopes[-2::-1], strict=True):
        found.append(_masked(torch.bmm(found[-1], weight), a, slope))
    return found[::-1]


def _activated(x: Tensor, slope: float) -> Tensor:
    return x.relu_() if slope == 0 else nn.functional.leaky_relu_(x, slope)


def _masked(gradient: Tensor, activation: Tensor, slope: float) -> Tensor:
    """Multiply in place by the activation's slope, which its output's sign tells."""
    if slope == 0:
        return _backward.threshold_backward.grad_input(gradient, activation, 0, grad_input=gradient)
    return _backward.leaky_relu_backward.grad_input(gradient, activation, slope, True, grad_input=gradient)


def _narrow(x: Tensor, weight: Tensor) -> Tensor:
    """x W, (S, rows, width) by (S, width, few): four times as fast where the few columns are contiguous."""
    return torch.bmm(x, weight.mT.contiguous().mT)


def _of_weight(outer: Tensor, inner: Tensor) -> Tensor:
    """outer^T inner, (S, rows, out) and (S, rows, in) -> (S, out, in); products of few rows are faster."""
    if inner.shape[2] < outer.shape[2]:
        return torch.bmm(inner.mT, outer).mT.contiguous()
    return torch.bmm(outer.mT, inner)
