"""In: samples in which one picture may give way to another, and α. Out: whether they do, as in a dissolve.

By rules, each with its reason, or by the odds of all that is measured together. A pan, a zoom or a lamp mixes in no
frame; two pictures that do not match weaken each other, as independent structures add as squares.
"""

from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np

from vidsense.survey.blocks import unexplained
from vidsense.survey.gradual_sample import Sample, found_in

MOST_LOOKS, LEAST_DUE = 6, 0.35
"""Samples in which both pictures are looked for; correlation that one must be due to show for it to count."""
BETWEEN = (0.15, 0.85)
"""α of the samples whose contrast is held against that of two mixed pictures."""
MOST_THERE, LEAST_DIFFERENT = 3.0, 0.5
"""What is counted of how strongly both ends are there; less different ends are one picture, whatever the odds."""
MOST_TO_COME = 11.3
"""What the two measures that need a search may add to the odds. One dissolve in some hundred needs more; pans do."""
WEIGHTS = {
    "alike": 3.86, "step": -7.25, "against": -1.93, "strength": 2.86, "dip": -8.63, "curve": -2.07, "different": 8.26,
    "there": 1.77, "one": -2.84,
}  # fmt: skip
"""What each measure adds to the odds: a logistic regression on the windows of 500 films (`benchmarks/dissolves.py`)."""


@dataclass(frozen=True)
class DissolveThresholds:
    """Limits of what counts as one picture in place of another."""

    structure: float = 0.6
    """Share of either picture's structure that the other must not explain."""
    there: float = 0.45
    """Least sum of how strongly both pictures are found between, each against what the mixture should show of it."""
    one_scene: float = 1.1
    """Largest mean sum of their squared correlations with what is between; of two scenes it is one at most."""
    shows_both: float = 0.5
    """Correlation of the middle frame's structure with that of the mixed ends."""
    as_mixed: float = 1.1
    """Largest contrast of the middle frame against that of the mixed ends; more is one picture in changing light."""
    least_moving_seconds: float = 0.4
    """From α = 0.1 to 0.9, a dissolve between moving pictures is no shorter: a quick pan may be."""
    restless: float = 0.18
    """Mean share of new structure from frame to frame up to which it is a dissolve and no whip."""
    weakened: float = 0.8
    """Contrast of the middle of a dissolve between moving pictures, against the straight line between its ends."""
    hardly_both: float = 0.2
    lasting_seconds: float = 0.75
    much_weakened: float = 0.68
    """The same limit where less than `hardly_both` is seen in the middle and it is shorter: exposure ramps."""
    slow_seconds: float = 0.9
    slow_step: float = 0.15
    slow_weakened: float = 0.85
    slow_restless: float = 0.36
    """Where α rises for so long, by no more than that step at once, limits for contrast and new structure."""
    odds: float = 3.0
    """Natural logarithm of the odds from which the rules need not agree: 20 to 1."""


