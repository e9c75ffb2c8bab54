"""In: what was measured. Out: `PageFrame`s, the frames that a page shows, numbered, with their pixels."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vidsense.account.account import Description
from vidsense.frames.sampling import uniform_moments
from vidsense.plots.patches import VIT_B16
from vidsense.plots.timeline import happening
from vidsense.source.file import open_video
from vidsense.source.stream import Frame
from vidsense.survey.survey import Survey
from vidsense.vision.encoder import VisionEncoder

MOST_FRAMES = 64
EVEN_FRAMES = 48
MOST_DECODERS = 4
LEAST_GAP_SECONDS = 0.5
"""Frames that only fill the time between chosen ones are no nearer to each other."""


@dataclass(frozen=True, eq=False)
class PageFrame:
    """One frame of the page."""

    number: int
    """From 1, in time order."""
    pts_seconds: float
    id: str | None
    """In the account; none for a frame that only fills the time between others."""
    reason: str
    shot: int
    """From 0."""
    happening: bool
    """Whether the survey measured that something happens then."""
    pixels: np.ndarray
    """(H, W, 3) uint8, small."""
    seen: np.ndarray
    """(h, w, 3) uint8, the part of it that an encoder sees, at its size."""

    @property
    def frame(self) -> Frame:
        """As encoders take it."""
        return Frame(self.pixels, self.pts_seconds)


@dataclass(frozen=True)
class Wanted:
    """A frame to be decoded."""

    pts_seconds: float
    id: str | None
    reason: str


def wanted_frames(description: Description, survey: Survey) -> list[Wanted]:
    """The account's frames, and others so that no long time is without one; at most 64, in time order."""
    pts = survey.pts_seconds
    cited = description.frames
    if len(cited) > MOST_FRAMES:
        cited = [frame for frame in cited if frame.chosen]
    spread = np.linspace(0, len(cited) - 1, min(len(cited), MOST_FRAMES)).round().astype(int).tolist()
    cited = [cited[i] for i in spread]
    found: dict[float, tuple[str | None, str]] = {
        float(pts[np.abs(pts - frame.t).argmin()]): (frame.id, str(frame.reason)) for frame in cited
    }
    duration = survey.picture_end_seconds - survey.start_seconds
    count = max(1, min(EVEN_FRAMES, int(duration / LEAST_GAP_SECONDS)))
    for time, _ in uniform_moments(survey, count):
        far = min(abs(time - other) for other in found) > 0.5 * duration / count
        if far and len(found) < MOST_FRAMES:
            found[time] = None, "between"
    return [Wanted(time, *found[time]) for time in sorted(found)]


def decoded_frames(
    location: str | Path, wanted: list[Wanted], survey: Survey, encoder: VisionEncoder | None, *, threads: int = 0
) -> list[PageFrame]:
    """The wanted frames, decoded once: for an encoder, and large enough to be looked at."""
    info = survey.info
    looks = VIT_B16 if encoder is None else encoder
    size = max(looks.decoding_size(info.height, info.width), VIT_B16.decoding_size(info.height, info.width))
    pictures = decoded_together(location, [frame.pts_seconds for frame in wanted], size, threads)
    busy = happening(survey, np.array([frame.pts_seconds for frame in wanted]))
    return [
        PageFrame(
            number=i + 1,
            pts_seconds=frame.pts_seconds,
            id=frame.id,
            reason=frame.reason,
            shot=survey.shot_at(frame.pts_seconds),
            happening=bool(busy[i]),
            pixels=pictures[i].pixels,
            seen=looks.seen(pictures[i].pixels),
        )
        for i, frame in enumerate(wanted)
    ]


def seen_by_nobody(frames: Sequence[PageFrame]) -> list[PageFrame]:
    """The same frames, as they are shown where no encoder looks at them."""
    return [replace(frame, seen=VIT_B16.seen(frame.pixels)) for frame in frames]


def decoded_together(location: str | Path, times: Sequence[float], size: tuple[int, int], threads: int) -> list[Frame]:
    """The frames at these times, ascending, by several decoders, each of which takes a part of the video."""

    def decode(part: np.ndarray) -> list[Frame]:
        with open_video(location, threads=1) as stream:
            return list(stream.frames_at(part.tolist(), size))

    workers = max(1, min(threads or os.cpu_count() or 1, MOST_DECODERS, len(times)))
    with ThreadPoolExecutor(workers) as pool:
        return [frame for part in pool.map(decode, np.array_split(np.asarray(times), workers)) for frame in part]
