"""What all tests share: an interruptible process, a cache of their own, the made-up runs, loaded by path."""

import importlib.util
import os
import signal
import sys
from pathlib import Path

import pytest

MADE_UP = Path(__file__).parent / "gan_bench" / "report"

# A shell starts background commands with interrupts ignored, and children inherit that: tests that interrupt
# would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Keep decoded images and classifiers of the tests apart from the user's; test processes share them."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
    os.environ["GAN_BENCH_CACHE"] = str(shared / "gan-bench-cache")


def _module(name, folder=MADE_UP):
    """A module of what tests share, by path: tests are no package."""
    spec = importlib.util.spec_from_file_location(f"{name}_run", folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def synthetic():
    """The module with made-up runs on points."""
    return _module("synthetic")


@pytest.fixture(scope="session")
def synthetic_images(synthetic):
    """The module with made-up runs on images; it builds on the one with runs on points."""
    return _module("synthetic_images")


@pytest.fixture(scope="session")
def dated():
    """The module with made-up runs of several days."""
    return _module("dated")


@pytest.fixture(scope="session")
def thousand_cells():
    """Makes a run of a thousand cells out of the module with made-up runs."""
    return _module("thousand").thousand_cells


@pytest.fixture(scope="session")
def recorded_operations():
    """What stands for CUDA graphs on a CPU."""
    return _module("recorded_operations", Path(__file__).parent / "gan_bench").RecordedOperations
