"""A made-up run on images with every kind of ending, stored as `images` does; nothing is trained."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from synthetic_run import StubRun, run_of, settings_of

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.fidelity_descriptors import class_descriptors, descriptors

STEPS = (0, 1, 4, 14, 53, 200, 750)
METHODS = ("gan", "nsgan", "wgan-clip", "wgan-gp", "sngan", "cgan")
END_FID = {"gan": 60.0, "nsgan": 22.0, "wgan-clip": 45.0, "wgan-gp": 14.0, "sngan": 13.0, "cgan": 12.5}
CURVE, END, DRAWS, GRID = 500, 2000, 20, 40
CLASSES = {"glyphs": 10, "stacked-glyphs": 1000, "cifar10": 10}
SHAPES = {"glyphs": (1, 16, 16), "stacked-glyphs": (3, 16, 16), "cifar10": (3, 32, 32)}
SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
OF_RUN = [
    Descriptor("images_per_second", "images per second", "1/s", "higher", (0, math.inf), "log"),
    Descriptor("peak_memory", "peak memory", "MiB", "lower", (0, math.inf), "log"),
    Descriptor(
        "nearest_distance", "distance to real images", "ratio", "target", (0, math.inf), "log",
        target=1.0,
    ),
    Descriptor("evaluation_share", "share of time spent judging", "share", "lower", (0, 1), "logit"),
    Descriptor("critic_loss", "critic loss", "loss", "neither"),
    Descriptor("critic_gradient_norm", "critic gradient norm", "norm", "neither", (0, math.inf), "log"),
]  # fmt: skip


def judges(dataset: str, extractor: str) -> tuple[str, str]:
    """Names of what extracts features and of what tells classes."""
    return ("inception" if extractor == "inception" else f"{dataset}-cnn"), f"{dataset}-cnn"


def described(dataset: str, extractor: str) -> dict[str, dict[str, Any]]:
    features, teller = judges(dataset, extractor)
    found = descriptors(features, 0) | class_descriptors(teller, CLASSES[dataset])
    return {d.name: d.as_dict() for d in [*found.values(), *OF_RUN]}


def image_job(method: str, dataset: str, seeds: int, extractor: str = "classifier", skip: str = "") -> Job:
    method_settings = settings_of(method, dataset)["method"] | {
        "conditional": method == "cgan",
        "generator_average": 0.0,
        "grows": False,
    }
    settings = {
        "method": method_settings,
        "method_spec": method,
        "steps": STEPS[-1] // (2 if method == "wgan-gp" else 1),
        "critic_batch_norm": method in ("gan", "nsgan"),
        "batch_size": 64,
        "latent": 64,
        "network": "dcgan",
        "width": 16,
        "generator": None,
        "critic": None,
        "snapshots": len(STEPS),
        "precision": "float32",
        "channels_last": False,
        "device": "cpu",
        "threads": 1,
        **judged(dataset, extractor),
    }
    return Job("images", method, dataset, tuple(range(seeds)), settings, skip)


def judged(dataset: str, extractor: str) -> dict[str, Any]:
    quality = {"extractor": extractor, "reference_images": None, "options": {"kid_subsets": 20}}
    return {
        "dataset": {"name": dataset},
        "quality": quality,
        "curve_samples": CURVE,
        "end_samples": END,
    }


def facts(dataset: str, extractor: str) -> dict[str, Any]:
    features, teller = judges(dataset, extractor)
    told = {
        "extractor": features,
        "weights": "0123456789abcdef",
        "classifier": teller,
        "accuracy": 0.987,
        "classes": CLASSES[dataset],
        "reference images": 5000,
        "reference split": "endless",
        "perfect sampler": "fresh draws",
        "nearest of": "10,000 real images drawn anew",
        "kid": "20 subsets of 250",
    }
    expected = {"found": 9.99, "kl": 0.0123, "found_error": 0.04, "kl_error": 0.0004}
    return {
        "judged by": told,
        f"perfect sampler of {CURVE} images": expected,
        f"caution at {END} images": "Covariances are singular.",
    }


def quality_values(
    dataset: str, extractor: str, fid: float, n: int, rng: np.random.Generator
) -> dict[str, float]:
    """Values that go with an FID on n images; 0.4 is that of real images on 2,000."""
    features, teller = judges(dataset, extractor)
    classes = CLASSES[dataset]
    scale = 100.0 if extractor == "inception" else 1.0
    good = math.exp(-fid / 40)
    found = classes * (1 - math.exp(-(n / classes) * good * 0.6))
    return {
        f"fid[{features}]": scale * (fid + 800 / n) * math.exp(0.06 * rng.normal()),
        f"kid[{features}]": scale * 0.02 * (fid - 0.4) ** 1.3 / 10 + 0.002 * rng.normal()
        if fid > 0.4
        else 0.001 * rng.normal(),
        f"inception_score[{features}]": 1 + 8.5 * good,
        f"precision[{features}]": min(1.0, 0.95 * good + 0.02 * rng.random()),
        f"recall[{features}]": min(1.0, 0.9 * good + 0.02 * rng.random()),
        f"density[{features}]": good + 0.02 * rng.normal(),
        f"coverage[{features}]": min(1.0, 0.97 * good),
        f"classes_covered[{teller}]": float(round(found)),
        f"class_kl[{teller}]": 0.05 + 1.5 * (1 - good) + classes / 2 / n,
    }


def _fid(method: str, step: int, last: int, rng: np.random.Generator) -> float:
    end = END_FID.get(method, 20.0)
    progress = math.log1p(step) / math.log1p(last)
    rise = 2.6 if method == "nsgan" and step == last else 1.0
    return float((end + (400 - end) * (1 - progress) ** 2) * rise * math.exp(0.15 * rng.normal()))


def _rows(job: Job, extractor: str, steps: list[int], seed: int, rng: np.random.Generator) -> list[Row]:
    rows: list[Row] = []
    teller = judges(job.dataset, extractor)[1]
    for step in steps:
        clock = 90.0 * step / 750
        fid = _fid(job.method, step, job.settings["steps"], rng)
        sizes = [CURVE, END] if step == job.settings["steps"] else [CURVE]
        for n in sizes:
            values = quality_values(job.dataset, extractor, fid, n, rng)
            if job.method == "cgan":
                values[f"conditional_accuracy[{teller}]"] = 0.9 * math.exp(-fid / 60)
            rows += [Row(seed, step, name, value, clock, "n", float(n)) for name, value in values.items()]
        rows += [
            Row(seed, step, "critic_loss", -fid * 0.01 + 0.1 * rng.normal(), clock),
            Row(seed, step, "critic_gradient_norm", math.exp(0.3 * rng.normal()), clock),
        ]
    if steps[-1] == job.settings["steps"]:
        if CLASSES[job.dataset] <= 100:
            rows += _by_class(job, teller, seed, steps[-1], 90.0, rng)
        values = {
            "steps_per_second": 8.3, "images_per_second": 2660.0, "peak_memory": 911.0,
            "evaluation_share": 0.11, "nearest_distance": 1.05 * math.exp(0.03 * rng.normal()),
        }  # fmt: skip
        rows += [Row(seed, steps[-1], name, value, 90.0) for name, value in values.items()]
    return rows


def _by_class(
    job: Job, teller: str, seed: int, step: int, clock: float, rng: np.random.Generator
) -> list[Row]:
    classes = CLASSES[job.dataset]
    weight = rng.gamma(8.0, size=classes)
    weight[3] *= 0.0 if job.method == "gan" else 1.0
    shares = weight / weight.sum()
    rows = [
        Row(seed, step, f"class_share[{teller}]", float(v), clock, "class", float(k))
        for k, v in enumerate(shares)
    ]
    if job.method == "cgan":
        right = 0.9 * rng.random(classes) ** 0.2
        rows += [
            Row(seed, step, f"class_accuracy[{teller}]", float(v), clock, "class", float(k))
            for k, v in enumerate(right)
        ]
    return rows


@cache
def digit(k: int, size: int) -> np.ndarray:
    """A digit of seven segments, (size, size) in [0, 1]."""
    made = np.zeros((16, 16))
    for segment in SEGMENTS[k]:
        y, x = {"a": (slice(2, 4), slice(4, 12)), "b": (slice(2, 8), slice(10, 12)),
                "c": (slice(8, 14), slice(10, 12)), "d": (slice(12, 14), slice(4, 12)),
                "e": (slice(8, 14), slice(4, 6)), "f": (slice(2, 8), slice(4, 6)),
                "g": (slice(7, 9), slice(4, 12))}[segment]  # fmt: skip
        made[y, x] = 1
    return np.kron(made, np.ones((size // 16, size // 16)))


def pictures(dataset: str, n: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Images (n, C, H, W), uint8: digits under noise."""
    channels, size, _ = SHAPES[dataset]
    clean = np.array(
        [[digit((i + 3 * c) % 10, size) for c in range(channels)] for i in range(n)], dtype=float
    )
    noisy = clean * (1 - noise) + noise * rng.random(clean.shape)
    return (255 * noisy).round().astype(np.uint8)


