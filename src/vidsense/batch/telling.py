"""In: the answers of many videos. Out: one answer in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from vidsense.account.words import at_time, listed, number, several
from vidsense.batch.period import Period
from vidsense.source.container import shown

if TYPE_CHECKING:
    from vidsense.batch.asking import ClockMoment, VideoAnswer

ORIGINS = {"container": "the videos themselves", "file name": "the files' names", "file time": "the files' own times"}
MOST_NAMES = 8


def told(answers: "Sequence[VideoAnswer]", period: Period | None, count: int, now: datetime) -> str:
    """The whole answer: which videos it is about, every moment in order, what the others say, where times come from."""
    lines = [opening(sum(not answer.error for answer in answers), count, period, now)]
    lines += [line for answer in answers for line in moment_lines(answer, now)]
    rest: dict[str, list[str]] = {}
    for answer in answers:
        if answer.error:
            lines.append(f"- {shown(answer.path)} could not be read: {answer.error}")
        elif not answer.moments:
            rest.setdefault(answer.answer or "", []).append(shown(answer.path))
    lines += [f"- {names(videos)}: {text}" for text, videos in rest.items()]
    return "\n".join([*lines, *origins(answers)])


def opening(asked: int, count: int, period: Period | None, now: datetime) -> str:
    """Which of the videos were asked."""
    if period is None:
        return f"Asked of {several(count, 'video')}:"
    span = f"from {day_and_time(period.start, now)} to {day_and_time(period.end, now)}"
    if not asked:
        return f"None of {several(count, 'video')} was recorded {span}."
    return f"Recorded {span}: {number(asked)} of {several(count, 'video')}."


def moment_lines(answer: "VideoAnswer", now: datetime) -> list[str]:
    """A line for each moment of one video."""
    return [f"- {stamp(moment, answer, now)}: {moment.text}" for moment in answer.moments]


def stamp(moment: "ClockMoment", answer: "VideoAnswer", now: datetime) -> str:
    """When a moment is, by the clock where that is known, and where in its video."""
    place = f"{shown(answer.path)}, {at_time(moment.start)}–{at_time(moment.end)}"
    if moment.at:
        return f"{day_and_time(datetime.fromisoformat(moment.at), now, seconds=True)} ({place})"
    return f"{answer.recorded_at}, hour unknown ({place})" if answer.recorded_at else place


def day_and_time(moment: datetime, now: datetime, *, seconds: bool = False) -> str:
    """A moment as people say it; the year where it is not this one."""
    day = f"{moment.day} {moment:%B}" + (f" {moment.year}" if moment.year != now.year else "")
    return f"{day}, {moment:%H:%M:%S}" if seconds else f"{day}, {moment:%H:%M}"


def names(videos: list[str]) -> str:
    """The names of videos, or how many more there are."""
    more = len(videos) - MOST_NAMES
    return listed([*videos[:MOST_NAMES], f"{more} more"] if more > 0 else videos)


def origins(answers: "Sequence[VideoAnswer]") -> list[str]:
    """Where the times come from."""
    counts: dict[str, int] = {}
    for answer in answers:
        if answer.recorded_from:
            counts[answer.recorded_from] = counts.get(answer.recorded_from, 0) + 1
    if not counts:
        return []
    parts = [f"{ORIGINS[o]} ({c})" if len(counts) > 1 else ORIGINS[o] for o, c in counts.items()]
    return [f"Dates and hours are those of {listed(parts)}."]
