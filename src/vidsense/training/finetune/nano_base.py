"""In: a folder as `vidsense train export` writes it. Out: nano in torch, ready to be taught; and back into a folder."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from transformers import LlamaForCausalLM

from vidsense.errors import ModelError
from vidsense.training.export import Trained, write_trained
from vidsense.training.matching import Matching, MatchingSize
from vidsense.training.nano import Nano, NanoSize
from vidsense.training.speaker import Speaker, SpeakerSize

PACKAGED = "nano"


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
    matching: Matching
    tokenizer: Tokenizer

    @property
    def frames(self) -> int:
        """Frames that it looks at."""
        return int(self.config["frames"])

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of a frame."""
        return self.mind.nano.size.height, self.mind.nano.size.width


def nano_folder(name: str) -> Path:
    """Where nano's weights lie: the package's own for "nano", else the folder of this name."""
    folder = Path(str(files("vidsense") / "weights" / PACKAGED)) if name == PACKAGED else Path(name)
    if not (folder / "nano.safetensors").is_file():
        why = "this package has no weights of nano" if name == PACKAGED else f"there is no nano.safetensors in {folder}"
        raise ModelError(f"{why}: `vidsense train nano`, then `vidsense train export`, write such a folder.")
    return folder


def load_nano_base(name: str) -> NanoBase:
    """Everything from disk, in torch. Raises `ModelError` where something is missing or does not go together."""
    folder = nano_folder(name)
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        size = NanoSize(**{field.name: config[field.name] for field in fields(NanoSize)})
        speaker_size = SpeakerSize(**config["speaker"])
        text = {key: value for key, value in config["text"].items() if key != "longest_sentence"}
        nano, speaker = Nano(size), Speaker(size.temporal_dim, speaker_size)
        matching = Matching(size.temporal_dim, MatchingSize(vocabulary=speaker_size.vocabulary, **text))
        weights = load_file(folder / "nano.safetensors")
        for prefix, module in (("nano.", nano), ("projector.", speaker.projector), ("matching.", matching)):
            module.load_state_dict({n.removeprefix(prefix): t for n, t in weights.items() if n.startswith(prefix)})
        speaker.language = LlamaForCausalLM.from_pretrained(folder / "language")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder} does not hold a nano that this version reads: {error}") from error
    return NanoBase(folder, config, Mind(nano, speaker).eval(), matching.eval(), tokenizer)


def write_nano_folder(base: NanoBase, mind: Mind, out: Path) -> None:
    """A taught nano, without adapters, in the base's format."""
    config = dict(base.config)
    write_trained(Trained(mind.nano, mind.speaker, base.matching, base.folder / "tokenizer.json", config), out)
    for name in ("README.md", "LICENSE"):
        if (base.folder / name).is_file():
            shutil.copyfile(base.folder / name, out / name)


@contextmanager
def plain_attention() -> Iterator[None]:
    """Without torch's fused encoder layer: it reads weights past their adapters, which then do nothing."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
