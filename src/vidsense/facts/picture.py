"""In: `Survey`. Out: facts of the picture as a whole: black and still spans, what the camera does."""

import numpy as np

from vidsense.facts.fact import Fact, FactKind
from vidsense.survey.series import median
from vidsense.survey.survey import Survey

BLACK_LUMA = 20.0
BLACK_PEAK = 48
"""The brightest pixel of a black picture; a line of text is brighter."""
LEAST_BLACK_SECONDS = 0.3
LEAST_STILL_SECONDS = 2.0
DARK_LUMA, LEAST_DARK_SECONDS = 50.0, 1.0
BLURRED, LEAST_BLURRED_SECONDS = 0.4, 0.4
"""Share of the usual sharpness of its shot below which a picture is blurred."""


def picture_facts(survey: Survey) -> list[Fact]:
    """Black, still, dark, blurred and camera facts, in time order."""
    blacks = black_facts(survey)
    facts = blacks + still_facts(survey) + camera_facts(survey) + dark_facts(survey, blacks) + blurred_facts(survey)
    return sorted(facts, key=lambda fact: (fact.start, fact.kind))


def camera_facts(survey: Survey) -> list[Fact]:
    """What the camera does, in the shots in which it moves: in others it is something large that moved."""
    facts = []
    for span in survey.camera_spans:
        middle = (span.start + span.end) / 2
        if survey.shots[survey.shot_at(middle)].camera != "static":
            facts.append(Fact("camera", span.start, span.end, 0.9, nearest(survey, middle), {"motion": span.motion}))
    return facts


def black_facts(survey: Survey) -> list[Fact]:
    """Spans in which the picture is black."""
    black = (survey.brightness < BLACK_LUMA) & (survey.peak < BLACK_PEAK)
    return [fact for fact in runs(survey, black, "black") if fact.end - fact.start >= LEAST_BLACK_SECONDS]


def dark_facts(survey: Survey, blacks: list[Fact]) -> list[Fact]:
    """Spans in which the picture is dark, but not black."""
    dark = survey.brightness < DARK_LUMA
    for fact in blacks:
        dark &= ~((survey.pts_seconds >= fact.start) & (survey.pts_seconds < fact.end))
    return [fact for fact in runs(survey, dark, "dark") if fact.end - fact.start >= LEAST_DARK_SECONDS]


def blurred_facts(survey: Survey) -> list[Fact]:
    """Spans in which the picture is much softer than the rest of its shot, light and fades aside."""
    blurred = np.zeros(len(survey.pts_seconds), bool)
    for shot in survey.shots:
        inside = (survey.pts_seconds >= shot.start - 1e-6) & (survey.pts_seconds < shot.end - 1e-6)
        if inside.sum() < 8:
            continue
        usual = median(survey.sharpness[inside])
        blurred |= inside & (survey.sharpness < BLURRED * usual) & (survey.brightness > DARK_LUMA)
    for t in survey.transitions:
        blurred &= ~((survey.pts_seconds >= t.start - 0.2) & (survey.pts_seconds <= t.end + 0.2))
    return [fact for fact in runs(survey, blurred, "blurred") if fact.end - fact.start >= LEAST_BLURRED_SECONDS]


def still_facts(survey: Survey) -> list[Fact]:
    """Spans in which the very same picture is shown."""
    facts: list[Fact] = []
    edges = np.flatnonzero(np.diff(survey.picture)) + 1
    for begin, end in zip([0, *edges.tolist()], [*edges.tolist(), len(survey.picture)], strict=True):
        start, stop = span_of(survey, begin, end)
        if stop - start >= LEAST_STILL_SECONDS and end - begin > 2:
            facts.append(Fact("still", start, stop, 1.0, float(survey.pts_seconds[begin])))
    return facts


def runs(survey: Survey, flags: np.ndarray, kind: FactKind) -> list[Fact]:
    """One fact for each run of frames that have the flag."""
    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    begins, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    return [
        Fact(kind, *span_of(survey, begin, end), 1.0, float(survey.pts_seconds[(begin + end) // 2]))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]


def span_of(survey: Survey, begin: int, end: int) -> tuple[float, float]:
    """When frames begin … end − 1 are on screen."""
    pts = survey.pts_seconds
    return float(pts[begin]), float(pts[end]) if end < len(pts) else survey.picture_end_seconds


def nearest(survey: Survey, seconds: float) -> float:
    """The time of the frame that is on screen at `seconds`."""
    at = int(np.searchsorted(survey.pts_seconds, seconds + 1e-6, side="right")) - 1
    return float(survey.pts_seconds[max(0, at)])
