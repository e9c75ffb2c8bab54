"""In: a folder with a language model of transformers. Out: the frozen model, its tokenizer, the wording it knows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from vidsense.errors import ModelError
from vidsense.language.joined import ASKED, Wording
from vidsense.language.local.weights import quiet

FRAMES = "<|the frames|>"
"""Where the frames stand in a chat; never in front of the model."""


@dataclass(frozen=True, eq=False)
class Language:
    """A language model that stays as it is."""

    folder: Path
    model: LlamaForCausalLM
    tokenizer: Tokenizer
    wording: Wording

    @property
    def table(self) -> torch.Tensor:
        """(V, dim), its tokens as it reads them."""
        model: Any = self.model
        weights: torch.Tensor = model.get_input_embeddings().weight.detach()
        return weights

    @property
    def dim(self) -> int:
        """The width of its tokens."""
        return int(self.model.config.hidden_size)

    @property
    def context(self) -> int:
        """The most tokens that it reads."""
        return int(self.model.config.max_position_embeddings)

    @property
    def spread(self) -> float:
        """How large the numbers of its tokens are."""
        return float(self.table.float().std())

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, marks of the chat among them."""
        found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def embedded(self, text: str) -> torch.Tensor:
        """(n, dim) float32, a text as the model reads it."""
        return self.table[torch.tensor(self.ids(text), dtype=torch.long, device=self.table.device)].float()


def load_language(folder: Path, device: torch.device, precision: torch.dtype) -> Language:
    """A model of the LLaMA class, none of whose weights learns. Raises `ModelError` for a folder that holds none."""
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"there is no language model in {folder}: it must hold config.json, weights and tokenizer.json."
        )
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(f"{folder} has no tokenizer.json: save its tokenizer with transformers' fast classes.")
    try:
        kind = AutoConfig.from_pretrained(folder).model_type
        if kind != "llama":
            raise ModelError(f"{folder} holds a {kind}; a model of the LLaMA class is needed, as llama.cpp reads it.")
        with quiet():
            model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=precision)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder} cannot be loaded: {' '.join(str(error).split())[:200]}") from error
    model.requires_grad_(False).eval().to(device)
    return Language(folder, model, Tokenizer.from_file(str(folder / "tokenizer.json")), wording_of(folder, model))


def wording_of(folder: Path, model: LlamaForCausalLM) -> Wording:
    """By its chat template where it has one; else plain words behind the mark that begins a text."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    end_id = tokenizer.eos_token_id
    if end_id is None:
        told = model.config.eos_token_id
        end_id = told[0] if isinstance(told, list) else told
    if end_id is None:
        raise ModelError(f"{folder} does not tell which token ends a text (eos_token).")
    if not tokenizer.chat_template:
        return Wording(tokenizer.bos_token or "", f"\nQuestion: {ASKED}\nAnswer:", " ", int(end_id))
    chat = [{"role": "user", "content": f"{FRAMES}\n{ASKED}"}]
    before, _, after = str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)).partition(
        FRAMES
    )
    if ASKED not in after:
        raise ModelError(f"the chat template of {folder} changes what is asked; it cannot be used.")
    return Wording(before, after, "", int(end_id))
