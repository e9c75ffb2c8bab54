"""In: a file of JSON lines about videos. Out: each line's fields, checked, and the `Clip` that it is about."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Clip:
    """A video, or the part of it from `start` to `end`; equal where the pictures are the same."""

    video: Path
    start: float = 0.0
    end: float | None = None
    where: str = field(default="", compare=False)
    """The row that named it first, for what goes wrong."""


def told_rows(path: Path, needs: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each line that is not empty, and where it stands.

    Raises `ValueError` that names the row and what is wrong with it; `needs` says what a row must have.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {error}.") from error
    for number, line in enumerate(lines, start=1):
        where = f"{path}, row {number}"
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{where} is not JSON: {error}.") from error
        if not isinstance(told, dict):
            raise ValueError(f"{where} must be an object with {needs}, not {line.strip()[:60]}.")
        yield told, where


def clip_of(told: dict[str, Any], path: Path, where: str) -> Clip:
    """The row's video, which lies beside the file when it is no whole path, and the part of it that is meant."""
    named = text_of(told, "video", where)
    video = path.parent / named
    if not video.is_file():
        raise ValueError(f"{where}: video names {named}, and there is no file {video}.")
    start, end = seconds_of(told, "start", where) or 0.0, seconds_of(told, "end", where)
    if end is not None and end <= start:
        raise ValueError(f"{where}: end must come after start, got {start:g} and {end:g}.")
    return Clip(video, start, end, where)


def text_of(told: dict[str, Any], name: str, where: str) -> str:
    """A field that must be a text."""
    if name not in told:
        near = ", ".join(told) or "nothing"
        raise ValueError(f"{where} lacks {name}; it has {near}.")
    value = told[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {name} must be a text that is not empty, got {value!r}.")
    return value.strip()


def seconds_of(told: dict[str, Any], name: str, where: str) -> float | None:
    """A field that may be a time."""
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ValueError(f"{where}: {name} must be seconds from 0 on, got {value!r}.")
    return float(value)
