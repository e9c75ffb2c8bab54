"""In: the contrast of every frame. Out: fades that begin or end in one flat colour, whatever moves meanwhile.

Seen over time a fade is a ramp: contrast and brightness leave a flat picture together, evenly, and stay where they
arrive. What moves in the picture does not matter for that, where a mixture of two pictures (`gradual`) does not fit.
"""

import cv2
import numpy as np

from vidsense.survey.blocks import Blocks
from vidsense.survey.gradual import Gradual, GradualKind
from vidsense.survey.series import Series, median

FLAT_CONTRAST = 0.2
"""Mean deviation within blocks, of 255, up to which a picture shows nothing,"""
FLAT_SPREAD = 1.0
"""when the means of its blocks differ no more than this."""
LEAST_CONTRAST = 2.5
SHORTEST, LONGEST = 0.3, 5.0
"""Seconds that a ramp may take."""
REST_SECONDS = 0.4
"""For so long after its end the picture stays about as strong."""
EVEN, LEAST_EVEN = 0.94, 0.8
"""Least correlation with time of contrast and brightness, the better and the worse of the two."""
LARGEST_STEP = 0.34
"""Largest change from frame to frame, as a share of the whole ramp; more is a cut, or something that uncovers."""

UNCOVERED = 0.65
"""At 0.4 of the contrast, a fade has as much of its strongest block's contrast; what is uncovered or typed has more."""


class FadeDetector:
    """Takes every frame; keeps five numbers of each."""

    def __init__(self) -> None:
        self.rows = Series(np.float32, (5,))
        """Contrast, that of the strongest block, mean luma, spread of the blocks' means, whether it was measured."""
        self.seconds = Series(np.float64)

    def add(self, blocks: Blocks, seconds: float) -> None:
        """One frame."""
        mean, spread = cv2.meanStdDev(blocks.mean)
        self.seconds.append(seconds)
        self.rows.append(np.array([blocks.contrast, blocks.deviation.max(), mean[0, 0], spread[0, 0], 1.0], np.float32))

    def repeat(self, seconds: float) -> None:
        """One frame that repeats the one before, or nearly."""
        self.seconds.append(seconds)
        self.rows.append(self.rows.array[-1])
        self.rows.array[-1, 4] = 0.0

    def finish(self) -> list[Gradual]:
        """The fades, in order."""
        rows, seconds = self.rows.array, self.seconds.array
        flat = held(
            (rows[:, 0] < FLAT_CONTRAST) & (rows[:, 3] < FLAT_SPREAD),
            (rows[:, 0] < 3 * FLAT_CONTRAST) & (rows[:, 3] < 2 * FLAT_SPREAD),
        )
        edges = np.flatnonzero(np.diff(flat.astype(np.int8)))
        found = []
        for at in edges.tolist():
            if flat[at]:
                end = ramp_end(rows[at:], seconds[at:] - seconds[at])
                found += [] if end is None else [fade("fade in", float(seconds[at]), float(seconds[at]) + end)]
            else:
                until = at + 2
                end = ramp_end(rows[:until][::-1], seconds[at + 1] - seconds[:until][::-1])
                last = float(seconds[at + 1])
                found += [] if end is None else [fade("fade out", last - end, last)]
        return found


def fade(kind: GradualKind, start: float, end: float) -> Gradual:
    """A fade that outweighs what else is read from the same span."""
    return Gradual(start, end, kind, strength=1000.0)


def held(begins: np.ndarray, stays: np.ndarray) -> np.ndarray:
    """(n,) bool: runs of `stays` that hold a `begins`, so that noise does not break what is flat."""
    edges = np.flatnonzero(np.diff(stays.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    flat = np.zeros(len(stays), bool)
    for start, end in edges.tolist():
        flat[start:end] = bool(begins[start:end].any())
    return flat


def ramp_end(rows: np.ndarray, seconds: np.ndarray) -> float | None:
    """When the ramp is complete that begins flat at index 0; none if it is no ramp. Time runs from 0."""
    within = int(np.searchsorted(seconds, LONGEST + REST_SECONDS))
    seconds, contrast, strongest, luma = seconds[:within], *rows[:within, :3].T
    best: tuple[float, float] | None = None
    for end in range(3, len(seconds)):
        if not SHORTEST <= seconds[end] <= LONGEST or rows[end, 4] == 0.0:
            continue
        fit = ramp_fit(seconds, contrast, luma, end)
        if fit is not None and (best is None or fit > best[0]) and not is_uncovered(contrast, strongest, end):
            best = fit, float(seconds[end])
    return None if best is None else best[1]


def ramp_fit(seconds: np.ndarray, contrast: np.ndarray, luma: np.ndarray, end: int) -> float | None:
    """How evenly contrast and brightness rise from 0 to `end`; none when it is no ramp, or does not stay."""
    rest = contrast[end : int(np.searchsorted(seconds, seconds[end] + REST_SECONDS)) + 1]
    reached = median(rest)
    if (
        reached < LEAST_CONTRAST
        or not 0.7 * reached <= float(np.mean(contrast[max(0, end - 2) : end + 1])) <= 1.4 * reached
    ):
        return None
    fit = correlation(seconds[: end + 1], contrast[: end + 1])
    step = float(np.abs(np.diff(contrast[: end + 1])).max()) / reached
    light = luma[: end + 1] - luma[0]
    if abs(float(light[-1])) >= 8.0:
        bright = abs(correlation(seconds[: end + 1], light))
        fit = max(fit, bright) if min(fit, bright) >= LEAST_EVEN else 0.0
        step = min(step, float(np.abs(np.diff(light)).max() / abs(light[-1])))
    if step > LARGEST_STEP:
        return None
    return fit + 0.005 * float(seconds[end]) if fit >= EVEN else None


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; 0 where one of them does not vary."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else 0.0


def is_uncovered(contrast: np.ndarray, strongest: np.ndarray, end: int) -> bool:
    """Whether parts of the picture come at full strength, one after the other, instead of all together."""
    early = int(np.searchsorted(contrast[: end + 1] >= 0.4 * contrast[end], True))
    return early < end and float(strongest[early]) > UNCOVERED * float(strongest[end])
