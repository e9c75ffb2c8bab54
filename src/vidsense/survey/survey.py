"""In: a video stream. Out: `Survey`, what one cheap pass over all frames measured, for everyone.

Memory grows by some forty bytes a frame and as many a sample; pictures are kept for a few seconds only.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import cv2
import numpy as np

from vidsense.errors import SourceError
from vidsense.source.stream import Planes, StreamInfo, VideoStream
from vidsense.survey.blocks import blocks_of
from vidsense.survey.camera_motion import CameraMotion, CameraSpan, CameraTracker, main_motion
from vidsense.survey.cut_suspects import Picture
from vidsense.survey.cuts import CutDetector
from vidsense.survey.fades import FadeDetector
from vidsense.survey.gaps import gaps_between, picture_end_seconds, whole_seconds
from vidsense.survey.gradual import GradualDetector
from vidsense.survey.motion import FrameMeter, MotionMeter
from vidsense.survey.series import Series, median
from vidsense.survey.shots import Shot, Transition, comes_back, reconcile, shots_between

SURVEY_PIXELS = 160
"""Longer side of the pictures that are surveyed."""
QUIET_CHANGE = 2.5
"""A frame in which no block changes by more than this, of 255, on average, is no cut and need not be judged."""
MOST_PLAIN = 4000
Progress = Callable[[str, float], None]


class Watcher(Protocol):
    """What looks at the frames of the pass as they come, so that they are decoded once for everyone."""

    def see(self, planes: Planes, *, another: bool) -> None:
        """One frame; `another`: it seems to begin another picture, as a cut does."""
        ...


@dataclass(frozen=True, eq=False)
class Survey:
    """What one pass measured: F frames, S samples (ten a second)."""

    info: StreamInfo
    start_seconds: float
    end_seconds: float
    """Of what was surveyed: the end of the video, sound included, or where the user said."""
    picture_end_seconds: float
    """When the last picture has been shown for its time."""
    pts_seconds: np.ndarray
    """(F,) float64."""
    brightness: np.ndarray
    """(F,) float32, mean luma of 255."""
    peak: np.ndarray
    """(F,) uint8, luma of the brightest pixel."""
    sharpness: np.ndarray
    """(F,) float16, standard deviation of the Laplacian."""
    picture: np.ndarray
    """(F,) int32; frames with the same number show the same picture."""
    sample_seconds: np.ndarray
    """(S,) float64."""
    novelty: np.ndarray
    """(S, 3) float16, see `NOVELTY_WINDOWS`."""
    motion: np.ndarray
    """(S, 6) float16: strength, share of the picture, box of what moves."""
    transitions: tuple[Transition, ...]
    shots: tuple[Shot, ...]
    camera_spans: tuple[CameraSpan, ...]
    moving_share: float
    """Share of the time in which the picture as a whole is displaced."""
    plain_share: float
    """Share of the picture that is one even colour, in the median frame: high on screens and slides."""
    gaps: tuple[tuple[float, float], ...]
    damaged_frames: int
    damage: tuple[str, ...]
    decode_seconds: float
    survey_seconds: float
    watch_seconds: float
    """Spent by the pass's watchers."""

    def __post_init__(self) -> None:
        if not len(self.pts_seconds) == len(self.sharpness) == len(self.picture):
            raise ValueError("every frame needs a time, a sharpness and a picture number")

    @property
    def camera_moves(self) -> bool:
        """Whether the picture as a whole is displaced for more than half of the time."""
        return self.moving_share > 0.5

    def shot_at(self, seconds: float) -> int:
        """The number of the shot on screen."""
        starts = [shot.start for shot in self.shots]
        return max(0, int(np.searchsorted(starts, seconds + 1e-6, side="right")) - 1)


class Surveyor:
    """The detectors that share one pass."""

    def __init__(self) -> None:
        self.frames, self.motion = FrameMeter(), MotionMeter()
        self.cuts, self.graduals, self.camera = CutDetector(), GradualDetector(), CameraTracker()
        self.fades = FadeDetector()
        self.lasting = Series(np.float32)
        """Seconds for which each frame is shown, as far as the file says."""
        self._plain: list[float] = []
        self._last: Planes | None = None
        self._quiet = False
        """Whether the cut detector was spared the latest frames."""

    def add(self, planes: Planes) -> Planes:
        """Measure one frame. Returns it at the size of those before."""
        seconds, luma = planes.pts_seconds, planes.luma
        if self._last is not None and self._last.luma.shape != luma.shape:
            luma = cv2.resize(luma, self._last.luma.shape[::-1], interpolation=cv2.INTER_AREA)
            size = self._last.chroma.shape[:0:-1]
            chroma = np.stack([cv2.resize(c, size, interpolation=cv2.INTER_AREA) for c in planes.chroma])
            planes = Planes(luma, chroma, seconds, planes.look, planes.lasts_seconds)
        small = half(luma)
        self.frames.add(luma, seconds)
        self.lasting.append(planes.lasts_seconds)
        if self._last is not None and float(self.frames.change.array[-1]) < QUIET_CHANGE:
            self.cuts.repeat(seconds)
            self.fades.repeat(seconds)
            self._quiet = True
        else:
            self._judge_cut(planes, small)
        if len(self.frames.seconds) % 8 == 1 and len(self._plain) < MOST_PLAIN:
            self._plain.append(blocks_of(small).plain_share)
        self.motion.add(luma, seconds)
        self.graduals.add(small, planes.chroma, seconds, float(self.cuts.shares.array[-1]))
        self.camera.add(luma, seconds)
        self._last = planes
        return planes

    def _judge_cut(self, planes: Planes, small: np.ndarray) -> None:
        if self._quiet and self._last is not None:
            self.cuts.catch_up(picture_of(self._last, half(self._last.luma)))
            self._quiet = False
        picture = picture_of(planes, small)
        new = self.cuts.add(picture, planes.pts_seconds)
        self.fades.add(picture.blocks, planes.pts_seconds)
        if new.share > 0.5:
            self.camera.restart()
        if self.another:
            self.graduals.restart()  # a picture for a picture; one that comes from or goes to one colour may be fading

    @property
    def another(self) -> bool:
        """Whether the latest frame seems to begin another picture."""
        return not self._quiet and self.cuts.latest_is_another

    def transitions(self) -> list[Transition]:
        """What the detectors found, in one reading."""
        fades = [f for f in self.fades.finish() if not comes_back(f, self.cuts.black_outs)]
        graduals = self.graduals.finish()
        graduals = [g for g in graduals if not any(g.start < f.end and f.start < g.end for f in fades)]
        return reconcile(self.cuts.finish(), fades + graduals, self.cuts.black_outs, self.camera.followed())

    @property
    def plain_share(self) -> float:
        """Median over frames of the share of blocks without any structure."""
        return median(np.array(self._plain)) if self._plain else 0.0


