"""In: a question and the clock. Out: the `Period` that it asks about, and the question without it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()  # noqa: SIM905
MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
"""Parts of a day, in hours from its midnight."""
UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
PART = rf"(?:\s+(?:in\s+the\s+|at\s+)?(?P<part>{'|'.join(PARTS)}))?"
CLOCK = r"(?:\d{1,2}:\d{2}(?:\s*[ap]m)?|\d{1,2}\s*[ap]m|noon|midnight)"
DAYS = [
    rf"(?:on\s+)?(?P<iso>\d{{4}}-\d{{2}}-\d{{2}}){PART}",
    rf"(?:on\s+)?(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{'|'.join(MONTHS)})"
    rf"(?:\s+(?P<year>\d{{4}}))?{PART}",
    rf"(?:on\s+)?(?P<month>{'|'.join(MONTHS)})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?{PART}",
    r"(?P<word>last)\s+(?P<part>night)",
    rf"(?P<word>today|yesterday){PART}",
    r"(?P<word>this)\s+(?P<part>morning|afternoon|evening)",
    r"(?P<word>tonight)",
    rf"(?:on\s+|last\s+)?(?P<weekday>{'|'.join(WEEKDAYS)}){PART}",
]
SINCE = (
    r"(?:in|during|over|within)?\s*(?:the\s+)?(?:last|past)\s+(?:(?P<count>\d+)\s+)?(?P<unit>minute|hour|day|week)s?"
)
CLOCKS = [
    rf"(?:between|from)\s+(?P<from>{CLOCK}|\d{{1,2}})\s+(?:and|to|until|till)\s+(?P<to>{CLOCK})",
    rf"(?:after|since|from)\s+(?P<from>{CLOCK})",
    rf"(?:before|until|till)\s+(?P<to>{CLOCK})",
    rf"(?:at|around|about)\s+(?P<at>{CLOCK})",
]


@dataclass(frozen=True)
class Period:
    """A stretch of time by the clock."""

    start: datetime
    end: datetime


def period_of(question: str, now: datetime) -> tuple[Period | None, str]:
    """The period that a question names, if any, and the question without its words.

    Days and hours are those of `now`'s zone. A time of day without a day means its latest one that has begun.
    """
    since = re.search(rf"\b{SINCE}\b", question, re.IGNORECASE)
    if since:
        length = int(since["count"] or 1) * UNITS[since["unit"].lower()]
        return Period(now - length, now), without(question, since)
    day, rest = first_of(DAYS, question)
    clock, rest = first_of(CLOCKS, rest)
    if day is None and clock is None:
        return None, question
    frame = day_period(day, now) if day else None
    return (clock_period(clock, frame, now) if clock else frame), rest


def first_of(patterns: list[str], text: str) -> tuple[re.Match[str] | None, str]:
    """The first pattern that is found as whole words, and the text without it."""
    for pattern in patterns:
        match = re.search(rf"(?<![\w:]){pattern}(?![\w:]|\s*[-–]\s*\d)", text, re.IGNORECASE)
        if match and possible(match):
            return match, without(text, match)
    return None, text


def possible(match: re.Match[str]) -> bool:
    """Whether the numbers of a date or of clock times are those of one."""
    found = match.groupdict()
    try:
        times = [found[name] or "" for name in ("from", "to", "at") if found.get(name)]
        [minutes_of(f"{text} am" if text.isdigit() else text) for text in times]
        return ("iso" not in found and "month" not in found) or bool(named_day(found, date.min.replace(year=2000)))
    except ValueError:
        return False


def without(text: str, match: re.Match[str]) -> str:
    """The text without what was found."""
    rest = f"{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}".strip()
    return re.sub(r"\s+([?.!,])", r"\1", rest).lstrip(" ,")


def named_day(found: dict[str, str | None], today: date) -> date:
    """The day of a date as it is written. Raises `ValueError` when there is none; without a year it is past."""
    if found.get("iso"):
        return date.fromisoformat(found["iso"] or "")
    month = MONTHS.index((found["month"] or "").lower()) + 1
    day = date(int(found.get("year") or today.year), month, int(found["day"] or 0))
    return day.replace(year=day.year - 1) if not found.get("year") and day > today else day


def day_period(match: re.Match[str], now: datetime) -> Period:
    """The day, or the part of it, that was named."""
    found = match.groupdict()
    today = now.date()
    word, part = (found.get("word") or "").lower(), (found.get("part") or "").lower()
    if found.get("iso") or found.get("month"):
        day = named_day(found, today)
    elif found.get("weekday"):
        back = (today.weekday() - WEEKDAYS.index((found["weekday"] or "").lower())) % 7
        day = today - timedelta(days=back or (7 if match.group(0).lower().startswith("last") else 0))
    else:
        early = word == "tonight" and now.hour < 6
        day = today - timedelta(days=1 if word in ("yesterday", "last") or early else 0)
    first, last = PARTS["night"] if word == "tonight" else PARTS.get(part, (0, 24))
    return Period(hour_of(day, first, now), hour_of(day, last, now))


def hour_of(day: date, hours: float, now: datetime) -> datetime:
    """So many hours after midnight, by the clock on the wall."""
    whole, minutes = divmod(round(hours * 60), 60)
    late = day + timedelta(days=whole // 24)
    return datetime(late.year, late.month, late.day, whole % 24, minutes, tzinfo=now.tzinfo)


def clock_period(match: re.Match[str], frame: Period | None, now: datetime) -> Period:
    """The hours that were named, inside the period that was named or on the latest day on which they have begun."""
    found = match.groupdict()
    if found.get("at"):
        first = minutes_of(found["at"] or "")
        slack = 5 if ":" in (found["at"] or "") else 0
        last: float = first + (slack or 60)
        first -= slack
    else:
        last = minutes_of(found["to"]) if found.get("to") else (24 * 60)
        first = minutes_before(found["from"], last) if found.get("from") else 0
    last += 24 * 60 if last <= first else 0

    def on(day: date) -> Period:
        return Period(hour_of(day, first / 60, now), hour_of(day, last / 60, now))

    if frame is None:
        today = on(now.date())
        return today if today.start <= now else on(now.date() - timedelta(days=1))
    inside = [on(frame.start.date()), on(frame.start.date() + timedelta(days=1))]
    best = max(inside, key=lambda p: overlap(p, frame))
    return Period(max(best.start, frame.start), min(best.end, frame.end)) if overlap(best, frame) else best


def minutes_before(text: str, last: int) -> int:
    """A time of day; of a bare hour, the one that comes nearer before `last`.

    >>> minutes_before("2", minutes_of("3 am")), minutes_before("10", minutes_of("2 am"))
    (120, 1320)
    """
    if not text.isdigit():
        return minutes_of(text)
    first = minutes_of(f"{text} am")
    return min(first, first + 720, key=lambda minutes: (last - minutes - 1) % (24 * 60))


def overlap(a: Period, b: Period) -> timedelta:
    """How long two periods have in common."""
    return max(timedelta(), min(a.end, b.end) - max(a.start, b.start))


def minutes_of(text: str) -> int:
    """A time of day in minutes after midnight. Raises `ValueError` when it is none.

    >>> minutes_of("3 am"), minutes_of("22:30"), minutes_of("noon")
    (180, 1350, 720)
    """
    words = {"noon": 720, "midnight": 0}
    plain = text.lower().strip()
    if plain in words:
        return words[plain]
    match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?\s*([ap]m)?", plain)
    if not match:
        raise ValueError(f"not a time of day: {text}")
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if hour > (12 if half else 24) or minute > 59 or (half and hour == 0):
        raise ValueError(f"not a time of day: {text}")
    return (hour % 12 + (12 if half == "pm" else 0) if half else hour) * 60 + minute
