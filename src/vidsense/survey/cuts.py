"""In: small frames in order. Out: the times of hard cuts.

A cut is a frame most of whose structure nothing in the frame before explains, while the pairs around it explain each
other: pans, zooms, people and shake fail the second test, lamps, exposure and flashes the first. What comes back
after a flash, a black-out or a damaged stretch was no cut.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from vidsense.survey.blocks import NewStructure, blocks_of, differs
from vidsense.survey.cut_suspects import NEARLY_ALL, Difference, Picture, Suspect
from vidsense.survey.cut_thresholds import CutThresholds
from vidsense.survey.series import Series

FLAT_CONTRAST = 0.6
"""Mean deviation within blocks, of 255, up to which a picture shows nothing."""
STUB_SECONDS = 0.1
"""Up to which one colour at the very beginning or end is no shot."""
MOST_RECENT = 12
"""Suspects that a new one is compared with: pictures that change all over at every frame must not cost a square."""
NEAR_FRAMES = 6
"""Frames before and after a cut that tell whether it stands out."""
DARK_PEAK = 64
"""Luma of the brightest pixel, of 255, up to which a picture is dark all over."""
WIDE = 0.4
"""Share of all blocks from which on a change is one of the whole picture."""
BLENDED_SHARE = 0.08
"""Least share of new structure in a frame that may blend two pictures."""


@dataclass(frozen=True)
class Cut:
    """A hard cut."""

    seconds: float
    """The time of its first new frame."""
    to_flat: bool = False
    """Whether what follows is one colour."""
    sure: bool = False
    """Whether nearly all is new, as in no frame of a dissolve."""


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
        self._recent: deque[Suspect] = deque(maxlen=MOST_RECENT)
        self._suspects: set[int] = set()
        self._lit: set[int] = set()
        """Those in which only the light changed,"""
        self._skipped: dict[int, float] = {}
        """and for a suspect after a frame to look past, what the frame before that one does not explain."""

    def add(self, picture: Picture, seconds: float) -> Difference:
        """One frame. Returns what is new in it."""
        at, new, suspect = len(self.shares), Difference(0.0, 0.0, 0.0), None
        if self._before is not None:
            new = self._difference(self._before, picture, self._neighbours)
            back = self._end_black_out(picture, seconds)
            page = new.replaced >= self.thresholds.page_replaced
            blended = new.share > BLENDED_SHARE and at - 1 in self._suspects
            if (page or blended or new.share >= self.thresholds.suspicious) and not back:
                suspect = Suspect(at, seconds, new.share, self._before, picture, page)
                self._suspect(suspect)
        self._note(new, picture.blocks.contrast, seconds)
        if suspect is not None and not suspect.returned and self._earlier is not None:
            self._look_past(self._earlier, suspect)
        self._earlier, self._before = self._before, picture
        return new

    @property
    def latest_is_another(self) -> bool:
        """Whether the latest frame, alone or with a blended one before it, shows a picture in place of another."""
        return self._is_another(len(self.shares) - 1)

    def _is_another(self, at: int) -> bool:
        """The same of any frame."""
        share = max(float(self.shares.array[at]), self._skipped.get(at, 0.0))
        changed = float(self.changed.array[at - 1 if at in self._skipped else at : at + 1].max())
        return share > NEARLY_ALL and changed > WIDE and float(self.contrast.array[max(0, at - 1) : at + 1].min()) > 2.0

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
        come, gone = appears * b.structured_share, vanishes * a.structured_share
        step = float(np.abs(b.mean - a.mean).max())
        share, changed = max(appears, vanishes), max(come, gone)
        if max(a.structured_share, b.structured_share) < limits.flat_structure:
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
        first = next(suspect for suspect in self._recent if suspect.at == since)
        in_part = first.unmoved > self.thresholds.partial  # another picture in between stays, whatever is around it
        for between in self._recent:
            if between is first or (between.at > since and not (in_part and between.replaces_all)):
                if between.black_out:
                    self.black_outs.append((between.seconds, now))
                between.returned = True
                self._suspects.discard(between.at)

    def _suspect(self, suspect: Suspect) -> None:
        limits = self.thresholds
        while self._recent and suspect.seconds - self._recent[0].seconds > limits.return_seconds:
            self._recent.popleft()
        for earlier in self._recent:
            if not earlier.returned and self._comes_back(earlier, suspect):
                self._mark_returned(earlier.at, suspect.seconds)
                suspect.returned = True
                break
        self._recent.append(suspect)
        if not suspect.returned:
            self._suspects.add(suspect.at)
            if suspect.is_lit and not suspect.page:
                self._lit.add(suspect.at)

    def _look_past(self, first: Picture, suspect: Suspect) -> None:
        """Compare what is around a frame that blends two pictures, or that is neither: black between two shots, say.

        Of two pairs that overlap so, the one with more that is new counts.
        """
        shares, changed = self.shares.array[-2:], self.changed.array[-2:]
        neither = shares.min() > NEARLY_ALL and changed.min() > WIDE
        outer = first.blocks.luma, suspect.before.blocks.luma, suspect.after.blocks.luma
        if not neither and not (shares[0] > BLENDED_SHARE and is_blend(*outer)):
            return
        share = self._difference(first, suspect.after).share
        if (share > NEARLY_ALL or not neither) and share > self._skipped.get(suspect.at - 1, 0.0):
            self._skipped.pop(suspect.at - 1, None)
            self._skipped[suspect.at] = share

    def _comes_back(self, earlier: Suspect, now: Suspect) -> bool:
        limits = self.thresholds
        short = now.at - earlier.at <= limits.flash_frames
        blanked = earlier.blanked > limits.blanked
        if not (short or earlier.black_out or blanked or earlier.unmoved > limits.partial):
            return False
        if now.black_out and not short and not self._was_dark_all_along(earlier, now):
            return False  # nothing is like nothing
        still_new = self._difference(earlier.before, now.after).share
        alike = overlap(earlier.region, now.region)
        if still_new < (limits.returned if blanked else min(limits.returned, 0.4 * earlier.share)) and (
            short or earlier.black_out or alike > limits.region
        ):
            return True
        partial = min(earlier.unmoved, now.unmoved) > 1.5 * limits.partial
        return partial and still_new < 0.95 * earlier.share and alike > limits.same_region

    def _was_dark_all_along(self, earlier: Suspect, now: Suspect) -> bool:
        """Whether something came into the dark that is hardly brighter, stayed and went."""
        peak = max(int(earlier.after.fine.max()), int(now.before.fine.max()))
        return peak < DARK_PEAK and self._difference(earlier.after, now.before).share < self.thresholds.returned

    def finish(self) -> list[Cut]:
        """The cuts, in order."""
        shares, seconds, contrast = self.shares.array, self.seconds.array, self.contrast.array
        return [
            Cut(float(seconds[at]), bool(contrast[at] < FLAT_CONTRAST), bool(self._is_another(at)))
            for at in sorted(self._suspects)
            if self._stands_out(at, shares) and not self._is_stub(at)
        ]

    def _is_stub(self, at: int) -> bool:
        """Whether only an empty frame or two lie before this one, or are all that follows: nobody sees a shot there."""
        seconds, contrast = self.seconds.array, self.contrast.array
        parts = (slice(0, at), seconds[at] - seconds[0]), (slice(at, None), 2 * seconds[-1] - seconds[at] - seconds[-2])
        return any(lasts < STUB_SECONDS and float(contrast[part].max()) < FLAT_CONTRAST for part, lasts in parts)

    def _stands_out(self, at: int, shares: np.ndarray) -> bool:
        if at + 1 in self._skipped or (at in self._lit and at not in self._skipped):
            return False  # one join of two pairs, told by the second; a lamp
        limits, first = self.thresholds, at - 1 if at in self._skipped else at
        share = max(float(shares[at]), self._skipped.get(at, 0.0))
        changed = float(self.changed.array[first : at + 1].max())
        sides = shares[max(1, first - NEAR_FRAMES) : first], shares[at + 1 : at + 1 + NEAR_FRAMES]
        around = float(np.concatenate([sides[0][-2:], sides[1][:2]]).max(initial=0.0))
        calm, wild = sorted(float(side.max(initial=0.0)) for side in sides)
        if share - around >= limits.jump and changed >= (
            limits.changed if wild < limits.moving else limits.much_changed
        ):
            alone = min(share, float(shares[first : at + 1].max()) + limits.blended)
            return not self._is_judder((first, at), alone) and not self._ends_a_whip((first, at), share)
        sure = self._is_another(at) and share >= limits.sure and changed >= limits.sure_changed
        if sure and min(len(side) for side in sides) > 0 and calm <= limits.calm and wild <= limits.wild:
            return True
        return self._stands_out_at_rest((first, at), share, changed)

    def _stands_out_at_rest(self, pair: tuple[int, int], share: float, changed: float) -> bool:
        """Whether nothing else moves, as on slides and pages, where less is enough."""
        limits, shares, seconds, (first, at) = self.thresholds, self.shares.array, self.seconds.array, pair
        begin, end = np.searchsorted(seconds, [seconds[at] - limits.still_seconds, seconds[at] + limits.still_seconds])
        near = np.concatenate([shares[max(1, begin) : first], shares[at + 1 : end]])
        if share >= limits.still_jump and changed >= limits.still_changed:
            return float(near.max(initial=0.0)) <= limits.still_neighbours
        steps = np.concatenate([self.step.array[max(1, begin) : first], self.step.array[at + 1 : end]])
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

    def _ends_a_whip(self, pair: tuple[int, int], share: float) -> bool:
        """Whether the blur of a fast pan begins or ends here: one side is smeared and moving, the other sharp."""
        if share >= self.thresholds.sure:
            return False
        shares, (first, last) = self.shares.array, pair
        before, after = float(self.contrast.array[first - 1]), float(self.contrast.array[last])
        smeared = shares[max(1, first - 4) : first] if before < after else shares[last + 1 : last + 5]
        return min(before, after) < 0.75 * max(before, after) and float(np.sum(smeared)) >= 4 * 0.2


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Blocks in both as a share of the blocks in either."""
    return int(np.count_nonzero(a & b)) / max(1, int(np.count_nonzero(a | b)))


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
