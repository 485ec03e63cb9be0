"""Lipschitz bound of a convolutional critic from the norms of its layers as operators on images.

The reshaped kernel's largest singular value, which spectral normalisation divides by, is not that of the
convolution: patches overlap, so the operator's norm can exceed it, by up to kernel size / stride.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse.linalg import LinearOperator, svds
from torch import Tensor, nn
from torch.nn.grad import conv2d_input

from gan_bench.nets.dcgan import DCGANCritic


def lipschitz_upper_of(module: nn.Module, parameters: Mapping[str, Tensor]) -> Tensor | None:
    """Product of the layers' operator norms, (S,): no slope of the critic, at any label, exceeds it.

    parameters are the effective ones (after spectral normalisation), stacked (S, ...). Zero padding is part
    of the operators; leaky ReLU is 1-Lipschitz. In float64, where ARPACK finds each norm to rounding; NaN
    where an entry is not finite. None for any other module, and with batch norm, which has no bound.
    """
    if type(module) is not DCGANCritic or any(isinstance(m, nn.BatchNorm2d) for m in module.modules()):
        return None
    size = module.shape[1]
    bound = _head_norm(parameters)
    for index, layer in enumerate(module.body):
        if isinstance(layer, nn.Conv2d):
            weight = parameters[f"body.{index}.weight"]
            bound = bound * operator_norm(weight, size, layer.stride[0], layer.padding[0]).to(bound.device)
            size //= layer.stride[0]
    return bound


def operator_norm(weight: Tensor, size: int, stride: int, padding: int) -> Tensor:
    """Largest singular value of a zero-padded convolution on (I, size, size), (S, O, I, k, k) -> (S,)."""
    kernels = weight.detach().cpu().double()
    return torch.tensor([_norm(kernel, size, stride, padding) for kernel in kernels], dtype=torch.float64)


def _norm(kernel: Tensor, size: int, stride: int, padding: int) -> float:
    """The same of one kernel (O, I, k, k)."""
    if not kernel.isfinite().all():
        return float("nan")
    if not kernel.any():
        return 0.0  # ARPACK raises: nothing is left of its start
    image = torch.zeros(1, kernel.shape[1], size, size, dtype=torch.float64)
    features = F.conv2d(image, kernel, stride=stride, padding=padding)

    def forward(x: np.ndarray) -> np.ndarray:
        given = torch.from_numpy(np.ascontiguousarray(x)).view_as(image)
        return F.conv2d(given, kernel, stride=stride, padding=padding).flatten().numpy()

    def adjoint(y: np.ndarray) -> np.ndarray:
        given = torch.from_numpy(np.ascontiguousarray(y)).view_as(features)
        return conv2d_input(image.shape, kernel, given, stride, padding).flatten().numpy()

    operator = LinearOperator((features.numel(), image.numel()), forward, adjoint, dtype=np.float64)
    # A start of its own: ARPACK's would be drawn from NumPy's global generator.
    start = np.random.default_rng(0).standard_normal(min(operator.shape))
    return float(svds(operator, k=1, v0=start, return_singular_vectors=False)[0])


def _head_norm(parameters: Mapping[str, Tensor]) -> Tensor:
    """Norm of the score's weight on the features, (S,): for projections the largest over classes."""
    psi = parameters["head.psi.weight"].detach().double()
    embed = parameters.get("head.embed")
    weights = psi if embed is None else psi + embed.detach().double()
    return torch.linalg.vector_norm(weights, dim=2).amax(1)
