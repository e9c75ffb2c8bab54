"""In: a folder as `vidsense train export` writes it. Out: nano in torch, ready to be taught; and back into a folder."""

import copy
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import LlamaForCausalLM
from transformers.utils import logging

from vidsense.errors import ModelError
from vidsense.training.graphs import language_graph, write_graph
from vidsense.training.llama_file import write_llama_file
from vidsense.training.nano import Nano, NanoSize
from vidsense.training.speaker import Speaker, SpeakerSize
from vidsense.vision.encoder import NANO
from vidsense.vision.nano import nano_folder

WEIGHTS, GGUF, GRAPH, PROJECTOR = "nano.safetensors", "language.gguf", "language.onnx", "projector."


class Mind(nn.Module):
    """All of nano that answers: tower, temporal transformer, projector, language model."""

    def __init__(self, nano: Nano, speaker: Speaker) -> None:
        super().__init__()
        self.nano, self.speaker = nano, speaker


@dataclass(frozen=True, eq=False)
class NanoBase:
    """nano as it was trained."""

    folder: Path
    config: dict[str, Any]
    mind: Mind
    tokenizer: Tokenizer

    @property
    def frames(self) -> int:
        """Frames that it looks at."""
        return int(self.config["frames"])

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of a frame."""
        return self.mind.nano.size.height, self.mind.nano.size.width


def base_folder(name: str) -> Path:
    """Where nano's weights lie: the package's own for "nano", else the folder of this name, with or without nano/."""
    folder = nano_folder() if name == NANO else Path(name.removeprefix(f"{NANO}/"))
    if not (folder / WEIGHTS).is_file():
        why = "this package has no weights of nano" if name == NANO else f"there is no {WEIGHTS} in {folder}"
        raise ModelError(
            f"{why}: name nano, a folder as `vidsense train export` writes it, or hf/NAME for a model of transformers."
        )
    return folder


def load_nano_base(name: str) -> NanoBase:
    """Everything from disk, in torch and float32. Raises `ModelError` where it does not go together."""
    folder = base_folder(name)
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        size = NanoSize(**{field.name: config[field.name] for field in fields(NanoSize)})
        nano, speaker = Nano(size), Speaker(size.temporal_dim, SpeakerSize(**config["speaker"]))
        weights = load_file(folder / WEIGHTS)
        for prefix, module in (("nano.", nano), (PROJECTOR, speaker.projector)):
            fill(module, {n.removeprefix(prefix): t for n, t in weights.items() if n.startswith(prefix)})
        with without_bars():
            speaker.language = LlamaForCausalLM.from_pretrained(folder / "language", dtype=torch.float32)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder} does not hold a nano that this version reads: {error}") from error
    return NanoBase(folder, config, Mind(nano, speaker).eval(), tokenizer)


def fill(module: nn.Module, weights: dict[str, Tensor]) -> None:
    """Put weights in place; how many batches a scale was counted over is not kept, and not needed."""
    missing, unexpected = module.load_state_dict({n: t.float() for n, t in weights.items()}, strict=False)
    if odd := [name for name in (*missing, *unexpected) if not name.endswith("num_batches_tracked")]:
        raise ValueError(f"{odd[0]} is missing, or should not be there")


def write_nano_folder(base: NanoBase, mind: Mind, out: Path) -> None:
    """nano with what was taught in its weights, in the base's format; the towers are the base's, copied."""
    out.mkdir(parents=True, exist_ok=True)
    for file in base.folder.iterdir():
        if file.is_file() and file.name not in (WEIGHTS, GGUF, GRAPH):
            shutil.copyfile(file, out / file.name)
    weights = load_file(base.folder / WEIGHTS)
    parts = {PROJECTOR: mind.speaker.projector, "nano.temporal.": mind.nano.temporal}
    for name, tensor in ((prefix + name, t) for prefix, part in parts.items() for name, t in part.state_dict().items()):
        weights[name] = tensor.detach().to(weights[name].dtype).contiguous()
    save_file(weights, out / WEIGHTS)
    language: Any = copy.deepcopy(mind.speaker.language)
    half = next(iter(weights.values())).dtype == torch.float16
    write_llama_file(language, out / "tokenizer.json", out / GGUF, "float16" if half else "float32")
    numbers = sum(parameter.numel() for parameter in language.parameters())
    graph = base.folder / GRAPH
    write_graph(language_graph(language), out / GRAPH, int8=graph.is_file() and graph.stat().st_size < 2 * numbers)
    with without_bars():
        language.to(torch.float16 if half else torch.float32).save_pretrained(out / "language")
    shutil.copyfile(out / "tokenizer.json", out / "language" / "tokenizer.json")


@contextmanager
def without_bars() -> Iterator[None]:
    """No bars of transformers for a file of a few megabytes."""
    log: Any = logging
    shown = log.is_progress_bar_enabled()
    log.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            log.enable_progress_bar()
