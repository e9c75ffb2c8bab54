"""In: `Survey`. Out: `Activity`, spans in which a part of the picture moves while the camera stands, and where."""

from dataclasses import dataclass

import numpy as np

from vidsense.facts.fact import Fact
from vidsense.facts.picture import nearest
from vidsense.survey.shots import Shot
from vidsense.survey.survey import Survey

JOIN_SECONDS = 1.0
LEAST_SECONDS = 0.35
CLEAR_STRENGTH = 6.0
"""Times the noise that the strongest moment of an activity must reach: wind in leaves and compression stay below."""
LIGHT_SECONDS = 2.0
"""A change of light lasts no longer; what goes on after it moves."""
WHOLE_PICTURE = 0.6
"""A change of more than this share is light or the camera."""


@dataclass(frozen=True)
class Activity:
    """Something moves from `start` to `end`; what it is, nobody measured."""

    start: float
    end: float
    moment: float
    """The time of the frame in which it is clearest."""
    share: float
    """Of the picture, on average."""
    entered_at: tuple[float, float]
    """Where it is at first and"""
    left_at: tuple[float, float]
    """where at last: (x, y) in shares of the picture."""


def activities(survey: Survey, lights: list[Fact]) -> list[Activity]:
    """What moves in shots with a standing camera, in time order; a short change of light is none."""
    found: list[Activity] = []
    for shot in survey.shots:
        if shot.camera != "static":
            continue
        inside = (survey.sample_seconds >= shot.start + 0.3) & (survey.sample_seconds < shot.end)
        for group in groups(survey, np.flatnonzero(inside)):
            activity = activity_of(survey, group, shot, lights)
            if activity is not None:
                found.append(activity)
    return found


def groups(survey: Survey, samples: np.ndarray) -> list[list[int]]:
    """Samples in which a part of the picture moves, split where it rests."""
    found: list[list[int]] = []
    for at in samples.tolist():
        if not 0.0 < survey.motion[at, 1] < WHOLE_PICTURE:
            continue
        if found and survey.sample_seconds[at] - survey.sample_seconds[found[-1][-1]] <= JOIN_SECONDS:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def activity_of(survey: Survey, samples: list[int], shot: Shot, lights: list[Fact]) -> Activity | None:
    """One activity from its samples, when it lasts and is clear."""
    seconds, motion = survey.sample_seconds[samples], survey.motion[samples]
    if seconds[-1] - seconds[0] < LEAST_SECONDS or float(motion[:, 0].max()) < CLEAR_STRENGTH:
        return None
    if seconds[-1] - seconds[0] < LIGHT_SECONDS and any(
        abs(light.start - seconds[0]) < LIGHT_SECONDS for light in lights
    ):
        return None
    strongest = float(seconds[int(np.argmax(motion[:, 0] * np.sqrt(motion[:, 1])))])
    return Activity(
        start=max(shot.start, float(seconds[0]) - 0.15 if seconds[0] - shot.start > 0.5 else shot.start),
        end=min(shot.end, float(seconds[-1]) + 0.1 if shot.end - seconds[-1] > 0.3 else shot.end),
        moment=nearest(survey, strongest),
        share=float(motion[:, 1].mean()),
        entered_at=centre(motion[:5]),
        left_at=centre(motion[-5:]),
    )


def centre(motion: np.ndarray) -> tuple[float, float]:
    """Middle of the boxes, (x, y)."""
    boxes = motion[:, 2:6]
    return float((boxes[:, 0] + boxes[:, 2]).mean() / 2), float((boxes[:, 1] + boxes[:, 3]).mean() / 2)
