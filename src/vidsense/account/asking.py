"""In: a prompt for a model. Out: its `Reply`, or the one that it gave to the very same prompt before."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Protocol

from vidsense.account.words import capitalized, several
from vidsense.language.model import Decoding, LanguageModel, Prompt, Schema
from vidsense.language.reply import Fault, Manner, Reply, reply

Progress = Callable[[str, float], None]
FAULTS: dict[Fault, str] = {
    "loop": "went round in circles, also when asked again, and got an end there",
    "empty": "came empty, also when asked again",
    "length": "took more than there was room for; what was whole was taken",
}


class Replies(Protocol):
    """What keeps a model's answers, so that work that was broken off goes on where it stopped."""

    def load_reply(self, key: str) -> str | None:
        """What was answered before, or nothing."""
        ...

    def store_reply(self, key: str, text: str) -> None:
        """Keep an answer."""
        ...


class Asker:
    """Asks one model, reports what it is doing and remembers its answers."""

    def __init__(
        self, model: LanguageModel, replies: Replies | None = None, on_progress: Progress | None = None
    ) -> None:
        self.model = model
        self._replies, self._on_progress = replies, on_progress
        self.asked = 0
        """How often the model was really asked."""
        self.continued = 0
        """How often an answer was continued."""
        self.faults: list[Fault] = []
        """What was wrong with answers in the end."""

    def ask(self, prompt: Prompt, max_tokens: int, schema: Schema | None, doing: str = "", share: float = 0.0) -> Reply:
        """The answer. `doing`, `share`: what this is a part of, for who waits."""
        key = prompt_key(self.model, prompt, max_tokens, schema)
        if self._replies is not None and (kept := self._replies.load_reply(key)) is not None:
            return Reply(kept)
        self._report(f"{doing}: the model reads", share)
        manner = Manner(
            max_tokens,
            schema if self.model.limits.schema else None,
            on_text=lambda _text: self._report(f"{doing}: the model writes", share),
        )
        given = reply(self.model, prompt, manner)
        self.asked += given.asked
        self.continued += given.continued
        if given.fault:
            self.faults.append(given.fault)
        elif self._replies is not None:
            self._replies.store_reply(key, given.text)
        return given

    def _report(self, stage: str, share: float) -> None:
        if self._on_progress:
            self._on_progress(stage.removeprefix(": "), share)


def prompt_key(model: LanguageModel, prompt: Prompt, max_tokens: int, schema: Schema | None) -> str:
    """The same for the same model, words, pictures and form of answer."""
    words = [part if isinstance(part, str) else part.id for part in prompt.parts]
    decoding = Decoding()
    stamp = json.dumps([model.identity, prompt.system, words, schema, max_tokens, decoding.temperature, decoding.seed])
    hashed = hashlib.sha256(stamp.encode("utf-8", "backslashreplace"))
    for picture in prompt.pictures:
        hashed.update(repr(picture.pixels.shape).encode())
        hashed.update(picture.pixels.tobytes())
    return hashed.hexdigest()[:40]


def fault_sentences(faults: Sequence[Fault]) -> list[str]:
    """What was wrong with answers in the end, in words."""
    counts = {fault: list(faults).count(fault) for fault in FAULTS}
    return [f"{capitalized(several(n, 'answer'))} of the model {FAULTS[f]}." for f, n in counts.items() if n]
