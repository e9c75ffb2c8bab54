"""In: a `Description`. Out: its text as JSON, JSON Lines, Markdown, SRT or WebVTT."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vidsense.account.account import Description, Event, FrameRef, Shot

INSTANT_MS = 1000
"""How long a cue stays on screen whose event has no length."""


@dataclass(frozen=True)
class Cue:
    """Text on screen for a while."""

    start_ms: int
    end_ms: int
    text: str

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError(f"a cue must start before it ends, got {self.start_ms} to {self.end_ms} ms")
        if "\n\n" in self.text or not self.text.strip():
            raise ValueError(f"a cue must have text and no blank line, got {self.text!r}")


def to_json(description: Description) -> str:
    """One JSON object, indented by one space."""
    return description.to_json() + "\n"


def to_json_lines(description: Description) -> str:
    """One line for each event, then the summary: everything else."""
    rows = [*(event_row(event) for event in description.events), summary_row(description)]
    return "".join(f"{row}\n" for row in rows)


def event_row(event: Event) -> str:
    """One event in a line."""
    return json.dumps({"type": "event", **event.model_dump(mode="json")}, ensure_ascii=False)


def summary_row(description: Description) -> str:
    """All but the events, in a line."""
    return json.dumps(
        {"type": "summary", **description.model_dump(mode="json", exclude={"events"})}, ensure_ascii=False
    )


def to_text(description: Description) -> str:
    """The account alone, for reading in a terminal."""
    return description.description.strip() + "\n"


def to_markdown(description: Description) -> str:
    """A page to read: the account, then what it rests on."""
    chosen = [frame for frame in description.frames if frame.chosen]
    sections = [
        f"# {markdown_escaped(description.video)}",
        description.description.strip(),
        "## Shots\n\n" + "\n".join(f"- {shot_line(shot)}" for shot in description.shots),
        f"## Frames looked at ({len(chosen)})\n\n" + "\n".join(f"- {frame_line(frame)}" for frame in chosen),
    ]
    if description.warnings:
        sections.append("## Warnings\n\n" + "\n".join(f"- {markdown_escaped(text)}" for text in description.warnings))
    return "\n\n".join(sections) + "\n"


def shot_line(shot: Shot) -> str:
    """One shot, in a line of a list."""
    return f"{clock(shot.start)} to {clock(shot.end)}: {camera_words(shot)}"


def frame_line(frame: FrameRef) -> str:
    """One frame, in a line of a list."""
    return f"{clock(frame.t)} ({frame.id}, {frame.reason}, shot {frame.shot})"


def camera_words(shot: Shot) -> str:
    """What the camera does in a shot, as a reader says it."""
    return "fixed camera" if shot.camera == "static" else f"camera: {shot.camera}"


def to_srt(description: Description) -> str:
    """SubRip subtitles."""
    blocks = [
        f"{number}\n{stamp(cue.start_ms, ',')} --> {stamp(cue.end_ms, ',')}\n{cue.text.replace('-->', '→')}\n"
        for number, cue in enumerate(cues(description), start=1)
    ]
    return "\n".join(blocks)


def to_vtt(description: Description) -> str:
    """WebVTT: subtitles of the events; chapters, one for each shot, where there are no events."""
    blocks = [
        f"{stamp(cue.start_ms, '.')} --> {stamp(cue.end_ms, '.')}\n{vtt_escaped(cue.text)}\n"
        for cue in cues(description)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


WRITERS: dict[str, Callable[[Description], str]] = {
    "text": to_text,
    "json": to_json,
    "jsonl": to_json_lines,
    "md": to_markdown,
    "srt": to_srt,
    "vtt": to_vtt,
}
"""Name of the format → its writer."""


def cues(description: Description) -> list[Cue]:
    """The events as cues, but for what is refuted or doubted; where there are none, the shots as chapters."""
    told = [event for event in description.events if event.status != "unsupported" and not event.note]
    if told:
        return without_overlap([spanned(event.start, event.end, event.text) for event in told])
    chapters = enumerate(description.shots, start=1)
    return without_overlap([spanned(s.start, s.end, f"Shot {number}, {camera_words(s)}") for number, s in chapters])


def spanned(start_seconds: float, end_seconds: float, text: str) -> Cue:
    """A cue of whole milliseconds; without length it is shown for a second."""
    start, end = max(0, round(start_seconds * 1000)), round(end_seconds * 1000)
    return Cue(start, end if end > start else start + INSTANT_MS, " ".join(text.split()) or "…")


def without_overlap(cues: Sequence[Cue]) -> list[Cue]:
    """The same texts at the same times in cues of which one ends before the next starts.

    Players stack overlapping cues in different orders, some show only one: what is on screen together is one cue here.

    >>> [(c.start_ms, c.end_ms, c.text) for c in without_overlap([Cue(0, 9, "a"), Cue(4, 6, "b")])]
    [(0, 4, 'a'), (4, 6, 'a\\nb'), (6, 9, 'a')]
    """
    edges = sorted({edge for cue in cues for edge in (cue.start_ms, cue.end_ms)})
    in_order = sorted(cues, key=lambda cue: cue.start_ms)
    apart: list[Cue] = []
    for start, end in pairwise(edges):
        texts = list(dict.fromkeys(cue.text for cue in in_order if cue.start_ms <= start and cue.end_ms >= end))
        if texts:
            apart.append(Cue(start, end, "\n".join(texts)))
    return apart


def stamp(milliseconds: int, decimal_mark: str) -> str:
    """A cue time.

    >>> stamp(3_723_004, ",")
    '01:02:03,004'
    """
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{decimal_mark}{rest:03}"


def clock(seconds: float) -> str:
    """A time as people write it, to the hundredth where it is not a whole second.

    >>> clock(30.0), clock(92.5), clock(3723.04)
    ('0:30', '1:32.5', '1:02:03.04')
    """
    whole, hundredths = divmod(round(seconds * 100), 100)
    hours, minutes = divmod(whole // 60, 60)
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{whole % 60:02}" + (f".{hundredths:02}".rstrip("0") if hundredths else "")


def vtt_escaped(text: str) -> str:
    """WebVTT cue text: what would be a tag, an entity or an arrow is written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown_escaped(text: str) -> str:
    r"""A name or a sentence on one line, read as it is written.

    >>> markdown_escaped("my_*clip*.mp4")
    'my\\_\\*clip\\*.mp4'
    """
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(text.split()))
