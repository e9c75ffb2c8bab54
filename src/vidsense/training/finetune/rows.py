"""In: a folder or a file of JSON lines. Out: `Row`s, questions about videos with their answers, checked one by one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

QUESTIONS = "questions.jsonl"
ASKED_OF_ACTIONS = "What action is taking place?"
VIDEOS = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".gif")
FIELDS = ("video", "question", "answer", "accepted", "start", "end", "ability")


@dataclass(frozen=True)
class Clip:
    """A video, or the part of it from `start` to `end`."""

    video: Path
    start: float = 0.0
    end: float | None = None
    where: str = ""
    """The row that named it first, for what goes wrong."""

    @property
    def key(self) -> tuple[str, float, float]:
        """The same for the same pictures."""
        return str(self.video), self.start, -1.0 if self.end is None else self.end


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
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield row_of(line, path, f"{path}, row {number}")


def row_of(line: str, path: Path, where: str) -> Row:
    """One line, checked."""
    try:
        told = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where} is not JSON: {error}.") from error
    if not isinstance(told, dict):
        raise ValueError(f"{where} must be an object with video, question and answer, not {line.strip()[:60]}.")
    texts = {name: text_of(told, name, where) for name in ("video", "question", "answer")}
    accepted = told.get("accepted") or []
    if not isinstance(accepted, list) or not all(isinstance(each, str) for each in accepted):
        raise ValueError(f"{where}: accepted must be a list of texts, got {accepted!r}.")
    start, end = seconds_of(told, "start", where) or 0.0, seconds_of(told, "end", where)
    if end is not None and end <= start:
        raise ValueError(f"{where}: end must come after start, got {start:g} and {end:g}.")
    video = Path(texts["video"])
    video = video if video.is_absolute() else path.parent / video
    if not video.is_file():
        raise ValueError(f"{where}: video names {texts['video']}, and there is no file {video}.")
    clip = Clip(video, start, end, where)
    return Row(clip, texts["question"], texts["answer"], tuple(accepted), str(told.get("ability") or ""))


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


def rows_of_actions(folder: Path) -> Iterator[Row]:
    """A folder for each action, named after it: FOLDER/a person jumps/1.mp4."""
    for action in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        for video in sorted(path for path in action.iterdir() if path.suffix.lower() in VIDEOS):
            answer = action.name.replace("_", " ").strip()
            yield Row(Clip(video, where=str(video)), ASKED_OF_ACTIONS, answer, ability="action")


def clips_of(rows: Sequence[Row]) -> list[Clip]:
    """Each clip once, in the order of the rows."""
    return list({row.clip.key: row.clip for row in reversed(rows)}.values())[::-1]


def parted(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """To learn from, and held out: all questions about a clip on one side, at least one clip on each."""
    if not 0 < share < 1:
        raise ValueError(f"the held-out share must lie between 0 and 1, got {share:g}.")
    keys = [clip.key for clip in clips_of(rows)]
    if len(keys) < 2:
        raise ValueError(f"there is only one clip ({keys[0][0]}): some must be held out, so at least two are needed.")
    number = min(max(round(share * len(keys)), 1), len(keys) - 1)
    order = np.random.default_rng((23, seed)).permutation(len(keys))
    kept_back = {keys[i] for i in order[:number]}
    learnt = [row for row in rows if row.clip.key not in kept_back]
    return learnt, [row for row in rows if row.clip.key in kept_back]
