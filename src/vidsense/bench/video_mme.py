"""In: the questions of Video-MME as they are published. Out: `Item`s.

Video-MME (Fu et al., 2024): 900 videos, three questions each, four options. The rows are those of
`videomme/test-00000-of-00001.parquet`, or the same as JSON, JSON Lines, or JSON with one row for each video that holds
its `questions`. A video is called after its `videoID`, in the folder of the unpacked archives.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from vidsense.bench.item import LETTERS, Item, QuestionError, file_footage
from vidsense.bench.jsonl import Fields, items_of, listed_rows, rows_of, text, texts
from vidsense.errors import MissingExtraError

FOLDERS = ("", "data", "video", "videos")
"""Where the archives unpack to, below the folder of the questions or the one above it."""
SUFFIXES = (".mp4", ".MP4", ".mkv", ".webm")
LETTERED = re.compile(r"^\s*\(?([A-Z])[.):]\s*(.+)$", re.DOTALL)


def read_video_mme(path: Path, videos: Path | None = None) -> list[Item]:
    """Its questions; each one's `task_type` is its ability."""
    places = [videos] if videos else [base / name for base in (path.parent, path.parent.parent) for name in FOLDERS]
    return items_of(path, by_question(rows_in(path)), lambda fields: item_of(fields, places))


def rows_in(path: Path) -> Iterator[tuple[str, Fields]]:
    """The rows, whatever they are written in."""
    if path.suffix == ".parquet":
        return parquet_rows(path)
    return rows_of(path) if path.suffix == ".jsonl" else listed_rows(path)


def by_question(rows: Iterator[tuple[str, Fields]]) -> Iterator[tuple[str, Fields]]:
    """A row for each question, also where the file has one for each video."""
    for place, fields in rows:
        questions = fields.get("questions")
        if not isinstance(questions, list):
            yield place, fields
            continue
        for number, question in enumerate(questions, start=1):
            yield f"{place}, question {number}", {**fields, **(question if isinstance(question, dict) else {})}


def parquet_rows(path: Path) -> Iterator[tuple[str, Fields]]:
    """The rows of a Parquet file."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError('reading Parquet needs pyarrow: pip install "vid-sense[bench]"') from error
    try:
        rows = pyarrow.parquet.read_table(path).to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise QuestionError(f"cannot read {path} as Parquet: {str(error).splitlines()[0]}") from error
    for number, fields in enumerate(rows, start=1):
        yield f"row {number}", fields


def item_of(fields: Fields, places: list[Path]) -> Item:
    """One question with its four options."""
    name = text(fields, "videoID" if fields.get("videoID") else "video_id")
    choices = tuple(without_letter(option, i) for i, option in enumerate(texts(fields, "options")))
    if not choices:
        raise ValueError("options must be a list of texts, got nothing")
    return Item(
        file_footage(video_file(places, name), name),
        text(fields, "question"),
        lettered(text(fields, "answer"), choices),
        choices=choices,
        ability=text(fields, "task_type"),
    )


def lettered(letter: str, choices: tuple[str, ...]) -> str:
    """The option of this letter."""
    if len(letter) != 1 or letter not in LETTERS[: len(choices)]:
        raise ValueError(f"answer must be one of the letters {', '.join(LETTERS[: len(choices)])}, got {letter!r}")
    return choices[LETTERS.index(letter)]


def without_letter(option: str, index: int) -> str:
    """An option without the letter that it was published with.

    >>> without_letter("C. Berries.", 2)
    'Berries.'
    """
    match = LETTERED.match(option)
    return match[2].strip() if match and ord(match[1]) - ord("A") == index else option


def video_file(places: list[Path], name: str) -> Path:
    """The file of a video; where there is none, the one that should be there."""
    files = [place / f"{name}{suffix}" for place in places for suffix in SUFFIXES]
    return next((file for file in files if file.is_file()), files[0])
