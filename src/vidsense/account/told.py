"""In: what was measured and what a model said. Out: the account as Markdown: summary, timeline, what is written, what
is not sure, what was looked at."""

from vidsense.account.account import Event
from vidsense.account.measured import Measured, account_text, opening
from vidsense.account.said import heard_sentence, on_screen
from vidsense.account.witness import Testimony
from vidsense.account.words import capitalized, several


def told_text(measured: Measured, testimony: Testimony, warnings: list[str], model: str) -> str:
    """The account of what a model saw; the measured one where it saw nothing that can be told."""
    told = [event for event in testimony.events if event.status != "unsupported" and not event.note]
    if not told and not testimony.summary:
        return account_text(measured, [*warnings, f"{model} said nothing of this video that can be told."])
    parts = [" ".join(testimony.summary) or opening(measured)]
    if len(told) > 1 or not testimony.summary:
        ordered = sorted(told, key=lambda event: (event.start, event.end))
        parts.append("\n".join(f"- **{measured.span(e.start, e.end)}** {e.text}" for e in ordered))
    doubted = [event for event in testimony.events if event.status != "unsupported" and event.note]
    parts += [part for part in (on_screen(measured), heard_sentence(measured), not_sure(measured, doubted)) if part]
    if warnings:
        parts.append("*Note: " + " ".join(warnings) + "*")
    parts.append(seen(measured, testimony, model))
    return "\n\n".join(parts)


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
    events = testimony.events
    left = sum(event.status == "unsupported" for event in events)
    confirmed = sum(event.status == "supported" for event in events)
    if events:
        gone = f", {several(left, 'statement')} that did not {'is' if left == 1 else 'are'} left out" if left else ""
        held_up = capitalized(several(confirmed, "statement"))
        told.append(f"{held_up} of {len(events)} held up at a second look{gone}.")
    return f"*{' '.join(told)}*"
