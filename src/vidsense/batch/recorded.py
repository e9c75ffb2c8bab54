"""In: a video file. Out: `Recorded`, when it was recorded, and how that is known."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Literal

from vidsense.source.stream import StreamInfo

Origin = Literal["container", "file name", "file time"]
EARLIEST = 1990
"""A year before this means a clock that was never set."""
DAY = r"(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>0[1-9]|1[0-2])[-_.]?(?P<day>0[1-9]|[12]\d|3[01])"
CLOCK = r"(?P<hour>[01]\d|2[0-3])[-_.:h]?(?P<minute>[0-5]\d)(?:[-_.:m]?(?P<second>[0-5]\d))?"
IN_NAME = re.compile(rf"(?<!\d){DAY}(?:[-_. T]*(?:at)?[-_. T]*{CLOCK}(?![0-9]{{2}}))?(?!\d)")


@dataclass(frozen=True)
class Recorded:
    """When a video begins and ends, by the clock."""

    start: datetime
    end: datetime
    origin: Origin
    whole_day: bool = False
    """Only the day is known: `start` and `end` are those of the day."""

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end < self.start:
            raise ValueError(f"a recording needs a time zone and an end after its start, got {self.start}, {self.end}")

    @property
    def iso(self) -> str:
        """When it begins, ISO 8601: the day where no more is known."""
        return self.start.date().isoformat() if self.whole_day else self.start.isoformat(timespec="seconds")


class MachineZone(tzinfo):
    """The zone of this machine, with the summer time that held at each moment."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """How far the clock on the wall is ahead of UTC."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not told apart: `utcoffset` holds it."""
        return None if moment is None else timedelta()

    def tzname(self, moment: datetime | None) -> str | None:
        """The zone's name at that moment."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """A moment of UTC by the clock on the wall."""
        return moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)


def recorded(path: Path, info: StreamInfo, *, now: datetime) -> Recorded | None:
    """The container's own date, else one in the file's name, else the file's time (when its writing ended).

    The zone is that of `now`. Dates without one are taken for local ones; dates before 1990 or after tomorrow for
    clocks that were never set. None for what is no file and has no date of its own.
    """
    zone = now.tzinfo
    length = timedelta(seconds=info.declared_seconds or 0.0)
    if info.recorded_at is not None:
        start = local(datetime.fromisoformat(info.recorded_at), zone)
        if is_plausible(start, now):
            return Recorded(start, start + length, "container")
    named = date_in_name(path.name)
    if named is not None:
        day, clock = named
        start = datetime.combine(day, clock or time(), zone)
        if is_plausible(start, now):
            end = start + (timedelta(days=1) if clock is None else length)
            return Recorded(start, end, "file name", whole_day=clock is None)
    if not path.is_file():
        return None
    written = datetime.fromtimestamp(path.stat().st_mtime, zone)
    return Recorded(written - length, written, "file time")


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """The moment in this zone."""
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def is_plausible(start: datetime, now: datetime) -> bool:
    """Whether a clock can have been right that said so."""
    return start.year >= EARLIEST and start <= now + timedelta(days=1)


def date_in_name(name: str) -> tuple[date, time | None] | None:
    """The date, and the time of day if there is one, that a file is named after.

    >>> date_in_name("PXL_20260501_210411.mp4")
    (datetime.date(2026, 5, 1), datetime.time(21, 4, 11))
    >>> date_in_name("yard 2026-05-01 at 21.04.mp4")
    (datetime.date(2026, 5, 1), datetime.time(21, 4))
    >>> date_in_name("garden-2026-05-01.mp4")[1] is None
    True
    """
    for match in IN_NAME.finditer(name):
        part = {key: int(value) for key, value in match.groupdict().items() if value is not None}
        try:
            day = date(part["year"], part["month"], part["day"])
        except ValueError:
            continue
        return day, time(part["hour"], part["minute"], part.get("second", 0)) if "hour" in part else None
    return None
