"""What a job's own process knows when it ends: memory, threads, and torch's build and switches if loaded."""

from __future__ import annotations

import ctypes
import resource
import sys
import warnings
from collections.abc import Mapping
from typing import Any


def job_facts(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Peak memory of this process in MiB, and what torch says of itself where it is loaded."""
    facts: dict[str, Any] = {"peak_memory_mib": round(_peak_of_process(), 1)}
    torch = sys.modules.get("torch")
    if torch is not None:
        facts |= _torch_facts(torch)
        if _on_gpu(settings):
            facts |= _gpu_facts(torch)
    return facts


def peak_memory_mib(settings: Mapping[str, Any]) -> float:
    """Peak memory so far in MiB: of the GPU where the job has one, else of this process."""
    if _on_gpu(settings):
        return float(sys.modules["torch"].cuda.max_memory_allocated() / 2**20)
    return _peak_of_process()


def _on_gpu(settings: Mapping[str, Any]) -> bool:
    return str(settings.get("device", "")).startswith("cuda")


def _peak_of_process() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (2**20 if sys.platform == "darwin" else 2**10))


def set_threads(settings: Mapping[str, Any]) -> None:
    """Give torch, if it is loaded, the number of threads that the job was planned with.

    On a GPU also: float32 is float32, not TF32, and convolutions sum in a fixed order.
    """
    torch = sys.modules.get("torch")
    keep_freed_memory()
    if torch is not None and "threads" in settings:
        torch.set_num_threads(settings["threads"])
    if torch is not None and _on_gpu(settings):
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.deterministic = True
        # Optimisers warn of eager steps, which come before any that is captured.
        warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")


def keep_freed_memory() -> None:
    """Let glibc keep what is freed for the next step: page faults took 1 to 8 % of a training step.

    Other C libraries have no such switch.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        trim_threshold, mmap_threshold = -1, -3
        mallopt(trim_threshold, 2**30)
        mallopt(mmap_threshold, 2**25)  # the largest that it takes


def is_out_of_memory(error: BaseException) -> bool:
    """True for Python's, torch's and CUDA's ways to say that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    # On a CPU torch raises a bare RuntimeError from its allocator.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def kernel_oom_kills() -> int:
    """How often the kernel has killed for lack of memory, here or on this machine; 0 where it does not say.

    A process killed for memory and one killed by a person both end by SIGKILL: this counter tells them apart.
    """
    for path in ("/sys/fs/cgroup/memory.events", "/proc/vmstat"):
        try:
            with open(path, encoding="ascii") as file:
                fields = dict(line.split() for line in file)
        except (OSError, ValueError):
            continue
        if "oom_kill" in fields:
            return int(fields["oom_kill"])
    return 0


def _torch_facts(torch: Any) -> dict[str, Any]:
    return {
        "torch": {
            "version": str(torch.__version__),
            "cuda": torch.version.cuda,
            "threads": torch.get_num_threads(),
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "cudnn_benchmark": torch.backends.cudnn.benchmark,
            "tf32_matmul": torch.get_float32_matmul_precision() != "highest",
            "tf32_cudnn": torch.backends.cudnn.allow_tf32,
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        }
    }


def _gpu_facts(torch: Any) -> dict[str, Any]:
    properties = torch.cuda.get_device_properties(0)
    return {
        "gpu": {
            "name": properties.name,
            "memory_mib": properties.total_memory // 2**20,
            "peak_memory_mib": round(torch.cuda.max_memory_allocated() / 2**20, 1),
            "cudnn": torch.backends.cudnn.version(),
            "driver": torch._C._cuda_getDriverVersion(),
        }
    }
