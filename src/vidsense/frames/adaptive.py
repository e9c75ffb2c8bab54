"""In: `Survey`, a number of frames. Out: the moments that show most of what happens.

Every tenth of a second has a weight: how much it brings that is new, against its surroundings, plus a little for its
mere length. A frame shows what began up to a reach before it. Frames are taken greedily by how much weight they show
that no other frame shows yet; this is maximum coverage, where greedy choice is within 1 − 1/e of the best (Nemhauser et
al., 1978).
"""

from dataclasses import dataclass

import numpy as np

from vidsense.frames.budget import EVENTFUL, reach_seconds
from vidsense.frames.clip import Reason
from vidsense.survey.motion import NOVELTY_WINDOWS
from vidsense.survey.series import median, quantile
from vidsense.survey.survey import Survey

CLEAR_MOTION = 6.0
"""Times the noise, for a part of the picture to move clearly."""
WHOLE_PICTURE = 0.6
SETTLED_SECONDS = 0.2
CALM_REACHES = 3.0
STEP_SECONDS = 0.25
"""A change that is over so soon is a step: something that appears or is gone at once."""


@dataclass(frozen=True)
class AdaptiveOptions:
    """How weight is made; measured on real videos with the moments that people noted in them."""

    window: float = 0.6
    """Novelty is taken over this share of the reach before and after."""
    surroundings: float = 6.0
    """Novelty counts against its mean over this many reaches before and after."""
    noise: float = 1.5
    """Times the novelty of the calmest tenth of the video that is taken for noise."""
    length_weight: float = 0.5
    """Weight of mere length, beside 1.0 for what is new."""
    shown_weight: float = 0.12
    """What is left of a moment's weight once a frame shows it: the rest of a budget goes where most happens."""
    sharpest_seconds: float = 0.12
    """The sharpest frame up to this long after the wanted moment is taken,"""
    clearly_sharper: float = 1.15
    """if it is this many times sharper than the one at the moment itself."""


def adaptive_moments(survey: Survey, count: int, options: AdaptiveOptions | None = None) -> list[tuple[float, Reason]]:
    """At most `count` moments: the start, every shot while they reach, then what begins, happens and ends."""
    options = options or AdaptiveOptions()
    coverage = Coverage(survey, options)
    first = float(survey.pts_seconds[0])
    coverage.take(0)
    chosen: dict[float, Reason] = {first: "start"}
    for shot in shots_in_order_of_weight(survey)[: count - 1]:
        if survey.shots[shot].start <= first:
            continue
        at = coverage.best_in_shot(shot)
        if at is not None:
            chosen.setdefault(coverage.take(at), "shot")
    while len(chosen) < count:
        at = coverage.best()
        if at is None:
            break
        reason = coverage.reason(at)
        chosen.setdefault(coverage.take(at, step=coverage.step_before(at)), reason)
    return sorted(chosen.items())


def shots_in_order_of_weight(survey: Survey) -> list[int]:
    """All shots, the longest and the most different from the one before first."""
    lengths = np.array([shot.end - shot.start for shot in survey.shots])
    change = np.array(
        [
            float(
                survey.novelty[max(0, int(np.searchsorted(survey.sample_seconds, shot.start)) - 1) :][:3].max(
                    initial=0.0
                )
            )
            for shot in survey.shots
        ]
    )
    weight = lengths / max(lengths.max(initial=0.0), 1e-9) + change / max(change.max(initial=0.0), 1e-9)
    return [int(shot) for shot in np.argsort(-weight, kind="stable")]


