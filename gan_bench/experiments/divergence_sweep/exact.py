"""What can be known without training: closed forms, quadrature, the linear programme, two derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.special import ndtri, rel_entr
from torch import Tensor

from gan_bench import seeds as seeding
from gan_bench.experiments.divergence_sweep.descriptors import EXACT, INDEPENDENT
from gan_bench.experiments.divergence_sweep.pairs import Family, build_family
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row
from gan_bench.metrics.divergence import js_from_densities
from gan_bench.metrics.transport import wasserstein1
from toy_distributions.pairs import Pair

# Points on which the pictures draw the two distributions, and how far along the sweep.
_CLOUD = 60
_SHOWN = (0.3, 0.6, 1.0)
# Nodes per axis: two Gaussians' boxes side by side, 6.5 standard deviations around each, are cut into tenths
# of one.
_NODES = 256
# A disk's rim crosses cells: at that spacing its mass comes out within some percent, and is normalised.
_MASS_TOLERANCE = 0.05
_STEP = 1e-4  # of the central differences: error of order 1e-8 where the function is smooth


def spread_latents(n: int, source: torch.Generator, dtype: torch.dtype = torch.float64) -> Tensor:
    """Standard normal latents (n, 2), the first coordinate at the midpoints of n equal shares.

    Segments are made of the first coordinate alone: their mean distance from the middle is exact at any even
    n, and with it the transport between two of them that cross.
    """
    first = torch.as_tensor(ndtri((np.arange(n) + 0.5) / n)).to(source.device, dtype)
    return torch.stack([first, torch.randn(n, generator=source, dtype=dtype, device=source.device)], 1)


def closed_forms(job: Job, recorder: Recorder) -> None:
    """Record everything that is exact, at every place of the sweep."""
    family, seed = build_family(job.settings["pair"]), job.seeds[0]
    places = job.settings["places"]
    recorder.describe(EXACT)
    # An even number of points: see spread_latents.
    z = spread_latents(job.settings["points"] // 2 * 2, seeding.generator(seed, "sweep/programme"))
    for done, at in enumerate(places, 1):
        values = exact_values(family, at, z)
        recorder.rows(
            Row(seed, 0, metric, value, 0.0, family.axis, at)
            for metric, value in values.items()
            if not math.isnan(value)
        )
        recorder.progress(done, len(places), 0.0)
    shown = [places[round(share * (len(places) - 1))] for share in _SHOWN]
    recorder.samples("places", np.array(shown))
    recorder.samples("clouds", _clouds(family, shown, seed))


def exact_values(family: Family, at: float, z: Tensor) -> dict[str, float]:
    """Metric -> value at one place, NaN where it is not defined; z (n, 2) are the shared latents."""
    pair = family.at(at)
    programme = wasserstein1(pair.p.push(z), pair.q.push(z), solver="linear-programme")
    return {
        "js_exact": _known(pair.js),
        "js_quadrature": quadrature(pair),
        "js_atoms": js_of_atoms(pair, z),
        "tv_exact": _known(pair.tv),
        "kl_exact": _known(pair.kl),
        "w1_exact": _known(pair.w1),
        "w1_programme": programme.cost,
        "js_derivative": _js_derivative(family, at),
        "w1_derivative": _w1_derivative(family, at),
    }


def independent_draws(job: Job, recorder: Recorder) -> None:
    """Record exact W1 between two clouds that share no draw, a seed being one draw of both."""
    family = build_family(job.settings["pair"])
    recorder.describe(INDEPENDENT)
    for seed in job.seeds:
        z, other = (
            torch.randn(
                job.settings["points"],
                2,
                generator=seeding.generator(seed, f"sweep/independent/{part}"),
                dtype=torch.float64,
            )
            for part in ("real", "fake")
        )
        first = family.at(job.settings["places"][0])
        floor = wasserstein1(first.p.push(z), first.p.push(other)).cost
        rows = [Row(seed, 0, "w1_floor", floor)]
        for at in job.settings["places"]:
            pair = family.at(at)
            cost = wasserstein1(pair.p.push(z), pair.q.push(other)).cost
            rows.append(Row(seed, 0, "w1_independent", cost, 0.0, family.axis, at))
        recorder.rows(rows)


def quadrature(pair: Pair) -> float:
    """Jensen-Shannon divergence by integrating the densities; NaN where there are none.

    What lies between the boxes of both halves holds no mass and is cut out: the nodes stand as close at any
    separation.
    """
    if not (hasattr(pair.p, "log_prob") and hasattr(pair.q, "log_prob")):
        return math.nan
    (left, right), y = pair.bounds
    edge = pair.p.bounds[0][1]
    empty = max(0.0, pair.q.bounds[0][0] - edge)

    def joined(log_density: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        return lambda x: log_density(torch.stack([x[:, 0] + empty * (x[:, 0] > edge), x[:, 1]], 1))

    return js_from_densities(
        joined(pair.p.log_prob),
        joined(pair.q.log_prob),
        ((left, right - empty), y),
        _NODES,
        mass_tolerance=_MASS_TOLERANCE,
    )


def js_of_atoms(pair: Pair, z: Tensor) -> float:
    """Jensen-Shannon divergence between equal atoms at the images of z, by counting those that coincide.

    NaN where there are densities: draws of those never coincide, however near the distributions.
    """
    if hasattr(pair.p, "log_prob") or hasattr(pair.q, "log_prob"):
        return math.nan
    images = np.concatenate([pair.p.push(z).numpy(), pair.q.push(z).numpy()])
    _, atom = np.unique(images, axis=0, return_inverse=True)
    shares = [np.bincount(half, minlength=atom.max() + 1) / len(z) for half in np.split(atom.ravel(), 2)]
    middle = (shares[0] + shares[1]) / 2
    return float(sum(rel_entr(share, middle).sum() for share in shares) / 2)


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _w1_derivative(family: Family, at: float) -> float:
    """1 for translates; for crossing segments, where it is half_length cos(angle / 2) / 2, by differences."""
    if family.axis != "angle":
        return 1.0
    # Inside [0, pi / 2], where the pair is defined.
    low, high = max(at - _STEP, 0.0), min(at + _STEP, math.pi / 2)
    return (_known(family.at(high).w1) - _known(family.at(low).w1)) / (high - low)


def _js_derivative(family: Family, at: float) -> float:
    """0 where the supports do not overlap, undefined where it jumps; for Gaussians by differences."""
    if family.kind != "separated-gaussians":
        jumps = at == 0 and family.at(0.0).js != family.at(_STEP).js
        return math.nan if jumps else 0.0
    # Even in the separation: mirrored below 0.
    return (_known(family.at(at + _STEP).js) - _known(family.at(abs(at - _STEP)).js)) / (2 * _STEP)


def _clouds(family: Family, places: list[float], seed: int) -> np.ndarray:
    """Points of both halves at some places, (places, 2, n, 2)."""
    source = seeding.generator(seed, "sweep/cloud")
    z, other = (torch.randn(_CLOUD, 2, generator=source, dtype=torch.float64) for _ in range(2))
    pairs = [family.at(at) for at in places]
    return torch.stack([torch.stack([pair.p.push(z), pair.q.push(other)]) for pair in pairs]).numpy()
