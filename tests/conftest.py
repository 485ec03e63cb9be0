"""What all tests share: an interruptible process, a cache of their own, the made-up runs, loaded by path."""

import importlib.util
import os
import signal
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "gan_bench" / "report" / "synthetic.py"

# A shell starts background commands with interrupts ignored, and children inherit that: tests that interrupt
# would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Keep decoded images and classifiers of the tests apart from the user's; test processes share them."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
    os.environ["GAN_BENCH_CACHE"] = str(shared / "gan-bench-cache")


@pytest.fixture(scope="session")
def synthetic():
    """The module with made-up runs."""
    spec = importlib.util.spec_from_file_location("synthetic_run", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["synthetic_run"] = module
    spec.loader.exec_module(module)
    return module
