"""In: an `Observation`. Out: `Timeline`, what was measured over time, for drawing."""

from dataclasses import dataclass

import numpy as np

from vidsense.account.observe import Observation
from vidsense.account.words import several
from vidsense.facts.fact import Fact
from vidsense.frames.budget import EVENTFUL
from vidsense.survey.shots import Shot, Transition
from vidsense.survey.survey import Survey

LANES = {
    "mover": "movement",
    "light": "light",
    "text": "writing",
    "camera": "camera moves",
    "speech": "speech",
    "loud": "loud",
    "silence": "silence",
    "still": "still",
    "dark": "dark",
    "black": "black",
    "blurred": "blurred",
    "subtitle": "subtitles",
    "transcript": "said",
    "label": "labels",
}
"""Kind of lane → what it is called, from top to bottom."""
SHORTEST_SHOWN = 0.004
"""Of the whole: how long a mark of something instant is drawn."""


@dataclass(frozen=True)
class Span:
    """From when to when, in seconds."""

    start: float
    end: float


@dataclass(frozen=True)
class Lane:
    """One kind of fact over time."""

    kind: str
    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, eq=False)
class Timeline:
    """A video from its first to its last second; S samples, ten a second."""

    start: float
    end: float
    seconds: np.ndarray
    """(S,)."""
    change: np.ndarray
    """(S,) difference between the pictures 0.6 s before and after in what changes most, of 255."""
    moving: np.ndarray
    """(S,) percent of the picture that moves."""
    brightness: np.ndarray
    """(S,) mean luma of 255."""
    shots: tuple[Shot, ...]
    transitions: tuple[Transition, ...]
    lanes: tuple[Lane, ...]

    @property
    def in_words(self) -> str:
        """What the figure shows."""
        facts = "; ".join(f"{lane.name}: {len(lane.spans)}" for lane in self.lanes) or "no facts"
        peak = float(self.seconds[int(self.change.argmax())]) if len(self.change) else self.start
        return (
            f"{self.end - self.start:.1f} s in {several(len(self.shots), 'shot')}: what changes, moves "
            f"and how bright it is, ten times a second. The largest change is at {peak:.1f} s. Measured: {facts}."
        )


def timeline_of(observation: Observation) -> Timeline:
    """What was measured, in lanes."""
    survey = observation.survey
    at = np.clip(np.searchsorted(survey.pts_seconds, survey.sample_seconds + 1e-6, side="right") - 1, 0, None)
    spans: dict[str, list[Span]] = {}
    for fact in observation.facts:
        spans.setdefault(lane_of(fact), []).append(Span(fact.start, fact.end))
    return Timeline(
        start=survey.start_seconds,
        end=survey.end_seconds,
        seconds=survey.sample_seconds,
        change=survey.novelty[:, -1].astype(np.float64),
        moving=100.0 * survey.motion[:, 1].astype(np.float64),
        brightness=survey.brightness[at].astype(np.float64),
        shots=survey.shots,
        transitions=survey.transitions,
        lanes=tuple(Lane(kind, name, tuple(spans[kind])) for kind, name in LANES.items() if kind in spans),
    )


def lane_of(fact: Fact) -> str:
    """In which lane a fact is drawn: its kind; of the sound, whether there is much of it or none."""
    if fact.kind != "sound":
        return fact.kind
    return "loud" if fact.details.get("sound") == "loud" else "silence"


def happening(survey: Survey, pts_seconds: np.ndarray) -> np.ndarray:
    """(T,) bool: whether something happens around each time, as the survey measured change."""
    if not len(survey.sample_seconds):
        return np.zeros(len(pts_seconds), bool)
    at = np.clip(np.searchsorted(survey.sample_seconds, pts_seconds), 0, len(survey.sample_seconds) - 1)
    return np.asarray(survey.novelty[at, -1] > EVENTFUL)