class Mixing:
    """A window of samples that may mix its first picture with its last."""

    def __init__(self, samples: list[Sample], alpha: np.ndarray, span: tuple[float, float], *, moving: bool) -> None:
        """`alpha` of each sample; `span`: when it is 0.1 and 0.9; `moving`: fits in large areas alone."""
        self.samples, self.alpha, self.span, self.moving = samples, alpha, span, moving
        self.first, self.last = samples[0], samples[-1]
        self.middle = int(np.argmin(np.abs(alpha - 0.5)))
        self.within = [i for i, s in enumerate(samples) if span[0] <= s.seconds <= span[1]]

    @cached_property
    def expected(self) -> np.ndarray:
        """Structure that the middle sample has if it is a mixture."""
        share = float(self.alpha[self.middle])
        mixed: np.ndarray = (1 - share) * self.first.structure + share * self.last.structure
        return mixed

    @cached_property
    def alike(self) -> float:
        """Correlation of the middle sample with that."""
        seen = self.samples[self.middle].structure
        scale = float(np.linalg.norm(self.expected) * np.linalg.norm(seen))
        return 1.0 if scale == 0.0 else float(self.expected @ seen) / scale

    @cached_property
    def against(self) -> float:
        """Contrast of the middle sample against that of the mixture."""
        return self.samples[self.middle].relief / max(float(self.expected.std()), 1e-6)

    @cached_property
    def step(self) -> float:
        """Largest rise of α from one sample to the next."""
        return float(np.diff(self.alpha).max())

    @cached_property
    def found(self) -> np.ndarray:
        """(2, n) correlation of both ends, moved a little, with samples between."""
        return np.array([[found_in(end, self.samples[i]) for i in self.looks] for end in (self.first, self.last)])

    @cached_property
    def looks(self) -> list[int]:
        """Samples between in which the ends are looked for."""
        return [self.within[i] for i in sorted({round(x) for x in np.linspace(0, len(self.within) - 1, MOST_LOOKS)})]

    @cached_property
    def there(self) -> float:
        """Sum of how strongly both ends are found between, each against what a mixture shows of it."""
        total = 0.0
        for end, part, alike in zip((self.first, self.last), (1.0 - self.alpha, self.alpha), self.found, strict=True):
            due = [min(1.0, float(part[i]) * end.relief / max(self.samples[i].relief, 1e-6)) for i in self.looks]
            seen = [a / d for a, d in zip(alike, due, strict=True) if d > LEAST_DUE]
            total += float(np.mean(seen)) if seen else 1.0
        return total

    def differ(self, enough: float = 0.0) -> float:
        """Least share of either end's structure that the other does not explain; searched on only above `enough`."""
        a, b = self.first.blocks, self.last.blocks
        one = unexplained(a, b, enough)
        return min(one, unexplained(b, a, enough)) if one >= enough else one

    def shows_both(self, limits: DissolveThresholds) -> bool:
        """Whether the sample in the middle has the structure of both ends, as in a pan or zoom it has not."""
        low, high = self.span
        share = float(self.alpha[self.middle])
        straight = (1 - share) * self.first.relief + share * self.last.relief
        contrast = self.samples[self.middle].relief / max(straight, 1e-6)
        fresh = float(np.mean([self.samples[i].new_share for i in self.within]))
        if not self.moving and self.alike >= limits.shows_both and self.against <= limits.as_mixed:
            return True
        if high - low >= limits.slow_seconds and self.step <= limits.slow_step:
            return contrast < limits.slow_weakened and fresh < limits.slow_restless
        if high - low < limits.least_moving_seconds or fresh >= limits.restless:
            return False
        doubtful = self.alike < limits.hardly_both and high - low < limits.lasting_seconds
        return contrast < (limits.much_weakened if doubtful else limits.weakened)

    def are_there(self, limits: DissolveThresholds) -> bool:
        """Whether both ends are found between as strongly as a mixture shows them: no less, as in what hides and shows,
        and no more, as when both are one scene."""
        return self.there >= limits.there and float(np.mean(np.square(self.found).sum(0))) <= limits.one_scene

    @cached_property
    def dip(self) -> float:
        """Mean contrast between, against that of two pictures that do not match."""
        inner = (self.alpha > BETWEEN[0]) & (self.alpha < BETWEEN[1])
        if not inner.any():
            return 1.0
        relief = np.array([self.samples[i].relief for i in np.flatnonzero(inner)])
        of_both = np.hypot((1.0 - self.alpha[inner]) * self.first.relief, self.alpha[inner] * self.last.relief)
        return float(np.mean(relief / np.maximum(of_both, 1e-6)))

    @cached_property
    def curve(self) -> float:
        """Mean distance of α from an even rise."""
        (low, high), seconds = self.span, np.array([self.samples[i].seconds for i in self.within])
        even = np.clip(0.1 + 0.8 * (seconds - low) / (high - low), 0.0, 1.0)
        return float(np.abs(self.alpha[self.within] - even).mean())

    def measures(self, strength: float) -> dict[str, float]:
        """What is measured at little cost. `strength`: root mean square difference of both ends, against the sum of
        their contrasts."""
        return {
            "alike": self.alike,
            "step": self.step,
            "against": bounded(self.against, 0.6, 2.0),
            "strength": log(bounded(strength, 0.2, 5.0)),
            "dip": bounded(self.dip, 0.6, 1.8),
            "curve": log(bounded(self.curve, 0.02, 0.3)),
        }

    def odds(self, strength: float, enough: float) -> float:
        """Natural logarithm of the odds that this is a dissolve, as far as needed to tell whether it is `enough`."""
        told = WEIGHTS["one"] + sum(WEIGHTS[name] * value for name, value in self.measures(strength).items())
        if told + MOST_TO_COME < enough:
            return told
        most_there = WEIGHTS["there"] * MOST_THERE
        different = self.differ()
        if different < LEAST_DIFFERENT:
            return -np.inf
        told += WEIGHTS["different"] * different
        return told if told + most_there < enough else told + WEIGHTS["there"] * min(self.there, MOST_THERE)


def bounded(value: float, least: float, most: float) -> float:
    """The value, or the bound that it is beyond."""
    return min(max(value, least), most)


def is_dissolve(mixing: Mixing, strength: float, limits: DissolveThresholds) -> bool:
    """Whether one picture gives way to another; what costs most is asked last."""
    by_rules = mixing.shows_both(limits) and mixing.differ(limits.structure) >= limits.structure
    if by_rules and mixing.are_there(limits):
        return True
    return mixing.odds(strength, limits.odds) >= limits.odds
