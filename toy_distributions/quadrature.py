"""Gauss-Legendre nodes: one panel, and a panelled interval."""

from __future__ import annotations

import torch
from torch import Tensor


def gauss_legendre(points: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights on [-1, 1], float64 (Golub & Welsch 1969: eigenvalues of the Jacobi matrix)."""
    order = torch.arange(1, points, dtype=torch.float64)
    off_diagonal = order / (4 * order.square() - 1).sqrt()
    nodes, vectors = torch.linalg.eigh(torch.diag(off_diagonal, 1) + torch.diag(off_diagonal, -1))
    return nodes, 2 * vectors[0].square()


def panelled(edges: Tensor, points: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights on panels between edges (p + 1,), `points` nodes each -> two of (p * points,)."""
    nodes, weights = gauss_legendre(points)
    half = edges.diff()[:, None] / 2
    return (edges[:-1, None] + half * (1 + nodes)).reshape(-1), (half * weights).reshape(-1)