class Coverage:
    """Which weight the chosen frames show already."""

    def __init__(self, survey: Survey, options: AdaptiveOptions) -> None:
        self.survey, self.options = survey, options
        self.seconds = survey.sample_seconds
        self.reach = reach_seconds(survey.end_seconds - survey.start_seconds)
        spans = np.clip(np.diff(self.seconds, append=self.seconds[-1] + 0.1), 0.02, 1.0)
        self.novelty = relative_novelty(survey, self.reach, options)
        fresh = self.novelty * spans
        self.weight = fresh / max(float(fresh.sum()), 1e-9) + options.length_weight * spans / float(spans.sum())
        self._from = np.searchsorted(self.seconds, self.seconds - self.reach - 1e-6)
        self._to = np.searchsorted(self.seconds, self.seconds + self.reach / 2 + 1e-6)
        at = np.clip(np.searchsorted(survey.pts_seconds, self.seconds - 1e-6), 0, len(survey.picture) - 1)
        self._picture = survey.picture[at]
        self._free = np.ones(len(self.seconds), bool)
        self._taken: list[float] = []

    def gains(self) -> np.ndarray:
        """(S,) the weight that a frame at each sample would add; −1 where its picture is chosen already."""
        total = np.concatenate([[0.0], np.cumsum(self.weight)])
        return np.where(self._free, total[self._to] - total[self._from], -1.0)

    def best(self) -> int | None:
        """The sample to take next: most new weight; when all is shown, the middle of the widest gap."""
        gains = self.gains()
        at = int(np.argmax(gains))
        if gains[at] > 1e-9:
            return at
        free = np.flatnonzero(self._free)
        if len(free) == 0:
            return None
        taken = np.sort(np.array(self._taken))
        after = np.clip(np.searchsorted(taken, self.seconds[free]), 0, len(taken) - 1)
        before = np.clip(after - 1, 0, None)
        away = np.minimum(np.abs(self.seconds[free] - taken[before]), np.abs(self.seconds[free] - taken[after]))
        return int(free[int(np.argmax(away))])

    def best_in_shot(self, shot: int) -> int | None:
        """A look at a shot soon after it has fully appeared, where most is new."""
        start, end = self.survey.shots[shot].start, self.survey.shots[shot].end
        for transition in self.survey.transitions:
            if transition.start <= start <= transition.end or (
                transition.kind == "fade in" and start <= transition.start < end
            ):
                start = max(start, min(transition.end, end))
                break
        inside = (self.seconds >= start - 1e-6) & (self.seconds < min(end, start + self.reach) - 1e-6)
        inside = inside if inside.any() else (self.seconds >= start - 1e-6) & (self.seconds < end)
        gains = np.where(inside, self.gains(), -1.0)
        at = int(np.argmax(gains))
        return at if gains[at] >= 0.0 else None

    def reason(self, at: int) -> Reason:
        """Why a sample is worth a look: something moves, the picture changes, or it has been long."""
        window = slice(int(self._from[at]), int(self._to[at]))
        survey, second = self.survey, float(self.seconds[at])
        share = median(survey.motion[window, 1]) if window.stop > window.start else 0.0
        clear = float(survey.motion[window, 0].max(initial=0.0)) >= CLEAR_MOTION
        eventful = float(survey.novelty[window, -1].max(initial=0.0)) > EVENTFUL
        if not eventful and not clear:
            return "uniform"
        panned = any(span.start <= second < span.end for span in survey.camera_spans)
        return "motion" if panned or (clear and share < WHOLE_PICTURE) else "change"

    def step_before(self, at: int) -> int | None:
        """The sample just after a step in what a frame at a sample would show: calm, a sudden change, calm again.

        A frame there says more exactly when it happened than one a little later, and shows the same.
        """
        if self.survey.shots[self.survey.shot_at(float(self.seconds[at]))].camera != "static":
            return None
        around = self.seconds[at] + np.array([-CALM_REACHES, 1.0]) * self.reach
        window = slice(*np.searchsorted(self.seconds, around))
        clear = np.flatnonzero(self.survey.motion[window, 0] >= CLEAR_MOTION)
        if len(clear) == 0 or self.seconds[window][clear[-1]] - self.seconds[window][clear[0]] > STEP_SECONDS:
            return None
        settled = self.seconds[window.start + clear[-1]] + SETTLED_SECONDS
        return min(at, int(np.searchsorted(self.seconds, settled - 1e-6)))

    def take(self, at: int, *, step: int | None = None) -> float:
        """Choose the sharpest frame at or soon after a sample, or after a step before it; what it shows is shown."""
        survey, second = self.survey, float(self.seconds[at if step is None else step])
        shot_end = survey.shots[survey.shot_at(second)].end
        begin = int(np.searchsorted(survey.pts_seconds, second - 1e-6))
        until = min(second + self.options.sharpest_seconds, shot_end - 1e-3)
        end = max(begin + 1, int(np.searchsorted(survey.pts_seconds, until)))
        frame = begin + int(np.argmax(survey.sharpness[begin:end]))
        if at == 0 or survey.sharpness[frame] < self.options.clearly_sharper * survey.sharpness[begin]:
            frame = begin
        self.weight[self._from[at] : self._to[at]] *= self.options.shown_weight
        self._free &= self._picture != survey.picture[frame]
        self._free[at] = False
        self._taken.append(float(survey.pts_seconds[frame]))
        return self._taken[-1]


def relative_novelty(survey: Survey, reach: float, options: AdaptiveOptions) -> np.ndarray:
    """(S,) novelty at the scale of the reach, over its mean nearby: 1.0 is usual here."""
    scale = min(range(len(NOVELTY_WINDOWS)), key=lambda i: abs(NOVELTY_WINDOWS[i] - options.window * reach))
    novelty = survey.novelty[:, scale].astype(np.float64)
    noise = min(options.noise * quantile(novelty, 0.1), EVENTFUL)
    novelty = np.maximum(novelty - noise, 0.0)
    half = options.surroundings * reach
    total = np.concatenate([[0.0], np.cumsum(novelty)])
    begin = np.searchsorted(survey.sample_seconds, survey.sample_seconds - half - 1e-6)
    end = np.searchsorted(survey.sample_seconds, survey.sample_seconds + half + 1e-6)
    nearby = (total[end] - total[begin]) / np.maximum(end - begin, 1)
    relative: np.ndarray = novelty / (nearby + 0.5 * float(novelty.mean()) + 1e-6)
    return relative
