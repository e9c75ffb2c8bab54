"""In: small luma frames. Out: how much each frame and each tenth of a second brings that is new, and where.

Change is always that of the most changed block or of the most changed few pixels, never the mean of the whole picture:
a person far away changes a hundredth of it.
"""

from bisect import bisect_left
from collections import deque

import cv2
import numpy as np

from vidsense.survey.series import Series

SAMPLE_SECONDS = 0.1
NOVELTY_WINDOWS = (0.15, 0.3, 0.6)
"""Seconds before and after a moment whose mean pictures are compared."""
MOST_CHANGED = 0.03
"""Share of the pixels that speak for the picture."""
SAME_PICTURE = 2.0
"""Mean difference of the most changed block, of 255, up to which a frame repeats an earlier one."""
MOTION_SECONDS = 0.3


class FrameMeter:
    """Takes every frame: brightness, sharpness, and whether it repeats the picture before."""

    def __init__(self) -> None:
        self.seconds = Series(np.float64)
        self.brightness = Series(np.float32)
        self.peak = Series(np.uint8)
        """The brightest pixel."""
        self.sharpness = Series(np.float16)
        self.change = Series(np.float16)
        """Mean absolute difference to the frame before in the most changed block, of 255."""
        self.picture = Series(np.int32)
        """Frames with the same number show the same picture."""
        self._before: np.ndarray | None = None
        self._anchor: np.ndarray | None = None

    def add(self, luma: np.ndarray, seconds: float) -> None:
        """One frame: (h, w) uint8."""
        self.seconds.append(seconds)
        self.brightness.append(cv2.mean(luma)[0])
        self.peak.append(luma.max())
        change = 0.0 if self._before is None else most_changed_block(self._before, luma)
        self.change.append(change)
        if self._anchor is None:
            self._begin_picture(luma, 0)
        elif self._is_another(luma, change):
            self._begin_picture(luma, self.picture.array[-1] + 1)
        else:
            self.picture.append(self.picture.array[-1])
            self.sharpness.append(self.sharpness.array[-1])
        self._before = luma

    def _is_another(self, luma: np.ndarray, change: float) -> bool:
        """Whether this is no longer the picture that began the latest number."""
        if change == 0.0 or self._anchor is None:
            return False
        return (change if self._anchor is self._before else most_changed_block(self._anchor, luma)) >= SAME_PICTURE

    def _begin_picture(self, luma: np.ndarray, number: int) -> None:
        self._anchor = luma
        self.picture.append(number)
        self.sharpness.append(float(cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S))[1][0, 0]))


