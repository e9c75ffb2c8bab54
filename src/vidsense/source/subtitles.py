"""In: a path or URL. Out: `Cue`s, the lines of its subtitle tracks, at the times of the picture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.subtitles.subtitle import AssSubtitle

from vidsense.source.container import READ_ERRORS, open_container
from vidsense.source.stream import Damage

LONGEST_SECONDS = 15.0
"""A cue without an end is shown no longer."""


@dataclass(frozen=True)
class Cue:
    """One subtitle."""

    start: float
    end: float
    text: str
    language: str
    """As the container says, often three letters; may be empty."""


def iter_cues(location: str | Path, *, origin_seconds: float = 0.0, damage: Damage | None = None) -> Iterator[Cue]:
    """The cues of all text subtitle tracks, track by track; what cannot be decoded is counted in `damage`."""
    damage = damage if damage is not None else Damage()
    with open_container(location) as container:
        tracks = [t for t in container.streams.subtitles if t.codec_context is not None]
        packets = container.demux(tracks) if tracks else iter(())
        while True:
            try:
                packet = next(packets)
                if packet.pts is None or packet.time_base is None:
                    continue
                sets = packet.decode()
            except StopIteration:
                return
            except (*READ_ERRORS, UnicodeDecodeError) as error:
                damage.count(str(getattr(error, "strerror", None) or error))
                if isinstance(error, (av.error.EOFError, OSError)) and not isinstance(error, av.FFmpegError):
                    return
                continue
            text = plain_text([line for one in sets for line in texts_of(one)])
            if text:
                start = float(packet.pts * packet.time_base) - origin_seconds
                lasts = float((packet.duration or 0) * packet.time_base)
                language = packet.stream.language or ""
                yield Cue(start, start + (lasts if lasts > 0 else LONGEST_SECONDS), text, language)


def texts_of(one: object) -> Iterator[str]:
    """The written lines of one decoded subtitle; pictures have none."""
    if isinstance(one, AssSubtitle):
        yield one.dialogue.decode("utf-8", "replace") if isinstance(one.dialogue, bytes) else str(one.dialogue)


def plain_text(lines: list[str]) -> str:
    """What is said, without the marks for how it is drawn.

    >>> plain_text(["{\\\\i1}Come{\\\\i0} in.\\\\N<b>Now</b>"])
    'Come in.\\nNow'
    """
    text = "\n".join(lines).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    text = re.sub(r"\{\\[^}]*\}|</?[a-zA-Z][^>]*>", "", text)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
