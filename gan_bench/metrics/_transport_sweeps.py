"""Exact dual variables of an optimal matching: shortest paths by sweeps over few promising arcs."""

from __future__ import annotations

import numpy as np

# A dense pass proposes, for every node, the best arc out of each of this many groups of sources, and sparse
# sweeps run over the arcs of the last few passes: some hundred sparse sweeps for the price of one dense pass.
GROUPS = 8
PASSES_KEPT = 4
# Relative to the largest cost and per point. It exceeds what rounding can make of a cycle of length zero, so
# that no sweep runs in circles, and n of it stay a thousand times below the certificate's bound at n = 1000.
ROUNDING = 1e-15


def duals_of_matching(costs: np.ndarray, columns: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return v (n,), the dual of the columns, for costs (n, n) and an optimal matching row i -> columns[i].

    With u_i = costs[i, columns[i]] - v[columns[i]], all u_i + v_j <= costs_ij up to rounding; v is the
    largest such vector below start (n,). Each row with its column is a node; v is a shortest distance along
    arcs k -> j of length costs[row(k), j] - costs[row(k), k], which have no negative cycle because the
    matching is optimal (Ahuja, Magnanti, Orlin 1993, 5.2 and 9.3). Where the matching is not optimal, the
    result is not feasible, which the certificate shows.
    """
    lengths = _arc_lengths(costs, columns)
    tolerance = ROUNDING * (len(columns) + 10) * float(costs.max())
    values = start.copy()
    proposer = _Proposer(lengths)
    sources = np.empty((0, len(values)), dtype=np.intp)
    kept = np.empty((0, len(values)))
    for _ in range(len(values) + 1):
        best, best_lengths = proposer.arcs(values)
        reached = (values[best] + best_lengths).min(axis=0)
        if not (reached < values - tolerance).any():
            break
        sources = np.vstack([best, sources[: (PASSES_KEPT - 1) * GROUPS]])
        kept = np.vstack([best_lengths, kept[: (PASSES_KEPT - 1) * GROUPS]])
        values = _relaxed(values, sources, kept, tolerance)
    return values


def _arc_lengths(costs: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return (n, n): entry [j, k] is the length of the arc k -> j."""
    rows = np.empty_like(columns)
    rows[columns] = np.arange(len(columns))
    by_source = costs[rows]
    return np.ascontiguousarray((by_source - by_source.diagonal()[:, None]).T)


def _relaxed(values: np.ndarray, sources: np.ndarray, lengths: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the shortest distances from the given values along the arcs (K, n) alone.

    Bellman-Ford sweeps that remember the arc by which each node was last reached. What a node gains is at
    once passed down the tree of these arcs, so that a path of many arcs needs no sweep for each of them.
    """
    values = values.copy()
    parents, steps = np.arange(len(values)), np.zeros(len(values))
    through = np.empty_like(lengths)
    for _ in range(len(values)):
        np.take(values, sources, out=through)
        through += lengths
        nearer = np.flatnonzero(through.min(axis=0) < values - tolerance)
        if not nearer.size:
            break
        best = through[:, nearer].argmin(axis=0)
        parents[nearer], steps[nearer] = sources[best, nearer], lengths[best, nearer]
        values[nearer] = through[best, nearer]
        values = _passed_down(values, parents, steps)
    return values


def _passed_down(values: np.ndarray, parents: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the least of values[ancestor] + length of the way from it, over all ancestors of each node.

    Pointer jumping (Wyllie 1979): ways of 1, 2, 4, ... arcs. Around a cycle nothing is gained.
    """
    for _ in range(len(values).bit_length()):
        values = np.minimum(values, values[parents] + lengths)
        further = parents[parents]
        if (further == parents).all():
            break
        lengths = lengths + lengths[parents]
        parents = further
    return values


class _Proposer:
    """Finds, for every node, the best incoming arc out of each group of sources."""

    def __init__(self, lengths: np.ndarray) -> None:
        self.lengths = lengths
        self.size = len(lengths)
        width = -(-self.size // GROUPS)
        self.groups = -(-self.size // width)
        self.first = width * np.arange(self.groups)[:, None]
        # Columns beyond the last source stay infinite, hence are never the best of their group.
        self.padded = np.full((self.size, self.groups * width), np.inf)
        self.grouped = self.padded.reshape(self.size, self.groups, width)

    def arcs(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return sources and lengths, (groups, n) each, of the arcs with least values[source] + length."""
        np.add(self.lengths, values, out=self.padded[:, : self.size])
        sources = self.grouped.argmin(axis=2).T + self.first
        return sources, self.lengths[np.arange(self.size), sources]