class MotionMeter:
    """Takes frames, keeps ten a second: what is new at each moment, and which part of the picture moves."""

    def __init__(self) -> None:
        self.seconds = Series(np.float64)
        self.novelty = Series(np.float16, (len(NOVELTY_WINDOWS),))
        """Difference between the mean pictures after and before, in the most changed pixels, of 255."""
        self.motion = Series(np.float16, (6,))
        """Strength over noise, share of the picture, and the box (x0, y0, x1, y1) of what moves, in shares."""
        self._ring: deque[tuple[float, np.ndarray, np.ndarray]] = deque()
        """Time, sum of the tiny pictures before it, and the picture."""
        self._total: np.ndarray = np.zeros(1, np.uint32)
        """Sum of all tiny pictures, flattened."""
        self._pending: deque[int] = deque()
        self._noise = 1.0

    def add(self, luma: np.ndarray, seconds: float) -> None:
        """One frame: (h, w) uint8 at 160 px."""
        if len(self.seconds) and seconds - self.seconds.array[-1] < SAMPLE_SECONDS - 1e-3:
            return
        tiny = cv2.resize(luma, (max(1, luma.shape[1] // 4), max(1, luma.shape[0] // 4)), interpolation=cv2.INTER_AREA)
        self._ring.append((seconds, self._total, luma))
        self._total = self._total + tiny.ravel()  # may wrap: only differences are read
        self._pending.append(len(self.seconds))
        self.seconds.append(seconds)
        self.novelty.append(np.zeros(len(NOVELTY_WINDOWS), np.float32))
        self.motion.append(self._moving(luma, seconds))
        self._settle(seconds)

    def _settle(self, now: float) -> None:
        """Give the moments whose later window is complete their novelty."""
        longest = NOVELTY_WINDOWS[-1]
        while self._pending and now >= self.seconds.array[self._pending[0]] + longest - 1e-6:
            at = self._pending.popleft()
            self.novelty.array[at] = self._novelty(float(self.seconds.array[at]))
            while self._ring and self._ring[0][0] < self.seconds.array[at] - longest - MOTION_SECONDS:
                self._ring.popleft()

    def _novelty(self, moment: float) -> np.ndarray:
        times = [entry[0] for entry in self._ring]
        sums = [*(entry[1] for entry in self._ring), self._total]
        middle = bisect_left(times, moment - 1e-6)
        steps = np.zeros((len(NOVELTY_WINDOWS), len(self._total)), np.float32)
        for step, window in zip(steps, NOVELTY_WINDOWS, strict=True):
            begin = min(bisect_left(times, moment - window - 1e-6), middle - 1)
            end = max(bisect_left(times, moment + window - 1e-6), middle + 1)
            if begin >= 0 and end <= len(times):
                after, before = sums[end] - sums[middle], sums[middle] - sums[begin]
                step[:] = after.astype(np.float32) / (end - middle) - before.astype(np.float32) / (middle - begin)
        return top_mean(np.abs(steps), MOST_CHANGED)

    def _moving(self, luma: np.ndarray, seconds: float) -> np.ndarray:
        """Blocks that differ from a moment ago by more than noise and more than the picture as a whole."""
        earlier = [entry for entry in self._ring if entry[0] < seconds]
        before = next(
            (e[2] for e in earlier if seconds - e[0] <= MOTION_SECONDS + 1e-3), earlier[-1][2] if earlier else luma
        )
        step = cv2.subtract(luma, before, dtype=cv2.CV_32F)
        shift = middle_value(step[1::3, 1::3])  # of the light as a whole
        blocks = block_means(np.abs(step - shift))
        floor = middle_value(blocks)
        self._noise += 0.05 * (min(floor, 2.0 * self._noise) - self._noise)
        active = blocks > 3.0 * max(floor, self._noise) + 2.0
        rows, columns = active.nonzero()
        if len(rows) == 0:
            return np.zeros(6, np.float32)
        height, width = blocks.shape
        box = columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height
        return np.array([blocks.max() / (max(floor, self._noise) + 1.0), len(rows) / active.size, *box], np.float32)

    def finish(self) -> None:
        """Give the last moments their novelty from what there is."""
        while self._pending:
            at = self._pending.popleft()
            self.novelty.array[at] = self._novelty(float(self.seconds.array[at]))


def most_changed_block(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of the 8 × 8 block that differs most, of 255."""
    return float(block_means(cv2.absdiff(a, b)).max())


def block_means(values: np.ndarray) -> np.ndarray:
    """(h, w) → (h/8, w/8). The last rows and columns, where they fill less than half a block, are left out."""
    height, width = (8 * (n // 8) if n % 8 < 4 and n >= 64 else n for n in values.shape)  # whole blocks are quicker
    size = max(1, width // 8), max(1, height // 8)
    return cv2.resize(values[:height, :width], size, interpolation=cv2.INTER_AREA)


def middle_value(values: np.ndarray) -> float:
    """The median; of an even number of values the upper of the two in the middle.

    >>> middle_value(np.array([4.0, 1.0, 3.0, 2.0]))
    3.0
    """
    return float(np.sort(values, axis=None)[values.size // 2])


def top_mean(values: np.ndarray, share: float) -> np.ndarray:
    """The mean of the largest `share` of the values in each row.

    >>> top_mean(np.array([[0.0, 1.0, 5.0, 3.0], [1.0, 1.0, 1.0, 1.0]]), 0.5).tolist()
    [4.0, 1.0]
    """
    count = max(1, int(values.shape[1] * share))
    mean: np.ndarray = np.sort(values, axis=1)[:, -count:].mean(1)
    return mean
