"""In: small luma frames. Out: for every 0.4 s whether the camera moved, and how: pan, tilt, zoom, travel, shake.

Corners are tracked forwards and back (Lucas–Kanade pyramids; Shi–Tomasi corners), and those that return to where they
began vote. The camera stands while at least some of the picture stands, corners or what is behind them: people who
fill most of it do not move it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from vidsense.survey.backdrop import backdrop_stands, standing_between
from vidsense.survey.series import Series, median, quantile

CameraMotion = Literal[
    "static", "pan left", "pan right", "tilt up", "tilt down", "zoom in", "zoom out", "travel", "shake"
]
SAMPLE_SECONDS = 0.4
STILL, MOVING, BACKDROP_STILL, NOT_KNOWN = 0.0, 1.0, 2.0, -1.0
"""What a sample says of the camera; the third: corners moved, and what is behind them did not."""
STANDS = (STILL, 0.0, 0.0, 0.0, 1.0)
UNKNOWN = (NOT_KNOWN, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class CameraThresholds:
    """Pixels are of the survey's picture (160 px), speeds are shares of its longer side a second."""

    still_pixels: float = 0.25
    still_share: float = 0.14
    """The camera stands when this share of the corners does."""
    spread: float = 0.3
    """Share of a 4 × 3 grid that must hold corners, else nothing is known."""
    least_corners: int = 10
    slow: float = 0.012
    zoom_rate: float = 0.06
    """Relative growth of the picture a second."""
    one_scene: float = 0.5
    """Share of the corners that one zoom explains; less is parallax: the camera travels."""


@dataclass(frozen=True)
class CameraSpan:
    """What the camera does from `start` to `end`."""

    start: float
    end: float
    motion: CameraMotion


class CameraTracker:
    """Takes frames one by one, keeps one picture."""

    def __init__(self, thresholds: CameraThresholds | None = None) -> None:
        self.thresholds = thresholds or CameraThresholds()
        self.samples = Series(np.float32, (7,))
        """Start, end, what is known, horizontal and vertical speed of the corners, their rate of growth, share of them
        that one plane's motion explains."""
        self._anchor: tuple[np.ndarray, float] | None = None

    def add(self, luma: np.ndarray, seconds: float) -> None:
        """One frame, (h, w) uint8, not the first of a new shot."""
        if self._anchor is None:
            self._anchor = (luma, seconds)
            return
        anchor, begin = self._anchor
        if seconds - begin < SAMPLE_SECONDS - 1e-3:
            return
        self._anchor = (luma, seconds)
        if seconds - begin > 3 * SAMPLE_SECONDS and seconds - begin > 1.5:
            return  # frames too far apart to follow anything
        self.samples.append(np.array([begin, seconds, *self._measure(anchor, luma, seconds - begin)], np.float32))

    def restart(self) -> None:
        """Forget the last picture: a new shot begins."""
        self._anchor = None

    def _measure(self, a: np.ndarray, b: np.ndarray, elapsed: float) -> tuple[float, ...]:
        limits = self.thresholds
        if int(cv2.absdiff(a, b).max()) <= 6:
            return STANDS
        before, after = followed_corners(a, b)
        if len(before) < limits.least_corners or spread(before, a.shape) < limits.spread:
            return UNKNOWN
        moved = np.linalg.norm(after - before, axis=1)
        if float(np.mean(moved < limits.still_pixels)) >= limits.still_share:
            return STANDS
        model, inliers = cv2.estimateAffinePartial2D(before, after, method=cv2.RANSAC, ransacReprojThreshold=1.0)
        if model is None:
            return UNKNOWN
        long_side = max(a.shape)
        centre = np.array([a.shape[1] / 2, a.shape[0] / 2])
        shift = (model[:, :2] @ centre + model[:, 2] - centre) / long_side / elapsed
        growth = radial_growth(before - centre, after - before) / elapsed
        known = BACKDROP_STILL if backdrop_stands(a, b, model) else MOVING
        return known, float(shift[0]), float(shift[1]), growth, float(inliers.mean())

    def _moving(self) -> np.ndarray:
        """(n,) bool: the samples in which the camera moves."""
        rows = self.samples.array
        moving = rows[:, 2] == MOVING
        held = standing_between(rows[:, 0], rows[:, 2] == BACKDROP_STILL, moving)
        return np.asarray(moving & ~held)

    def moving_share(self, duration: float) -> float:
        """Share of the time in which the picture as a whole is displaced."""
        rows = self.samples.array
        moving = rows[self._moving()]
        return float((moving[:, 1] - moving[:, 0]).sum()) / duration if duration > 0 else 0.0

    def spans(self) -> list[CameraSpan]:
        """Runs of samples in which the camera does the same, at least two samples long; standing still is left out."""
        rows = self.samples.array
        moving = self._moving()
        found: list[CameraSpan] = []
        for i in np.flatnonzero(moving).tolist():
            near = [
                j for j in (i - 1, i, i + 1) if 0 <= j < len(rows) and moving[j] and abs(rows[j, 0] - rows[i, 0]) < 1.0
            ]
            motion, start, end = self._kind_of(rows[near]), float(rows[i, 0]), float(rows[i, 1])
            if found and found[-1].motion == motion and start - found[-1].end < SAMPLE_SECONDS:
                found[-1] = CameraSpan(found[-1].start, end, motion)
            else:
                found.append(CameraSpan(start, end, motion))
        return [span for span in found if span.end - span.start > 1.5 * SAMPLE_SECONDS]

    def followed(self) -> list[tuple[float, float]]:
        """Spans over which most corners were followed in one clear motion: one scene, seen by a moving camera."""
        found: list[tuple[float, float]] = []
        for start, end, _, x, y, growth, agree in self.samples.array.tolist():
            if agree < 0.6 or max(abs(x), abs(y), abs(growth)) < 0.04:
                continue
            if found and start - found[-1][1] < 1e-3:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found

    def _kind_of(self, moving: np.ndarray) -> CameraMotion:
        """One word for a few neighbouring samples in which the camera moves."""
        limits = self.thresholds
        shift, growth, agree = moving[:, 3:5].mean(0), median(moving[:, 5]), median(moving[:, 6])
        net, path = float(np.abs(shift).max()), float(np.abs(moving[:, 3:5]).max(1).mean())
        if abs(growth) > limits.zoom_rate and abs(growth) > net:
            if agree < limits.one_scene:
                return "travel"
            return "zoom in" if growth > 0 else "zoom out"
        if net < max(limits.slow, 0.35 * path):
            return "travel" if agree < limits.one_scene and growth > limits.zoom_rate / 6 else "shake"
        if abs(shift[0]) >= abs(shift[1]):
            return "pan right" if shift[0] < 0 else "pan left"
        return "tilt down" if shift[1] < 0 else "tilt up"


