"""In: checked events. Out: the sentences that sum them up, each resting on events that it names."""

from collections.abc import Sequence

from vidsense.account.account import Event
from vidsense.account.asking import Asker
from vidsense.account.check import Measures, quotes_checked
from vidsense.account.prompts import SUMMARY, SUMMARY_LINES, SYSTEM, fenced, summary_schema
from vidsense.account.prose import untimed
from vidsense.account.replies import read_sentences
from vidsense.account.words import at_time
from vidsense.language.model import PART_TOKENS, Prompt

SUMMARY_TOKENS = 400
FOR_EACH_EVENT = 16
"""Tokens of an id and a time."""
Sentence = tuple[str, list[str]]


def summed(asker: Asker, events: Sequence[Event], measures: Measures) -> tuple[list[str], int]:
    """The summary's sentences, and how many were left out because they rest on nothing that was seen."""
    level, dropped = list(events), 0
    while len(level) > 1:
        parts = fitting(asker, level)
        told: list[Sentence] = []
        for part in parts:
            known = {event.id for event in part}
            for text, ids in sentences_of(asker, part):
                if set(ids) & known:
                    told.append((text, [id_ for id_ in ids if id_ in known]))
                else:
                    dropped += 1
        if len(parts) == 1 or len(told) >= len(level) or len(told) == 1:
            sentences = [clean(text, ids, level, measures) for text, ids in told]
            return [text for text in sentences if text], dropped + sentences.count("")
        level = [as_event(text, ids, level) for text, ids in told]
    return [event.text for event in level], dropped


def fitting(asker: Asker, events: Sequence[Event]) -> list[list[Event]]:
    """The events in lists that fit into the context."""
    model = asker.model
    room = model.limits.context - SUMMARY_TOKENS - model.text_tokens(SYSTEM + SUMMARY + SUMMARY_LINES) - 4 * PART_TOKENS
    parts: list[list[Event]] = [[]]
    used = 0
    for event in events:
        cost = model.text_tokens(line_of(event)) + FOR_EACH_EVENT
        if parts[-1] and used + cost > room:
            parts.append([])
            used = 0
        parts[-1].append(event)
        used += cost
    return parts


def sentences_of(asker: Asker, events: Sequence[Event]) -> list[Sentence]:
    """What the model makes of a list of events."""
    task = SUMMARY.format(events="\n".join(line_of(event) for event in events))
    prompt = Prompt(SYSTEM, (task if asker.model.limits.schema else task + SUMMARY_LINES,))
    given = asker.ask(prompt, SUMMARY_TOKENS, summary_schema(events), "summing up", 1.0)
    return read_sentences(given.text)


def line_of(event: Event) -> str:
    """An event in one line."""
    span = at_time(event.start) if event.end <= event.start else f"{at_time(event.start)} to {at_time(event.end)}"
    return f"{event.id} ({span}): {fenced(event.text)}"


def clean(text: str, ids: Sequence[str], events: Sequence[Event], measures: Measures) -> str:
    """A sentence of the summary, without times, its quotes corrected; nothing when it quotes what was never read."""
    spans = [event for event in events if event.id in ids]
    start, end = min(event.start for event in spans), max(event.end for event in spans)
    said, doubts = quotes_checked(untimed(text), start, end, measures)
    said = said.rstrip()
    if doubts or not said:
        return ""
    return said if said.endswith((".", "!", "?", "…", "”")) else f"{said}."


def as_event(text: str, ids: Sequence[str], events: Sequence[Event]) -> Event:
    """A sentence as an event that the next summary can name by the first of its events."""
    spans = [event for event in events if event.id in ids]
    return Event(
        id=ids[0],
        start=min(event.start for event in spans),
        end=max(event.end for event in spans),
        text=text,
        evidence=[],
        source="model",
    )
