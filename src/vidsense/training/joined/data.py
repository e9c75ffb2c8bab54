"""In: a file of JSON lines. Out: `Row`s: a video or a part of it, what is asked about it, and what is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.training.rows import Clip, clip_of, text_of, told_rows

ASKED = "Describe the video."
"""What a caption answers."""
NEEDED = "video and caption, or video, question and answer"


@dataclass(frozen=True)
class Row:
    """One question about one clip."""

    clip: Clip
    question: str
    answer: str


def read_rows(path: Path) -> list[Row]:
    """Every line that is not empty. Raises `ValueError` that names the row and what is wrong with it."""
    rows = [row_of(told, path, where) for told, where in told_rows(path, NEEDED)]
    if not rows:
        raise ValueError(f"{path} is empty: each line must be JSON with {NEEDED}.")
    return rows


def row_of(told: dict[str, Any], path: Path, where: str) -> Row:
    """One line, checked."""
    if ("answer" in told) == ("caption" in told):
        raise ValueError(f"{where} must have either an answer or a caption; it has {', '.join(told) or 'nothing'}.")
    question = text_of(told, "question", where) if "question" in told else ASKED
    answer = text_of(told, "answer" if "answer" in told else "caption", where)
    return Row(clip_of(told, path, where), question, answer)


def parted(rows: Sequence[Row], share: float) -> tuple[list[Row], list[Row]]:
    """To learn from, and held out: all rows of a clip on one side; one clip at least is held out of two or more."""
    if not 0 <= share < 1:
        raise ValueError(f"the held-out share must be at least 0 and below 1, got {share:g}.")
    clips = list(dict.fromkeys(row.clip for row in rows))
    number = min(max(round(share * len(clips)), 1), len(clips) - 1) if share else 0
    order = np.random.default_rng(0).permutation(len(clips))
    kept_back = {clips[i] for i in order[:number]}
    return [row for row in rows if row.clip not in kept_back], [row for row in rows if row.clip in kept_back]
