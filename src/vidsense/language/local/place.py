"""In: what a user wants and what the machine has. Out: `Place`, where a model runs and how precisely."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from transformers import BitsAndBytesConfig

from vidsense.errors import ModelError

DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Place:
    """Where a model runs and in which numbers."""

    device: torch.device
    dtype: torch.dtype


def place_for(device: str) -> Place:
    """The device of this name, or the best that there is, with the numbers that suit it.

    Half precision is four times *slower* than float32 on CPUs that lack it (measured on AVX-512 without bf16).
    """
    if device not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {device!r}")
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    chosen = next(kind for kind in found if found[kind]) if device == "auto" else device
    if not found[chosen]:
        raise ModelError(f"torch finds no {chosen} device here: take --device auto or cpu.")
    if chosen == "cpu":
        return Place(torch.device("cpu"), torch.float32)
    half = torch.bfloat16 if chosen == "cuda" and torch.cuda.is_bf16_supported() else torch.float16
    return Place(torch.device(chosen), half)


def quantized(bits: int | None, place: Place) -> dict[str, Any]:
    """What `from_pretrained` must be told so that weights take 4 or 8 bits; nothing for whole ones."""
    if bits is None:
        return {}
    if place.device.type != "cuda" or find_spec("bitsandbytes") is None or find_spec("accelerate") is None:
        raise ModelError(
            f"{bits} bits need a CUDA device and bitsandbytes (pip install bitsandbytes accelerate); without them take "
            "a GGUF model, which is quantized everywhere."
        )
    config: Any = BitsAndBytesConfig
    how = config(load_in_4bit=bits == 4, load_in_8bit=bits == 8, bnb_4bit_compute_dtype=place.dtype)
    return {"quantization_config": how, "device_map": {"": place.device}}
