"""In: what was measured and what a model said. Out: the account as Markdown: summary, timeline, what is written, what
is not sure, what was looked at."""

from vidsense.account.account import Event
from vidsense.account.measured import Measured, opening, told_beside, what_happens
from vidsense.account.witness import Testimony
from vidsense.account.words import capitalized, number, several


def told_text(measured: Measured, testimony: Testimony, warnings: list[str], model: str) -> str:
    """The account of what a model saw; what was measured where it saw nothing that can be told."""
    told = [event for event in testimony.events if event.status != "unsupported" and not event.note]
    parts = what_happens(measured) if not told else [summary_of(measured, testimony, told), *timeline(measured, told)]
    doubted = [event for event in testimony.events if event.status != "unsupported" and event.note]
    parts += [*told_beside(measured), *([unsure] if (unsure := not_sure(measured, doubted)) else [])]
    if warnings:
        parts.append("*Note: " + " ".join(warnings) + "*")
    parts.append(seen(measured, testimony, model))
    return "\n\n".join(parts)


def summary_of(measured: Measured, testimony: Testimony, told: list[Event]) -> str:
    """The model's sentences; of a single event, which the timeline tells, what was measured of the whole."""
    return " ".join(testimony.summary) if testimony.summary and len(told) > 1 else opening(measured)


def timeline(measured: Measured, told: list[Event]) -> list[str]:
    """The events in a list, each with its times."""
    ordered = sorted(told, key=lambda event: (event.start, event.end))
    return ["\n".join(f"- **{measured.span(e.start, e.end)}** {e.text}" for e in ordered)]


def not_sure(measured: Measured, events: list[Event]) -> str:
    """What the model said and nothing confirmed."""
    if not events:
        return ""
    lines = [f"- {measured.span(e.start, e.end)}: {e.text.rstrip('.')} ({e.note})." for e in events]
    return "Not sure about:\n\n" + "\n".join(lines)


def seen(measured: Measured, testimony: Testimony, model: str) -> str:
    """What was looked at, by whom, and how it was checked."""
    still = len(measured.survey.pts_seconds) == 1
    what = "the picture" if still else "every frame that could be decoded, at low resolution"
    told = [f"Seen: {what}; {several(testimony.shown, 'frame')} by {model}."]
    told += [sentence] if (sentence := held_up(testimony.events)) else []
    return f"*{' '.join(told)}*"


def held_up(events: list[Event]) -> str:
    """What came of checking the model's statements."""
    if not events:
        return ""
    if not any(event.status == "supported" or event.note for event in events):
        return "Nobody checked what it said."
    left = sum(event.status == "unsupported" for event in events)
    doubted = sum(event.status != "unsupported" and event.note is not None for event in events)
    if not left and not doubted:
        return "All that it said held up at a second look."
    parts = (
        [f"{several(left, 'statement')} that did not hold up {'is' if left == 1 else 'are'} left out"] if left else []
    )
    parts += [f"{several(doubted, 'statement')} could not be confirmed"] if doubted else []
    return f"{capitalized(' and '.join(parts))}, of {number(len(events))}."
