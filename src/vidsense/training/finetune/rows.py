"""In: a folder or a file of JSON lines. Out: `Row`s, questions about videos with their answers, checked one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.training.rows import Clip, clip_of, text_of, told_rows

QUESTIONS = "questions.jsonl"
ASKED_OF_ACTIONS = "What action is taking place?"
VIDEOS = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".gif")
FIELDS = ("video", "question", "answer", "accepted", "start", "end", "ability")


@dataclass(frozen=True)
class Row:
    """One question about one clip."""

    clip: Clip
    question: str
    answer: str
    accepted: tuple[str, ...] = ()
    ability: str = ""

    def is_right(self, said: str) -> bool:
        """Whether it equals the answer or an accepted wording; capitals and a full stop do not count."""
        plain = said.strip().rstrip(".").lower()
        return plain in {words.strip().rstrip(".").lower() for words in (self.answer, *self.accepted)}


@dataclass(frozen=True)
class Rows:
    """All questions of a run."""

    new: Sequence[Row]
    """To learn from, some held out."""
    test: Sequence[Row] = ()
    """Of the same kind, never learnt."""
    old: Sequence[Row] = ()
    """That it could answer before."""


def read_rows(data: Path) -> list[Row]:
    """The rows of a file, of a folder's file, or of a folder with a folder for each action.

    Raises `ValueError` that names the row, the field and what is wrong with it.
    """
    if data.is_file():
        rows = list(rows_of(data))
    elif not data.is_dir():
        raise ValueError(f"there is no {data}: name a folder, or a file of JSON lines.")
    elif found := rows_file(data):
        rows = list(rows_of(found))
    else:
        rows = list(rows_of_actions(data))
    if not rows:
        raise ValueError(
            f"{data} holds no questions: give it a {QUESTIONS} with video, question and answer in each line, or a "
            "folder of videos for each action."
        )
    return rows


def rows_file(folder: Path) -> Path | None:
    """The folder's questions: questions.jsonl, or the only file of JSON lines that there is."""
    if (folder / QUESTIONS).is_file():
        return folder / QUESTIONS
    others = sorted(folder.glob("*.jsonl"))
    if len(others) > 1:
        names = ", ".join(path.name for path in others)
        raise ValueError(f"{folder} has several files of JSON lines ({names}): name one of them, or {QUESTIONS}.")
    return others[0] if others else None


def rows_of(path: Path) -> Iterator[Row]:
    """Each line that is not empty."""
    for told, where in told_rows(path, "video, question and answer"):
        yield row_of(told, path, where)


def row_of(told: dict[str, Any], path: Path, where: str) -> Row:
    """One line, checked."""
    question, answer = text_of(told, "question", where), text_of(told, "answer", where)
    accepted = told.get("accepted") or []
    if not isinstance(accepted, list) or not all(isinstance(each, str) for each in accepted):
        raise ValueError(f"{where}: accepted must be a list of texts, got {accepted!r}.")
    return Row(clip_of(told, path, where), question, answer, tuple(accepted), str(told.get("ability") or ""))


def rows_of_actions(folder: Path) -> Iterator[Row]:
    """A folder for each action, named after it: FOLDER/a person jumps/1.mp4."""
    for action in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        for video in sorted(path for path in action.iterdir() if path.suffix.lower() in VIDEOS):
            answer = action.name.replace("_", " ").strip()
            yield Row(Clip(video, where=str(video)), ASKED_OF_ACTIONS, answer, ability="action")


def clips_of(rows: Sequence[Row]) -> list[Clip]:
    """Each clip once, in the order of the rows."""
    return list(dict.fromkeys(row.clip for row in rows))


def parted(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """To learn from, and held out: all questions about a clip on one side, at least one clip on each."""
    if not 0 < share < 1:
        raise ValueError(f"the held-out share must lie between 0 and 1, got {share:g}.")
    clips = clips_of(rows)
    if len(clips) < 2:
        raise ValueError(f"there is only one clip ({clips[0].video}): some must be held out: at least two are needed.")
    number = min(max(round(share * len(clips)), 1), len(clips) - 1)
    order = np.random.default_rng((23, seed)).permutation(len(clips))
    kept_back = {clips[i] for i in order[:number]}
    return [row for row in rows if row.clip not in kept_back], [row for row in rows if row.clip in kept_back]
