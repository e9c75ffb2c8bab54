"""In: `Survey`. Out: `Activity`, spans in which a part of the picture moves while the camera stands, and where."""

from dataclasses import dataclass

import numpy as np

from vidsense.facts.fact import Fact
from vidsense.facts.picture import nearest
from vidsense.survey.shots import Shot
from vidsense.survey.survey import Survey

JOIN_SECONDS = 1.0
REST_SECONDS, LASTING_SECONDS = 1.0, 0.8
"""Movers that follow each other within the first are told together; those that move for the second count."""
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
    most: int = 1
    """How many things move at once, at most."""
    enters: str | None = None
    """The side at which it comes into the picture, and"""
    leaves: str | None = None
    """the one at which it goes."""
    direction: str | None = None


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


def mover_activities(movers: list[Fact]) -> list[Activity]:
    """Movers that overlap in time as one activity, told by the one that moves longest; in time order."""
    together: list[list[Fact]] = []
    for mover in movers:
        if together and mover.start <= max(m.end for m in together[-1]) + REST_SECONDS:
            together[-1].append(mover)
        else:
            together.append([mover])
    return [activity_of_movers(group) for group in together]


def activity_of_movers(movers: list[Fact]) -> Activity:
    """One activity of several movers."""
    lasting = [m for m in movers if m.end - m.start >= LASTING_SECONDS] or movers
    main = max(movers, key=lambda m: m.end - m.start)
    path = main.details["path"]
    first, last = min(m.start for m in movers), max(m.end for m in movers)
    moment = main.moment if main.moment is not None else main.start
    return Activity(
        start=first,
        end=last,
        moment=moment,
        share=main.details["size"],
        entered_at=(path[0][1], path[0][2]),
        left_at=(path[-1][1], path[-1][2]),
        most=max(sum(m.start <= other.start < m.end for m in lasting) for other in lasting),
        enters=main.details["enters"],
        leaves=main.details["leaves"],
        direction=main.details["direction"],
    )


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
