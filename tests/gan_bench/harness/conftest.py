import importlib.util
import sys
from pathlib import Path

import pytest

FAKE = Path(__file__).parents[2] / "journeys" / "fake_experiment.py"


@pytest.fixture
def fake_suite(tmp_path, monkeypatch):
    """Make the data of a suite over the misbehaving experiment; run in a fresh folder."""
    monkeypatch.chdir(tmp_path)

    def make(*methods, seeds=2, **settings):
        return {
            "suite": {"name": "fake", "seeds": seeds, "device": "cpu"},
            "experiment": [{"kind": f"{FAKE}:EXPERIMENT", "methods": list(methods), **settings}],
        }

    return make


@pytest.fixture(scope="session")
def fake():
    """The misbehaving experiment as a module."""
    spec = importlib.util.spec_from_file_location("fake_for_tests", FAKE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
