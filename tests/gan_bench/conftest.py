"""The made-up runs on images, loaded by path as those on points are."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "report" / "synthetic_images.py"


@pytest.fixture(scope="session")
def synthetic_images(synthetic):
    """The module with made-up runs on images; it builds on the one with runs on points."""
    spec = importlib.util.spec_from_file_location("synthetic_images_run", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["synthetic_images_run"] = module
    spec.loader.exec_module(module)
    return module
