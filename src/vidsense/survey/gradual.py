"""In: small frames, about twelve a second. Out: fades and dissolves with their spans.

One picture A gives way to another, B, when every frame between is a mixture A + α(B − A) whose α rises steadily. If
A or B is one flat colour it is a fade; if both are pictures of different structure, a dissolve. A lamp, a pan or an
object that appears is none of these: the structure stays, or the frames between are no mixture.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from vidsense.survey.blocks import unexplained
from vidsense.survey.dissolves import DissolveThresholds, Mixing, is_dissolve
from vidsense.survey.gradual_sample import Sample
from vidsense.survey.mixtures import Mixtures

FLAT_DEVIATION = 3.0
"""Standard deviation, of 255, up to which a block, or a row of blocks, is one colour."""
BLANK_DEVIATION, DARK, BRIGHT = 0.5, 24.0, 232.0
"""Neither dark nor bright, a picture is one colour only when its blocks deviate by no more than this."""
LOOK_SHARE = 0.45
"""Seconds of window for each step between two looks at it."""
GradualKind = Literal["fade in", "fade out", "dissolve"]


@dataclass(frozen=True)
class Gradual:
    """A fade or dissolve: α leaves 0 at `start` and reaches 1 at `end`."""

    start: float
    end: float
    kind: GradualKind
    strength: float = 0.0
    """Of two readings that overlap, the one with the larger is kept: more different ends, less time, less motion."""


@dataclass(frozen=True)
class GradualThresholds:
    """Limits of what counts as a mixture."""

    sample_seconds: float = 0.075
    windows: tuple[float, ...] = (0.35, 0.6, 0.9, 1.35, 2.0, 3.0, 4.5, 6.0)
    residual: float = 0.3
    """Part of ‖B − A‖ that a frame between may lie off the line from A to B;"""
    coarse_residual: float = 0.4
    """the same for the means of large areas, which is held against the loss of contrast as well."""
    largest_step: float = 0.4
    """A larger step of α from one sample to the next is a cut."""
    fall: float = 0.08
    """α may fall back by this much (noise)."""
    least_difference: float = 3.0
    """Root mean square of B − A, of 255."""
    least_seconds: float = 0.2
    fade_strength: float = 8.0
    """Least root mean square of B − A for a fade."""
    dissolve_blocks: float = 0.12
    """Share of either picture's blocks that must have structure."""
    dissolve_strength: float = 0.3
    """Least difference of the two pictures, as a share of their contrasts' sum."""
    fade_new_structure: float = 0.5
    """Share of a fading picture's structure that may come from elsewhere (it moves meanwhile)."""
    uncovered: float = 0.8
    """Largest share of the final contrast that a fading picture has half-way; what is uncovered or typed has more."""
    flat_share: float = 0.75
    """Share of a flat picture's blocks that have its one colour; a watermark may fill the rest."""


