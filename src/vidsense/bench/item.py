"""Out: `Item`, one question about one video, with its right answer."""

import hashlib
import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vidsense.errors import VidSenseError
from vidsense.source.content import end_bytes
from vidsense.source.file import open_video
from vidsense.source.stream import VideoStream

LETTERS = string.ascii_uppercase
OTHER = "all"
"""The ability of a question that names none."""


class QuestionError(VidSenseError):
    """A file of questions cannot be read, or a row of it makes no sense."""


@dataclass(frozen=True)
class Footage:
    """Where a video comes from."""

    name: str
    """As results tell it."""
    opened: Callable[[], VideoStream]
    """Opens it; whoever calls this closes it. Raises `SourceError`."""
    content: Callable[[], str]
    """The same for the same video."""


@dataclass(frozen=True)
class Item:
    """What is asked about a video, and what is right."""

    footage: Footage
    question: str
    answer: str
    """Of a question with choices: the right one, word for word."""
    accepted: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    start: float | None = None
    end: float | None = None
    ability: str = OTHER
    pair: str = ""
    """A pair's questions of one ability are about videos that are hard to tell apart: a clip and its reversed copy."""

    def __post_init__(self) -> None:
        if not self.question.strip() or not self.answer.strip():
            raise ValueError("a question and its answer must not be empty")
        if self.choices and not 2 <= len(self.choices) <= len(LETTERS):
            raise ValueError(f"choices must be 2 to {len(LETTERS)}, there are {len(self.choices)}")
        if self.choices and self.answer not in self.choices:
            raise ValueError(f"the answer {self.answer!r} must be one of the choices {list(self.choices)}")
        if self.start is not None and self.start < 0:
            raise ValueError(f"start must not be negative, got {self.start:g}")
        if self.end is not None and self.end <= (self.start or 0.0):
            raise ValueError(f"end ({self.end:g} s) must come after start ({self.start or 0.0:g} s)")

    def key(self, *how: object) -> str:
        """The same for the same question about the same video, asked in the same way."""
        asked = [self.question, self.answer, self.accepted, self.choices, self.start, self.end, self.ability, self.pair]
        told = json.dumps([self.footage.content(), *asked, *how], ensure_ascii=False)
        return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def file_footage(path: Path, name: str) -> Footage:
    """A video file."""
    return Footage(name, lambda: open_video(path), lambda: content_of(path))


@lru_cache(maxsize=4096)
def content_of(path: Path) -> str:
    """The same for the same bytes (size, first and last MiB); without readable bytes, for the same name."""
    hashed = hashlib.sha256()
    try:
        for part in end_bytes(path):
            hashed.update(part)
    except OSError:
        hashed.update(str(path).encode("utf-8", "backslashreplace"))
    return hashed.hexdigest()[:32]
