"""In: frame states, captions. Out: towers in which frames, clips and sentences find each other. The last stage.

It changes nothing of what the stages before learnt: it reads their frozen features.
"""

import json

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from vidsense.training.matching import LONGEST_SENTENCE, Matching
from vidsense.training.nano import Nano
from vidsense.training.run import Schedule
from vidsense.training.samples import COLOUR_NAMES, KIND_NAMES
from vidsense.training.shards import Pool, Shard
from vidsense.training.states import fingerprint, states_of
from vidsense.training.tokenizer import PAD_ID
from vidsense.training.world.thing import Look
from vidsense.training.world.words import coloured, listed

AMONG = 100
"""So many clips are searched through for the one that a caption tells of."""
EMPTY = "nothing but the scene"


class MatchingStage:
    """Contrastive: captions with clips, lists of things with frames."""

    name = "matching"

    def __init__(
        self, nano: Nano, matching: Matching, tokenizer: Tokenizer, pool: Pool, schedule: Schedule, *, batch: int,
        held_out: Shard,
    ) -> None:  # fmt: skip
        self.nano, self.model, self.tokenizer, self.pool = nano, matching, tokenizer, pool
        self.schedule, self.batch, self.held_out, self.mark = schedule, batch, held_out, fingerprint(nano)
        self.at_hand: dict[Shard, tuple[np.ndarray, list[str]]] = {}

    def trained(self) -> nn.Module:
        """The text tower and the two projections."""
        return self.model

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of clips from every shard of the pool, and one frame of each."""
        rng = np.random.default_rng((20, step))
        shards = self.pool.at(step)
        self.at_hand = {shard: self.at_hand.get(shard) or self.read(shard) for shard in shards}
        chosen = [shards[i] for i in rng.integers(0, len(shards), self.batch)]
        clips = [(shard, int(rng.integers(0, len(shard.times)))) for shard in chosen]
        states = self.there(np.stack([self.at_hand[shard][0][clip] for shard, clip in clips]))
        seconds = self.there(np.stack([shard.times[clip] for shard, clip in clips]))
        captions = [self.at_hand[shard][1][clip] for shard, clip in clips]
        at = rng.integers(0, states.shape[1], len(clips))
        lists = [things_said(shard.things[clip, t]) for (shard, clip), t in zip(clips, at, strict=True)]
        frames = states[self.there(np.arange(len(clips))), self.there(at)]
        return {
            "clips": self.model.loss(self.clips(states, seconds), self.said(captions), alike(captions)),
            "frames": self.model.loss(self.model.frame_embeddings(frames), self.said(lists), alike(lists)),
        }

    def read(self, shard: Shard) -> tuple[np.ndarray, list[str]]:
        """States and captions."""
        captions = [json.loads(words)["caption"] for words in shard.words()]
        return states_of(shard, self.nano, self.mark), captions

    def there(self, array: np.ndarray) -> Tensor:
        """Where the weights are."""
        return torch.from_numpy(array).to(self.nano.device)

    def clips(self, states: Tensor, seconds: Tensor) -> Tensor:
        """Embeddings of clips, through the frozen temporal transformer."""
        self.nano.temporal.eval()
        with torch.no_grad():
            frames = self.nano.temporal(states, seconds)
        return self.model.clip_embeddings(frames)

    def said(self, sentences: list[str]) -> Tensor:
        """Embeddings of sentences."""
        encoded = [self.tokenizer.encode(sentence).ids[:LONGEST_SENTENCE] for sentence in sentences]
        ids = torch.full((len(encoded), max(map(len, encoded))), PAD_ID)
        for i, row in enumerate(encoded):
            ids[i, : len(row)] = torch.tensor(row)
        embeddings: Tensor = self.model.text(ids.to(self.nano.device))
        return embeddings

    def measure(self) -> dict[str, float]:
        """Captions that find their clip among `AMONG`, first or within five; looks that training never draws."""
        states, captions = self.read(self.held_out)
        seconds = self.there(np.array(self.held_out.times))
        clips, said = self.clips(self.there(states), seconds).cpu(), self.said(captions).cpu()
        first, five = [], []
        for at in range(0, len(captions), AMONG):
            group = slice(at, at + AMONG)
            right = alike(captions[group])
            ranked = (said[group] @ clips[group].T).argsort(dim=-1, descending=True)
            found = right.gather(1, ranked)
            first += found[:, 0].tolist()
            five += found[:, :5].any(-1).tolist()
        return {"recall_at_1": float(np.mean(first)), "recall_at_5": float(np.mean(five))}


def things_said(things: np.ndarray) -> str:
    """What is in one frame, with colours, in the order of the world's list."""
    there = sorted((int(thing[0]), int(thing[1])) for thing in things if thing[0] >= 0)
    words = [
        coloured(KIND_NAMES[kind], Look(COLOUR_NAMES[colour] if colour >= 0 else "", (0, 0, 0), (0, 0, 0)))
        for kind, colour in there
    ]
    return listed(words) if words else EMPTY


def alike(sentences: list[str]) -> Tensor:
    """(B, B) which say the same."""
    return torch.tensor([[one == other for other in sentences] for one in sentences])
