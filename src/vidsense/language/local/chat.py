"""In: a prompt, and what stands for its pictures. Out: the token ids that a model reads."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from vidsense.errors import ModelError
from vidsense.language.model import Picture, Prompt

LOST = "�"
"""What a tokenizer writes for half a character."""


class Chat:
    """A tokenizer and the template of a chat.

    The template gets one text with the pictures' tokens in it: many templates put all pictures before all texts, and
    what stands between two pictures would be lost.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, template: str | None = None) -> None:
        self.tokenizer, self.template = tokenizer, template
        if template is None and not tokenizer.chat_template:
            raise ModelError("the model has no chat template: take one that was trained to follow instructions.")
        control = sorted((str(token) for token in tokenizer.added_tokens_decoder.values()), key=len, reverse=True)
        self._control = re.compile("|".join(re.escape(token) for token in control if token.strip()) or r"(?!)")

    def count(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self.tokenizer(self.plain(text), add_special_tokens=False)["input_ids"])

    def plain(self, text: str) -> str:
        """A text in which nothing is a token of control: what a video shows or a user writes is never a picture."""
        return self._control.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)

    def ids(self, prompt: Prompt, marks: Sequence[str]) -> list[int]:
        """What the model reads, up to where its answer begins."""
        text = self.filled(self.plain(prompt.system), self.body(prompt, marks))
        begins = self.tokenizer.bos_token is not None and text.startswith(self.tokenizer.bos_token)
        return list(self.tokenizer(text, add_special_tokens=not begins, truncation=False)["input_ids"])

    def body(self, prompt: Prompt, marks: Sequence[str]) -> str:
        """The parts in order: a picture stands directly behind its text, every other text on a line of its own."""
        left, pieces = iter(marks), list[str]()
        for part in prompt.parts:
            if isinstance(part, Picture):
                pieces.append(next(left))
            else:
                pieces += ["\n" if pieces else "", self.plain(part)]
        return "".join(pieces)

    def filled(self, system: str, body: str) -> str:
        """The template with both; some refuse or drop what the system says, and get it with the user's words."""
        user = message("user", body)
        try:
            text = self._rendered([message("system", system), user])
        except TemplateError:
            text = ""
        if text and system.strip() in text:
            return text
        return self._rendered([message("user", f"{system}\n\n{body}")])

    def _rendered(self, messages: list[dict[str, Any]]) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                messages, chat_template=self.template, tokenize=False, add_generation_prompt=True
            )
        )

    def words(self, ids: Iterator[int]) -> Iterator[str]:
        """An answer as it is written: each piece as soon as no later token can change it."""
        before: list[int] = []
        held: list[int] = []
        for token in ids:
            held.append(token)
            known = len(self._decoded(before))
            text = self._decoded(before + held)
            if len(text) > known and not text.endswith(LOST):
                yield text[known:]
                before, held = held, []

    def _decoded(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def message(role: str, text: str) -> dict[str, Any]:
    """One message, as templates of models with pictures want it."""
    return {"role": role, "content": [{"type": "text", "text": text}]}