class GradualDetector:
    """Takes frames one by one; keeps those of the longest window."""

    def __init__(
        self, thresholds: GradualThresholds | None = None, dissolves: DissolveThresholds | None = None
    ) -> None:
        self.thresholds = thresholds or GradualThresholds()
        self.dissolves = dissolves or DissolveThresholds()
        self._samples: list[Sample] = []
        self._fine: Mixtures | None = None
        """Of every pixel's luma and chroma at 40 px,"""
        self._coarse = Mixtures(80)
        """and of mean and contrast of twenty large areas: what motion does not change much; as far as it was needed."""
        self._sizes: tuple[tuple[int, int], tuple[int, int]] = (1, 1), (1, 1)
        """Rows and columns of the luma and of the chroma in the first."""
        self._hits: list[Gradual] = []
        self._count = 0
        self._skipped: tuple[Sample, np.ndarray] | None = None

    def add(self, luma: np.ndarray, chroma: np.ndarray, seconds: float, new_share: float = 0.0) -> None:
        """One frame: luma (h, w) of at most 80 px, chroma (2, h, w), and how much of its structure is new."""
        sample = Sample(seconds, luma, new_share)
        if self._samples and seconds - self._samples[-1].seconds < self.thresholds.sample_seconds - 1e-3:
            self._skipped = (sample, chroma)
            return
        self._skipped = None
        self._sample(sample, chroma)

    def restart(self) -> None:
        """Let no window reach back before the next frame: a cut was here."""
        if self._skipped is not None:
            self._sample(*self._skipped)
            self._skipped = None
        if self._samples:
            self._look(last=True)
            self._samples = []
            self._fine = None
            self._coarse = Mixtures(80)

    def _sample(self, sample: Sample, chroma: np.ndarray) -> None:
        luma, seconds = sample.luma, sample.seconds
        size = (max(1, luma.shape[1] // 2), max(1, luma.shape[0] // 2))
        tiny = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32) - 128.0
        size = (max(1, size[0] // 2), max(1, size[1] // 2))  # colours need fewer points, which count for more
        colours = [2.0 * (cv2.resize(c, size, interpolation=cv2.INTER_AREA).astype(np.float32) - 128.0) for c in chroma]
        fine = np.concatenate([p.ravel() for p in (tiny, *colours)])
        if self._fine is None:
            self._fine, self._sizes = Mixtures(len(fine)), (tiny.shape, colours[0].shape)
        if self._fine.count == len(self._fine.vectors):
            keep = sum(s.seconds >= seconds - self.thresholds.windows[-1] - 0.5 for s in self._samples)
            keep = min(keep, len(self._fine.vectors) - 1)
            self._samples = self._samples[-keep:] if keep else []
            self._coarse.keep_last(max(0, self._coarse.count - (self._fine.count - keep)))
            self._fine.keep_last(keep)
        self._fine.append(fine)
        self._samples.append(sample)
        self._count += 1
        self._look()

    def _look(self, last: bool = False) -> None:
        """Try windows of each length that end with the newest sample."""
        limits, samples = self.thresholds, self._samples
        assert self._fine is not None
        newest = samples[-1].seconds
        for window in limits.windows:
            if not last and self._count % max(1, int(window / LOOK_SHARE)):
                continue  # a long window needs no look at every step
            first = bisect_left(samples, newest - window - 1e-6, key=lambda s: s.seconds)
            if len(samples) - first < 4 or newest - samples[first].seconds < 0.6 * window:
                continue
            strength = self._fine.difference(first)
            if strength < limits.least_difference:
                continue
            steps = {"largest_step": limits.largest_step, "fall": limits.fall}
            alpha, moving = self._fine.alpha(first, residual=limits.residual, **steps), False
            if alpha is None:
                for at in range(self._coarse.count, self._fine.count):
                    self._coarse.append(areas_of(self._fine.vectors[at], *self._sizes))
                alpha, moving = self._coarse.alpha(first, residual=limits.coarse_residual, **steps), True
            found = None if alpha is None else self._reading(samples[first:], alpha, strength, moving)
            if found is not None:
                self._hits.append(found)

    def _reading(self, samples: list[Sample], alpha: np.ndarray, strength: float, moving: bool) -> Gradual | None:
        seconds = np.array([s.seconds for s in samples])
        low, high = crossing(alpha, seconds, 0.1), crossing(alpha, seconds, 0.9)
        if high - low < 0.8 * self.thresholds.least_seconds:
            return None
        kind = self._kind(samples[0], samples[-1], strength)
        if kind == "dissolve":
            contrasts = samples[0].contrast + samples[-1].contrast
            mixing = Mixing(samples, alpha, (low, high), moving=moving)
            sound = is_dissolve(mixing, strength / max(contrasts, 1e-6), self.dissolves)
        else:
            visible = alpha if kind == "fade in" else 1.0 - alpha
            sound = kind is not None and self._keeps_structure(samples, visible, moving)
        if kind is None or not sound:
            return None
        margin = (high - low) / 8
        start, end = max(low - margin, samples[0].seconds), min(high + margin, samples[-1].seconds)
        return Gradual(start, end, kind, strength * (0.8 if moving else 1.0) / (1.0 + 0.3 * (end - start)))

    def _keeps_structure(self, samples: list[Sample], visible: np.ndarray, moving: bool) -> bool:
        """Whether a fading picture shows the same things, fainter, at a third of its strength as at two thirds."""
        faint = samples[int(np.argmin(np.abs(visible - 0.35)))].blocks
        strong = samples[int(np.argmin(np.abs(visible - 0.7)))].blocks
        if moving and faint.strongest > self.thresholds.uncovered * strong.strongest:
            return False
        return unexplained(faint, strong) < self.thresholds.fade_new_structure

    def _kind(self, first: Sample, last: Sample, strength: float) -> GradualKind | None:
        limits, a, b = self.thresholds, first.blocks, last.blocks
        flat_a, flat_b = self._is_flat(first, last), self._is_flat(last, first)
        if flat_a != flat_b and strength >= limits.fade_strength:
            return "fade in" if flat_a else "fade out"
        if strength < limits.dissolve_strength * (first.contrast + last.contrast):
            return None
        enough = min(a.structured_share, b.structured_share) >= limits.dissolve_blocks
        return "dissolve" if enough else None

    def _is_flat(self, sample: Sample, other: Sample) -> bool:
        """One colour, or nearly against the other picture, but for a watermark."""
        picture, least = sample.blocks, max(FLAT_DEVIATION, 0.12 * other.blocks.typical_deviation)
        if sample.deviations[int(self.thresholds.flat_share * picture.deviation.size)] >= least:
            return False
        plain = picture.deviation < least
        if picture.typical_deviation > BLANK_DEVIATION and DARK < float(picture.mean.mean()) < BRIGHT:
            return False  # a wall, the sky, or the blur of a whip
        return float(picture.mean[plain].std()) < FLAT_DEVIATION

    def finish(self) -> list[Gradual]:
        """What was found, in order; of overlapping readings the strongest."""
        if self._skipped is not None:
            self._sample(*self._skipped)
            self._skipped = None
        if self._samples:
            self._look(last=True)
        chosen: list[Gradual] = []
        for hit in sorted(self._hits, key=lambda g: -g.strength):
            if all(hit.end <= other.start or hit.start >= other.end for other in chosen):
                chosen.append(hit)
        return sorted(chosen, key=lambda g: g.start)


def areas_of(fine: np.ndarray, luma: tuple[int, int], chroma: tuple[int, int]) -> np.ndarray:
    """(80,) means of luma, both chroma and contrast in 5 × 4 areas of a picture that is given as one vector."""
    at, size = luma[0] * luma[1], chroma[0] * chroma[1]
    tiny = fine[:at].reshape(luma)
    colours = (0.5 * part.reshape(chroma) for part in (fine[at : at + size], fine[at + size :]))
    spread = np.sqrt(np.maximum(cv2.blur(tiny * tiny, (3, 3)) - cv2.blur(tiny, (3, 3)) ** 2, 0.0))
    parts = tiny, *colours, 2.0 * spread
    return np.concatenate([cv2.resize(p, (5, 4), interpolation=cv2.INTER_AREA).ravel() for p in parts])


def crossing(alpha: np.ndarray, seconds: np.ndarray, level: float) -> float:
    """When `alpha` first stays at or above `level`, between two samples if need be."""
    below = np.flatnonzero(alpha < level)
    if len(below) == 0:
        return float(seconds[0])
    last = int(below[-1])
    if last + 1 == len(alpha):
        return float(seconds[-1])
    share = (level - alpha[last]) / max(alpha[last + 1] - alpha[last], 1e-6)
    return float(seconds[last]) + float(share * (seconds[last + 1] - seconds[last]))