def trained(
    method: str,
    dataset: str,
    seeds: int = 5,
    *,
    extractor: str = "classifier",
    diverged: dict[int, int] | None = None,
) -> Outcome:
    """An outcome of the images experiment; diverged maps seeds to their first bad step."""
    diverged = diverged or {}
    job = image_job(method, dataset, seeds, extractor)
    steps = sorted({min(step, job.settings["steps"]) for step in STEPS})
    rng = np.random.default_rng([*method.encode(), *dataset.encode()])
    rows, status = [], {}
    for seed in job.seeds:
        kept = [step for step in steps if step < diverged.get(seed, STEPS[-1] + 1)]
        rows += _rows(job, extractor, kept, seed, rng)
        lost = SeedStatus(Status.DIVERGED, diverged.get(seed), "critic loss is nan")
        status[seed] = lost if seed in diverged else SeedStatus(Status.COMPLETED)
    samples = {"reference": pictures(dataset, GRID, 0.05, rng)}
    for step in steps:
        noise = 0.15 + 0.85 * (1 - math.log1p(step) / math.log1p(steps[-1]))
        samples[f"step-{step}"] = np.stack([pictures(dataset, GRID, noise, rng) for _ in job.seeds])
    samples["nearest-generated"] = samples[f"step-{steps[-1]}"][0, :10]
    samples["nearest-training"] = pictures(dataset, 10, 0.05, rng)
    return Outcome(
        job, frame_from_rows(job, rows), status, described(dataset, extractor), samples,
        facts(dataset, extractor), {"seconds": 101.0},
    )  # fmt: skip


