"""What experiments that read a clock share: networks, a synchronised clock, the machine's facts."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import torch

from gan_bench.data.images import build_image_dataset
from gan_bench.data.toy import Dataset, build_dataset
from gan_bench.experiments.images.networks import networks as image_networks
from gan_bench.experiments.modules import Networks
from gan_bench.experiments.training.networks import networks
from gan_bench.methods.method import Method


def dataset_and_networks(settings: Mapping[str, Any], method: Method) -> tuple[Dataset, Networks]:
    """Return what a job times, by network ("mlp" for points), dataset, latent, width, layers."""
    sizes = {**settings, "generator": None, "critic": None}
    if settings["network"] == "mlp":
        points = build_dataset(settings["dataset"])
        return points, networks(sizes, points, method.copies)
    images = build_image_dataset(settings["dataset"])
    own = {"critic_width": None, "critic_batch_norm": False}
    return images, image_networks({**sizes, **own}, images, method)


def now(device: torch.device) -> float:
    """Seconds of a clock, once all work on the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def energy(device: torch.device) -> float | None:
    """Joules that a GPU has taken so far; None where no driver's library counts them."""
    if device.type != "cuda":
        return None
    try:
        pynvml = import_module("pynvml")
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device).uuid}")
        return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1000
    except pynvml.NVMLError:
        return None


def machine() -> dict[str, Any]:
    """What a reader must know of the machine to believe a timing; the rest stands in the run's provenance."""
    facts: dict[str, Any] = {
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "clock_resolution_seconds": time.get_clock_info("perf_counter").resolution,
    }
    if hasattr(os, "getloadavg"):  # not on every system
        facts["load_average_before"] = round(os.getloadavg()[0], 2)
    return facts
