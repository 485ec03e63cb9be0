"""How long a command takes to begin, beside Python's own start: a shell is where the product is used."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest


def _seconds(*arguments):
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["--version"]], ids=lambda a: a[0].lstrip("-"))
def bench_command(benchmark, arguments):
    benchmark.group = "start of a command"
    benchmark.pedantic(_seconds, ("-m", "gan_bench", *arguments), rounds=5, warmup_rounds=1)
    bare = statistics.median(_seconds("-c", "pass") for _ in range(5))
    benchmark.extra_info.update(ratio=benchmark.stats["median"] / bare, bare_python_seconds=bare)
