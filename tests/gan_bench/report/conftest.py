"""Made-up runs of several days, loaded by path as the others are."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "dated.py"


@pytest.fixture(scope="session")
def dated():
    """The module with runs of several days."""
    spec = importlib.util.spec_from_file_location("dated_runs", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["dated_runs"] = module
    spec.loader.exec_module(module)
    return module
