"""In: a model's files. Out: `Loaded`, its weights at their place, its chat, and the family that shows it pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForImageTextToText, AutoTokenizer, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging

from vidsense.errors import ModelError
from vidsense.language.local.chat import Chat
from vidsense.language.local.checkpoint import Checkpoint
from vidsense.language.local.family import Family
from vidsense.language.local.llava_next_video import LlavaNextVideo
from vidsense.language.local.place import Place, place_for, quantized
from vidsense.language.local.qwen3_vl import Qwen3VL
from vidsense.language.local.smolvlm import SmolVLM
from vidsense.language.options import ModelOptions

FAMILIES: dict[str, type[Family]] = {
    "smolvlm": SmolVLM,
    "qwen3_vl": Qwen3VL,
    "llava_next_video": LlavaNextVideo,
}
"""By the name that transformers gives them."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model ready to run."""

    model: PreTrainedModel | None
    """None: it was closed."""
    chat: Chat
    family: Family
    place: Place
    ends: tuple[int, ...]
    """Tokens that end an answer."""
    context: int
    """Tokens for which the model was made."""


def load(checkpoint: Checkpoint, options: ModelOptions) -> Loaded:
    """Everything from disk. Raises `ModelError` where something is missing or does not go together."""
    place = place_for(options.device)
    how = quantized(options.bits, place)
    trusted = {"local_files_only": True, "trust_remote_code": options.trust_remote_code}
    check_known(checkpoint, options)
    if options.threads:
        torch.set_num_threads(options.threads)
    with quiet(), explained(checkpoint.name, place):
        config = AutoConfig.from_pretrained(checkpoint.folder, **trusted)
        kind = family_of(config, checkpoint)
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, **trusted)
        chat = Chat(tokenizer, checkpoint.older_template)
        family = kind(checkpoint, config, tokenizer, options)
        model = weights(checkpoint, kind, place, {**trusted, **how})
    ends = ends_of(model, tokenizer.eos_token_id)
    none: Any = transformers.GenerationConfig
    model.generation_config = none()  # its authors' habits would leak into every answer
    return Loaded(model, chat, family, place, ends, config.get_text_config().max_position_embeddings)


def check_known(checkpoint: Checkpoint, options: ModelOptions) -> None:
    """See that the model is of a known family, or brings code that the user lets run."""
    if checkpoint.model_type in FAMILIES or (checkpoint.brings_code and options.trust_remote_code):
        return
    if checkpoint.brings_code:
        raise ModelError(f"{checkpoint.name} brings code of its own: --trust-remote-code lets it run. Read it before.")
    raise ModelError(unknown(checkpoint))


def unknown(checkpoint: Checkpoint) -> str:
    """What can be done with a model of another family."""
    return (
        f"{checkpoint.name} is of the family {checkpoint.model_type or 'unknown'}; through transformers run "
        f"{', '.join(FAMILIES)}. Take it with Ollama or as a GGUF file."
    )


def family_of(config: PreTrainedConfig, checkpoint: Checkpoint) -> type[Family]:
    """The family of a model, or that on which its own code builds."""
    for kind in type(config).__mro__:
        if (name := vars(kind).get("model_type")) in FAMILIES:
            return FAMILIES[str(name)]
    raise ModelError(unknown(checkpoint))


def weights(checkpoint: Checkpoint, kind: type[Family], place: Place, how: dict[str, Any]) -> PreTrainedModel:
    """The weights, all of them: transformers makes up those that are missing, and only logs it."""
    own = checkpoint.model_type not in FAMILIES
    maker: Any = AutoModelForImageTextToText if own else getattr(transformers, kind.model_class)
    model, told = maker.from_pretrained(checkpoint.folder, dtype=place.dtype, output_loading_info=True, **how)
    if missing := sorted(told["missing_keys"]):
        raise ModelError(f"{checkpoint.name} lacks {len(missing)} of its weights, as {missing[0]}: pull it again.")
    placed: PreTrainedModel = (model if "device_map" in how else model.to(place.device)).eval()
    return placed


def ends_of(model: PreTrainedModel, own: int | None) -> tuple[int, ...]:
    """The tokens that end an answer, by the model's files and its tokenizer."""
    said = model.generation_config.eos_token_id if model.generation_config else None
    listed = said if isinstance(said, list) else [said]
    ends = tuple(dict.fromkeys(token for token in [*listed, own] if token is not None))
    if not ends:
        raise ModelError("the model does not say which token ends an answer")
    return ends


@contextmanager
def quiet() -> Iterator[None]:
    """No bars and no remarks of transformers while it loads."""
    log: Any = logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()


@contextmanager
def explained(name: str, place: Place) -> Iterator[None]:
    """What goes wrong in torch and transformers as ours, each with what would work."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise ModelError(
                f"{name} does not fit into the memory of {place.device}: show it fewer or smaller frames, or take a "
                "smaller model, --bits 4 on CUDA, or a GGUF model."
            ) from error
        raise ModelError(f"{name} cannot be used: {error}") from error


def out_of_memory(error: Exception) -> bool:
    """Whether memory ran out: CUDA says so by type, MPS and CPUs only in words."""
    words = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(said in str(error) for said in words)