def main_motion(spans: Sequence[CameraSpan], start: float, end: float) -> CameraMotion:
    """What the camera does from `start` to `end`: what it does longest, if it moves for a third of the time."""
    inside = [
        (min(span.end, end) - max(span.start, start), span.motion)
        for span in spans
        if span.end > start and span.start < end
    ]
    moving = sum(seconds for seconds, _ in inside)
    if moving < 0.34 * (end - start):
        return "static"
    lasting: dict[CameraMotion, float] = {}
    for seconds, motion in inside:
        lasting[motion] = lasting.get(motion, 0.0) + seconds
    return max(lasting, key=lambda motion: lasting[motion])


def radial_growth(from_centre: np.ndarray, moved: np.ndarray) -> float:
    """Relative growth of the picture around its centre, by the median of what the corners (n, 2) say."""
    squared = (from_centre**2).sum(1)
    outer = squared > quantile(squared, 0.3)
    shift = np.array([median(moved[:, 0]), median(moved[:, 1])])
    return median(((moved - shift) * from_centre).sum(1)[outer] / np.maximum(squared[outer], 1.0))


def followed_corners(a: np.ndarray, b: np.ndarray, most: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Corners of `a` (n, 2) and where they are in `b`; only those that are found again on the way back."""
    corners = cv2.goodFeaturesToTrack(a, most, 0.01, 5)
    if corners is None:
        return np.zeros((0, 2)), np.zeros((0, 2))
    there, found, _ = cv2.calcOpticalFlowPyrLK(a, b, corners, corners.copy(), winSize=(11, 11), maxLevel=3)
    back, again, _ = cv2.calcOpticalFlowPyrLK(b, a, there, there.copy(), winSize=(11, 11), maxLevel=3)
    good = (found[:, 0] == 1) & (again[:, 0] == 1) & (np.linalg.norm(corners - back, axis=2)[:, 0] < 0.5)
    return corners[good, 0], there[good, 0]


def spread(points: np.ndarray, shape: tuple[int, ...]) -> float:
    """Share of the cells of a 4 × 3 grid that hold a point."""
    x = np.minimum(points[:, 0] * 4 / shape[1], 3).astype(int)
    y = np.minimum(points[:, 1] * 3 / shape[0], 2).astype(int)
    return len(set(zip(x.tolist(), y.tolist(), strict=True))) / 12
