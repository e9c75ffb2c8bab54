"""In: a video. Out: `Observation`, everything that is measured in it, in one decoding pass and one of the sound."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np

from vidsense.account.words import several
from vidsense.errors import MissingExtraError, ModelError, SourceError
from vidsense.facts.blobs import BlobWatcher
from vidsense.facts.cues import cue_facts
from vidsense.facts.fact import Fact
from vidsense.facts.lamps import LampWatcher
from vidsense.facts.light import light_facts, steps_of
from vidsense.facts.movers import mover_facts, steadied
from vidsense.facts.picture import picture_facts
from vidsense.facts.reading import prepare
from vidsense.facts.sound import heard
from vidsense.facts.text import TextWatcher
from vidsense.facts.transcript import transcript_facts
from vidsense.facts.writing import text_facts
from vidsense.source.audio import iter_sound
from vidsense.source.file import FileStream, open_video
from vidsense.source.stream import Damage, StreamInfo
from vidsense.source.subtitles import iter_cues
from vidsense.survey.survey import Survey, survey_video

Progress = Callable[[str, float], None]
UNHEARD, UNREAD = "The sound was not listened to", "What is written was not read"
UNWRITTEN = "What is said was not written down"
"""How the sentences begin that say so."""
MOST_WAITING, WAITING_PIXELS = 120, 16_000_000
"""Frames that wait, ten a second, and what they hold together: some 24 MB, 48 MB with ten bits."""


@dataclass(frozen=True, eq=False)
class Observation:
    """What was measured, whatever is asked later."""

    survey: Survey
    facts: tuple[Fact, ...]
    """In time order."""
    warnings: tuple[str, ...]
    """What could not be read or heard."""
    frames_read: int
    """How many frames were read for text."""
    facts_seconds: float
    """Spent on facts in the pass and after it; what is read beside it counts where it was waited for."""

    @property
    def was_heard(self) -> bool:
        """Whether the sound was listened to: else nothing may be said of what is heard."""
        return not any(warning.startswith(UNHEARD) for warning in self.warnings)

    @property
    def is_complete(self) -> bool:
        """Whether nothing failed that may work the next time."""
        return not any(warning.startswith((UNHEARD, UNREAD, UNWRITTEN)) for warning in self.warnings)


@dataclass(frozen=True)
class View:
    """What is to be observed of a video."""

    start: float = 0.0
    """Seconds."""
    end: float | None = None
    speech_model: str | None = None
    """What writes down what is said; none: nobody does."""

    def __post_init__(self) -> None:
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise ValueError(f"start must be at least 0 and before end, got {self.start} and {self.end}")


class Cache(Protocol):
    """What keeps observations, and a model's answers, from one question to the next. Results do not depend on it."""

    def load(self, location: str | Path, view: View) -> Observation | None:
        """What was measured before in this view of this very video, or nothing."""
        ...

    def store(self, location: str | Path, view: View, observation: Observation) -> None:
        """Keep what was measured."""
        ...

    def load_rows(self, location: str | Path, key: str) -> tuple[np.ndarray, np.ndarray] | None:
        """(K, 5) places and (K, E) embeddings that an encoder made of this very video before, or nothing."""
        ...

    def store_rows(self, location: str | Path, key: str, places: np.ndarray, rows: np.ndarray) -> None:
        """Keep an encoder's embeddings."""
        ...

    def load_reply(self, key: str) -> str | None:
        """What a model answered to the same prompt before, or nothing."""
        ...

    def store_reply(self, key: str, text: str) -> None:
        """Keep a model's answer."""
        ...


