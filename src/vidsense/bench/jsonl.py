"""In: a JSON Lines file of questions. Out: `Item`s; what is wrong is said with its row."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vidsense.bench.item import LETTERS, OTHER, Item, QuestionError, file_footage

Fields = Mapping[str, Any]
KNOWN = ("video", "question", "answer", "accepted", "choices", "start", "end", "ability", "pair")
EXAMPLE = '{"video": "yard.mp4", "question": "What comes in?", "answer": "a dog"}'


def read_jsonl(path: Path, videos: Path | None = None) -> list[Item]:
    """Questions in this program's own form; videos lie beside the file, or in `videos`."""
    return items_of(path, rows_of(path), lambda fields: own_item(fields, videos or path.parent))


def own_item(fields: Fields, folder: Path) -> Item:
    """One question. Raises `ValueError` for what makes none."""
    if unknown := [name for name in fields if name not in KNOWN]:
        raise ValueError(f"{unknown[0]!r} is no field of a question; there are {', '.join(KNOWN)}")
    choices = texts(fields, "choices")
    answer = text(fields, "answer")
    return Item(
        file_footage(folder / text(fields, "video"), text(fields, "video")),
        text(fields, "question"),
        chosen(answer, choices) if choices else answer,
        accepted=texts(fields, "accepted"),
        choices=choices,
        start=seconds(fields, "start"),
        end=seconds(fields, "end"),
        ability=text(fields, "ability") if fields.get("ability") else OTHER,
        pair=text(fields, "pair") if fields.get("pair") else "",
    )


def chosen(answer: str, choices: tuple[str, ...]) -> str:
    """The choice that an answer names, by its letter or in its words."""
    if answer in choices:
        return answer
    if len(answer) == 1 and answer.upper() in LETTERS[: len(choices)]:
        return choices[LETTERS.index(answer.upper())]
    raise ValueError(f"the answer {answer!r} is none of the choices {list(choices)} and no letter of one")


def items_of(path: Path, rows: Iterator[tuple[str, Fields]], made: Callable[[Fields], Item]) -> list[Item]:
    """The items of a file's rows. Raises `QuestionError` that names the first row that makes none."""
    items = []
    for place, fields in rows:
        try:
            items.append(made(fields))
        except ValueError as error:
            raise QuestionError(f"{path}, {place}: {error}.") from error
    if not items:
        raise QuestionError(f"{path} holds no question. A row looks like this: {EXAMPLE}")
    return items


def rows_of(path: Path) -> Iterator[tuple[str, Fields]]:
    """Each line that is not empty, with its place in words."""
    for number, line in enumerate(content_of(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise QuestionError(f"{path}, line {number}: no JSON ({error.msg}). Each line is one question.") from error
        yield f"line {number}", a_mapping(path, f"line {number}", fields)


def listed_rows(path: Path) -> Iterator[tuple[str, Fields]]:
    """Each row of a file that is one JSON list."""
    try:
        rows = json.loads(content_of(path))
    except json.JSONDecodeError as error:
        raise QuestionError(f"{path}, line {error.lineno}: no JSON ({error.msg}).") from error
    if not isinstance(rows, list):
        raise QuestionError(f"{path} must hold one JSON list of questions.")
    for number, fields in enumerate(rows, start=1):
        yield f"row {number}", a_mapping(path, f"row {number}", fields)


def a_mapping(path: Path, place: str, fields: object) -> Fields:
    """The fields of a row. Raises `QuestionError` where there are none."""
    if not isinstance(fields, dict):
        raise QuestionError(f"{path}, {place}: a question is an object, as in {EXAMPLE}")
    return fields


def content_of(path: Path) -> str:
    """The text of a file."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"cannot read {path}: {error.strerror}. Name a file of questions.") from error
    except UnicodeDecodeError as error:
        raise QuestionError(f"{path} is no text. Name a file of questions.") from error


def text(fields: Fields, name: str) -> str:
    """A text that must be there and hold something."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        raise ValueError(f"{name} must be a text, got {'nothing' if value is None else repr(value)}")
    return str(value).strip()


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    """A list of texts; none where the field is not there."""
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(each, str | int | float) for each in value):
        raise ValueError(f"{name} must be a list of texts, got {value!r}")
    return tuple(str(each).strip() for each in value)


def seconds(fields: Fields, name: str) -> float | None:
    """A time, where the field is there."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number of seconds, got {value!r}")
    return float(value)
