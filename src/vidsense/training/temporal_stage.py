"""In: frame states of a trained tower. Out: a temporal transformer that tells which events happen, in order.

The second stage, on frozen features: heads before language. Differences between frames are what it lives on.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vidsense.training.nano import EVENT, KINDS, EventHeads, Nano, Temporal
from vidsense.training.run import Schedule
from vidsense.training.samples import NONE
from vidsense.training.shards import Pool, Shard
from vidsense.training.states import fingerprint, mirrored, states_of
from vidsense.training.world.actions import ACTIONS

FEWEST_FRAMES = 10
NOTHING = len(ACTIONS)
GO_LEFT, GO_RIGHT = ACTIONS.index("goes left"), ACTIONS.index("goes right")
WEIGHTS = {"action": 1.0, "actor": 0.5, "target": 0.5, "side": 0.5, "now": 0.5}


@dataclass(frozen=True, eq=False)
class Batch:
    """Some clips as the temporal transformer sees them."""

    states: Tensor
    """(B, T, K * STATE)."""
    seconds: Tensor
    """(B, T)."""
    events: Tensor
    """(B, E, 4) as in `Sample`."""
    now: Tensor
    """(B, T) the action that happens, or `NOTHING`."""

    def to(self, device: torch.device) -> "Batch":
        """The same there."""
        return Batch(*(tensor.to(device) for tensor in (self.states, self.seconds, self.events, self.now)))


class Telling(nn.Module):
    """The part that this stage trains."""

    def __init__(self, temporal: Temporal, events: EventHeads) -> None:
        super().__init__()
        self.temporal, self.events = temporal, events

    def forward(self, states: Tensor, seconds: Tensor) -> dict[str, Tensor]:
        told: dict[str, Tensor] = self.events(self.temporal(states, seconds))
        return told


class TemporalStage:
    """Actions and their order, over the frozen tower."""

    name = "temporal"

    def __init__(self, nano: Nano, pool: Pool, schedule: Schedule, *, batch: int, held_out: Shard) -> None:
        self.model = Telling(nano.temporal, nano.events)
        self.nano, self.pool, self.schedule, self.batch, self.held_out = nano, pool, schedule, batch, held_out
        self.mark, self.device = fingerprint(nano), nano.device
        self.at_hand: dict[Shard, np.ndarray] = {}

    def trained(self) -> nn.Module:
        """The temporal transformer and its heads."""
        return self.model

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of clips from every shard of the pool, some mirrored, with as many frames as chance has it."""
        rng = np.random.default_rng((18, step))
        shards = self.pool.at(step)
        self.at_hand = {shard: self.at_hand.get(shard, np.zeros(0)) for shard in shards}
        for shard, states in self.at_hand.items():
            if not len(states):
                self.at_hand[shard] = states_of(shard, self.nano, self.mark)
        frames = shards[0].times.shape[1]
        kept = np.sort(rng.choice(frames, rng.integers(FEWEST_FRAMES, frames + 1), replace=False))
        picked = [
            (shards[i], int(rng.integers(0, len(shards[i].times)))) for i in rng.integers(0, len(shards), self.batch)
        ]
        mirror = rng.random(self.batch) < 0.5
        batch = gathered([(shard, self.at_hand[shard], clip) for shard, clip in picked], kept, mirror)
        batch = batch.to(self.device)
        return event_losses(self.model(batch.states, batch.seconds), batch)

    def measure(self) -> dict[str, float]:
        """On looks that training never draws; shuffled frames and the middle frame alone are the controls."""
        states = states_of(self.held_out, self.nano, self.mark)
        every = np.arange(states.shape[1])
        clips = [(self.held_out, states, clip) for clip in range(len(states))]
        batch = gathered(clips, every, np.zeros(len(clips), bool)).to(self.device)
        scores = event_scores(self.model(batch.states, batch.seconds), batch.events)
        order = torch.from_numpy(np.random.default_rng(0).permutation(every))
        shuffled = event_scores(self.model(batch.states[:, order], batch.seconds), batch.events)
        middle = batch.states[:, len(every) // 2, None].expand_as(batch.states)
        alone = event_scores(self.model(middle, batch.seconds), batch.events)
        return {
            **scores,
            **{f"shuffled_{name}": shuffled[name] for name in ("action", "sequence")},
            "middle_frame_action": alone["action"],
        }


def gathered(clips: list[tuple[Shard, np.ndarray, int]], frames: np.ndarray, mirror: np.ndarray) -> Batch:
    """These frames of these clips; a mirrored clip happens to the other side."""
    states = np.stack([states[clip][frames] for _, states, clip in clips])
    states[mirror] = mirrored(states[mirror])
    return Batch(torch.from_numpy(states), *labelled([(shard, clip) for shard, _, clip in clips], frames, mirror))


def labelled(clips: list[tuple[Shard, int]], frames: np.ndarray, mirror: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """Seconds, events and what happens now, as in `Batch`."""
    events = np.stack([shard.events[clip] for shard, clip in clips])
    spans = np.stack([shard.spans[clip] for shard, clip in clips])
    seconds = np.stack([shard.times[clip][frames] for shard, clip in clips])
    events[mirror] = mirrored_events(events[mirror])
    now = np.full(seconds.shape, NOTHING, np.int64)
    for i in range(events.shape[1]):
        during = (seconds >= spans[:, i, :1]) & (seconds <= spans[:, i, 1:]) & (events[:, i, :1] >= 0)
        now = np.where(during, events[:, i, :1], now)
    return torch.from_numpy(seconds), torch.from_numpy(events), torch.from_numpy(now)


def mirrored_events(events: np.ndarray) -> np.ndarray:
    """Left is right."""
    turned = events.copy()
    turned[..., 3] = np.array([0, 2, 1, NONE])[events[..., 3]]
    turned[..., 0][events[..., 0] == GO_LEFT] = GO_RIGHT
    turned[..., 0][events[..., 0] == GO_RIGHT] = GO_LEFT
    return turned


def event_losses(told: dict[str, Tensor], batch: Batch) -> dict[str, Tensor]:
    """What each event is, and what happens at each frame; the side only where an event has one."""
    events = batch.events
    told = {name: numbers.float() for name, numbers in told.items()}
    there = events[..., 0] >= 0
    truth = {"action": events[..., 0].where(there, NOTHING)}
    truth |= {name: events[..., i].where(events[..., i] >= 0, KINDS) for i, name in ((1, "actor"), (2, "target"))}
    truth["side"] = events[..., 3]
    losses = {
        name: F.cross_entropy(told[name].flatten(0, 1), truth[name].flatten(), ignore_index=NONE) for name in EVENT
    }
    losses["now"] = F.cross_entropy(told["now"].flatten(0, 1), batch.now.flatten())
    return {name: WEIGHTS[name] * loss for name, loss in losses.items()}


def event_scores(told: dict[str, Tensor], events: Tensor) -> dict[str, float]:
    """Shares of clips: the one action right in all it says; the whole sequence right; the first event right."""
    found = {name: told[name].argmax(-1) for name in EVENT}
    there = events[..., 0] >= 0
    action = found["action"] == events[..., 0].where(there, NOTHING)
    actor = found["actor"] == events[..., 1]
    target = found["target"] == events[..., 2].where(events[..., 2] >= 0, KINDS)
    side = (found["side"] == events[..., 3]) | (events[..., 3] <= 0)
    whole = action & (~there | (actor & target & side))  # (B, E)
    single = there.sum(-1) == 1
    return {
        "action": mean(whole[:, 0][single]),
        "action_alone": mean(action[:, 0][single]),
        "sequence": mean(whole.all(-1)[~single]),
        "first": mean(whole[:, 0][~single]),
    }


def mean(right: Tensor) -> float:
    """The share that is right."""
    return float(right.float().mean()) if len(right) else 0.0
