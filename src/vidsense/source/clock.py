"""In: decoded frames with the times of the container. Out: the same frames with times that never go back."""

from collections.abc import Iterable, Iterator

from av.video.frame import VideoFrame

JUMP_SECONDS = 1.0
"""Times that fall back further than this start a new count (a recording joined to another); less is disorder."""


class PictureClock:
    """Seconds from the first shown frame.

    Decoders deliver pictures in shown order, but some containers (AVI with packed B-frames) label two neighbours the
    wrong way round, and some label none: then times are swapped or filled in.
    """

    def __init__(self, origin_seconds: float, frame_seconds: float) -> None:
        self.offset = -origin_seconds
        self.frame_seconds = frame_seconds
        self.latest: float | None = None

    @staticmethod
    def raw_seconds(frame: VideoFrame) -> float | None:
        """The frame's time in the container's own count."""
        return frame.time

    def timed(self, frames: Iterable[VideoFrame]) -> Iterator[tuple[VideoFrame, float]]:
        """Each frame with its time, one frame late so that two swapped labels can be put right."""
        held: tuple[VideoFrame, float] | None = None
        for frame in frames:
            time = self._seconds(frame)
            if held is not None:
                yield held[0], min(held[1], time)
                time = max(held[1], time)
            held = (frame, time)
        if held is not None:
            yield held

    def _seconds(self, frame: VideoFrame) -> float:
        raw = self.raw_seconds(frame)
        if raw is None:
            time = 0.0 if self.latest is None else self.latest + self.frame_seconds
        else:
            time = raw + self.offset
            if self.latest is not None and time < self.latest - JUMP_SECONDS:
                self.offset += self.latest + self.frame_seconds - time
                time = raw + self.offset
        self.latest = time if self.latest is None else max(self.latest, time)
        return time
