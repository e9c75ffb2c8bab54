"""Step 5, words: the account, each sentence with the frames it rests on, who wrote it, and where the time went."""

import re

from vidsense.account.account import Description, Event
from vidsense.account.words import at_time, listed
from vidsense.report.markup import Markup, joined, table, tag
from vidsense.report.material import Material
from vidsense.report.steps.step import Step, frame_link, note, part, prose, thumb

TIME = re.compile(r"\b(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)\b")
SPAN = re.compile(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`")
LANGUAGE = {0: "b", 1: "em", 2: "code"}
MOST_THUMBS = 3


def words_step(material: Material) -> Step:
    """From all this to sentences."""
    answer = [part("Your question", *answer_part(material))] if material.answer else []
    parts = [
        *answer,
        part("The account", *account_part(material)),
        part("Each statement and what it rests on", *events_part(material)),
        part("Where the time went", *timings_part(material)),
    ]
    return Step("words", "Words", "Words, and the frames they rest on", tuple(parts))


def answer_part(material: Material) -> list[Markup]:
    """The answer to the reader's question."""
    answer = material.answer
    assert answer is not None
    who = "what was measured" if answer.model == "none" else answer.model
    moments = [statement(material, m.start, m.end, m.text, *cited(material, m.evidence)) for m in answer.moments]
    return [
        prose(tag("em", f"“{answer.question}”")),
        *markdown(material, answer.answer),
        tag("ul", *moments, class_="events"),
        note(f"Answered by {who}."),
    ]


def account_part(material: Material) -> list[Markup]:
    """The account as it reads; each time in it leads to its frame."""
    return [tag("div", *markdown(material, material.description.description), class_="account"), note(author(material))]


def author(material: Material) -> str:
    """Who wrote it."""
    description = material.description
    if description.model == "none":
        return "Written without a language model, from measurements alone. Click a time to see its frame."
    return f"Written by {description.model}, checked against what was measured. Click a time to see its frame."


def events_part(material: Material) -> list[Markup]:
    """All events with their frames."""
    events = material.description.events
    if not events:
        return [note("Nothing happened that could be measured.")]
    return [tag("ul", *(event_item(material, event) for event in events), class_="events")]


def event_item(material: Material, event: Event) -> Markup:
    """One event: when, what, who says so, and the frames."""
    said = "measured" if event.source == "measured" else f"{material.description.model}, {event.status}"
    others = [id_ for id_ in event.evidence if not is_frame(id_)]
    rests = tag("p", f"{said}: {listed(others)}" if others else said, class_="note")
    doubt = tag("p", event.note, class_="note") if event.note else Markup("")
    return statement(material, event.start, event.end, event.text, doubt, rests, *cited(material, event.evidence))


def statement(material: Material, start: float, end: float, text: str, *below: Markup) -> Markup:
    """When, and what happens then."""
    when = [frame_link(material, material.nearest(start), at_time(start))]
    if end - start >= 0.05:
        when += [Markup("–"), frame_link(material, material.nearest(end), at_time(end))]
    return tag("li", tag("span", *when, class_="when"), tag("div", tag("p", text), *below))


def cited(material: Material, evidence: list[str]) -> list[Markup]:
    """The frames among an event's evidence that are on the page; of those that are not, the nearest."""
    times = {frame.id: frame.t for frame in material.description.frames}
    times.update({frame.id: frame.t for frame in material.answer.frames} if material.answer else {})
    numbers = sorted({material.nearest(times[id_]) for id_ in evidence if id_ in times})[:MOST_THUMBS]
    return [tag("div", *(thumb(material, number) for number in numbers), class_="thumbs")] if numbers else []


def is_frame(id_: str) -> bool:
    """Whether an id names a frame: f007, g001, q001."""
    return re.fullmatch(r"[a-z]\d{3,}", id_) is not None


def timings_part(material: Material) -> list[Markup]:
    """Seconds of each stage, and who did the work."""
    rows = timing_rows(material)
    longest = max((seconds for _, seconds in rows), default=0.0)
    bars = [
        (
            name,
            joined([f"{seconds:.2f} s", tag("i", class_="bar", style=f"--share:{seconds / max(longest, 1e-9):.3f}")]),
        )
        for name, seconds in rows
        if seconds > 0
    ]
    return [table(("stage", "seconds"), bars), note(makers(material))]


def timing_rows(material: Material) -> list[tuple[str, float]]:
    """Stage → seconds."""
    t, seen = material.description.timings, material.seen
    return [
        ("decode the whole video, small", t.decode_s),
        ("survey", t.survey_s),
        ("facts: text, movers, light, sound", t.facts_s),
        ("decode this page's frames", material.decode_seconds),
        ("tokens, embeddings and attention", seen.seconds if seen else 0.0),
        ("language model", t.language_s),
    ]


def makers(material: Material) -> str:
    """Which models were used, at which precision."""
    seen, description = material.seen, material.description
    encoder = f"Encoder: {seen.info.name}, {seen.info.precision}, on {seen.info.runtime}" if seen else "No encoder"
    language = "none" if description.model == "none" else description.model
    kept = " What was measured before was taken from the cache." if from_cache(description) else ""
    return f"{encoder}. Language model: {language}. All on this machine.{kept}"


def from_cache(description: Description) -> bool:
    """Whether nothing had to be measured: then it was done before."""
    return description.timings.decode_s + description.timings.survey_s == 0.0


def markdown(material: Material, text: str) -> list[Markup]:
    """The few marks that accounts use: paragraphs, lists, bold, italics, code."""
    blocks = []
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        if all(line.startswith("- ") for line in lines):
            blocks.append(tag("ul", *(tag("li", *spans(material, line[2:])) for line in lines)))
        else:
            blocks.append(tag("p", *spans(material, " ".join(lines))))
    return blocks


def spans(material: Material, text: str) -> list[Markup]:
    """Bold, italics and code; the times in between lead to their frames."""
    parts: list[Markup] = []
    at = 0
    for found in SPAN.finditer(text):
        parts += linked(material, text[at : found.start()])
        kind = next(i for i, group in enumerate(found.groups()) if group is not None)
        inside = found.group(kind + 1)
        parts.append(tag(LANGUAGE[kind], *(spans(material, inside) if kind < 2 else [inside])))
        at = found.end()
    return [*parts, *linked(material, text[at:])]


def linked(material: Material, text: str) -> list[Markup]:
    """A text in which each time is a link to the frame nearest to it."""
    parts, at = [], 0
    for found in TIME.finditer(text):
        hours, minutes, seconds = found.groups()
        time = 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)
        parts += [joined([text[at : found.start()]]), frame_link(material, material.nearest(time), found.group())]
        at = found.end()
    return [*parts, joined([text[at:]])]
