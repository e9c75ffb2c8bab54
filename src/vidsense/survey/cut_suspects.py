"""In: two neighbouring small frames. Out: how they differ, and what tells damage and black-outs from other pictures."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vidsense.survey.blocks import Blocks, as_it_was, differ_both, differs, share_of

MUCH_IN_PLACE = 0.4
"""Share of the structure that no other picture has in the same places by chance."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One small frame as cuts are judged."""

    blocks: Blocks
    chroma: np.ndarray
    """(2, h, w) uint8, Cb and Cr."""
    fine: np.ndarray
    """(h, w) uint8, luma at twice the size, where words can be told from others."""

    @cached_property
    def colour(self) -> np.ndarray:
        """(2, rows, columns) float32, mean Cb and Cr of each block."""
        rows, columns = self.blocks.mean.shape
        means = [cv2.resize(c, (columns, rows), interpolation=cv2.INTER_AREA) for c in self.chroma]
        return np.stack(means).astype(np.float32)


@dataclass(frozen=True)
class Difference:
    """What one of two pictures shows and the other does not."""

    share: float
    """Of the structure, the larger of what appears and what vanishes."""
    changed: float
    """The same as a share of all blocks."""
    replaced: float
    """Share of all blocks, the smaller of the two, where pages may be: on one even colour."""
    step: float = 0.0
    """The largest change of a block's mean, of 255."""


@dataclass(eq=False)
class Suspect:
    """A pair of neighbouring frames that may be a cut."""

    at: int
    seconds: float
    share: float
    before: Picture
    after: Picture
    returned: bool = False

    @property
    def black_out(self) -> bool:
        """Whether the picture is gone rather than replaced."""
        return float(self.after.blocks.structured.mean()) < 0.1 and float(self.after.blocks.mean.mean()) < 32.0

    @cached_property
    def region(self) -> np.ndarray:
        """(rows, columns) bool: the blocks that change, motion or not."""
        appears, vanishes = differ_both(self.before.blocks, self.after.blocks)
        return np.asarray(appears | vanishes)

    @cached_property
    def unmoved(self) -> float:
        """Share of the structure before that stays where and as it was, as beside damage; in any light, if much."""
        before, after = self.before.blocks, self.after.blocks
        in_place = 1.0 - share_of(differs(after, before), before)
        return in_place if in_place > MUCH_IN_PLACE else share_of(as_it_was(before, after), before)
