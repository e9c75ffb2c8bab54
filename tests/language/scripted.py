"""A language model whose answers a test writes: small enough to be checked by eye."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from vidsense.language.model import Decoding, Limits, Piece, Prompt, prompt_tokens, rough_tokens

Script = Callable[[Prompt, str], Any]
"""Gets a prompt and what it asks for ("window", "verdicts", "summary", "repair", "answer"); gives text, JSON or an
exception to raise."""
ASKS = {
    "Somebody says": "verdicts",
    "These events": "summary",
    "This answer": "repair",
    "The question": "answer",
}


def asked_for(prompt: Prompt) -> str:
    return next((name for words, name in ASKS.items() if words in str(prompt.parts[-1])), "window")


class ScriptedModel:
    """Answers by a function of the prompt, four letters at a time; keeps every prompt that it got."""

    def __init__(self, script: Script | None = None, **limits: Any) -> None:
        self.script = script or honest
        self.prompts: list[Prompt] = []
        self.decodings: list[Decoding] = []
        self.limits = Limits(**{"context": 8192, "pictures": 16, "picture_size": 256, "schema": True, **limits})
        self.name = self.identity = "scripted"

    def text_tokens(self, text: str) -> int:
        return rough_tokens(text)

    def picture_tokens(self, height: int, width: int) -> int:
        return 100

    def of(self, kind: str) -> list[Prompt]:
        """The prompts that asked for this."""
        return [prompt for prompt in self.prompts if asked_for(prompt) == kind]

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Any = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        assert prompt_tokens(self, prompt) + max_tokens <= self.limits.context, "a prompt is over the context"
        assert len(prompt.pictures) <= self.limits.pictures
        self.prompts.append(prompt)
        self.decodings.append(decoding or Decoding())
        said = self.script(prompt, asked_for(prompt))
        if isinstance(said, BaseException):
            raise said
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        text, cut = text.removesuffix("<CUT>"), text.endswith("<CUT>")
        for i in range(0, len(text), 4):
            yield Piece(text[i : i + 4])
        yield Piece("", "length" if cut else "stop", prompt_tokens(self, prompt))

    def close(self) -> None:
        pass


def honest(prompt: Prompt, kind: str) -> Any:
    """Says of each frame how bright it is, of all of them one event, yes to every claim."""
    ids = [picture.id for picture in prompt.pictures]
    if kind == "window":
        seen = [{"frame": p.id, "seen": f"A picture of brightness {p.pixels.mean():.0f}."} for p in prompt.pictures]
        event = {"first_frame": ids[0], "last_frame": ids[-1], "text": "A picture is shown.", "evidence": ids}
        return {"observations": seen, "events": [event], "summary": "A picture is shown."}
    if kind == "verdicts":
        return yes_to_all(prompt)
    if kind == "summary":
        return summary_of_all(prompt)
    raise AssertionError(kind)


def yes_to_all(prompt: Prompt, verdict: str = "yes") -> Any:
    claims = re.findall(r"^(c\d+): ", str(prompt.parts[-1]), re.MULTILINE)
    return {"verdicts": [{"claim": claim, "verdict": verdict} for claim in claims]}


def summary_of_all(prompt: Prompt) -> Any:
    events = re.findall(r"^(e\d+) \(.*?\): (.*)$", str(prompt.parts[-1]), re.MULTILINE)
    return {"sentences": [{"text": events[0][1], "events": [id_ for id_, _ in events]}]}
