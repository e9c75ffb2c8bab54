"""Out: `Clip`, frames chosen from one video: ids, times and reasons, no pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vidsense.source.stream import Frame, VideoStream

Reason = Literal["start", "shot", "motion", "change", "uniform", "keyframe", "every", "question"]


@dataclass(frozen=True)
class ChosenFrame:
    """One frame worth looking at, and why."""

    id: str
    pts_seconds: float
    reason: Reason
    shot: int
    """Number of its shot in the survey, from 0."""


@dataclass(frozen=True)
class Clip:
    """Frames of one video in time order."""

    frames: tuple[ChosenFrame, ...]
    most_frames: int
    """The budget that they were chosen under."""
    shots_left_out: int = 0
    """Shots without a frame, because the budget did not reach."""

    def __post_init__(self) -> None:
        times = self.pts_seconds
        if times != sorted(times):
            raise ValueError("the frames of a clip must be in time order")
        if len(self.frames) > self.most_frames:
            raise ValueError(f"{len(self.frames)} frames are more than the budget of {self.most_frames}")

    @property
    def pts_seconds(self) -> list[float]:
        """When each frame is shown."""
        return [frame.pts_seconds for frame in self.frames]


def iter_pixels(
    clip: Clip, stream: VideoStream, size: tuple[int, int] | None = None
) -> Iterator[tuple[ChosenFrame, Frame]]:
    """Decode the frames of a clip one at a time, at (height, width) `size` when given."""
    yield from zip(clip.frames, stream.frames_at(clip.pts_seconds, size), strict=True)


def frame_ids(count: int) -> list[str]:
    """Ids in time order, wide enough to sort as text.

    >>> frame_ids(2)
    ['f001', 'f002']
    """
    width = max(3, len(str(count)))
    return [f"f{i + 1:0{width}d}" for i in range(count)]
