"""In: two small frames and how the corners moved between them. Out: whether what is behind them stayed where it was.

Corners sit where the contrast is: on a face, not on the wall behind it. The wall tells by what it would have become.
"""

import cv2
import numpy as np

from vidsense.survey.motion import block_means

WOULD_CHANGE = 1.0
"""Least mean change of a block, of 255, had it moved with the corners: of plain ones nothing can be told."""
STAYS = 0.5
"""A block that changed by less than this share of that stood."""
SIDE, BELOW = 0.25, 0.35
"""Shares of the picture: how far a side reaches in, and where it begins; a sky stands above a road, too."""
LEAST_BLOCKS = 6
MOST_OF_A_SIDE, SOME_OF_ALL = 0.5, 0.1
"""Shares of the blocks that tell: those that stand at one side, and in the whole picture."""
WITHIN_SECONDS, LEAST_SHARE = 2.0, 0.25
"""How near others must be seen to stand, before and after, and what share of those in between, for one to have, too."""


def backdrop_stands(a: np.ndarray, b: np.ndarray, motion: np.ndarray) -> bool:
    """Whether the left or the right side of `b` shows what it showed in `a`, where `motion` (2, 3) would have moved it.

    A tripod stands so beside a large thing that moves.
    """
    moved = cv2.warpAffine(a, motion, a.shape[::-1], dst=a.copy(), borderMode=cv2.BORDER_TRANSPARENT)
    expected = block_means(cv2.absdiff(a, moved).astype(np.float32))
    telling = expected > WOULD_CHANGE
    standing = telling & (block_means(cv2.absdiff(a, b).astype(np.float32)) < STAYS * expected)
    if np.count_nonzero(standing) <= SOME_OF_ALL * np.count_nonzero(telling):
        return False
    rows, columns = telling.shape
    below, wide = round(BELOW * rows), max(1, round(SIDE * columns))
    sides = [(telling[below:, at], standing[below:, at]) for at in (slice(wide), slice(columns - wide, columns))]
    counts = [(np.count_nonzero(all_of), np.count_nonzero(still)) for all_of, still in sides]
    return any(n >= LEAST_BLOCKS and still > MOST_OF_A_SIDE * n for n, still in counts)


def standing_between(seconds: np.ndarray, stood: np.ndarray, unsure: np.ndarray) -> np.ndarray:
    """(n,) bool: the `unsure` samples that lie between ones that `stood`, near enough and often enough."""
    first = np.searchsorted(seconds, seconds - WITHIN_SECONDS, side="left")
    last = np.searchsorted(seconds, seconds + WITHIN_SECONDS, side="right")
    stood_until = np.concatenate([[0], np.cumsum(stood)])
    known_until = np.concatenate([[0], np.cumsum(stood | unsure)])
    at = np.arange(len(seconds))
    before, after = stood_until[at] - stood_until[first], stood_until[last] - stood_until[at + 1]
    often = before + after >= LEAST_SHARE * (known_until[last] - known_until[first])
    return np.asarray(unsure & (before > 0) & (after > 0) & often)
