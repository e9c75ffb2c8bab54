"""In: two neighbouring small frames. Out: how they differ, and what tells damage and black-outs from other pictures."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vidsense.survey.blocks import Blocks, as_it_was, differ_both, differs, share_of
from vidsense.survey.series import median

MUCH_IN_PLACE = 0.4
"""Share of the structure that no other picture has in the same places by chance."""
ONE_WAY, LEAST_LIGHT, LIT_SHARE = 0.97, 1.0, 0.5
"""Where a lamp is switched, so much of all changes of light goes one way; of 255, in this share of the blocks."""
NEARLY_ALL = 0.8
"""Share of the structure that is new where all is."""
LEAST_SEEN = 0.1
"""Share of the blocks that must have structure for anything to stay in place."""
EVEN, ONE_COLOUR = 1.0, 2.0
"""Deviation within a block, and difference of blocks' means, of 255, up to which they show one even colour."""


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
    page: bool = False
    """Whether one page seems to replace another."""
    returned: bool = False

    @property
    def black_out(self) -> bool:
        """Whether the picture is gone rather than replaced."""
        return self.after.blocks.structured_share < 0.1 and float(self.after.blocks.mean.mean()) < 32.0

    @property
    def replaces_all(self) -> bool:
        """Whether nothing stays, and another picture comes."""
        gone = self.blanked > MUCH_IN_PLACE or self.black_out
        return self.share > NEARLY_ALL and self.unmoved == 0.0 and not gone

    @cached_property
    def is_lit(self) -> bool:
        """Whether much stays in place and nearly all of the picture gets brighter, or darker: a lamp nearby."""
        change = self.after.blocks.mean - self.before.blocks.mean
        one_way = abs(float(change.sum())) >= ONE_WAY * float(np.abs(change).sum())
        wide = float(np.mean(np.abs(change) > LEAST_LIGHT)) > LIT_SHARE
        seen = self.before.blocks.structured_share >= LEAST_SEEN
        return one_way and wide and seen and self.in_place > MUCH_IN_PLACE

    @cached_property
    def in_place(self) -> float:
        """Share of the structure before that is still seen where it was, in any light."""
        return 1.0 - share_of(differs(self.after.blocks, self.before.blocks), self.before.blocks)

    @cached_property
    def blanked(self) -> float:
        """Share of the structure before that one even colour covers, as grey covers what was not received."""
        gone = self.before.blocks.structured & (self.after.blocks.deviation < EVEN)
        if not gone.any():
            return 0.0
        away = np.abs(self.after.blocks.mean - median(self.after.blocks.mean[gone]))
        return share_of(gone & (away < ONE_COLOUR), self.before.blocks)

    @cached_property
    def region(self) -> np.ndarray:
        """(rows, columns) bool: the blocks that change, motion or not."""
        appears, vanishes = differ_both(self.before.blocks, self.after.blocks)
        return np.asarray(appears | vanishes)

    @cached_property
    def unmoved(self) -> float:
        """Share of the structure before that stays where and as it was, as beside damage; in any light, if much."""
        if self.in_place > MUCH_IN_PLACE:
            return self.in_place
        return share_of(as_it_was(self.before.blocks, self.after.blocks), self.before.blocks)
