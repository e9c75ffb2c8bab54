"""In: the frames of the survey's pass. Out: `LightStep`s: where it gets bright or dark all at once and stays so.

A light that is switched changes how bright a part of the picture is and leaves what is seen there as it was; a thing
that comes changes what is seen. Both are compared before and after, in a picture at rest.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from vidsense.facts.blobs import correlation, normalised
from vidsense.source.stream import Planes

SAMPLE_SECONDS = 0.1
GRID = (18, 32)
"""Rows and columns in which light is measured."""
BEFORE, STEP, AFTER = 6, 2, 6
"""Samples: over the first it was as it was, in the second it changes, over the third it is as it is now."""
LEAST_STEP, LEAST_SHARE = 14.0, 0.12
"""Of a cell's luma, of 255, and of what it was."""
SHARP = 0.7
"""Share of the whole change that happens in the step."""
CALM = 0.25
"""How much a cell may vary before and after, in shares of its change."""
LEAST_CELLS, MOST_UNCALM = 0.03, 0.15
"""Share of the picture that changes; share of that which is not calm."""
LEAST_RATIO = 1.5
"""Of the light in that part; a camera that corrects its exposure makes smaller steps."""
LEAST_APART = 0.5
"""Seconds between two switchings."""
SAME_SCENE = 0.6
"""Correlation of what is seen there before and after, light aside:"""
FINE, PLAIN, SATURATED = 5, 2.0, 240.0
"""what differs from so many pixels around it, where that is more than so much, and what is not dazzled."""


@dataclass(frozen=True)
class LightStep:
    """A light that was switched."""

    seconds: float
    brighter: bool
    x: float
    """Where it changes most, in shares of the picture."""
    y: float
    share: float
    """Of the picture, that changes with it."""


class LampWatcher:
    """Finds lights that are switched; holds a second and a half of small pictures."""

    def __init__(self) -> None:
        self.steps: list[LightStep] = []
        self._times: deque[float] = deque(maxlen=BEFORE + STEP + AFTER)
        self._grids: deque[np.ndarray] = deque(maxlen=BEFORE + STEP + AFTER)
        self._pictures: deque[np.ndarray] = deque(maxlen=BEFORE + STEP + AFTER)

    def see(self, planes: Planes, *, another: bool) -> None:
        """One frame of the pass; another picture is no light."""
        if another and not self._is_dark_or_light(planes.luma):
            self._times.clear()
            self._grids.clear()
            self._pictures.clear()
        if self._times and planes.pts_seconds - self._times[-1] < SAMPLE_SECONDS - 1e-3:
            return
        self._times.append(planes.pts_seconds)
        self._grids.append(cv2.resize(planes.luma, GRID[::-1], interpolation=cv2.INTER_AREA).astype(np.float32))
        self._pictures.append(planes.luma)
        if len(self._times) == self._times.maxlen:
            self._judge()

    def _is_dark_or_light(self, luma: np.ndarray) -> bool:
        """Whether a picture that seems another shows the same under another light."""
        if not self._pictures or self._pictures[-1].shape != luma.shape:
            return False
        return correlation(normalised(self._pictures[-1]), normalised(luma)) > SAME_SCENE

    def _judge(self) -> None:
        """Whether a light was switched in the middle of what is held."""
        grids = list(self._grids)
        begin, end = grids[BEFORE - 1], grids[BEFORE + STEP - 1]
        if float(np.abs(end - begin).max()) < LEAST_STEP * SHARP:
            return
        before, after = np.array(grids[:BEFORE]), np.array(grids[BEFORE + STEP :])
        change = after.mean(0) - before.mean(0)
        changed = np.abs(change) > np.maximum(LEAST_STEP, LEAST_SHARE * before.mean(0))
        sign = np.sign(change[changed].sum())
        changed &= np.sign(change) == sign
        size = np.abs(change) + 1e-6
        sharp = np.abs(end - begin) > SHARP * size
        calm = np.maximum(before.std(0), after.std(0)) < CALM * size
        lit = changed & sharp & calm
        if lit.mean() < LEAST_CELLS or (changed & ~lit).mean() > MOST_UNCALM * changed.mean():
            return
        light = sorted([float(before.mean(0)[lit].mean()), float(after.mean(0)[lit].mean())])
        if light[1] >= LEAST_RATIO * light[0] and self._shows_the_same(lit):
            self._note(change, lit)

    def _shows_the_same(self, lit: np.ndarray) -> bool:
        """Whether what is seen in the lit part, but for the lamp itself, is what it was."""
        pictures = list(self._pictures)
        first = np.array(pictures[:BEFORE], np.float32).mean(0)
        last = np.array(pictures[-AFTER:], np.float32).mean(0)
        mask = cv2.resize(lit.astype(np.uint8), first.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
        mask &= np.maximum(first, last) < SATURATED
        one, other = ((p - cv2.blur(p, (FINE, FINE)))[mask] for p in (first, last))
        if len(one) == 0:
            return False
        seen = sorted([float(one.std()), float(other.std())])
        if seen[1] < PLAIN:
            return True
        return seen[0] > 0.1 and float(np.corrcoef(one, other)[0, 1]) > SAME_SCENE

    def _note(self, change: np.ndarray, lit: np.ndarray) -> None:
        """Keep the step where it is sharpest."""
        grids = np.array(list(self._grids)[BEFORE - 1 : BEFORE + STEP])
        at = BEFORE + int(np.argmax(np.abs(np.diff(grids[:, lit], axis=0)).mean(1)))
        if self.steps and self._times[at] - self.steps[-1].seconds < LEAST_APART:
            return
        weight = np.abs(change) * lit
        rows, columns = np.nonzero(weight >= 0.8 * weight.max())
        self.steps.append(
            LightStep(
                seconds=self._times[at],
                brighter=bool(change[lit].sum() > 0),
                x=float((columns.mean() + 0.5) / GRID[1]),
                y=float((rows.mean() + 0.5) / GRID[0]),
                share=float(lit.mean()),
            )
        )
