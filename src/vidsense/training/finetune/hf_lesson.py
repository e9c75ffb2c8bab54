"""In: a vision-language model of transformers, rows of a user. Out: a stage that teaches it, answer by answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from vidsense.errors import ModelError
from vidsense.language.local.weights import Loaded
from vidsense.language.model import Picture, Prompt
from vidsense.source.stream import scaled_size
from vidsense.training.finetune.learning import Learning, Lesson
from vidsense.training.finetune.looks import frames_of
from vidsense.training.finetune.rows import Row
from vidsense.training.rows import Clip
from vidsense.training.run import Schedule

SYSTEM = "You answer a question about a video from some of its frames, in the order of time. Answer in few words."


@dataclass(frozen=True, eq=False)
class Posed:
    """One question as the model reads it, with the answer that it should write."""

    row: Row
    inputs: dict[str, Tensor]
    """For the whole sequence, the answer at its end."""
    answer: Tensor
    """(A,) token ids, the last one ends it."""


class Questioner:
    """Puts rows as a model's own family wants pictures and texts; a clip's frames are decoded once."""

    def __init__(self, model: PreTrainedModel, loaded: Loaded, frames: int) -> None:
        self.model, self.loaded, self.count = model, loaded, frames
        self._frames: dict[Clip, tuple[np.ndarray, np.ndarray]] = {}

    def posed(self, row: Row) -> Posed:
        """Raises `SourceError` for a clip that cannot be decoded, `ModelError` for one that does not fit."""
        pixels, seconds = self.frames(row)
        pictures = [
            Picture(f"f{i + 1:03d}", float(t), frame) for i, (frame, t) in enumerate(zip(pixels, seconds, strict=True))
        ]
        parts = [part for each in pictures for part in (f"[{each.id}]", each)]
        shown = self.loaded.family.shown([each.pixels for each in pictures])
        chat = self.loaded.chat
        ids = chat.ids(Prompt(SYSTEM, (*parts, row.question)), shown.marks)
        answer = [*self.answer_ids(ids, row.answer), self.loaded.ends[0]]
        if len(ids) + len(answer) > self.loaded.context:
            raise ModelError(
                f"{row.clip.where}: question, frames and answer are {len(ids) + len(answer)} tokens, and the model "
                f"reads {self.loaded.context}: take fewer --frames."
            )
        whole = torch.tensor([[*ids, *answer]], device=self.model.device)
        inputs = self.loaded.family.inputs(self.model, whole, shown)
        return Posed(row, inputs, torch.tensor(answer, device=self.model.device))

    def answer_ids(self, ids: Sequence[int], answer: str) -> list[int]:
        """The answer's tokens; behind "Assistant:" words begin with a space."""
        tokenizer: Any = self.loaded.chat.tokenizer
        spaced = str(tokenizer.decode(ids[-1:])).endswith(":")
        found = tokenizer(f"{' ' if spaced else ''}{self.loaded.chat.plain(answer)}", add_special_tokens=False)
        return list(found["input_ids"])

    def frames(self, row: Row) -> tuple[np.ndarray, np.ndarray]:
        """(T, H, W, 3) and (T,) of the row's clip."""
        if row.clip not in self._frames:
            pixels, seconds = frames_of(row.clip, self.count, None)
            size = scaled_size(pixels.shape[2], pixels.shape[1], self.loaded.family.picture_size)
            if size < pixels.shape[1:3]:
                pixels, seconds = frames_of(row.clip, self.count, size)
            self._frames[row.clip] = pixels, seconds
        return self._frames[row.clip]

    def logits(self, posed: Posed) -> Tensor:
        """(A, vocabulary) what the model expects at each place of the answer."""
        length = len(posed.answer)
        told = self.model(**posed.inputs, logits_to_keep=length + 1, use_cache=False)
        logits: Tensor = told.logits[0, :-1].float()
        return logits


class HubLesson(Lesson):
    """Some rows in each step, their gradients added up: memory is that of one row."""

    def __init__(
        self, learning: Learning, questioner: Questioner, rows: Sequence[Row], schedule: Schedule, *,
        held_out: Sequence[Row], batch: int,
    ) -> None:  # fmt: skip
        super().__init__("lora", learning, schedule)
        self.questioner, self.rows, self.held_rows, self.batch = questioner, rows, held_out, batch

    def step_losses(self, step: int) -> dict[str, Tensor]:
        """The mean over the batch, as a number that has the gradient already: no row's memory waits for the next."""
        rng = np.random.default_rng((25, step))
        chosen = rng.choice(len(self.rows), self.batch, replace=len(self.rows) < self.batch)
        learn = [parameter for _, parameter in self.learning.named_parameters()]
        gradients = [torch.zeros_like(parameter) for parameter in learn]
        total = 0.0
        for i in chosen:
            posed = self.questioner.posed(self.rows[int(i)])
            loss = F.cross_entropy(self.questioner.logits(posed), posed.answer) / self.batch
            for gradient, part in zip(gradients, torch.autograd.grad(loss, learn), strict=True):
                gradient.add_(part)
            total += float(loss.detach())
        slope = sum(
            ((p * g).sum() for p, g in zip(learn, gradients, strict=True)), torch.zeros((), device=learn[0].device)
        )
        return {"new": total + (slope - slope.detach()).cpu()}

    def held_out(self) -> tuple[float, float, float]:
        """The mean loss of held-out answers, and how many are right word for word."""
        found = list(examined_rows(self.questioner, self.held_rows))
        return sum(loss for loss, _ in found) / len(found), 0.0, sum(right for _, right in found) / len(found)


def examined_rows(questioner: Questioner, rows: Sequence[Row]) -> Iterator[tuple[float, bool]]:
    """For each row its loss, and whether the likeliest tokens are the answer word for word."""
    with torch.no_grad():
        for row in rows:
            posed = questioner.posed(row)
            logits = questioner.logits(posed)
            right = bool((logits.argmax(-1) == posed.answer).all())
            yield float(F.cross_entropy(logits, posed.answer)), right
