"""Small pictures block by block: how much structure a block has, and whether another picture explains it.

A block is explained when the other picture, moved by dense optical flow (DIS: Kroeger et al., "Fast Optical Flow using
Dense Inverse Search", ECCV 2016), shows the same structure there; brightness and contrast do not matter (normalised
cross-correlation), so that a lamp or an exposure change explains itself.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np

from vidsense.survey.series import median

BLOCK = 8
LEAST_FLOW_PIXELS = 40
"""OpenCV 5's DIS writes past its buffers on pictures under 32 pixels high, so smaller ones get a border."""
MIN_STRUCTURE = 2.5
"""Standard deviation within a block, of 255, from which it has structure."""
SAME_STRUCTURE = 0.8
"""Correlation from which two blocks show the same."""
SAME_LIGHT, SAME_CONTRAST = 6.0, 0.7
"""Difference of two blocks' means, of 255, below which they are in the same light; ratio of their deviations."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """One luma picture of at most 80 pixels, cut in 8 × 8 blocks."""

    luma: np.ndarray
    """(h, w) float32."""
    mean: np.ndarray
    """(h/8, w/8) float32."""
    deviation: np.ndarray
    """(h/8, w/8) float32."""

    @cached_property
    def strongest(self) -> float:
        """The deviation of the third strongest block."""
        return float(np.partition(self.deviation.ravel(), -3)[-3]) if self.deviation.size > 3 else 0.0

    @cached_property
    def structured(self) -> np.ndarray:
        """(h/8, w/8) bool: where there is something to recognise, measured by the picture's own contrast."""
        return self.deviation > max(MIN_STRUCTURE, 0.1 * self.strongest)

    @cached_property
    def structured_share(self) -> float:
        """Share of the blocks with structure."""
        return int(np.count_nonzero(self.structured)) / self.structured.size

    @cached_property
    def contrast(self) -> float:
        """Mean deviation within the blocks, of 255."""
        return float(cv2.mean(self.deviation)[0])

    @cached_property
    def typical_deviation(self) -> float:
        """The median over the blocks."""
        return median(self.deviation)

    @cached_property
    def plain_share(self) -> float:
        """Share of the blocks that are one even colour."""
        return int(np.count_nonzero(self.deviation < 1.0)) / self.deviation.size

    @property
    def is_flat(self) -> bool:
        """Whether hardly a block has structure: black, white, one colour or a soft gradient."""
        return int(np.count_nonzero(self.deviation > MIN_STRUCTURE)) < 0.02 * self.deviation.size


def blocks_of(luma: np.ndarray) -> Blocks:
    """Cut a small picture in blocks; rows and columns that do not fill one are left out."""
    if luma.shape[0] < BLOCK or luma.shape[1] < BLOCK:
        luma = cv2.resize(luma, (max(BLOCK, luma.shape[1]), max(BLOCK, luma.shape[0])))
    luma = luma.astype(np.float32)
    mean = block_mean(luma)
    return Blocks(luma, mean, np.sqrt(np.maximum(block_mean(luma * luma) - mean * mean, 0.0)))


def block_mean(values: np.ndarray) -> np.ndarray:
    """(h, w) → (h/8, w/8), the mean of each block."""
    rows, columns = values.shape[0] // BLOCK, values.shape[1] // BLOCK
    mean: np.ndarray = cv2.resize(
        values[: rows * BLOCK, : columns * BLOCK], (columns, rows), interpolation=cv2.INTER_AREA
    )
    return mean


def differs(a: Blocks, b: Blocks) -> np.ndarray:
    """(h/8, w/8) bool: structured blocks of `b` that `a` does not show at the same place."""
    new: np.ndarray = b.structured & ~(alike(a, b) & (a.deviation > np.maximum(0.06 * b.deviation, 0.8)))
    return new


def alike(a: Blocks, b: Blocks) -> np.ndarray:
    """(h/8, w/8) bool: blocks in which both pictures have the same structure."""
    together = block_mean(a.luma * b.luma) - a.mean * b.mean
    same: np.ndarray = together > SAME_STRUCTURE * a.deviation * b.deviation
    return same