def skipped(method: str, dataset: str, seeds: int = 5) -> Outcome:
    job = image_job(method, dataset, seeds, skip="a conditional method needs labels, which this set lacks")
    return Outcome(job, frame_from_rows(job, []), {seed: SeedStatus(Status.SKIPPED) for seed in job.seeds})


def failed(method: str, dataset: str, seeds: int = 5) -> Outcome:
    job = image_job(method, dataset, seeds)
    status = {seed: SeedStatus(Status.ERROR, None, "boom") for seed in job.seeds}
    return Outcome(job, frame_from_rows(job, []), status, traceback="Traceback: boom\n")


def perfect(dataset: str, extractor: str = "classifier") -> Outcome:
    settings = {**judged(dataset, extractor), "threads": 1}
    job = Job("images", "perfect-sampler", dataset, tuple(range(DRAWS)), settings)
    rng = np.random.default_rng([*dataset.encode()])
    rows = []
    for seed in job.seeds:
        for n in (CURVE, END):
            values = quality_values(dataset, extractor, 0.4, n, rng)
            rows += [Row(seed, 0, name, value, 0.0, "n", float(n)) for name, value in values.items()]
    status = {seed: SeedStatus(Status.COMPLETED) for seed in job.seeds}
    samples = {"reference": pictures(dataset, GRID, 0.05, rng)}
    return Outcome(
        job, frame_from_rows(job, rows), status, described(dataset, extractor), samples,
        facts(dataset, extractor),
    )  # fmt: skip


def standard_run(seeds: int = 5) -> StubRun:
    """Six methods on glyphs and stacked glyphs, and two on CIFAR-10 by two extractors."""
    special = {
        ("wgan-clip", "glyphs"): lambda: trained("wgan-clip", "glyphs", seeds, diverged={2: 100}),
        ("cgan", "stacked-glyphs"): lambda: skipped("cgan", "stacked-glyphs", seeds),
        ("gan", "stacked-glyphs"): lambda: failed("gan", "stacked-glyphs", seeds),
    }
    outcomes = []
    for dataset in ("glyphs", "stacked-glyphs"):
        outcomes.append(perfect(dataset))
        plain = {(m, dataset): lambda m=m, d=dataset: trained(m, d, seeds) for m in METHODS}
        outcomes += [(plain | special)[m, dataset]() for m in METHODS]
    for extractor in ("classifier", "inception"):
        outcomes += [trained(m, "cifar10", 2, extractor=extractor) for m in ("wgan-gp", "sngan")]
    return run_of([*outcomes, perfect("cifar10", "inception")])
