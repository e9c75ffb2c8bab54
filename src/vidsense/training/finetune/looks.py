"""In: a clip of a file. Out: some of its frames, evenly spread, as small as the model wants them."""

import numpy as np

from vidsense.errors import SourceError
from vidsense.source.file import FileStream, open_video
from vidsense.training.rows import Clip


def frames_of(clip: Clip, count: int, size: tuple[int, int] | None) -> tuple[np.ndarray, np.ndarray]:
    """(T, H, W, 3) uint8 and (T,) float32, the seconds since the clip's start.

    Raises `SourceError` that names the row and the video.
    """
    try:
        with open_video(clip.video, threads=1) as stream:
            end = min(seconds_in(stream), clip.end or np.inf)
            if clip.start >= end:
                raise SourceError(f"it is {end:.2f} s long, and start is {clip.start:g}")
            times = clip.start + (np.arange(count) + 0.5) / count * (end - clip.start)
            pixels = [frame.pixels for frame in stream.frames_at(times.tolist(), size)]
    except SourceError as error:
        raise SourceError(f"{clip.where}: {clip.video} cannot be used: {error}") from error
    return np.stack(pixels), (times - clip.start).astype(np.float32)


def seconds_in(stream: FileStream) -> float:
    """How long the pictures are: to the end of the last one."""
    shown = stream.index().pts_seconds
    last = float(np.max(shown)) if len(shown) else 0.0
    return last + 1.0 / (stream.info.frame_rate or 25.0)
