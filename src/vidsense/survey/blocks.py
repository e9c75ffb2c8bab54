"""Small pictures block by block: how much structure a block has, and whether another picture explains it.

A block is explained when the other picture, moved by dense optical flow (DIS: Kroeger et al., "Fast Optical Flow using
Dense Inverse Search", ECCV 2016), shows the same structure there; brightness and contrast do not matter (normalised
cross-correlation), so that a lamp or an exposure change explains itself.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np

BLOCK = 8
MIN_STRUCTURE = 2.5
"""Standard deviation within a block, of 255, from which it has structure."""
SAME_STRUCTURE = 0.8
"""Correlation from which two blocks show the same."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """One luma picture of at most 80 pixels, cut in 8 × 8 blocks."""

    luma: np.ndarray
    """(h, w) float32."""
    centred: np.ndarray
    """(h/8, w/8, 8, 8) float32, without its mean."""
    mean: np.ndarray
    """(h/8, w/8) float32."""
    deviation: np.ndarray
    """(h/8, w/8) float32."""

    @cached_property
    def structured(self) -> np.ndarray:
        """(h/8, w/8) bool: where there is something to recognise, measured by the picture's own contrast."""
        strongest = float(np.partition(self.deviation.ravel(), -3)[-3]) if self.deviation.size > 3 else 0.0
        return self.deviation > max(MIN_STRUCTURE, 0.1 * strongest)

    @property
    def is_flat(self) -> bool:
        """Whether hardly a block has structure: black, white, one colour or a soft gradient."""
        return float(np.mean(self.deviation > MIN_STRUCTURE)) < 0.02


def blocks_of(luma: np.ndarray) -> Blocks:
    """Cut a small picture in blocks; rows and columns that do not fill one are left out."""
    rows, columns = max(1, luma.shape[0] // BLOCK), max(1, luma.shape[1] // BLOCK)
    if luma.shape[0] < BLOCK or luma.shape[1] < BLOCK:
        luma = cv2.resize(luma, (max(BLOCK, luma.shape[1]), max(BLOCK, luma.shape[0])))
    luma = luma.astype(np.float32)
    tiles = luma[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2)
    mean = tiles.mean((2, 3))
    centred = tiles - mean[:, :, None, None]
    return Blocks(luma, centred, mean, np.sqrt(np.einsum("rcij,rcij->rc", centred, centred) / BLOCK**2))


def differs(a: Blocks, b: Blocks) -> np.ndarray:
    """(h/8, w/8) bool: structured blocks of `b` that `a` does not show at the same place."""
    together = np.einsum("rcij,rcij->rc", a.centred, b.centred) / BLOCK**2
    alike = together > SAME_STRUCTURE * a.deviation * b.deviation
    return b.structured & ~(alike & (a.deviation > np.maximum(0.06 * b.deviation, 0.8)))


def unexplained(a: Blocks, b: Blocks, enough: float = 0.0) -> float:
    """Share of the structured blocks of `b` that nothing in `a` explains, 0 to 1.

    The search for motion is left out when the share without it is already below `enough`.
    """
    structured = b.structured
    count = int(structured.sum())
    if count == 0:
        return 0.0
    still = differs(a, b)
    if still.sum() <= enough * count:
        return float(still.sum() / count)
    moved = differs(blocks_of(warped(a.luma, b.luma)), b)
    return float((still & moved).sum() / count)


def warped(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a` moved by the optical flow to look like `b`."""
    if min(b.shape) < 16:
        return a
    flow = flow_solver().calc(b.astype(np.uint8), a.astype(np.uint8), None)
    x, y = pixel_grid(b.shape[0], b.shape[1])
    return cv2.remap(a, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=1)
def flow_solver() -> cv2.DISOpticalFlow:
    """OpenCV's DIS flow at its fastest setting."""
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)


@lru_cache(maxsize=4)
def pixel_grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The x and the y of every pixel, each (h, w) float32."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y
