"""In: clips as pixels. Out: every part in agreement with every other. The fourth stage: all together, end to end.

The earlier losses are kept on: dense labels of every frame, events, words. What learnt first goes on most slowly.
"""

from typing import ClassVar

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from vidsense.training.dense import WEIGHTS, dense_loss, dense_tensors
from vidsense.training.image_stage import Seeing, dense_measure
from vidsense.training.language_stage import LANGUAGE_WEIGHT, MEASURED_CLIPS, LanguageStage
from vidsense.training.nano import Nano
from vidsense.training.run import Schedule
from vidsense.training.shards import Pool, Shard
from vidsense.training.speaker import Speaker, pack
from vidsense.training.states import computed
from vidsense.training.temporal_stage import FEWEST_FRAMES, Batch, event_losses, event_scores, labelled
from vidsense.training.variation import Footage, gentle_variation, varied

DENSE_WEIGHT = 0.5


class Together(nn.Module):
    """Every part but the towers that match; the nearer to the pixels, the more slowly it learns."""

    RATES: ClassVar = {"image": 0.3, "dense": 0.3, "temporal": 0.5, "events": 0.5}

    def __init__(self, nano: Nano, speaker: Speaker) -> None:
        super().__init__()
        self.image, self.dense, self.temporal, self.events = nano.image, nano.dense, nano.temporal, nano.events
        self.speaker = speaker

    def train(self, mode: bool = True) -> "Together":
        """The stem keeps the means that it has: the frames of a few clips are too alike to give new ones."""
        super().train(mode)
        self.image.stem.eval()
        return self


class JointStage:
    """Pixels to answers."""

    name = "joint"

    def __init__(
        self, nano: Nano, speaker: Speaker, tokenizer: Tokenizer, pool: Pool, schedule: Schedule, *, batch: int,
        held_out: Shard,
    ) -> None:  # fmt: skip
        self.model = Together(nano, speaker)
        self.nano, self.pool, self.schedule, self.batch, self.held_out = nano, pool, schedule, batch, held_out
        self.language = LanguageStage(nano, speaker, tokenizer, pool, schedule, batch=batch, held_out=held_out)
        self.footage = Footage(nano.device)
        self.words: dict[Shard, list[str]] = {}

    def trained(self) -> nn.Module:
        """Tower, dense head, temporal transformer, event heads, projector and language model."""
        return self.model

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of some clips from every shard of the pool, each in another light and from a little aside."""
        rng = np.random.default_rng((21, step))
        shards = self.pool.at(step)
        self.footage.keep(shards)
        self.words = {shard: self.words.get(shard) or shard.words() for shard in shards}
        frames = shards[0].times.shape[1]
        kept = np.sort(rng.choice(frames, rng.integers(FEWEST_FRAMES, frames + 1), replace=False))
        chosen = [shards[i] for i in rng.integers(0, len(shards), self.batch)]
        clips = [(shard, int(rng.integers(0, len(shard.times)))) for shard in chosen]
        told, dense = self.cells(clips, kept, rng)
        states = self.nano.state(told).view(len(clips), len(kept), -1)  # (B, T, K * STATE)
        batch = Batch(states, *labelled(clips, kept, np.zeros(len(clips), bool))).to(self.nano.device)
        seen = self.model.temporal(states, batch.seconds)
        packed = pack([self.language.questions(self.words[shard][clip], rng) for shard, clip in clips])
        prefix = self.model.speaker.projector(seen, states)
        return {
            "language": LANGUAGE_WEIGHT * self.model.speaker(prefix, packed),
            **event_losses(self.model.events(seen), batch),
            **{f"cell_{name}": DENSE_WEIGHT * WEIGHTS[name] * loss for name, loss in dense.items()},
        }

    def cells(
        self, clips: list[tuple[Shard, int]], frames: np.ndarray, rng: np.random.Generator
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What the cells of these frames tell, (B * T, N, …), and their losses; frames of a clip are varied alike."""
        variations = [gentle_variation(rng) for _ in clips]
        pixels = self.footage.frames([(shard, clip, int(frame)) for shard, clip in clips for frame in frames])
        told = self.model.dense(self.model.image(varied(pixels, [each for each in variations for _ in frames])))
        things = np.stack(
            [
                vary.things(shard.things[clip, frame])
                for (shard, clip), vary in zip(clips, variations, strict=True)
                for frame in frames
            ]
        )
        return told, dense_loss(told, dense_tensors(things, self.nano.size.grid, self.nano.device))

    def measure(self) -> dict[str, float]:
        """Answers, events and cells, on looks that training never draws."""
        seen = computed(self.held_out, self.nano)
        clips, every = [(self.held_out, clip) for clip in range(len(seen))], np.arange(seen.shape[1])
        batch = Batch(torch.from_numpy(seen), *labelled(clips, every, np.zeros(len(seen), bool))).to(self.nano.device)
        events = event_scores(self.model.events(self.model.temporal(batch.states, batch.seconds)), batch.events)
        seeing = Seeing(self.model.image, self.model.dense)
        return {
            **self.language.scores(seen[:MEASURED_CLIPS]),
            **{f"heads_{name}": score for name, score in events.items()},
            **dense_measure(seeing, self.held_out, self.nano.size.grid),
        }
