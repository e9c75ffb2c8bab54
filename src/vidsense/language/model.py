"""In: a `Prompt` of texts and pictures. Out: `Piece`s of an answer. Behind this seam stands every language model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from vidsense.errors import ModelError

Schema = dict[str, Any]
"""A JSON Schema."""
PIECES = re.compile(r"[A-Za-z]{1,3}|[^A-Za-z ]| (?![A-Za-z])")
PART_TOKENS = 12
"""What a model's chat template may add around each part of a prompt."""


class ContextError(ModelError):
    """A prompt and its answer do not fit into the model's context."""


class ConnectionLostError(ModelError):
    """The server went away, or did not answer in time: the same request may work again."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame as a model is shown it."""

    id: str
    pts_seconds: float
    pixels: np.ndarray
    """(H, W, 3) uint8 RGB."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be (H, W, 3) uint8, got {self.pixels.shape} {self.pixels.dtype}")


@dataclass(frozen=True)
class Prompt:
    """What a model is to read, in this order."""

    system: str
    """Who it is and what it must keep to."""
    parts: tuple[str | Picture, ...]
    """Texts and pictures. The last is a text: llama.cpp's server ends itself on a prompt that ends in a picture."""

    def __post_init__(self) -> None:
        if not self.parts or not isinstance(self.parts[-1], str) or not self.parts[-1].strip():
            raise ValueError("a prompt must end in a text")

    @property
    def pictures(self) -> list[Picture]:
        """The pictures, in order."""
        return [part for part in self.parts if isinstance(part, Picture)]

    @property
    def text(self) -> str:
        """Everything in words, each picture as its id."""
        return "\n".join(part if isinstance(part, str) else f"<{part.id}>" for part in self.parts)


@dataclass(frozen=True)
class Decoding:
    """How the next token is picked."""

    temperature: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.temperature < 0 or self.repeat_penalty <= 0:
            raise ValueError(f"temperature and repeat penalty must be positive, got {self}")


@dataclass(frozen=True)
class Limits:
    """What a model can read and how it answers."""

    context: int
    """Tokens that a prompt and its answer may have together."""
    pictures: int
    """The most pictures in one prompt; 0: it reads none."""
    picture_size: int
    """The longer side, in pixels, that a picture is best shown at."""
    schema: bool
    """Whether it can be held to a JSON Schema."""
    parallel: int = 1
    """How many prompts it answers at once."""


@dataclass(frozen=True)
class Piece:
    """Part of an answer, as it is written."""

    text: str
    ended: Literal["stop", "length"] | None = None
    """With the last piece: whether the model was done or ran out of tokens."""
    prompt_tokens: int | None = None
    """With the last piece, where the model tells: what its prompt really cost."""


@runtime_checkable
class LanguageModel(Protocol):
    """Something that reads a prompt and answers in words."""

    @property
    def name(self) -> str:
        """How a result names it, as `--model` takes it."""
        ...

    @property
    def identity(self) -> str:
        """The same for the same weights: answers are kept under it."""
        ...

    @property
    def limits(self) -> Limits:
        """What it reads."""
        ...

    def text_tokens(self, text: str) -> int:
        """At least as many tokens as this text has for the model."""
        ...

    def picture_tokens(self, height: int, width: int) -> int:
        """At least as many tokens as a picture of this size costs."""
        ...

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer, piece by piece as it is written; the last piece says how it ended.

        Raises `ContextError` when the prompt is too long, `ConnectionLostError` when asking again may help, and
        `ModelError` when it does not.
        """
        ...

    def close(self) -> None:
        """Let go of what was started for it."""
        ...


def prompt_tokens(model: LanguageModel, prompt: Prompt) -> int:
    """At least as many tokens as the prompt has for this model, its template included."""
    texts = [prompt.system, *(part for part in prompt.parts if isinstance(part, str))]
    pictures = sum(model.picture_tokens(*picture.pixels.shape[:2]) for picture in prompt.pictures)
    return model.text_tokens("\n".join(texts)) + pictures + PART_TOKENS * (len(prompt.parts) + 1)


def rough_tokens(text: str) -> int:
    """More tokens than any common tokenizer makes of a text: for models that do not tell.

    Letters in threes, digits, marks and the spaces before them alone, and each byte of what is not ASCII.

    >>> rough_tokens("At 0:30 a dog runs in.")
    12
    """
    return sum(len(piece.encode("utf-8", "replace")) if not piece.isascii() else 1 for piece in PIECES.findall(text))
