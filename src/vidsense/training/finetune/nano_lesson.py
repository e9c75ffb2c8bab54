"""In: nano with an adapter, clips to learn, clips of what it knew. Out: a stage that teaches and keeps.

What nano knew is asked again in every batch (replay, Robins 1995): an adapter that sees only jumps answers "jumps" to
everything. There it is held to what it said before it was taught (learning without forgetting, Li and Hoiem 2016).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from vidsense.score import Score
from vidsense.training.finetune.learning import Learning, Lesson
from vidsense.training.finetune.nano_base import Mind
from vidsense.training.finetune.nano_clips import Asked, Seen, see
from vidsense.training.run import Schedule
from vidsense.training.speaker import IGNORED, Packed, pack

QUESTIONS_A_CLIP = 4
MEASURED_AT_ONCE = 20
OLD_WEIGHT = 2.0


@dataclass(frozen=True, eq=False)
class NanoTask:
    """What is taught, what is kept, and what is held out of both."""

    new: Seen
    new_held_out: Seen
    old: Seen | None
    old_held_out: Seen | None


@dataclass(frozen=True)
class Batch:
    """How many clips of each kind a step sees."""

    new: int = 8
    old: int = 8


class NanoLesson(Lesson):
    """Answers about new clips, with questions about old ones between them."""

    def __init__(
        self, name: str, mind: Mind, learning: Learning, task: NanoTask, schedule: Schedule, *,
        tokenizer: Tokenizer, teacher: Mind, batch: Batch | None = None, with_tower: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name, learning, schedule)
        self.mind, self.tokenizer, self.task, self.batch = mind, tokenizer, task, batch or Batch()
        self.teacher = teacher.eval()
        """nano before it was taught; never changed."""
        self.with_tower = with_tower
        """Whether the tower learns, so that it must look anew in every step."""

    def step_losses(self, step: int) -> dict[str, Tensor]:
        """Of some questions about some clips of both kinds."""
        self.still()
        rng = np.random.default_rng((24, step))
        losses = {"new": self.mind.speaker(*self.posed(self.task.new, self.batch.new, rng)[1:])}
        if self.task.old is not None and self.batch.old:
            losses["old"] = OLD_WEIGHT * self.apart(*self.posed(self.task.old, self.batch.old, rng))
        return losses

    def still(self) -> None:
        """Scales of batches stay as they were learnt from many clips."""
        for module in self.mind.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()

    def posed(self, seen: Seen, clips: int, rng: np.random.Generator) -> tuple[Seen, Tensor, Packed]:
        """Some clips; those with one action twice as often, since they are what a new action is mistaken for."""
        weights = np.array([1.0 + asked_of_action(asked) for asked in seen.asked])
        chosen = rng.choice(len(seen), clips, replace=len(seen) < clips, p=weights / weights.sum())
        packed = pack([encoded(some_of(seen.asked[i], rng), self.tokenizer) for i in chosen])
        part = seen.part(chosen.tolist())
        return part, self.prefix(part), packed

    def apart(self, part: Seen, prefix: Tensor, packed: Packed) -> Tensor:
        """How far what it says now is from what it said before (Kullback–Leibler), in the mean over answers' tokens."""
        with torch.no_grad():
            before = self.teacher.speaker.logits(prefix_of(self.teacher, part), packed).log_softmax(-1)
        now = self.mind.speaker.logits(prefix, packed).log_softmax(-1)
        told = packed.targets != IGNORED
        return F.kl_div(now[told], before[told], log_target=True, reduction="batchmean")

    def prefix(self, seen: Seen) -> Tensor:
        """What the language model gets of the clips."""
        return prefix_of(self.mind, seen, with_tower=self.with_tower)

    def held_out(self) -> tuple[float, float, float]:
        """Losses of what is held out of the new and of the old, and right answers to the new."""
        loss, right = self.told(self.task.new_held_out)
        kept = self.told(self.task.old_held_out)[0] if self.task.old_held_out is not None else 0.0
        return loss, kept, right

    def told(self, seen: Seen) -> tuple[float, float]:
        """The mean loss of an answer's tokens, and the share of answers that are right word for word."""
        found = list(examined(self.mind, seen, self.tokenizer, with_tower=self.with_tower))
        return mean([each.loss for each in found]), mean([float(each.right) for each in found])


def some_of(asked: Sequence[Asked], rng: np.random.Generator) -> list[Asked]:
    """Some of a clip's questions; that of its action always, where there is one."""
    number = min(QUESTIONS_A_CLIP, len(asked))
    order = rng.permutation(len(asked)).tolist()
    return [asked[i] for i in sorted(order, key=lambda i: asked[i].ability != "action")[:number]]


def encoded(asked: Sequence[Asked], tokenizer: Tokenizer) -> list[tuple[list[int], list[int]]]:
    """Token ids of questions and answers."""
    return [(tokenizer.encode(q.question).ids, tokenizer.encode(q.answer).ids) for q in asked]


def asked_of_action(asked: Sequence[Asked]) -> bool:
    """Whether the clip shows one action."""
    return any(question.ability == "action" for question in asked)


def prefix_of(mind: Mind, seen: Seen, *, with_tower: bool = False) -> Tensor:
    """(B, P, dim) what the language model gets of clips."""
    states = see(mind.nano, seen.pixels) if with_tower else seen.states
    prefix: Tensor = mind.speaker.projector(mind.nano.temporal(states, seen.seconds), states)
    return prefix


@dataclass(frozen=True)
class Examined:
    """One question, and how the model did."""

    asked: Asked
    loss: float
    """The mean over the answer's tokens."""
    right: bool
    """Word for word: who always takes the likeliest token writes exactly this answer and ends there."""


def examined(
    mind: Mind, seen: Seen, tokenizer: Tokenizer, *, with_tower: bool = False, blind: bool = False
) -> Iterator[Examined]:
    """Every question about every clip; blind: as if nothing was seen. Call it without gradients."""
    if blind:
        seen = Seen(seen.pixels, torch.zeros_like(seen.states), seen.seconds, seen.asked)
    for at in range(0, len(seen), MEASURED_AT_ONCE):
        part = seen.part(range(at, min(at + MEASURED_AT_ONCE, len(seen))))
        packed = pack([encoded(asked, tokenizer) for asked in part.asked])
        logits = mind.speaker.logits(prefix_of(mind, part, with_tower=with_tower and not blind), packed)
        losses = F.cross_entropy(logits.transpose(1, 2), packed.targets, ignore_index=IGNORED, reduction="none")
        hit = logits.argmax(-1) == packed.targets  # (B, L)
        for b, asked in enumerate(part.asked):
            for g, question in enumerate(asked):
                its = (packed.group[b] == g) & (packed.targets[b] != IGNORED)
                yield Examined(question, float(losses[b][its].mean()), bool(hit[b][its].all()))


def scores_of(
    mind: Mind, seen: Seen, tokenizer: Tokenizer, *, with_tower: bool = False, blind: bool = False
) -> dict[str, Score]:
    """Ability → so many of so many right word for word."""
    mind.eval()
    right: dict[str, list[bool]] = {}
    with torch.no_grad():
        for each in examined(mind, seen, tokenizer, with_tower=with_tower, blind=blind):
            right.setdefault(each.asked.ability, []).append(each.right)
    return {ability: Score(sum(found), len(found)) for ability, found in sorted(right.items())}


def mean(values: Sequence[float]) -> float:
    """0 of nothing."""
    return sum(values) / max(len(values), 1)
