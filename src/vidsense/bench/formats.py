"""In: a file or folder of questions, in any known form. Out: `Item`s."""

import json
from pathlib import Path
from typing import Literal

from vidsense.bench.item import Item, QuestionError
from vidsense.bench.jsonl import EXAMPLE, content_of, read_jsonl
from vidsense.bench.mvbench import read_mvbench
from vidsense.bench.video_mme import read_video_mme

Format = Literal["jsonl", "video-mme", "mvbench"]
READERS = {"jsonl": read_jsonl, "video-mme": read_video_mme, "mvbench": read_mvbench}


def read_questions(path: Path, form: Format | None = None, videos: Path | None = None) -> list[Item]:
    """The questions of a file in this form, or in the one that it looks like.

    Raises `QuestionError`, which names the row and what is wrong with it, for whatever is none.
    """
    if not path.exists():
        raise QuestionError(f"there is no {path}. Name a file of questions.")
    if videos is not None and not videos.is_dir():
        raise QuestionError(f"there is no folder {videos}. Name the folder of the videos.")
    form = form or form_of(path)
    if path.is_dir() and form != "mvbench":
        raise QuestionError(f"{path} is a folder; a {form} file of questions is wanted.")
    return READERS[form](path, videos)


def form_of(path: Path) -> Format:
    """The form that a file looks like, by its ending and its first row. Raises `QuestionError` where it is none."""
    if path.is_dir():
        return "mvbench"
    if path.suffix == ".parquet":
        return "video-mme"
    names = first_fields(path)
    if "candidates" in names:
        return "mvbench"
    if {"options", "questions"} & names and {"videoID", "video_id"} & names:
        return "video-mme"
    if path.suffix == ".jsonl" or {"video", "question"} <= names:
        return "jsonl"
    raise QuestionError(f"{path} looks like no known form: {', '.join(READERS)}. Name one with --format: {EXAMPLE}")


def first_fields(path: Path) -> set[str]:
    """The names of the first row's fields."""
    told = content_of(path).strip()
    try:
        row, _ = json.JSONDecoder().raw_decode(told.removeprefix("[").lstrip())
    except json.JSONDecodeError:
        return set()
    return set(row) if isinstance(row, dict) else set()
