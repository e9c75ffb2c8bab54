"""In: chosen frames and what a model can read at once. Out: `Window`s, runs of frames that it is shown together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from vidsense.account.account import FrameRef
from vidsense.account.prompts import PLAIN_FORM, SYSTEM, TASK
from vidsense.language.model import PART_TOKENS, LanguageModel

TEXT_SHARE = 0.3
"""Of the context, what instructions, memory and measured data may take."""
ANSWER_TOKENS, ANSWER_PER_FRAME = 300, 70
"""Room for an answer: its frame, and what is said of each frame."""
SCENE_TOKENS = 120
"""What is said of the recording before the first picture."""
MOST_FRAMES = 16
"""More pictures at once than this, and small models mix them up."""


@dataclass(frozen=True)
class Window:
    """Frames that a model is shown at once."""

    frames: tuple[FrameRef, ...]

    @property
    def start(self) -> float:
        """Seconds, of its first frame."""
        return self.frames[0].t

    @property
    def end(self) -> float:
        """Seconds, of its last frame."""
        return self.frames[-1].t


@dataclass(frozen=True)
class Room:
    """How the context of a model is shared out."""

    frames: int
    """In one window, at most."""
    text_tokens: int
    """For instructions, memory and data together."""
    answer_tokens: int


def shown_size(height: int, width: int, longer: int) -> tuple[int, int]:
    """The (height, width) at which a picture is shown: scaled down to the longer side, even, never scaled up.

    >>> shown_size(1080, 1920, 640), shown_size(48, 48, 640)
    ((360, 640), (48, 48))
    """
    scale = min(1.0, longer / max(height, width))
    return max(2, round(height * scale / 2) * 2), max(2, round(width * scale / 2) * 2)


def room_for(model: LanguageModel, size: tuple[int, int]) -> Room:
    """How many frames of a (height, width) fit beside the text and the answer."""
    picture = model.picture_tokens(*size)  # first: a server may turn out to have loaded less context than was asked
    limits = model.limits
    text = max(int(limits.context * TEXT_SHARE), model.text_tokens(SYSTEM + TASK + PLAIN_FORM) + SCENE_TOKENS)
    for_each = picture + PART_TOKENS + LABEL_TOKENS + ANSWER_PER_FRAME
    fitting = (limits.context - text - ANSWER_TOKENS) // for_each
    frames = max(1, min(fitting, limits.pictures, MOST_FRAMES))
    return Room(frames, text, ANSWER_TOKENS + ANSWER_PER_FRAME * frames)


LABEL_TOKENS = 24
"""`[f007 · 1:12:12.5]`, counted by the byte."""


def windows_of(frames: Sequence[FrameRef], most: int) -> list[Window]:
    """The frames in runs of at most `most`: shots stay whole where they can, long ones are shared out evenly."""
    windows: list[list[FrameRef]] = []
    for _, group in groupby(frames, key=lambda frame: frame.shot):
        shot = list(group)
        if windows and len(windows[-1]) + len(shot) <= most:
            windows[-1] += shot
        else:
            windows += evenly(shot, most)
    return [Window(tuple(window)) for window in windows]


def evenly(frames: list[FrameRef], most: int) -> list[list[FrameRef]]:
    """A run in as few parts as it needs, of nearly the same length."""
    parts = -(-len(frames) // most)
    edges = [round(i * len(frames) / parts) for i in range(parts + 1)]
    return [frames[a:b] for a, b in pairwise(edges)]