def picture_of(planes: Planes, small: np.ndarray) -> Picture:
    """One frame, and its luma at half of the size, as cuts are judged."""
    return Picture(blocks_of(small), planes.chroma, planes.luma)


def half(luma: np.ndarray) -> np.ndarray:
    """The picture at half of its size."""
    return cv2.resize(luma, (max(2, luma.shape[1] // 2), max(2, luma.shape[0] // 2)), interpolation=cv2.INTER_AREA)


def survey_video(
    stream: VideoStream,
    *,
    start_seconds: float = 0.0,
    end_seconds: float | None = None,
    watchers: Sequence[Watcher] = (),
    on_progress: Progress | None = None,
) -> Survey:
    """Look at every frame of [start, end) once, small. Raises `SourceError` when none can be decoded.

    `watchers` see each frame after it was measured.
    """
    surveyor, info = Surveyor(), stream.info
    whole = end_seconds or info.declared_picture_seconds or info.declared_seconds or 0.0
    began, measuring, watching = perf_counter(), 0.0, 0.0
    with one_thread():
        for frame in stream.iter_planes(SURVEY_PIXELS, start_seconds=start_seconds, end_seconds=end_seconds):
            at = perf_counter()
            planes = surveyor.add(frame)
            measuring += perf_counter() - at
            for watcher in watchers:
                watcher.see(planes, another=surveyor.another)
            watching += perf_counter() - at
            if on_progress is not None and whole > start_seconds and len(surveyor.frames.seconds) % 32 == 0:
                on_progress("survey", min(1.0, (planes.pts_seconds - start_seconds) / (whole - start_seconds)))
    if len(surveyor.frames.seconds) == 0:
        raise SourceError(f"no picture of {info.name} lies between {start_seconds:g} s and {end_seconds or whole:g} s.")
    elapsed = perf_counter() - began - watching, measuring, watching - measuring
    return finished(surveyor, stream, (start_seconds, end_seconds), elapsed)


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV on one thread: on pictures this small, waking others costs more than they do."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def finished(
    surveyor: Surveyor, stream: VideoStream, span: tuple[float, float | None], elapsed: tuple[float, float, float]
) -> Survey:
    """Put the detectors' findings together. `elapsed`: seconds of decoding, measuring and watching."""
    start, end = span
    frames, motion, began = surveyor.frames, surveyor.motion, perf_counter()
    motion.finish()
    pts = frames.seconds.array
    frame_seconds = median(np.diff(pts)) if len(pts) > 1 else 1.0 / (stream.info.frame_rate or 25.0)
    lasts = np.maximum(surveyor.lasting.array, frame_seconds)
    picture_end = picture_end_seconds(pts, lasts, stream.info, frame_seconds)
    last = min(picture_end, end) if end is not None else whole_seconds(stream.info, picture_end)
    transitions = surveyor.transitions()
    spans = surveyor.camera.spans()
    shots = [Shot(a, b, main_motion(spans, a, b)) for a, b in shots_between(transitions, start, last)]
    damage = stream.damage
    return Survey(
        info=stream.info,
        start_seconds=start,
        end_seconds=last,
        picture_end_seconds=picture_end,
        pts_seconds=pts,
        brightness=frames.brightness.array,
        peak=frames.peak.array,
        sharpness=frames.sharpness.array,
        picture=frames.picture.array,
        sample_seconds=motion.seconds.array,
        novelty=motion.novelty.array,
        motion=motion.motion.array,
        transitions=tuple(transitions),
        shots=tuple(shots),
        camera_spans=tuple(spans),
        moving_share=surveyor.camera.moving_share(last - start),
        plain_share=surveyor.plain_share,
        gaps=tuple(gaps_between(pts, lasts, stream.info, span, picture_end)),
        damaged_frames=damage.frames,
        damage=tuple(damage.messages),
        decode_seconds=elapsed[0],
        survey_seconds=elapsed[1] + perf_counter() - began,
        watch_seconds=elapsed[2],
    )


__all__ = ["CameraMotion", "Survey", "survey_video"]
