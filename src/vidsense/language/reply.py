"""In: a model and a prompt. Out: `Reply`, a whole answer: continued where it ran out of tokens, asked again where it
loops, is empty or the connection broke; or what could be had, and what is wrong with it."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from vidsense.language.model import (
    ConnectionLostError,
    ContextError,
    Decoding,
    LanguageModel,
    Picture,
    Piece,
    Prompt,
    Schema,
    prompt_tokens,
)
from vidsense.source.stream import Frame

Fault = Literal["loop", "empty", "length"]
GREEDY = Decoding()
OTHERWISE = Decoding(temperature=0.5, repeat_penalty=1.15, seed=1)
"""How an answer is asked for again that went wrong: deterministic decoding would go wrong in the same way."""
LOOP_CHARACTERS = 200
"""So much at the end of an answer that only repeats is a loop."""
IDLE = " \n\t-_=.*#|"
"""A row of these is a rule or an indent, no loop."""
MOST_CONTINUED = 4
PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each new attempt after a lost connection."""
CONTINUE = (
    "Your answer stopped in the middle because it was long. It ended with:\n{tail}\n"
    "Go on from exactly there. Do not repeat anything and do not comment on it."
)


@dataclass(frozen=True)
class Reply:
    """What a model answered."""

    text: str
    fault: Fault | None = None
    """What is wrong with it still, after everything was tried."""
    continued: int = 0
    """How often it was continued."""
    asked: int = 1
    """How often the model was asked in all."""


@dataclass(frozen=True)
class Manner:
    """How a model is asked."""

    max_tokens: int
    """The most that one answer may have."""
    schema: Schema | None = None
    decoding: Decoding = GREEDY
    pauses: tuple[float, ...] = PAUSES
    on_text: Callable[[str], None] | None = None
    """Gets what was written so far; what it raises stops the work."""


@dataclass(frozen=True)
class Heard:
    """What one request brought."""

    text: str
    fault: Fault | None


def generate(model: LanguageModel, frames: Iterable[Frame], question: str, *, max_tokens: int = 200) -> Reply:
    """What a model says to a question about a few frames, each shown behind its name and its time.

    The short way of the lesson: nothing is checked. `vidsense.ask` chooses the frames and checks the answer.
    """
    pictures = [Picture(f"f{i + 1:03d}", frame.pts_seconds, frame.pixels) for i, frame in enumerate(frames)]
    shown = [part for picture in pictures for part in (f"[{picture.id} · {picture.pts_seconds:.1f} s]", picture)]
    prompt = Prompt("You look at frames of a video, in the order of time.", (*shown, question))
    return reply(model, prompt, Manner(max_tokens))


def reply(model: LanguageModel, prompt: Prompt, manner: Manner) -> Reply:
    """The model's answer to a prompt. An answer in a schema is never continued: half an object has no second half.

    Raises `ContextError` before anything is sent when the prompt and the answer do not fit together.
    """
    check_fits(model, prompt, manner.max_tokens)
    heard, asked = hear(model, prompt, manner), 1
    if heard.fault in ("loop", "empty"):
        again, asked = hear(model, prompt, replace(manner, decoding=OTHERWISE)), 2
        heard = again if again.fault not in ("loop", "empty") or len(again.text) > len(heard.text) else heard
    continued = 0
    while heard.fault == "length" and manner.schema is None and continued < MOST_CONTINUED:
        onward = continuing(prompt, heard.text)
        if prompt_tokens(model, onward) + manner.max_tokens > model.limits.context:
            break
        rest = hear(model, onward, manner)
        continued, asked = continued + 1, asked + 1
        if rest.fault == "empty":
            break
        heard = Heard(joined(heard.text, rest.text), rest.fault)
    return Reply(heard.text, heard.fault, continued, asked)


def check_fits(model: LanguageModel, prompt: Prompt, max_tokens: int) -> None:
    """Hold every prompt to the model's real context and to what it can see."""
    needed, limits = prompt_tokens(model, prompt) + max_tokens, model.limits
    if needed > limits.context:
        raise ContextError(
            f"a prompt of {needed - max_tokens} tokens and an answer of {max_tokens} do not fit into the "
            f"{limits.context} of {model.name}. Choose fewer frames, or a larger --context."
        )
    if len(prompt.pictures) > limits.pictures:
        raise ContextError(
            f"{model.name} sees {limits.pictures} pictures at once, and was to see {len(prompt.pictures)}"
        )


def hear(model: LanguageModel, prompt: Prompt, manner: Manner) -> Heard:
    """One answer; a lost connection is tried again after a pause, each pause longer than the one before."""
    for pause in manner.pauses:
        try:
            return listen(model, prompt, manner)
        except ConnectionLostError:
            time.sleep(pause)
    return listen(model, prompt, manner)


def listen(model: LanguageModel, prompt: Prompt, manner: Manner) -> Heard:
    """One answer as it comes; a loop is left as soon as it is one."""
    text = ""
    pieces: Iterator[Piece] = model.generate(
        prompt, max_tokens=manner.max_tokens, schema=manner.schema, decoding=manner.decoding
    )
    with closing(pieces):  # type: ignore[type-var]  # every model's answer is a generator
        for piece in pieces:
            text += piece.text
            if manner.on_text:
                manner.on_text(text)
            if piece.ended == "length":
                return Heard(text, "length")
            if (start := loop_start(text)) is not None:
                return Heard(text[:start].rstrip(), "loop")
    return Heard(text, None if text.strip() else "empty")


def loop_start(text: str) -> int | None:
    r"""Where the end of a text begins to do nothing but repeat, after its first round; nothing where it does not.

    >>> loop_start("A dog. " + "It runs. " * 40)
    15
    >>> loop_start("A dog. It runs.")
    """
    tail = text[-LOOP_CHARACTERS:]
    if len(tail) < LOOP_CHARACTERS or not tail.strip(IDLE):
        return None
    length = next((n for n in range(1, LOOP_CHARACTERS // 3 + 1) if tail[n:] == tail[:-n]), None)
    if length is None or not tail[:length].strip(IDLE):
        return None
    start = len(text) - LOOP_CHARACTERS
    while start > 0 and text[start - 1] == text[start - 1 + length]:
        start -= 1
    end = start + length
    while end < len(text) and text[end] in ".!?":
        end += 1
    return end


def continuing(prompt: Prompt, text: str) -> Prompt:
    """The same prompt, asked to go on where the answer stopped."""
    return replace(prompt, parts=(*prompt.parts, CONTINUE.format(tail=text[-400:])))


def joined(first: str, rest: str) -> str:
    """Two halves of an answer; what the second repeats of the first's end is there once.

    >>> joined("The dog runs to", "runs to the door.")
    'The dog runs to the door.'
    >>> joined("It is rai", "ning.")
    'It is raining.'
    """
    most = min(len(first), len(rest), 400)
    same = next((n for n in range(most, 3, -1) if first.endswith(rest[:n])), 0)
    return first + rest[same:]


__all__ = ["ContextError", "Fault", "Manner", "Reply", "check_fits", "loop_start", "reply"]