def observe(
    location: str | Path,
    view: View | None = None,
    *,
    threads: int = 0,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> Observation:
    """What is measured in a video, or was before. Raises `SourceError` when no picture can be decoded."""
    view = view or View()
    if cache is not None and (kept := cache.load(location, view)) is not None:
        return kept
    observation = look_and_listen(location, view, threads=threads, on_progress=on_progress)
    if cache is not None and observation.is_complete:
        cache.store(location, view, observation)
    return observation


def look_and_listen(
    location: str | Path, view: View, *, threads: int = 0, on_progress: Progress | None = None
) -> Observation:
    """Look at every frame once and listen once. Raises `SourceError` when no picture can be decoded."""
    prepare()
    with open_video(location, threads=threads) as stream:
        waiting = 0 if threads == 1 else waiting_frames(stream.info)
        text, blobs, lamps = TextWatcher(most_waiting=waiting), BlobWatcher(), LampWatcher()
        survey = survey_video(
            stream,
            start_seconds=view.start,
            end_seconds=view.end,
            watchers=(text, blobs, lamps),
            on_progress=on_progress,
        )
        began = perf_counter()
        lines, found = text.finish(survey.picture_end_seconds), blobs.finish()
        survey = steadied(survey, blobs.steady)
        lights = light_facts(survey, lamps.steps)
        facts = [*picture_facts(survey), *lights, *mover_facts(survey, found, steps_of(lights)), *text_facts(lines)]
        sounds, warnings = listened(stream, survey, view.speech_model)
    if text.failure is not None:
        warnings.append(f"{UNREAD}: {text.failure}")
    return Observation(
        survey=survey,
        facts=tuple(sorted([*facts, *sounds], key=lambda fact: (fact.start, fact.end, fact.kind))),
        warnings=tuple(warnings),
        frames_read=text.frames_read,
        facts_seconds=survey.watch_seconds + perf_counter() - began,
    )


def waiting_frames(info: StreamInfo) -> int:
    """How many decoded frames may wait while one is read: fewer of large ones."""
    return max(2, min(MOST_WAITING, WAITING_PIXELS // max(1, info.width * info.height)))


def glance(
    location: str | Path, view: View | None = None, *, threads: int = 0, on_progress: Progress | None = None
) -> Observation:
    """The survey alone, for who needs shots and nothing that is written or heard: a fraction of the time."""
    view = view or View()
    with open_video(location, threads=threads) as stream:
        survey = survey_video(stream, start_seconds=view.start, end_seconds=view.end, on_progress=on_progress)
    warnings = [f"{UNREAD}: only shots were asked for."]
    if survey.info.audio_tracks:
        warnings.append(f"{UNHEARD}: only shots were asked for.")
    return Observation(survey, (), tuple(warnings), frames_read=0, facts_seconds=0.0)


def listened(stream: FileStream, survey: Survey, speech_model: str | None) -> tuple[list[Fact], list[str]]:
    """Facts of the sound and of the subtitles, and a sentence for each of them that could not be had."""
    facts: list[Fact] = []
    warnings: list[str] = []
    start, end = survey.start_seconds, survey.end_seconds
    place: dict[str, float] = {"origin_seconds": stream.origin_seconds}
    if survey.info.audio_tracks:
        damage = Damage()
        try:
            sounds = iter_sound(stream.location, **place, start_seconds=start, end_seconds=end, damage=damage)
            facts += within(heard(sounds), start, end)
            if speech_model is not None:
                again = iter_sound(stream.location, **place, start_seconds=start, end_seconds=end, damage=Damage())
                facts += transcript_facts(again, [f for f in facts if f.kind == "speech"], speech_model)
        except (MissingExtraError, ModelError, SourceError) as error:
            warnings.append(f"{UNWRITTEN if facts else UNHEARD}: {error}")
        if damage.frames:
            why = f" ({'; '.join(damage.messages)})" if damage.messages else ""
            warnings.append(f"{several(damage.frames, 'piece').capitalize()} of the sound could not be decoded{why}.")
    if survey.info.subtitle_tracks:
        damage = Damage()
        try:
            facts += cue_facts(iter_cues(stream.location, **place, damage=damage), start, end)
        except SourceError as error:
            warnings.append(f"The subtitles were not read: {error}")
        if damage.frames:
            warnings.append(f"{several(damage.frames, 'subtitle').capitalize()} could not be decoded.")
    return facts, warnings


def within(facts: list[Fact], start: float, end: float) -> list[Fact]:
    """The facts inside a span, cut to it."""
    kept = [fact for fact in facts if fact.end > start and fact.start < end]
    return [
        Fact(fact.kind, max(start, fact.start), min(end, fact.end), fact.confidence, fact.moment, fact.details)
        for fact in kept
    ]


__all__ = ["Cache", "Observation", "Progress", "View", "glance", "observe"]
