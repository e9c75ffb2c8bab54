"""In: one small frame. Out: what fades and dissolves are read from in it, each measured once, when it is asked for."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vidsense.survey.blocks import Blocks, blocks_of

MOST_SHIFT = 6
"""Pixels of 80."""
LEAST_RELIEF = 0.3
"""Standard deviation of structure, of 255, from which something can be found again."""


@dataclass(eq=False)
class Sample:
    """One frame of a window."""

    seconds: float
    luma: np.ndarray
    new_share: float
    """Of the structure, against the frame before."""

    @cached_property
    def blocks(self) -> Blocks:
        """The picture in blocks of 8 × 8 pixels."""
        return blocks_of(self.luma)

    @cached_property
    def contrast(self) -> float:
        """Standard deviation of the luma, of 255."""
        return float(cv2.meanStdDev(self.luma)[1][0, 0])

    @cached_property
    def structure(self) -> np.ndarray:
        """The picture without its slow shades, flattened."""
        luma = self.luma.astype(np.float32)
        return (luma - cv2.blur(luma, (9, 9))).ravel()

    @cached_property
    def deviations(self) -> np.ndarray:
        """Of the blocks, in order."""
        return np.sort(self.blocks.deviation, axis=None)

    @cached_property
    def relief(self) -> float:
        """Standard deviation of the structure."""
        return float(self.structure.std())


def found_in(picture: Sample, other: Sample) -> float:
    """Correlation of the structures of two samples, the other one's middle moved a little to where it fits best."""
    height, width = other.luma.shape[:2]
    a, b = picture.structure.reshape(height, width), other.structure.reshape(height, width)
    down, aside = min(MOST_SHIFT, height // 6), min(MOST_SHIFT, width // 6)
    middle = np.ascontiguousarray(b[down : height - down, aside : width - aside])
    if min(float(middle.std()), float(a.std())) < LEAST_RELIEF:
        return 0.0
    return float(cv2.matchTemplate(a, middle, cv2.TM_CCOEFF_NORMED).max())
