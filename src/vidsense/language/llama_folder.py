"""In: a folder in transformers' LLaMA format (config.json, safetensors, tokenizer.json). Out: a GGUF file of it.

safetensors files are read as what they are, a JSON header and plain numbers, one weight at a time and without torch.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.errors import ModelError
from vidsense.language.llama_gguf import write_llama_gguf
from vidsense.vision.checkpoint import read_json

NUMBERS: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}
"""bfloat16 as its bits: NumPy has no such number."""


def convert_folder(folder: Path, out: Path) -> None:
    """Write the model in this folder as GGUF, in its own precision.

    Raises `ModelError` with what is missing or cannot be written so.
    """
    config = read_json(folder / "config.json")
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(f"{folder} has no tokenizer.json, which a GGUF file must hold too.")
    write_llama_gguf(config, weights_of(folder), folder / "tokenizer.json", out, name=folder.resolve().name)


def weights_of(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Each weight of all safetensors files, as a view of the file."""
    index = folder / "model.safetensors.index.json"
    names = {"model.safetensors"}
    if index.is_file():
        names = set(read_json(index).get("weight_map", {}).values())
    for name in sorted(names):
        yield from tensors_in(folder / name)


def tensors_in(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Name and numbers. Raises `ModelError` for a file that is cut short or holds other numbers."""
    try:
        held = np.memmap(path, np.uint8, "r")
        end = 8 + int(held[:8].view("<u8")[0])
        header = json.loads(bytes(held[8:end]))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}; it holds the weights.") from error
    except (ValueError, IndexError) as error:
        raise ModelError(f"{path} is not a safetensors file, or is cut short: get it again.") from error
    for name, told in header.items():
        if name == "__metadata__":
            continue
        if told["dtype"] not in NUMBERS:
            raise ModelError(f"{path} holds {name} as {told['dtype']}; {', '.join(NUMBERS)} can be read.")
        begin, stop = (end + offset for offset in told["data_offsets"])
        if stop > len(held):
            raise ModelError(f"{path} is cut short in {name}: get it again.")
        yield name, np.frombuffer(held[begin:stop], NUMBERS[told["dtype"]]).reshape(told["shape"])
