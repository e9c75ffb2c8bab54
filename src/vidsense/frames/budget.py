"""In: what happens in a video. Out: how many frames it deserves, and what they cost a model."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from vidsense.survey.survey import Survey

FIRST_MINUTES = 5
MOST_IN_FIRST_MINUTES = 32
MOST_PER_FURTHER_MINUTE = 4
LEAST_FRAMES = 2
EVENTFUL = 4.0
"""Novelty, of 255, from which a tenth of a second counts as eventful."""


@dataclass(frozen=True)
class FrameBudget:
    """The most frames that may be chosen; None: what the video deserves."""

    frames: int | None = None
    tokens: int | None = None
    tokens_per_frame: int = 196
    """What one frame costs the model that will read it; 196 patches in a ViT-B/16 at 224 px."""

    def __post_init__(self) -> None:
        if self.frames is not None and self.frames < 1:
            raise ValueError(f"frames must be at least 1, got {self.frames}")
        if self.tokens_per_frame < 1:
            raise ValueError(f"tokens per frame must be at least 1, got {self.tokens_per_frame}")
        if self.tokens is not None and self.tokens < self.tokens_per_frame:
            raise ValueError(
                f"a budget of {self.tokens} tokens does not reach for one frame of {self.tokens_per_frame}"
            )

    def limit(self, deserved: int) -> int:
        """How many frames may be chosen from a video that deserves this many."""
        wanted = self.frames if self.frames is not None else deserved
        return wanted if self.tokens is None else min(wanted, self.tokens // self.tokens_per_frame)


def reach_seconds(duration_seconds: float) -> float:
    """For how long after a moment a frame still shows it: a twentieth of the video, 0.2 s to 1 s.

    >>> reach_seconds(10.0)
    0.5
    """
    return min(1.0, max(0.2, duration_seconds / 20.0))


def deserved_frames(survey: Survey) -> int:
    """One frame for each stretch in which something happens, however short, one for each shot, two for a still.

    At most 32 in the first five minutes and 4 for each further minute.
    """
    duration = survey.end_seconds - survey.start_seconds
    minutes = max(0.0, duration / 60.0 - FIRST_MINUTES)
    most = MOST_IN_FIRST_MINUTES + ceil(minutes * MOST_PER_FURTHER_MINUTE)
    if len(survey.sample_seconds) < 2:
        return LEAST_FRAMES
    most = min(most, int(survey.picture[-1]) + 1)
    return int(min(most, max(LEAST_FRAMES, 1 + len(survey.shots) + ceil(stretches(survey, duration)))))


def stretches(survey: Survey, duration_seconds: float) -> float:
    """How many frames it takes to show all in which something happens: at least one for each run of it."""
    shown = 1.25 * reach_seconds(duration_seconds)
    spans = np.minimum(np.diff(survey.sample_seconds, append=survey.sample_seconds[-1]), 1.0)
    eventful = survey.novelty[:, -1] > EVENTFUL
    begins = np.diff(survey.sample_seconds[eventful], prepend=-np.inf) > shown
    lengths = np.bincount(np.cumsum(begins), spans[eventful])[1:]
    return float(np.maximum(1.0, lengths / shown).sum())
