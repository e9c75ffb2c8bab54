"""In: a name. Out: what a run computes on and in which numbers: a GPU in bfloat16, else the processor in float32."""

import torch

DEVICES = ("auto", "cpu", "cuda")
CPU = torch.device("cpu")


def chosen_device(name: str = "auto") -> torch.device:
    """`auto` is a GPU where there is one. Raises `ValueError` for a GPU that is not there."""
    if name not in DEVICES:
        raise ValueError(f"there is no device {name}; there are {', '.join(DEVICES)}.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("torch finds no CUDA device here; --device cpu works everywhere.")
    return torch.device(name)


def precision_on(device: torch.device) -> torch.dtype:
    """What sums are made in; weights, states and losses are float32 on both."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32
