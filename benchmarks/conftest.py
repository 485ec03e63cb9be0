"""What every benchmark stores beside its time: the machine that it was measured on."""

import platform

import pytest
import torch

from gan_bench.harness.provenance import cores, cpu_model, processor_features


@pytest.fixture(autouse=True)
def machine(benchmark):
    """Times are compared within one machine only: its fingerprint stands with each of them."""
    benchmark.extra_info.update(
        cpu=cpu_model(),
        cores=cores(),
        processor_features=processor_features(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        python=platform.python_version(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else "",
    )
