"""In: `Survey`. Out: `Activity`, spans in which a part of the picture moves while the camera stands, and where."""

from dataclasses import dataclass

import numpy as np

from vidsense.facts.picture import nearest
from vidsense.survey.survey import Survey

JOIN_SECONDS = 1.0
LEAST_SECONDS = 0.35
CLEAR_STRENGTH = 6.0
"""Times the noise that the strongest moment of an activity must reach: wind in leaves and compression stay below."""
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


def activities(survey: Survey) -> list[Activity]:
    """What moves in shots with a standing camera, in time order."""
    found: list[Activity] = []
    for shot in survey.shots:
        if shot.camera != "static":
            continue
        inside = (survey.sample_seconds >= shot.start + 0.3) & (survey.sample_seconds < shot.end)
        for group in groups(survey, np.flatnonzero(inside)):
            activity = activity_of(survey, group, shot.start, shot.end)
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


def activity_of(survey: Survey, samples: list[int], shot_start: float, shot_end: float) -> Activity | None:
    """One activity from its samples, when it lasts and is clear."""
    seconds, motion = survey.sample_seconds[samples], survey.motion[samples]
    if seconds[-1] - seconds[0] < LEAST_SECONDS or float(motion[:, 0].max()) < CLEAR_STRENGTH:
        return None
    strongest = float(seconds[int(np.argmax(motion[:, 0] * np.sqrt(motion[:, 1])))])
    return Activity(
        start=max(shot_start, float(seconds[0]) - 0.15 if seconds[0] - shot_start > 0.5 else shot_start),
        end=min(shot_end, float(seconds[-1]) + 0.1 if shot_end - seconds[-1] > 0.3 else shot_end),
        moment=nearest(survey, strongest),
        share=float(motion[:, 1].mean()),
        entered_at=centre(motion[:5]),
        left_at=centre(motion[-5:]),
    )


def centre(motion: np.ndarray) -> tuple[float, float]:
    """Middle of the boxes, (x, y)."""
    boxes = motion[:, 2:6]
    return float((boxes[:, 0] + boxes[:, 2]).mean() / 2), float((boxes[:, 1] + boxes[:, 3]).mean() / 2)
