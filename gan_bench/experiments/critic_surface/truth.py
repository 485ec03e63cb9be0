"""What is known exactly of one seed's clouds: Wasserstein-1, the potential, the transport rays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from gan_bench.experiments.critic_surface.clouds import Clouds
from gan_bench.metrics.transport import Transport, wasserstein1
from gan_bench.seeds import Streams


@dataclass(frozen=True)
class Truth:
    """The optimum between one seed's clouds, and fresh points (n, 2) of both sides.

    agreement: data units; the potential is known where its two 1-Lipschitz extensions differ by at most this.
    """

    transport: Transport
    real: np.ndarray
    fake: np.ndarray
    agreement: float

    @property
    def plug_in(self) -> float:
        """W1 of the programme's points: in expectation at least W1 of the distributions."""
        return self.transport.cost

    @cached_property
    def held_out(self) -> float:
        """Gap of the potential on fresh points: in expectation at most W1 of the distributions."""
        on_real, on_fake = (self.transport.potential(points) for points in (self.real, self.fake))
        return float(on_real.mean() - on_fake.mean())

    @property
    def w1(self) -> float:
        """Middle of what brackets W1 of the distributions."""
        return (self.plug_in + self.held_out) / 2

    @cached_property
    def known(self) -> tuple[np.ndarray, np.ndarray]:
        """Potential at the fresh points, real then fake, (2n,), and where it is known."""
        return self.potential(np.concatenate([self.real, self.fake]))

    def potential(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Middle of the two extensions at points (p, 2), and whether they agree, (p,) each."""
        lower, upper = (self.transport.potential(points, side) for side in ("lower", "upper"))
        return (lower + upper) / 2, upper - lower <= self.agreement

    def rays(self, count: int) -> np.ndarray:
        """Points real + t (fake - real) of an optimal matching, t even from 0 to 1, (count, n, 2).

        Costs less the potentials' difference are 0 on optimal pairs and positive elsewhere: the same optimum
        as of the costs themselves, found at once.
        """
        t = self.transport
        slack = cdist(t.x, t.y) - t.potential_x[:, None] + t.potential_y
        rows, columns = linear_sum_assignment(np.maximum(slack, 0.0))
        start, end = t.x[rows], t.y[columns]
        shares = np.linspace(0, 1, count)[:, None, None]
        return start + shares * (end - start)


def truths(settings: Mapping[str, Any], clouds: Clouds, seeds: tuple[int, ...]) -> list[Truth]:
    """Return the truth of every seed; its draws do not depend on the method, the device or the dtype."""
    streams = Streams(seeds)
    programme = [side.numpy() for side in clouds.programme(settings["points"], streams)]
    fresh = [side.double().numpy() for side in clouds.fresh(settings["fresh"], streams)]
    return [
        Truth(wasserstein1(x, y), real, fake, settings["agreement"])
        for x, y, real, fake in zip(*programme, *fresh, strict=True)
    ]
