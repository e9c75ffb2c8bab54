"""In: frame states and questions. Out: a decoder that answers in words. The third stage, after heads that already tell.

The temporal transformer goes on learning here with its heads' losses kept on: a language loss alone teaches little.
"""

import json
from collections import defaultdict
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from vidsense.training.nano import EventHeads, Nano, Temporal
from vidsense.training.run import Schedule
from vidsense.training.shards import Pool, Shard
from vidsense.training.speaker import Speaker, pack
from vidsense.training.states import fingerprint, states_of
from vidsense.training.temporal_stage import FEWEST_FRAMES, event_losses, gathered
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.questions import Question
from vidsense.training.world.story import tell

QUESTIONS_A_CLIP = 6
OFTEN = {"action": 2.5, "thing": 2.0, "sequence": 2.5, "caption": 1.5}
"""How likely a question of an ability is taken, against 1."""
LANGUAGE_WEIGHT = 2.0
MEASURED_CLIPS = 100
ANSWERED_AT_ONCE = 64


class Answering(nn.Module):
    """The parts that this stage trains; what learnt before goes on slowly, or it is lost to the first loud losses."""

    RATES: ClassVar = {"temporal": 0.15, "events": 0.15}

    def __init__(self, temporal: Temporal, events: EventHeads, speaker: Speaker) -> None:
        super().__init__()
        self.temporal, self.events, self.speaker = temporal, events, speaker


class LanguageStage:
    """Captions and answers, over the frozen tower."""

    name = "language"

    def __init__(
        self, nano: Nano, speaker: Speaker, tokenizer: Tokenizer, pool: Pool, schedule: Schedule, *, batch: int,
        held_out: Shard,
    ) -> None:  # fmt: skip
        self.model = Answering(nano.temporal, nano.events, speaker)
        self.nano, self.tokenizer, self.pool, self.schedule, self.batch = nano, tokenizer, pool, schedule, batch
        self.held_out, self.mark = held_out, fingerprint(nano)
        self.at_hand: dict[Shard, tuple[np.ndarray, list[str]]] = {}

    def trained(self) -> nn.Module:
        """Temporal transformer, heads, projector and language model."""
        return self.model

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of some questions about clips from every shard of the pool."""
        rng = np.random.default_rng((19, step))
        shards = self.pool.at(step)
        self.at_hand = {shard: self.at_hand.get(shard) or self.read(shard) for shard in shards}
        frames = shards[0].times.shape[1]
        kept = np.sort(rng.choice(frames, rng.integers(FEWEST_FRAMES, frames + 1), replace=False))
        chosen = [shards[i] for i in rng.integers(0, len(shards), self.batch)]
        clips = [(shard, int(rng.integers(0, len(shard.times)))) for shard in chosen]
        batch = gathered(
            [(shard, self.at_hand[shard][0], clip) for shard, clip in clips], kept, np.zeros(len(clips), bool)
        ).to(self.nano.device)
        packed = pack([self.questions(self.at_hand[shard][1][clip], rng) for shard, clip in clips])
        told = self.model.temporal(batch.states, batch.seconds)
        losses = event_losses(self.model.events(told), batch)
        prefix = self.model.speaker.projector(told, batch.states)
        return {"language": LANGUAGE_WEIGHT * self.model.speaker(prefix, packed), **losses}

    def read(self, shard: Shard) -> tuple[np.ndarray, list[str]]:
        """What is needed of a shard."""
        return states_of(shard, self.nano, self.mark), shard.words()

    def questions(self, words: str, rng: np.random.Generator) -> list[tuple[list[int], list[int]]]:
        """Some questions about a clip, as token ids."""
        asked = json.loads(words)["questions"]
        weights = np.array([OFTEN.get(ability, 1.0) for ability, _, _ in asked])
        number = min(QUESTIONS_A_CLIP, len(asked))
        taken = rng.choice(len(asked), number, replace=False, p=weights / weights.sum())
        return [(self.ids(asked[i][1]), self.ids(asked[i][2])) for i in taken]

    def ids(self, text: str) -> list[int]:
        """Tokens of a text."""
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids

    @cached_property
    def asked(self) -> list[tuple[int, Question]]:
        """Every question about the first held-out clips, with the accepted wordings."""
        clips = min(MEASURED_CLIPS, len(self.held_out.times))
        return [(seed, q) for seed in range(clips) for q in WorldClip(tell(seed, "looks")).questions]

    def measure(self) -> dict[str, float]:
        """The share of right answers by ability, on looks that training never draws."""
        return self.scores(states_of(self.held_out, self.nano, self.mark)[:MEASURED_CLIPS])

    def scores(self, seen: np.ndarray) -> dict[str, float]:
        """The same, from the states of the first held-out clips."""
        states = torch.from_numpy(seen).to(self.nano.device)
        seconds = torch.from_numpy(np.array(self.held_out.times[:MEASURED_CLIPS])).to(self.nano.device)
        frames = self.model.temporal(states, seconds)
        prefix = self.model.speaker.projector(frames, states)
        right = defaultdict(list)
        for at in range(0, len(self.asked), ANSWERED_AT_ONCE):
            part = self.asked[at : at + ANSWERED_AT_ONCE]
            clips = torch.tensor([seed for seed, _ in part])
            answers = self.model.speaker.answer(prefix[clips], [q.question for _, q in part], self.tokenizer)
            for (_, question), answer in zip(part, answers, strict=True):
                right[question.ability].append(question.is_right(answer))
        return {ability: float(np.mean(each)) for ability, each in sorted(right.items())}
