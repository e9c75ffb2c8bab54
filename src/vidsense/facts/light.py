"""In: `Survey`. Out: facts of kind "light": when a standing picture as a whole gets darker or brighter and stays so."""

import numpy as np

from vidsense.facts.fact import Fact
from vidsense.facts.picture import nearest
from vidsense.survey.survey import Survey

BEFORE_SECONDS = 0.6
AFTER_SECONDS = (0.3, 0.9)
"""Mean light over these spans is compared."""
LEAST_STEP = 18.0
"""Of the mean luma, of 255,"""
LEAST_SHARE = 0.25
"""and of the light before."""


def light_facts(survey: Survey) -> list[Fact]:
    """One fact for each clear step of light, in time order; fades, dissolves and cuts are none."""
    seconds = survey.sample_seconds
    light = np.interp(seconds, survey.pts_seconds, survey.brightness)
    before = window_mean(seconds, light, -BEFORE_SECONDS, 0.0)
    step = window_mean(seconds, light, *AFTER_SECONDS) - before
    clear = np.abs(step) > np.maximum(LEAST_STEP, LEAST_SHARE * before)
    facts: list[Fact] = []
    for at in np.argsort(-np.abs(step), kind="stable").tolist():
        moment = float(seconds[at])
        if not clear[at]:
            continue
        near = any(abs(moment - fact.start) < 2 * AFTER_SECONDS[1] for fact in facts)
        if not near and stands_around(survey, moment):
            end = nearest(survey, min(moment + AFTER_SECONDS[1], survey.picture_end_seconds))
            change = "brighter" if step[at] > 0 else "darker"
            facts.append(Fact("light", sharpest_step(survey, moment), end, 0.8, end, {"change": change}))
    return sorted(facts, key=lambda fact: fact.start)


def sharpest_step(survey: Survey, moment: float) -> float:
    """The time of the frame at which the light changes most, near a moment."""
    begin, end = np.searchsorted(survey.pts_seconds, [moment - AFTER_SECONDS[0], moment + AFTER_SECONDS[1]])
    begin, end = max(1, int(begin)), max(2, int(end))
    steps = np.abs(survey.brightness[begin:end] - survey.brightness[begin - 1 : end - 1])
    return float(survey.pts_seconds[begin + int(np.argmax(steps))]) if len(steps) else nearest(survey, moment)


def window_mean(seconds: np.ndarray, values: np.ndarray, begin: float, end: float) -> np.ndarray:
    """(S,) for each sample, the mean of the values from `begin` to `end` seconds after it."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    first = np.searchsorted(seconds, seconds + begin - 1e-6)
    last = np.searchsorted(seconds, seconds + end + 1e-6)
    first = np.minimum(first, len(seconds) - 1)
    last = np.maximum(last, first + 1)
    mean: np.ndarray = (total[last] - total[first]) / (last - first)
    return mean


def stands_around(survey: Survey, moment: float) -> bool:
    """Whether the camera stands and no transition is near that would explain the light."""
    shot = survey.shots[survey.shot_at(moment)]
    inside = shot.start + BEFORE_SECONDS <= moment + 1e-6 and moment <= shot.end - AFTER_SECONDS[1]
    joined = any(t.start - AFTER_SECONDS[1] <= moment <= t.end + BEFORE_SECONDS for t in survey.transitions)
    return shot.camera == "static" and inside and not joined
