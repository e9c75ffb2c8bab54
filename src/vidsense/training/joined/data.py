"""In: a file of JSON lines. Out: `Row`s: a video or a part of it, what is asked about it, and what is right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

ASKED = "Describe the video."
"""What a caption answers."""


@dataclass(frozen=True)
class Clip:
    """A video, or the part of it from `start` to `end`."""

    video: Path
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Row:
    """One question about one clip."""

    clip: Clip
    question: str
    answer: str
    where: str
    """File and line, for what goes wrong."""


def read_rows(path: Path) -> list[Row]:
    """Every line that is not empty. Raises `ValueError` that names the row and what is wrong with it."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {error}.") from error
    rows = [row_of(line, path, f"{path}, row {i}") for i, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise ValueError(f"{path} is empty: each line must be JSON with video and caption, or video, question, answer.")
    return rows


def row_of(line: str, path: Path, where: str) -> Row:
    """One line, checked."""
    try:
        told = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where} is not JSON: {error}.") from error
    if not isinstance(told, dict):
        raise ValueError(f"{where} must be an object with video and caption, or video, question and answer.")
    if ("answer" in told) == ("caption" in told):
        raise ValueError(f"{where} must have either an answer or a caption; it has {', '.join(told) or 'nothing'}.")
    question = text_of(told, "question", where) if "question" in told else ASKED
    answer = text_of(told, "answer" if "answer" in told else "caption", where)
    video = path.parent / text_of(told, "video", where)
    if not video.is_file():
        raise ValueError(f"{where} names {told['video']}, and there is no file {video}.")
    start, end = seconds_of(told, "start", where) or 0.0, seconds_of(told, "end", where)
    if end is not None and end <= start:
        raise ValueError(f"{where}: end must come after start, got {start:g} and {end:g}.")
    return Row(Clip(video, start, end), question, answer, where)


def text_of(told: dict[str, Any], name: str, where: str) -> str:
    """A field that must be a text."""
    value = told.get(name)
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


def parted(rows: Sequence[Row], share: float) -> tuple[list[Row], list[Row]]:
    """To learn from, and held out: all rows of a clip on one side; one clip at least is held out of two or more."""
    if not 0 <= share < 1:
        raise ValueError(f"the held-out share must be at least 0 and below 1, got {share:g}.")
    clips = list(dict.fromkeys(row.clip for row in rows))
    number = min(max(round(share * len(clips)), 1), len(clips) - 1) if share else 0
    order = np.random.default_rng(0).permutation(len(clips))
    kept_back = {clips[i] for i in order[:number]}
    return [row for row in rows if row.clip not in kept_back], [row for row in rows if row.clip in kept_back]
