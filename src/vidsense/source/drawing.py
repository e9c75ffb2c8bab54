"""In: formulas. Out: `Drawing`s, videos whose every picture is known, and joins of them whose times are known."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

FRAME_RATE = 25.0
BLACK = (0, 0, 0)
SEEN_CHANGE = 8.0
"""Levels by which the mean of an 8 × 8 block must differ for a join to be seen."""

Painter = Callable[[float], np.ndarray]
JoinKind = Literal["cut", "fade in", "fade out", "dissolve"]


@dataclass(frozen=True)
class Join:
    """Where one picture becomes another: a known answer for shot detection."""

    start: float
    end: float
    kind: JoinKind

    def later(self, seconds: float) -> "Join":
        """The same join in a video that starts `seconds` earlier."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A video as a formula: the same time always gives the same picture."""

    size: tuple[int, int]
    """(height, width)."""
    frame_rate: float
    duration_seconds: float
    paint: Painter
    """Seconds → (H, W, 3) uint8 RGB, which nobody may write into."""
    joins: tuple[Join, ...] = ()

    def __post_init__(self) -> None:
        if min(self.size) < 2:
            raise ValueError(f"size must be at least 2 × 2, got {self.size}")
        if not self.frame_rate > 0 or self.frame_count < 1:
            raise ValueError(f"{self.duration_seconds} s at {self.frame_rate} frames a second hold no frame")

    @property
    def frame_count(self) -> int:
        """How many frames it has at its own rate."""
        return round(self.duration_seconds * self.frame_rate)

    def times(self) -> list[float]:
        """When each frame is shown."""
        return [i / self.frame_rate for i in range(self.frame_count)]

    def pictures(self) -> Iterator[np.ndarray]:
        """Every frame's picture."""
        return map(self.paint, self.times())


def still(picture: np.ndarray, seconds: float, *, frame_rate: float = FRAME_RATE) -> Drawing:
    """One picture all the time."""
    picture = np.ascontiguousarray(picture)
    picture.flags.writeable = False
    return Drawing(picture.shape[:2], frame_rate, seconds, lambda _: picture)


def plain(
    size: tuple[int, int], seconds: float, colour: tuple[int, int, int] = BLACK, *, frame_rate: float = FRAME_RATE
) -> Drawing:
    """One colour all the time; black unless told."""
    return still(np.full((*size, 3), colour, np.uint8), seconds, frame_rate=frame_rate)


def excerpt(drawing: Drawing, start: float, seconds: float) -> Drawing:
    """A part of a drawing, with the joins that lie wholly in it."""
    inside = tuple(j.later(-start) for j in drawing.joins if start < j.start and j.end < start + seconds)
    return replace(drawing, duration_seconds=seconds, paint=lambda time: drawing.paint(start + time), joins=inside)


def cut(*drawings: Drawing) -> Drawing:
    """One drawing after the other. A join that nobody can see (black to black, a picture to itself) is none."""
    first = same_kind(drawings)
    starts = [0.0]
    joins: list[Join] = []
    for drawing in drawings:
        joins += [join.later(starts[-1]) for join in drawing.joins]
        starts.append(starts[-1] + drawing.frame_count / drawing.frame_rate)
    for (left, right), time in zip(pairwise(drawings), starts[1:-1], strict=True):
        if differ(left.paint((left.frame_count - 1) / left.frame_rate), right.paint(0.0)):
            joins.append(Join(time, time, "cut"))

    def paint(time: float) -> np.ndarray:
        part = min(bisect_right(starts, time + 1e-6), len(drawings)) - 1
        return drawings[part].paint(max(0.0, time - starts[part]))

    return Drawing(first.size, first.frame_rate, starts[-1], paint, tuple(sorted(joins, key=lambda join: join.start)))


def dissolve(a: Drawing, b: Drawing, seconds: float) -> Drawing:
    """The last `seconds` of `a` become the first `seconds` of `b`."""
    same_kind((a, b))
    start = a.duration_seconds - seconds
    if not 0 < seconds <= min(a.duration_seconds, b.duration_seconds):
        raise ValueError(f"a dissolve of {seconds} s does not fit")

    def paint(time: float) -> np.ndarray:
        share = (time - start) / seconds
        if share <= 0:
            return a.paint(time)
        if share >= 1:
            return b.paint(time - start)
        return cv2.addWeighted(a.paint(time), 1 - share, b.paint(time - start), share, 0)

    joins = (*a.joins, Join(start, a.duration_seconds, "dissolve"), *(join.later(start) for join in b.joins))
    return Drawing(a.size, a.frame_rate, start + b.duration_seconds, paint, joins)


def fade_in(drawing: Drawing, seconds: float, colour: tuple[int, int, int] = BLACK) -> Drawing:
    """From one colour, which its first frame shows, to the picture."""
    step = 1 / drawing.frame_rate

    def paint(time: float) -> np.ndarray:
        return blended(drawing.paint(time), colour, 1 - time / max(seconds, step))

    return replace(drawing, paint=paint, joins=(Join(0.0, seconds, "fade in"), *drawing.joins))


def fade_out(drawing: Drawing, seconds: float, colour: tuple[int, int, int] = BLACK) -> Drawing:
    """From the picture to one colour, which its last frame shows."""
    end, step = drawing.duration_seconds, 1 / drawing.frame_rate

    def paint(time: float) -> np.ndarray:
        return blended(drawing.paint(time), colour, (time - end + seconds) / max(seconds - step, step))

    return replace(drawing, paint=paint, joins=(*drawing.joins, Join(end - seconds, end, "fade out")))


def blended(picture: np.ndarray, colour: tuple[int, int, int], share: float) -> np.ndarray:
    """The picture with `share` of one colour over it."""
    share = min(max(share, 0.0), 1.0)
    if share < 1e-6:
        return picture
    return cv2.addWeighted(picture, 1 - share, np.full_like(picture, colour), share, 0)


def differ(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether some block of the two pictures visibly differs."""
    height, width = a.shape[:2]
    blocks = [
        cv2.resize(x, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA).astype(np.float32)
        for x in (a, b)
    ]
    return bool(np.abs(blocks[0] - blocks[1]).max() > SEEN_CHANGE)


def same_kind(drawings: tuple[Drawing, ...]) -> Drawing:
    """The first one, when all have its size and rate."""
    if not drawings or len({(d.size, d.frame_rate) for d in drawings}) > 1:
        raise ValueError(f"sizes and rates must agree, got {[(d.size, d.frame_rate) for d in drawings]}")
    return drawings[0]
