"""The made-up runs, loaded by path: test directories are no packages."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "gan_bench" / "report" / "synthetic.py"


@pytest.fixture(scope="session")
def synthetic():
    """The module with made-up runs."""
    spec = importlib.util.spec_from_file_location("synthetic_run", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["synthetic_run"] = module
    spec.loader.exec_module(module)
    return module
