"""In: an `Item` and a control. Out: the frames that a model is shown for it, and the `Prompt` around them.

Every control is the same prompt with less to see: nothing (blind), the middle frame alone, or the frames in another
order. What a model reaches with less needs no more.
"""

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from vidsense.bench.item import LETTERS, Footage, Item
from vidsense.errors import SourceError
from vidsense.frames.budget import FrameBudget
from vidsense.frames.sampling import choose_frames, uniform_times
from vidsense.language.model import Picture, Prompt
from vidsense.source.stream import VideoStream, scaled_size
from vidsense.survey.survey import survey_video

Control = Literal["video", "blind", "middle", "shuffled"]
CONTROLS: tuple[Control, ...] = ("video", "blind", "middle", "shuffled")
Sampling = Literal["uniform", "adaptive"]
SYSTEM = "You answer questions about a video."
SEEN = "These are {count} frames of a video, in the order of time."
ONE_SEEN = "This is a frame of a video."
BLIND = "You are not shown the video. Guess."
CHOOSE = "Answer with the letter of the right choice and nothing else."
IN_WORDS = "Answer in a few words and with nothing else."
WORDINGS = (SYSTEM, SEEN, ONE_SEEN, BLIND, CHOOSE, IN_WORDS)


@dataclass(frozen=True)
class Looking:
    """Which frames are shown, and how large."""

    frames: int = 16
    sampling: Sampling = "uniform"
    long_side: int = 448
    """Pixels of the longer side."""
    middle: Literal["once", "everywhere"] = "once"
    """Whether the middle frame stands alone or in the place of every frame: a model that was trained on clips of so
    many frames fails with one for want of the others, not for want of time."""

    def __post_init__(self) -> None:
        if self.frames < 1 or self.long_side < 16:
            raise ValueError(f"frames must be at least 1 and pictures 16 pixels wide, got {self}")


def seen_frames(footage: Footage, start: float | None, end: float | None, looking: Looking) -> list[Picture]:
    """The frames that are shown, in the order of time. Raises `SourceError` where there is none."""
    with closing(footage.opened()) as stream:
        times = frame_times(stream, start or 0.0, end, looking)
        size = scaled_size(stream.info.width, stream.info.height, looking.long_side)
        frames = list(stream.frames_at(times, size))
    if not frames:
        raise SourceError(f"{footage.name} shows nothing from {start or 0.0:g} s on.")
    return [Picture(f"f{i + 1:03d}", frame.pts_seconds, frame.pixels) for i, frame in enumerate(frames)]


def frame_times(stream: VideoStream, start: float, end: float | None, looking: Looking) -> list[float]:
    """When the frames are: midpoints of equal parts, or where something changes."""
    if looking.sampling == "adaptive":
        survey = survey_video(stream, start_seconds=start, end_seconds=end)
        return choose_frames(survey, "adaptive", FrameBudget(looking.frames)).pts_seconds
    last = stream.info.declared_picture_seconds or stream.info.declared_seconds
    if last is None:  # a stream without a header's promise is read to its end
        last = max((frame.pts_seconds for frame in stream.iter_frames((16, 16))), default=0.0)
    if start >= last:
        raise SourceError(f"{stream.info.name} ends at {last:.2f} s, before {start:g} s, where the question begins.")
    return [start + t for t in uniform_times(min(end or last, last) - start, looking.frames)]


def order_of(control: Control, count: int, looking: Looking, seed: str) -> list[int]:
    """Which of `count` frames a control shows, one after the other.

    >>> order_of("middle", 4, Looking(), ""), order_of("middle", 4, Looking(middle="everywhere"), "")
    ([2], [2, 2, 2, 2])
    """
    if control == "blind":
        return []
    if control == "middle":
        return [count // 2] * (1 if looking.middle == "once" else count)
    return shuffled_order(count, seed) if control == "shuffled" else list(range(count))


def placed(pictures: Sequence[Picture], order: Sequence[int]) -> tuple[Picture, ...]:
    """The frames in this order; each place keeps its name and time, whatever stands there."""
    places = [pictures[order[0]]] if len(order) == 1 else pictures
    return tuple(replace(place, pixels=pictures[i].pixels) for place, i in zip(places, order, strict=False))


def shuffled_order(count: int, seed: str) -> list[int]:
    """Another order, the same for the same seed; the one that there is for a single frame.

    >>> sorted(shuffled_order(4, "a")) == [0, 1, 2, 3] != shuffled_order(4, "a")
    True
    """
    order, dice = list(range(count)), random.Random(seed)
    while count > 1 and order == sorted(order):
        dice.shuffle(order)
    return order


def prompt_for(item: Item, pictures: Sequence[Picture]) -> Prompt:
    """The plain prompt of the bench: what is shown, how to answer, the frames, and last the question."""
    seen = SEEN.format(count=len(pictures)) if len(pictures) > 1 else ONE_SEEN if pictures else BLIND
    if not item.choices:
        return Prompt(SYSTEM, (f"{seen} {IN_WORDS}", *pictures, item.question))
    choices = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, item.choices, strict=False))
    return Prompt(SYSTEM, (f"{seen} {CHOOSE}", *pictures, f"{item.question}\n{choices}\n{CHOOSE}"))
