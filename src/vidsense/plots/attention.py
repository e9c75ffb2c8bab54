"""In: `ClipFeatures`. Out: `AttentionReading`, the frame × frame attention put into words by its own numbers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vidsense.temporal.moments import Moment, moments_of
from vidsense.temporal.transformer import ClipFeatures

MOSTLY = 0.5
"""Of a frame's attention, from which it counts as most of it."""
FEW = 0.25
"""Of all frames: when the attention of a frame is spread over fewer, it is sparse."""
Pattern = Literal["diagonal", "blocks", "sparse", "even"]


@dataclass(frozen=True)
class Block:
    """A run of frames that attend alike."""

    moment: Moment
    inside: float
    """The share of its frames' attention that stays in the run, itself included."""
    chance: float
    """The same if attention were even."""

    @property
    def holds(self) -> bool:
        """Whether the run attends to itself more than to all others, and more than by chance."""
        return len(self.moment) > 1 and self.inside > MOSTLY and self.inside > 1.5 * self.chance


@dataclass(frozen=True, eq=False)
class AttentionReading:
    """What the attention of a clip says."""

    weights: np.ndarray
    """(T, T), mean over layers and heads: frame that looks, frame that is looked at."""
    pattern: Pattern
    """The main one."""
    to_itself: float
    """Mean share of a frame's attention that it gives to itself."""
    spread: float
    """Over how many frames the attention of a frame is spread, on average: exp of its entropy."""
    blocks: tuple[Block, ...]
    most_seen: tuple[int, ...]
    """The frames that others look at most, the most seen first."""

    @property
    def in_words(self) -> str:
        """What the figure shows."""
        frames = len(self.weights)
        return (
            f"Attention of {frames} frames (rows) to {frames} frames (columns): {PATTERN_WORDS[self.pattern]}. A frame "
            f"gives {self.to_itself:.0%} of its attention to itself and spreads it over {self.spread:.1f} frames."
        )


PATTERN_WORDS = {
    "diagonal": "a diagonal, each frame attends mostly to itself",
    "blocks": "blocks along the diagonal, neighbouring frames attend to each other",
    "sparse": "sparse, each frame picks a few others",
    "even": "even, no frame stands out",
}


def read_attention(features: ClipFeatures) -> AttentionReading:
    """The pattern, the blocks, and who is looked at."""
    weights = features.attention.mean(axis=(0, 1), dtype=np.float64)
    to_itself, spread = float(np.diag(weights).mean()), float(np.exp(entropy(weights)).mean())
    blocks = tuple(block_of(weights, moment) for moment in moments_of(weights))
    order = np.argsort(-features.importance, kind="stable")
    return AttentionReading(
        weights=weights,
        pattern=pattern_of(len(weights), to_itself, spread, blocks),
        to_itself=to_itself,
        spread=spread,
        blocks=blocks,
        most_seen=tuple(int(frame) for frame in order[:3]),
    )


def entropy(weights: np.ndarray) -> np.ndarray:
    """(T,) of each row, in nats."""
    return np.asarray(-(weights * np.log(np.maximum(weights, 1e-30))).sum(axis=1))


def block_of(weights: np.ndarray, moment: Moment) -> Block:
    """How much of its attention a run of frames keeps."""
    run = slice(moment.first, moment.last + 1)
    inside = float(weights[run, run].sum(axis=1).mean())
    return Block(moment, inside, len(moment) / len(weights))


def pattern_of(frames: int, to_itself: float, spread: float, blocks: tuple[Block, ...]) -> Pattern:
    """The main pattern: a diagonal, blocks that hold for most frames, few partners, or none of these."""
    if frames > 1 and to_itself > MOSTLY:
        return "diagonal"
    if len(blocks) > 1 and sum(len(block.moment) for block in blocks if block.holds) > MOSTLY * frames:
        return "blocks"
    return "sparse" if spread < FEW * frames else "even"