def as_it_was(a: Blocks, b: Blocks) -> np.ndarray:
    """(h/8, w/8) bool: structured blocks of `a` that `b` shows at the same place, as bright and as rich in contrast."""
    weaker, stronger = np.minimum(a.deviation, b.deviation), np.maximum(a.deviation, b.deviation)
    in_light = (np.abs(a.mean - b.mean) < SAME_LIGHT) & (weaker > SAME_CONTRAST * stronger)
    same: np.ndarray = a.structured & alike(a, b) & in_light
    return same


def differ_both(a: Blocks, b: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """`differs(a, b)` and `differs(b, a)`, for little more than one of them."""
    same = alike(a, b)
    appears = b.structured & ~(same & (a.deviation > np.maximum(0.06 * b.deviation, 0.8)))
    vanishes = a.structured & ~(same & (b.deviation > np.maximum(0.06 * a.deviation, 0.8)))
    return appears, vanishes


def unexplained(a: Blocks, b: Blocks, enough: float = 0.0) -> float:
    """Share of the structured blocks of `b` that nothing in `a` explains, 0 to 1.

    The search for motion is left out when the share without it is already below `enough`.
    """
    still = differs(a, b)
    if int(np.count_nonzero(still)) <= enough * int(np.count_nonzero(b.structured)):
        return share_of(still, b)
    return share_of(still & differs(blocks_of(moved(a.luma, flow_between(a.luma, b.luma))), b), b)


class NewStructure:
    """What neighbouring frames show and hide. Motion goes on: the last flow is tried before a new one is computed."""

    def __init__(self, enough: float = 0.1) -> None:
        self.enough = enough
        self._flow: np.ndarray | None = None

    def between(self, a: Blocks, b: Blocks) -> tuple[float, float]:
        """Shares of structure that appears in `b` and that vanishes from `a`."""
        appears, vanishes = differ_both(a, b)
        if max(share_of(appears, b), share_of(vanishes, a)) <= self.enough:
            return share_of(appears, b), share_of(vanishes, a)
        if self._flow is not None and self._flow.shape[:2] == b.luma.shape:
            guess = self._with(self._flow, a, b, appears, vanishes)
            if max(guess) <= self.enough:
                return guess
        self._flow = flow_between(a.luma, b.luma)
        found = self._with(self._flow, a, b, appears, vanishes)
        if found[1] > max(3 * self.enough, found[0]):
            back = differs(blocks_of(moved(b.luma, flow_between(b.luma, a.luma))), a)
            return found[0], min(found[1], share_of(vanishes & back, a))
        return found

    def _with(
        self, flow: np.ndarray, a: Blocks, b: Blocks, appears: np.ndarray, vanishes: np.ndarray
    ) -> tuple[float, float]:
        new = appears & differs(blocks_of(moved(a.luma, flow)), b)
        gone = vanishes & differs(blocks_of(moved(b.luma, -flow)), a)
        return share_of(new, b), share_of(gone, a)


def share_of(blocks: np.ndarray, picture: Blocks) -> float:
    """How much of a picture's structure lies in these blocks."""
    return int(np.count_nonzero(blocks)) / max(1, int(np.count_nonzero(picture.structured)))


def flow_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(h, w, 2) where in `a` each pixel of `b` comes from, as an offset."""
    height, width = b.shape
    below, right = max(0, LEAST_FLOW_PIXELS - height), max(0, LEAST_FLOW_PIXELS - width)
    of, to = (
        np.pad(p.astype(np.uint8), ((0, below), (0, right)), mode="edge") if below or right else p.astype(np.uint8)
        for p in (b, a)
    )
    flow: np.ndarray = flow_solver().calc(of, to, np.zeros((*of.shape, 2), np.float32))
    return flow[:height, :width]


def moved(luma: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """A picture moved along a flow."""
    x, y = pixel_grid(luma.shape[0], luma.shape[1])
    return cv2.remap(luma, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=1)
def flow_solver() -> cv2.DISOpticalFlow:
    """OpenCV's DIS flow at its fastest setting."""
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)


@lru_cache(maxsize=4)
def pixel_grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The x and the y of every pixel, each (h, w) float32."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y
