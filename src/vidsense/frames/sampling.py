"""In: `Survey`, budget. Out: `Clip`, by one of four strategies: every, uniform, keyframe, adaptive."""

from typing import Literal

import numpy as np

from vidsense.frames.adaptive import adaptive_moments
from vidsense.frames.budget import FrameBudget, deserved_frames
from vidsense.frames.clip import ChosenFrame, Clip, Reason, frame_ids
from vidsense.survey.survey import Survey

Sampling = Literal["every", "uniform", "keyframe", "adaptive"]
Moment = tuple[float, Reason]


def choose_frames(
    survey: Survey,
    sampling: Sampling = "adaptive",
    budget: FrameBudget | None = None,
    *,
    key_seconds: list[float] | None = None,
) -> Clip:
    """The frames worth looking at, spread over the whole video, never just its first ones.

    `keyframe` needs `key_seconds`, the times of the key frames.
    """
    budget = budget or FrameBudget()
    if sampling == "every":
        limit = budget.limit(len(survey.pts_seconds))
        moments = evenly(survey.pts_seconds.tolist(), limit, "every")
    elif sampling == "uniform":
        limit = budget.limit(deserved_frames(survey))
        moments = uniform_moments(survey, limit)
    elif sampling == "keyframe":
        keys = keys_inside(survey, key_seconds)
        limit = budget.limit(min(len(keys), max(2, deserved_frames(survey))))
        moments = evenly(keys, limit, "keyframe")
    elif sampling == "adaptive":
        limit = budget.limit(deserved_frames(survey))
        moments = adaptive_moments(survey, limit)
    else:
        raise ValueError(f"sampling must be every, uniform, keyframe or adaptive, got {sampling!r}")
    return clip_of(survey, sorted(moments), limit)


def clip_of(survey: Survey, moments: list[Moment], limit: int) -> Clip:
    """Moments, ascending, as a clip."""
    shots = [survey.shot_at(time) for time, _ in moments]
    frames = tuple(
        ChosenFrame(id_, time, reason, shot)
        for id_, (time, reason), shot in zip(frame_ids(len(moments)), moments, shots, strict=True)
    )
    return Clip(frames, limit, len(survey.shots) - len(set(shots)))


def evenly(times: list[float], count: int, reason: Reason) -> list[Moment]:
    """At most `count` of these times, evenly picked, the first among them.

    >>> evenly([0.0, 1.0, 2.0, 3.0], 2, "every")
    [(0.0, 'every'), (2.0, 'every')]
    """
    count = min(count, len(times))
    picked = sorted({i * len(times) // count for i in range(count)})
    return [(times[i], reason) for i in picked]


def uniform_times(duration_seconds: float, count: int) -> list[float]:
    """Midpoints of `count` equal spans, so that no sample falls on the first or last frame.

    >>> uniform_times(10.0, 4)
    [1.25, 3.75, 6.25, 8.75]
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    span = duration_seconds / count
    return [(i + 0.5) * span for i in range(count)]


def uniform_moments(survey: Survey, count: int) -> list[Moment]:
    """The frames on screen at equally spaced times."""
    wanted = survey.start_seconds + np.array(uniform_times(survey.picture_end_seconds - survey.start_seconds, count))
    at = np.clip(np.searchsorted(survey.pts_seconds, wanted + 1e-6, side="right") - 1, 0, None)
    return [(float(survey.pts_seconds[i]), "uniform") for i in sorted(set(at.tolist()))]


def keys_inside(survey: Survey, key_seconds: list[float] | None) -> list[float]:
    """The key frames among the surveyed frames; at least the first frame."""
    if key_seconds is None:
        raise ValueError("keyframe sampling needs the times of the key frames")
    pts = survey.pts_seconds
    near = np.clip(np.searchsorted(pts, np.array(key_seconds) - 1e-3), 0, len(pts) - 1)
    keys = {float(pts[i]) for i, key in zip(near.tolist(), key_seconds, strict=True) if abs(pts[i] - key) < 2e-3}
    return sorted(keys | {float(pts[0])})
