"""Videos of plain colours, and a model that sees colours: right answers can be checked by eye."""

import json
from pathlib import Path

import numpy as np
from tests.language.scripted import ScriptedModel

from vidsense.source.synthetic import cut, plain, write_video

RGB = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220)}
SIZE = (48, 64)


def colours_video(path: Path, *colours: str) -> Path:
    """One second of each colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_video(cut(*(plain(SIZE, 1.0, RGB[colour]) for colour in colours)), path)


def colour_of(pixels: np.ndarray) -> str:
    mean = pixels.reshape(-1, 3).mean(axis=0)
    return min(RGB, key=lambda name: float(np.abs(mean - RGB[name]).sum()))


def eye(prompt, _kind="") -> str:
    """Names the first, the last or all colours that it is shown; without pictures it guesses red."""
    seen = [colour_of(picture.pixels) for picture in prompt.pictures] or ["red"]
    lines = str(prompt.parts[-1]).splitlines()
    if "first" in lines[0]:
        said = seen[0]
    elif "last" in lines[0]:
        said = seen[-1]
    else:
        said = " and ".join(sorted(set(seen)))
    letters = {line[3:]: line[0] for line in lines[1:] if line[1:3] == ". "}
    return letters.get(said, said)


class Eye(ScriptedModel):
    def __init__(self, script=eye, **limits) -> None:
        super().__init__(script, **{"picture_size": 64, **limits})


def write_rows(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def first_and_last(folder: Path) -> Path:
    """Two videos, each of which is the other one backwards, asked for their first and for all of their colours."""
    rows = []
    for name, colours in (("there", ("red", "blue")), ("back", ("blue", "red"))):
        colours_video(folder / f"{name}.mp4", *colours)
        asked = {"video": f"{name}.mp4", "pair": "1"}
        rows.append({**asked, "question": "Which colour is first?", "answer": colours[0], "ability": "order"})
        rows.append({**asked, "question": "Which colours are there?", "answer": "red and blue", "ability": "colour"})
    return write_rows(folder / "questions.jsonl", *rows)
