"""In: anything that shows pictures in time. Out: `Frame`s for readers, small `Planes` for the survey."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded picture, as it is meant to be seen, and when."""

    pixels: np.ndarray
    """(H, W, 3) uint8 RGB, rotated and tone mapped."""
    pts_seconds: float
    """When it is shown, counted from the first shown frame."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3:
            raise ValueError(f"pixels must be (H, W, 3), got {self.pixels.shape}")


@dataclass(frozen=True, eq=False)
class Planes:
    """One frame at survey size: full-range luma, and colour differences at half of its resolution."""

    luma: np.ndarray
    """(h, w) uint8, 0 black to 255 white."""
    chroma: np.ndarray
    """(2, h/2, w/2) uint8, Cb and Cr, 128 is grey."""
    pts_seconds: float
    look: Callable[[int], np.ndarray] | None = field(default=None, repr=False)
    """The same frame closely, before the next one comes: its longer side at most so many pixels, (H, W, 3) RGB."""
    lasts_seconds: float = 0.0
    """How long it is shown, where the file says so."""


@dataclass(frozen=True)
class StreamInfo:
    """What the header and the first frame tell about a video."""

    name: str
    container: str
    codec: str
    width: int
    """Of the shown picture: rotation and pixel aspect applied."""
    height: int
    rotation: int
    """Degrees counter-clockwise by which the coded picture is turned to be shown: 0, 90, 180, 270."""
    frame_rate: float | None
    declared_seconds: float | None
    """How long the container says the whole is, sound included."""
    declared_picture_seconds: float | None
    """How long the container says the picture track is."""
    pixel_format: str
    transfer: str
    """"sdr", "pq" (HDR10) or "hlg"."""
    interlaced: bool
    recorded_at: str | None
    """ISO 8601, from the container."""
    audio_tracks: int = 0
    subtitle_tracks: int = 0
    video_tracks: int = 1


@dataclass
class Damage:
    """What a pass over a video could not decode. It grows while the pass runs."""

    frames: int = 0
    """Packets refused by the decoder and frames that it marked as broken."""
    messages: list[str] = field(default_factory=list)

    def count(self, message: str) -> None:
        """Add one damaged frame; each kind of message is kept once."""
        self.frames += 1
        if message not in self.messages and len(self.messages) < 8:
            self.messages.append(message)


class VideoStream(Protocol):
    """A video that can be read as often as needed; every pass starts anew."""

    @property
    def info(self) -> StreamInfo:
        """What is known before anything is read."""
        ...

    @property
    def damage(self) -> Damage:
        """Of the latest complete pass."""
        ...

    def iter_frames(
        self, size: tuple[int, int] | None = None, *, start_seconds: float = 0.0, end_seconds: float | None = None
    ) -> Iterator[Frame]:
        """Every shown frame in [start, end), scaled to (height, width) `size` when given."""
        ...

    def iter_planes(
        self, long_side: int, *, start_seconds: float = 0.0, end_seconds: float | None = None
    ) -> Iterator[Planes]:
        """Every shown frame in [start, end) at survey size, the longer side `long_side` pixels."""
        ...

    def frames_at(
        self,
        times: Sequence[float],
        size: tuple[int, int] | None = None,
        *,
        tolerance_seconds: float = 0.0,
    ) -> Iterator[Frame]:
        """For each time, ascending, the frame shown then; a key frame at most `tolerance_seconds` away will do."""
        ...

    def close(self) -> None:
        """Give back what the stream holds."""
        ...


def scaled_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """(height, width), both even, with the longer side at most `long_side`.

    >>> scaled_size(1920, 1080, 160)
    (90, 160)
    """
    factor = min(1.0, long_side / max(width, height))
    return max(2, 2 * round(height * factor / 2)), max(2, 2 * round(width * factor / 2))
