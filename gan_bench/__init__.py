"""Benchmark and stability analysis for GANs. Names load when first used: importing this package is cheap."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_bench.benchmarking import benchmark
    from gan_bench.experiments.judge import judge
    from gan_bench.harness.driver import run
    from gan_bench.methods.method import Method
    from gan_bench.metrics.divergence import js_from_densities, js_from_samples, js_from_scores
    from gan_bench.metrics.modes import mode_coverage
    from gan_bench.metrics.transport import wasserstein1
    from gan_bench.report.compare import compare
    from gan_bench.report.history import history
    from gan_bench.results import load
    from gan_bench.scoring import score

__version__ = "0.1.0"

__all__ = [
    "Method",
    "__version__",
    "benchmark",
    "compare",
    "history",
    "js_from_densities",
    "js_from_samples",
    "js_from_scores",
    "judge",
    "load",
    "mode_coverage",
    "run",
    "score",
    "wasserstein1",
]

_HOMES = {
    "Method": "gan_bench.methods.method",
    "benchmark": "gan_bench.benchmarking",
    "compare": "gan_bench.report.compare",
    "history": "gan_bench.report.history",
    "js_from_densities": "gan_bench.metrics.divergence",
    "js_from_samples": "gan_bench.metrics.divergence",
    "js_from_scores": "gan_bench.metrics.divergence",
    "judge": "gan_bench.experiments.judge",
    "load": "gan_bench.results",
    "mode_coverage": "gan_bench.metrics.modes",
    "run": "gan_bench.harness.driver",
    "score": "gan_bench.scoring",
    "wasserstein1": "gan_bench.metrics.transport",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
