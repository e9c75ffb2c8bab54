"""In: a prompt. Out: words, from a model that runs in this process."""

import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from threading import Event, Lock, get_ident
from typing import Literal

import torch
from transformers import PreTrainedModel

from vidsense.errors import ModelError
from vidsense.language.local.checkpoint import checkpoint_of
from vidsense.language.local.family import Shown
from vidsense.language.local.weights import explained, load
from vidsense.language.local.writing import Terms, written
from vidsense.language.model import ContextError, Decoding, Limits, Piece, Prompt, Schema
from vidsense.language.options import DEFAULT_CONTEXT, ModelOptions

SEVERAL_PICTURES = 64


class LocalModel:
    """A model of transformers. It answers one prompt at a time; others wait."""

    def __init__(self, name: str, options: ModelOptions | None = None) -> None:
        self.options = options or ModelOptions()
        self.checkpoint = checkpoint_of(name)
        self.loaded = load(self.checkpoint, self.options)
        self._lock, self._writer, self._halt = Lock(), 0, Event()

    @property
    def name(self) -> str:
        """As `--model` takes it."""
        return f"hf/{self.checkpoint.name}"

    @property
    def identity(self) -> str:
        """What its files are, and what else changes its answers."""
        bits = f"{self.options.bits} bits" if self.options.bits else ""
        return "@".join(filter(None, (self.name, self.checkpoint.fingerprint, bits, self.loaded.family.variant)))

    @property
    def limits(self) -> Limits:
        """What it reads. It can be held to no schema."""
        return Limits(
            context=min(self.options.context or DEFAULT_CONTEXT, self.loaded.context),
            pictures=SEVERAL_PICTURES,
            picture_size=self.loaded.family.picture_size,
            schema=False,
        )

    def text_tokens(self, text: str) -> int:
        """By its own tokenizer."""
        return self.loaded.chat.count(text)

    def picture_tokens(self, height: int, width: int) -> int:
        """By its family's rule; the mean over many, where frames of one prompt cost differently."""
        return self.loaded.family.picture_tokens(height, width)

    def read(self, prompt: Prompt) -> tuple[list[int], Shown]:
        """What the model gets of a prompt: token ids and pictures."""
        pictures = [picture.pixels for picture in prompt.pictures]
        shown = self.loaded.family.shown(pictures) if pictures else Shown()
        return self.loaded.chat.ids(prompt, shown.marks), shown

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer as it is written. Who stops reading early ends it at its next token."""
        wrote: list[int] = []
        with self._alone() as halt, explained(self.name, self.loaded.place):
            model = self._model()
            ids, shown = self._fitting(prompt, max_tokens)
            inputs = partial(self.loaded.family.inputs, model, torch.tensor([ids], device=model.device), shown)
            terms = Terms(max_tokens, self.loaded.ends, decoding or Decoding())
            with closing(written(model, inputs, terms, halt)) as tokens:
                yield from map(Piece, self.loaded.chat.words(noted(tokens, wrote)))
        yield Piece("", self._ended(wrote, max_tokens), len(ids))

    def _fitting(self, prompt: Prompt, max_tokens: int) -> tuple[list[int], Shown]:
        """What the model gets of a prompt that fits, with its answer, into the context."""
        ids, shown = self.read(prompt)
        if len(ids) + max_tokens > self.limits.context:
            raise ContextError(
                f"a prompt of {len(ids)} tokens and an answer of {max_tokens} do not fit into the "
                f"{self.limits.context} of {self.name}. Choose fewer frames, or a larger --context."
            )
        return ids, shown

    def _model(self) -> PreTrainedModel:
        if self.loaded.model is None:
            raise ModelError(f"{self.name} was closed")
        return self.loaded.model

    @contextmanager
    def _alone(self) -> Iterator[Event]:
        """Wait until no other thread has the model; gives what stops the answer."""
        if self._writer == get_ident():
            raise ValueError("read or close the answer before this one first")
        with self._lock:
            self._writer, self._halt = get_ident(), Event()
            try:
                yield self._halt
            finally:
                self._writer = 0

    def _ended(self, wrote: list[int], max_tokens: int) -> Literal["stop", "length"]:
        if wrote and wrote[-1] in self.loaded.ends:
            return "stop"
        if len(wrote) == max_tokens:
            return "length"
        raise ModelError(f"{self.name} was closed in the middle of an answer")

    def close(self) -> None:
        """Free its memory; an answer that is being written ends."""
        self._halt.set()
        self.loaded = replace(self.loaded, model=None)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def noted(tokens: Iterator[int], wrote: list[int]) -> Iterator[int]:
    """The same tokens, each taken down as it passes."""
    for token in tokens:
        wrote.append(token)
        yield token
