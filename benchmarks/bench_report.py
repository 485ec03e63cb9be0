"""Rendering: a page of usual size and one of a thousand cells, beside the JSON of the same numbers."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path

import pytest

from gan_bench.report.render import render

MADE_UP = Path(__file__).parents[1] / "tests" / "gan_bench" / "report"


def _module(name):
    """A module of made-up runs, which the tests use too."""
    spec = importlib.util.spec_from_file_location(f"{name}_run", MADE_UP / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runs():
    synthetic = _module("synthetic")
    render(synthetic.run_of([synthetic.trained("gan", "ring8", 2)]))  # pays for the imports
    return {
        "20-cells": synthetic.standard_run(),
        "1000-cells": _module("thousand").thousand_cells(synthetic),
    }


@pytest.mark.parametrize("size", ["20-cells", "1000-cells"])
def bench_page(benchmark, runs, size):
    benchmark.group = "the page of a run"
    page = benchmark.pedantic(render, (runs[size],), rounds=1)
    began = time.perf_counter()
    rows = [outcome.rows.to_dict("records") for outcome in runs[size].outcomes]
    text = json.dumps(rows, default=str)
    plain = time.perf_counter() - began
    benchmark.extra_info.update(
        ratio=benchmark.stats["median"] / plain, bytes=len(page.encode()), rows_as_json_bytes=len(text)
    )
