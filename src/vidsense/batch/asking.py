"""In: a folder of videos and a question. Out: `FolderAnswer`, what those that it is about say, by the clock."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from time import perf_counter

from pydantic import Field

import vidsense
from vidsense.account.about import encoder_if_there
from vidsense.account.account import SCHEMA_VERSION, Answer, Moment, Part
from vidsense.account.observe import Cache
from vidsense.account.second_look import Check
from vidsense.batch.period import Period, period_of
from vidsense.batch.recorded import MachineZone, Origin, Recorded, recorded
from vidsense.batch.telling import told
from vidsense.batch.videos import find_videos
from vidsense.errors import VidSenseError
from vidsense.language.load import opened
from vidsense.language.model import LanguageModel
from vidsense.language.options import ModelOptions
from vidsense.source.container import shown
from vidsense.source.file import open_video
from vidsense.vision.encoder import VisionEncoder

Progress = Callable[[str, str, float], None]
"""Gets the name of the video, of the stage, and the share of the stage that is done."""
Ask = Callable[[str | Path, str], Answer]


class ClockMoment(Moment):
    """One part of an answer, also by the clock."""

    at: str | None = Field(description="ISO 8601; null where only the day of the recording is known, or not even that")


class VideoAnswer(Part):
    """What one video of many answers."""

    path: str
    recorded_at: str | None = Field(description="ISO 8601, when the video begins; only the day where no more is known")
    recorded_from: Origin | None = Field(description="how that is known")
    answer: str | None = Field(description="null where the video could not be read")
    found: bool
    moments: list[ClockMoment]
    error: str | None = None


class FolderAnswer(Part):
    """What many videos answer to a question."""

    places: list[str]
    question: str
    answer: str
    found: bool
    period: tuple[str, str] | None = Field(description="what the question was taken to mean, ISO 8601")
    videos: list[VideoAnswer] = Field(description="those that were asked, in the order of their recording")
    left_out: int = Field(description="videos that were not recorded in the period")
    elapsed_s: float
    schema_version: int = SCHEMA_VERSION

    def to_json(self, indent: int | None = 1) -> str:
        """The JSON text, keys in the order of the schema."""
        return self.model_dump_json(indent=indent)


@dataclass(frozen=True)
class Dated:
    """A video and when it was recorded, or why it cannot be read."""

    video: str | Path
    when: Recorded | None
    error: str | None = None


def ask_folder(
    places: Sequence[str | Path],
    question: str,
    *,
    model: str | LanguageModel = "auto",
    model_options: ModelOptions | None = None,
    check: Check = "quick",
    encoder: str | Path | VisionEncoder | None = "auto",
    speech_model: str | None = None,
    threads: int = 0,
    cache: Cache | None = None,
    now: datetime | None = None,
    on_progress: Progress | None = None,
) -> FolderAnswer:
    """Ask every video in these folders that was recorded when the question says; all where it says nothing of that.

    `model`, `check` and `encoder` as in `ask`. `now`: what "last night" counts from, with its zone; by default this
    machine's clock. A video that cannot be read is in the result with its error. Raises `ValueError` for an empty
    question, `VidSenseError` where no video is.
    """
    began = perf_counter()
    now = now or datetime.now(MachineZone())
    period, rest = period_of(question, now)
    if not rest.strip(" ?.!"):
        raise ValueError("the question is empty; ask, for example, 'when did something move last night?'")
    dated = sorted(dates_of(find_videos(places), now), key=lambda one: one.when.start.timestamp() if one.when else inf)
    asked = [one for one in dated if one.error or is_within(one.when, period)]

    with opened(model, model_options) as witness:
        looking = encoder_if_there(encoder) if witness is not None else None

        def ask(video: str | Path, question: str) -> Answer:
            return vidsense.ask(
                video,
                question,
                model=witness or "none",
                check=check,
                encoder=looking,
                speech_model=speech_model,
                threads=threads,
                cache=cache,
                on_progress=None if on_progress is None else partial(on_progress, shown(video)),
            )

        answers = [answer_of(one, rest, period, ask) for one in asked]
    return FolderAnswer(
        places=[str(place) for place in places],
        question=question,
        answer=told(answers, period, len(dated), now),
        found=any(one.found for one in answers),
        period=(period.start.isoformat(), period.end.isoformat()) if period else None,
        videos=answers,
        left_out=len(dated) - len(asked),
        elapsed_s=round(perf_counter() - began, 3),
    )


def dates_of(videos: Sequence[str | Path], now: datetime) -> Iterator[Dated]:
    """When each was recorded, from its header."""
    for video in videos:
        try:
            with open_video(video) as stream:
                yield Dated(video, recorded(Path(video), stream.info, now=now))
        except VidSenseError as error:
            yield Dated(video, None, str(error))


def is_within(when: Recorded | None, period: Period | None) -> bool:
    """Whether a video may show something of the period."""
    return period is None or (when is not None and when.start < period.end and when.end > period.start)


def answer_of(one: Dated, question: str, period: Period | None, ask: Ask) -> VideoAnswer:
    """What one video answers, its moments by the clock and those outside the period left out."""
    when = one.when
    answer, error = None, one.error
    if error is None:
        try:
            answer = ask(one.video, question)
        except VidSenseError as failure:
            error = str(failure)
        except Exception as failure:  # also what nobody foresaw: one odd video must not take the others' answers
            error = f"{type(failure).__name__}: {failure}"
    found = answer.moments if answer else []
    moments = [clocked(moment, when) for moment in found if is_moment_within(moment, when, period)]
    gone = bool(found) and not moments
    said = answer.answer if answer is not None else None
    return VideoAnswer(
        path=str(one.video),
        recorded_at=None if when is None else when.iso,
        recorded_from=None if when is None else when.origin,
        answer="Nothing of that in this part of it." if gone else said,
        found=answer is not None and answer.found and not gone,
        moments=moments,
        error=error,
    )


def is_moment_within(moment: Moment, when: Recorded | None, period: Period | None) -> bool:
    """Whether a moment lies in the period, as far as that can be known."""
    if period is None or when is None or when.whole_day:
        return True
    start, end = when.start + timedelta(seconds=moment.start), when.start + timedelta(seconds=moment.end)
    return start < period.end and end >= period.start


def clocked(moment: Moment, when: Recorded | None) -> ClockMoment:
    """A moment with its time by the clock."""
    known = when is not None and not when.whole_day
    at = (when.start + timedelta(seconds=moment.start)).isoformat(timespec="seconds") if when and known else None
    return ClockMoment(**moment.model_dump(), at=at)
