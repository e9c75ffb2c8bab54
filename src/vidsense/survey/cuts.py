"""In: small frames in order. Out: the times of hard cuts.

A cut is a frame most of whose structure nothing in the frame before explains, while the pairs around it explain each
other: pans, zooms, people and shake fail the second test, lamps, exposure and flashes the first. What comes back
after a flash, a black-out or a damaged stretch was no cut.
"""

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vidsense.survey.blocks import Blocks, NewStructure, blocks_of, differ_both, differs
from vidsense.survey.cut_thresholds import CutThresholds
from vidsense.survey.series import Series

FLAT_CONTRAST = 0.6
"""Mean deviation within blocks, of 255, up to which a picture shows nothing."""
MOST_RECENT = 12
"""Suspects that a new one is compared with: pictures that change all over at every frame must not cost a square."""
BLENDED_SHARE = 0.08
"""Least share of new structure in a frame that may blend two pictures."""


@dataclass(frozen=True)
class Cut:
    """A hard cut."""

    seconds: float
    """The time of its first new frame."""
    to_flat: bool = False
    """Whether what follows is one colour."""


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
class _Suspect:
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
        """Share of the structure before that stays exactly where it was."""
        before = self.before.blocks
        return 1.0 - float(differs(self.after.blocks, before).sum()) / max(1, int(before.structured.sum()))


