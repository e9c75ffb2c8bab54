"""In: a path. Out: `Frames`, a few frames with their pixels: the first step of the lesson."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidsense.frames.sampling import uniform_times
from vidsense.source.file import open_video
from vidsense.source.stream import Frame


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of one video in time order, with their pixels."""

    pixels: np.ndarray
    """(T, H, W, 3) uint8 RGB."""
    pts_seconds: np.ndarray
    """(T,) float64."""

    def __post_init__(self) -> None:
        if len(self.pixels) != len(self.pts_seconds):
            raise ValueError(f"{len(self.pixels)} frames but {len(self.pts_seconds)} times")

    def __len__(self) -> int:
        return len(self.pts_seconds)

    def __iter__(self) -> Iterator[Frame]:
        for pixels, time in zip(self.pixels, self.pts_seconds, strict=True):
            yield Frame(pixels, float(time))


def extract_frames(
    location: str | Path, n_frames: int = 5, *, size: tuple[int, int] | None = None, tolerance_seconds: float = 0.0
) -> Frames:
    """`n_frames` uniformly spaced frames of a video, at (height, width) `size` when given.

    A key frame at most `tolerance_seconds` away from a wanted time will do, which is many times faster.
    """
    if n_frames < 1:
        raise ValueError(f"n_frames must be at least 1, got {n_frames}")
    with open_video(location) as stream:
        duration = stream.info.declared_picture_seconds or stream.info.declared_seconds or 0.0
        wanted = uniform_times(duration, n_frames)
        frames = list(stream.frames_at(wanted, size, tolerance_seconds=tolerance_seconds))
    return Frames(np.stack([f.pixels for f in frames]), np.array([f.pts_seconds for f in frames]))
