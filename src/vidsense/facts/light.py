"""In: `Survey` and `LightStep`s. Out: facts of kind "light": on, off, brighter, darker, flicker."""

import numpy as np

from vidsense.facts.fact import Fact
from vidsense.facts.lamps import LightStep
from vidsense.facts.picture import nearest
from vidsense.survey.survey import Survey

BEFORE_SECONDS = 0.6
AFTER_SECONDS = (0.3, 0.9)
"""Mean light over these spans is compared."""
LEAST_STEP = 18.0
"""Of the mean luma, of 255,"""
LEAST_SHARE = 0.25
"""and of the light before."""
SWITCHED, SWITCH_SECONDS = 2.0, 0.24
"""Light that doubles, or halves, so quickly was switched,"""
STILL, LATER_SECONDS = 1.25, (1.0, 1.8)
"""when so much of it stays for so long; a camera makes up for the rest."""
EVERYWHERE = 0.6
"""A light that changes more of the picture than this has no place in it."""
SWING, LEAST_SWING, SWINGS_A_SECOND, LEAST_FLICKER = 0.05, 4.0, 5.0, 1.0
"""Light flickers when it swings by so much of itself, and of 255, so often, for so many seconds."""
PAGE = 0.3
"""Screens and pages have this share of even ground; they light up by what they show."""


def light_facts(survey: Survey, steps: list[LightStep]) -> list[Fact]:
    """One fact for each change of light, in time order; fades, dissolves, cuts and pages are none."""
    lamps = [] if survey.plain_share >= PAGE else [lamp_fact(survey, s) for s in steps if s.share < EVERYWHERE]
    others = [*lamps, *flickers(survey)]
    whole = [f for f in whole_picture(survey) if not any(o.start - 1.0 < f.start < o.end + 0.5 for o in others)]
    return sorted([*others, *whole], key=lambda fact: fact.start)


def steps_of(lights: list[Fact]) -> list[Fact]:
    """The moments at which the light becomes another."""
    return [fact for fact in lights if fact.details["change"] != "flicker"]


def lamp_fact(survey: Survey, step: LightStep) -> Fact:
    """A light that goes on or off somewhere in the picture."""
    end = nearest(survey, min(step.seconds + AFTER_SECONDS[1], survey.picture_end_seconds))
    details = {"change": "on" if step.brighter else "off", "at": [round(step.x, 3), round(step.y, 3)]}
    return Fact("light", step.seconds, max(step.seconds, end), 0.9, end, details)


def whole_picture(survey: Survey) -> list[Fact]:
    """Where the picture as a whole gets darker or brighter and stays so."""
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
            start = sharpest_step(survey, moment)
            change = change_at(survey, start, brighter=bool(step[at] > 0))
            facts.append(Fact("light", start, max(start, end), 0.8, end, {"change": change}))
    return facts


def change_at(survey: Survey, start: float, *, brighter: bool) -> str:
    """Whether the light was switched, or the picture only gets brighter or darker."""
    seconds, light = survey.pts_seconds, survey.brightness

    def mean(begin: float, end: float) -> float:
        inside = (seconds >= start + begin - 1e-6) & (seconds < start + end - 1e-6)
        return float(light[inside].mean()) if inside.any() else float("nan")

    before, after, later = mean(-SWITCH_SECONDS, 0.0), mean(0.04, 0.04 + SWITCH_SECONDS), mean(*LATER_SECONDS)
    if brighter:
        return "on" if after >= SWITCHED * max(before, 1.0) and later >= STILL * before else "brighter"
    return "off" if before >= SWITCHED * max(after, 1.0) and before >= STILL * later else "darker"


def flickers(survey: Survey) -> list[Fact]:
    """Where the light of a standing picture swings up and down, many times a second."""
    seconds, light = survey.pts_seconds, survey.brightness.astype(np.float64)
    if len(seconds) < 10:
        return []
    away = light - window_mean(seconds, light, -0.5, 0.5)
    least = np.maximum(LEAST_SWING, SWING * light) / 2
    outside = np.flatnonzero(np.abs(away) > least)
    turns = seconds[outside[1:][np.diff(np.sign(away[outside])) != 0]]
    facts: list[Fact] = []
    for run in np.split(turns, np.flatnonzero(np.diff(turns) > 2.0 / SWINGS_A_SECOND) + 1):
        lasting = float(run[-1] - run[0]) if len(run) else 0.0
        if lasting >= LEAST_FLICKER and len(run) >= SWINGS_A_SECOND * lasting and stands_around(survey, float(run[0])):
            moment = nearest(survey, float(run[len(run) // 2]))
            facts.append(Fact("light", float(run[0]), float(run[-1]), 0.8, moment, {"change": "flicker"}))
    return facts


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