class CutDetector:
    """Takes frames one by one; keeps numbers for all of them and pictures only for a few suspects."""

    def __init__(self, thresholds: CutThresholds | None = None) -> None:
        self.thresholds = thresholds or CutThresholds()
        self.shares = Series(np.float16)
        """For each frame, the share of structure that the frame before does not explain."""
        self.changed = Series(np.float16)
        self.replaced = Series(np.float16)
        self.step = Series(np.float16)
        self.contrast = Series(np.float16)
        self.seconds = Series(np.float64)
        self.black_outs: list[tuple[float, float]] = []
        """Spans in which the picture was gone and came back."""
        self._neighbours = NewStructure()
        self._before: Picture | None = None
        self._earlier: Picture | None = None
        self._recent: deque[_Suspect] = deque(maxlen=MOST_RECENT)
        self._suspects: set[int] = set()
        self._skipped: dict[int, float] = {}
        """For a suspect after a frame that blends two pictures, what the frame before that one does not explain."""

    def add(self, picture: Picture, seconds: float) -> Difference:
        """One frame. Returns what is new in it."""
        at, new = len(self.shares), Difference(0.0, 0.0, 0.0)
        if self._before is not None:
            new = self._difference(self._before, picture, self._neighbours)
            back = self._end_black_out(picture, seconds)
            page = new.replaced >= self.thresholds.page_replaced
            blended = new.share > BLENDED_SHARE and at - 1 in self._suspects
            if (page or blended or new.share >= self.thresholds.suspicious) and not back:
                self._suspect(_Suspect(at, seconds, new.share, self._before, picture))
        self._note(new, float(picture.blocks.deviation.mean()), seconds)
        self._earlier, self._before = self._before, picture
        return new

    @property
    def latest_is_another(self) -> bool:
        """Whether the latest frame, alone or with a blended one before it, shows a picture in place of another."""
        at = len(self.shares) - 1
        share = max(float(self.shares.array[-1]), self._skipped.get(at, 0.0))
        changed = float(self.changed.array[-2 if at in self._skipped else -1 :].max())
        return share > 0.8 and changed > 0.4 and float(self.contrast.array[-2:].min()) > 2.0

    def catch_up(self, picture: Picture) -> None:
        """The last of the frames that only repeated: the next one is compared with it."""
        self._earlier = self._before = picture

    def repeat(self, seconds: float) -> None:
        """One frame that repeats the one before, or nearly: nothing is new."""
        self._note(Difference(0.0, 0.0, 0.0), float(self.contrast.array[-1]), seconds)

    def _note(self, new: Difference, contrast: float, seconds: float) -> None:
        self.shares.append(new.share)
        self.changed.append(new.changed)
        self.replaced.append(new.replaced)
        self.step.append(new.step)
        self.contrast.append(contrast)
        self.seconds.append(seconds)

    def _difference(self, before: Picture, now: Picture, matcher: NewStructure | None = None) -> Difference:
        limits, a, b = self.thresholds, before.blocks, now.blocks
        appears, vanishes = (matcher or NewStructure()).between(a, b)
        structure_a, structure_b = float(a.structured.mean()), float(b.structured.mean())
        come, gone = appears * structure_b, vanishes * structure_a
        step = float(np.abs(b.mean - a.mean).max())
        share, changed = max(appears, vanishes), max(come, gone)
        if max(structure_a, structure_b) < limits.flat_structure:
            tint = np.abs(now.colour - before.colour).max(0)
            recoloured = float(np.mean((tint > limits.colour_step) | (np.abs(b.mean - a.mean) > limits.luma_step)))
            if recoloured > 0.6:
                return Difference(max(share, recoloured), max(changed, recoloured), recoloured, step)
        paper = min(a.plain_share, b.plain_share) >= limits.paper
        replaced = max(min(come, gone), words_replaced(before.fine, now.fine)) if paper and share > 0.0 else 0.0
        return Difference(share, changed, replaced, step)

    def _end_black_out(self, now: Picture, seconds: float) -> bool:
        """Look, while the picture after a black-out comes back slowly, whether it is the one from before."""
        limits = self.thresholds
        for earlier in self._recent:
            if earlier.returned or not earlier.black_out or now.blocks.is_flat:
                continue
            recent = earlier.seconds < seconds <= earlier.seconds + limits.return_seconds
            if recent and self._difference(earlier.before, now).share < limits.relit:
                self._mark_returned(earlier.at, seconds)
                return True
        return False

    def _mark_returned(self, since: int, now: float) -> None:
        for between in self._recent:
            if between.at >= since:
                if between.black_out:
                    self.black_outs.append((between.seconds, now))
                between.returned = True
                self._suspects.discard(between.at)

    def _suspect(self, suspect: _Suspect) -> None:
        limits = self.thresholds
        while self._recent and suspect.seconds - self._recent[0].seconds > limits.return_seconds:
            self._recent.popleft()
        for earlier in self._recent:
            if not earlier.returned and self._comes_back(earlier, suspect):
                self._mark_returned(earlier.at, suspect.seconds)
                suspect.returned = True
                break
        first = self._earlier
        if first is not None and not suspect.returned:
            outer = first.blocks.luma, suspect.before.blocks.luma, suspect.after.blocks.luma
            if self.shares.array[-1] > BLENDED_SHARE and is_blend(*outer):
                self._skip(suspect.at, self._difference(first, suspect.after).share)
        self._recent.append(suspect)
        if not suspect.returned:
            self._suspects.add(suspect.at)

    def _skip(self, at: int, share: float) -> None:
        """Of two pairs of frames that overlap, the one with more that is new skips a blended frame."""
        if share > self._skipped.get(at - 1, 0.0):
            self._skipped.pop(at - 1, None)
            self._skipped[at] = share

    def _comes_back(self, earlier: _Suspect, now: _Suspect) -> bool:
        limits = self.thresholds
        short = now.at - earlier.at <= limits.flash_frames
        if not (short or earlier.black_out or earlier.unmoved > limits.partial):
            return False
        still_new = self._difference(earlier.before, now.after).share
        if still_new < min(limits.returned, 0.4 * earlier.share):
            return True
        partial = min(earlier.unmoved, now.unmoved) > 1.5 * limits.partial
        return partial and still_new < 0.95 * earlier.share and overlap(earlier.region, now.region) > limits.same_region

    def finish(self) -> list[Cut]:
        """The cuts, in order."""
        shares, seconds, contrast = self.shares.array, self.seconds.array, self.contrast.array
        return [
            Cut(float(seconds[at]), bool(contrast[at] < FLAT_CONTRAST))
            for at in sorted(self._suspects)
            if self._stands_out(at, shares, seconds)
        ]

    def _stands_out(self, at: int, shares: np.ndarray, seconds: np.ndarray) -> bool:
        limits, share, first, last = self.thresholds, float(shares[at]), at, at
        if at + 1 in self._skipped:
            return False  # one join of two pairs, told by the second
        if at in self._skipped:
            first, share = at - 1, max(share, self._skipped[at])
        around = np.concatenate([shares[max(1, first - 2) : first], shares[last + 1 : last + 3]])
        changed = float(self.changed.array[first : last + 1].max())
        if share - float(around.max(initial=0.0)) >= limits.jump and changed >= limits.changed:
            alone = min(share, float(shares[first : last + 1].max()) + 0.15)
            return not self._is_judder((first, last), alone) and not self._ends_a_whip(at, share)
        begin, end = np.searchsorted(seconds, [seconds[at] - limits.still_seconds, seconds[at] + limits.still_seconds])
        near = np.concatenate([shares[max(1, begin) : first], shares[last + 1 : end]])
        if share >= limits.still_jump and changed >= limits.still_changed:
            return float(near.max(initial=0.0)) <= limits.still_neighbours
        steps = np.concatenate([self.step.array[max(1, begin) : first], self.step.array[last + 1 : end]])
        page = self.replaced.array[at] >= limits.page_replaced and self.step.array[at] >= limits.page_step
        return bool(page) and len(steps) > 0 and float(steps.max()) <= limits.page_rest

    def _is_judder(self, pair: tuple[int, int], share: float) -> bool:
        """Whether the change is one of several close together: stuttering pans, strobes, whips."""
        limits, shares, seconds = self.thresholds, self.shares.array, self.seconds.array
        first, last = pair
        begin, end = np.searchsorted(
            seconds, [seconds[first] - limits.jerk_seconds, seconds[last] + limits.jerk_seconds]
        )
        before, after = shares[max(1, begin) : first], shares[last + 1 : end]
        high = limits.jerk * share
        jerks = float(before.max(initial=0.0)) >= high, float(after.max(initial=0.0)) >= high
        if all(jerks):
            return True
        near = np.concatenate([shares[max(1, first - 4) : first], shares[last + 1 : last + 5]])
        return share < limits.sure and (any(jerks) or (len(near) > 0 and float(near.mean()) >= limits.restless))

    def _ends_a_whip(self, at: int, share: float) -> bool:
        """Whether the blur of a fast pan begins or ends here: one side is smeared and moving, the other sharp."""
        if share >= self.thresholds.sure:
            return False
        shares, before, after = self.shares.array, float(self.contrast.array[at - 1]), float(self.contrast.array[at])
        smeared = shares[max(1, at - 4) : at] if before < after else shares[at + 1 : at + 5]
        return min(before, after) < 0.75 * max(before, after) and float(np.sum(smeared)) >= 4 * 0.2


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Blocks in both as a share of the blocks in either."""
    return float((a & b).sum()) / max(1, int((a | b).sum()))


def words_replaced(before: np.ndarray, now: np.ndarray) -> float:
    """Share of the fine blocks in which one structure stands where another stood."""
    a, b = blocks_of(before), blocks_of(now)
    return float(np.mean(differs(a, b) & a.structured))


def is_blend(a: np.ndarray, between: np.ndarray, b: np.ndarray, residual: float = 0.4) -> bool:
    """Whether the middle one of three pictures is a mixture of the outer two, as frame rate conversion makes them."""
    whole, part = (b - a).ravel(), (between - a).ravel()
    energy = float(whole @ whole)
    if energy == 0.0:
        return False
    alpha = float(part @ whole) / energy
    off_line = float(np.linalg.norm(part - alpha * whole))
    return 0.1 < alpha < 0.9 and off_line <= residual * energy**0.5
