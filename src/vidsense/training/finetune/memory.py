"""Out: how much memory this process has needed at most since it was asked to forget."""

import sys
from pathlib import Path

import torch

MIB = 1024 * 1024


def forget_peak(device: torch.device) -> None:
    """Begin to measure anew. Only Linux and CUDA can: elsewhere the peak is that of the whole process."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak_mib(device: torch.device) -> float | None:
    """Of the device where the weights are; none where it cannot be told."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / MIB, 1)
    if sys.platform == "linux":
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)
    if sys.platform == "win32":
        return None
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB, 1)


def adam_bytes(learn: int) -> int:
    """What learning so many float32 numbers needs beside them: a gradient and Adam's two moments."""
    return 3 * 4 * learn
