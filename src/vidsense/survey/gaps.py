"""In: the times of the decoded frames, and what the header promises. Out: where pictures are missing, and the end."""

import numpy as np

from vidsense.source.stream import StreamInfo

LONG_SECONDS, MANY_FRAMES = 10.0, 25.0
"""A step in time that is longer than both may be a gap: what screen recorders leave out is said to last."""
MOST_JUMPS = 3
"""More of them are the way a video is."""
LEAST_MISSING = 0.5, 0.05
"""Seconds, and share of the whole, that must be missing at the end."""


def picture_end_seconds(pts: np.ndarray, lasts: np.ndarray, info: StreamInfo, frame_seconds: float) -> float:
    """When the last picture (n,) ends: after one frame, or later where the file says so of it and of the whole."""
    usual = float(pts[-1]) + frame_seconds
    declared = info.declared_picture_seconds or info.declared_seconds or 0.0
    return max(usual, min(float(pts[-1] + lasts[-1]), declared))


def whole_seconds(info: StreamInfo, picture_end: float) -> float:
    """How long the video is: to the end of its longest track, where the header can be believed."""
    declared = info.declared_seconds or 0.0
    return declared if picture_end < declared <= 2.0 * picture_end + 60.0 else picture_end


def gaps_between(
    pts: np.ndarray, lasts: np.ndarray, info: StreamInfo, span: tuple[float, float | None], picture_end: float
) -> list[tuple[float, float]]:
    """Spans that should hold pictures and hold none: the header's promise at the end, jumps in between.

    `pts` and `lasts` (n,): when each frame begins, and for how many seconds it is shown, in the surveyed `span`.
    """
    start, end = span
    steps, usual = np.diff(pts), float(lasts.min())
    jumps = np.flatnonzero((steps > max(LONG_SECONDS, MANY_FRAMES * usual)) & (lasts[:-1] < 0.9 * steps))
    found = [(float(pts[i] + lasts[i]), float(pts[i + 1])) for i in jumps] if len(jumps) <= MOST_JUMPS else []
    alone = info.audio_tracks + info.subtitle_tracks == 0
    declared = info.declared_picture_seconds or (info.declared_seconds if alone else None)
    promised = end if end is not None else declared
    if promised is not None and declared is not None:
        promised = min(promised, declared)
        seconds, share = LEAST_MISSING
        if promised - picture_end > max(seconds, share * (promised - start)):
            found.append((picture_end, promised))
    return found
