"""In: a task of MVBench as it is published, or the folder of all of them. Out: `Item`s.

MVBench (Li et al., 2024): twenty tasks, a JSON file each, of two hundred questions with candidates. The videos come
from eleven collections; which task's lie where is part of the benchmark's description. Some tasks ask about a part of
the video, from `start` to `end`; the videos of one are folders of pictures, three for each second.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from vidsense.bench.item import Footage, Item, QuestionError, content_of, file_footage
from vidsense.bench.jsonl import Fields, items_of, listed_rows, seconds, text, texts
from vidsense.errors import SourceError
from vidsense.source.synthetic import Drawing, SyntheticStream

FOLDERS = {
    "action_sequence": "star/Charades_v1_480", "action_prediction": "star/Charades_v1_480",
    "action_antonym": "ssv2_video", "fine_grained_action": "Moments_in_Time_Raw/videos",
    "unexpected_action": "FunQA_test/test", "object_existence": "clevrer/video_validation",
    "object_interaction": "star/Charades_v1_480", "object_shuffle": "perception/videos",
    "moving_direction": "clevrer/video_validation", "action_localization": "sta/sta_video",
    "scene_transition": "scene_qa/video", "action_count": "perception/videos",
    "moving_count": "clevrer/video_validation", "moving_attribute": "clevrer/video_validation",
    "state_change": "perception/videos", "fine_grained_pose": "nturgbd", "character_order": "perception/videos",
    "egocentric_navigation": "vlnqa", "episodic_reasoning": "tvqa/frames_fps3_hq",
    "counterfactual_inference": "clevrer/video_validation",
}  # fmt: skip
"""Task → where its videos lie, below the folder of the videos."""
BOUNDED = ("action_sequence", "action_prediction", "object_interaction", "action_localization", "episodic_reasoning")
"""The tasks that ask about a part of the video."""
PICTURES_PER_SECOND = 3.0
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")


def read_mvbench(path: Path, videos: Path | None = None) -> list[Item]:
    """The questions of one task, or of every task in a folder; the task is the ability."""
    files = sorted(file for file in task_folder(path).glob("*.json") if task_of(file)) if path.is_dir() else [path]
    if not files:
        raise QuestionError(f"{path} holds no task of MVBench; its files are called {'.json, '.join(FOLDERS)}.json.")
    return [item for file in files for item in task_items(file, videos)]


def task_folder(path: Path) -> Path:
    """Where the tasks lie: in `json`, if the folder of the whole benchmark is named."""
    return path / "json" if (path / "json").is_dir() else path


def task_of(path: Path) -> str:
    """The task of a file, which may carry a date: nothing where it is none.

    >>> task_of(Path("json/action_sequence_20250131.json")), task_of(Path("notes.json"))
    ('action_sequence', '')
    """
    return next((task for task in FOLDERS if path.stem == task or path.stem.startswith(f"{task}_2")), "")


def task_items(path: Path, videos: Path | None) -> list[Item]:
    """The questions of one task."""
    task = task_of(path)
    beside = [path.parent, path.parent.parent]
    places = [videos] if videos else [place / name for place in beside for name in ("video", "videos", "")]
    folder = FOLDERS.get(task, "")
    return items_of(path, listed_rows(path), lambda fields: item_of(fields, task or path.stem, places, folder))


def item_of(fields: Fields, task: str, places: list[Path], folder: str) -> Item:
    """One question with its candidates; the answer is one of them in words."""
    name, choices = text(fields, "video"), texts(fields, "candidates")
    if not choices:
        raise ValueError("candidates must be a list of texts, got nothing")
    files = [file for place in places for file in (place / folder / name, place / name)]
    file = next((file for file in files if file.exists()), files[0])
    bounded = task in BOUNDED or task not in FOLDERS
    return Item(
        pictures_footage(file, name) if file.is_dir() else file_footage(file, f"{folder}/{name}" if folder else name),
        text(fields, "question"),
        text(fields, "answer"),
        choices=choices,
        start=seconds(fields, "start") if bounded else None,
        end=seconds(fields, "end") if bounded else None,
        ability=task.replace("_", " "),
    )


def pictures_footage(folder: Path, name: str) -> Footage:
    """A video that is a folder of pictures."""
    return Footage(name, lambda: SyntheticStream(pictures_drawing(folder)), lambda: content_of(next(files_in(folder))))


def files_in(folder: Path) -> Iterator[Path]:
    """Its pictures in order. Raises `SourceError` where there is none."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES)
    if not files:
        raise SourceError(f"the folder {folder} holds no picture.")
    yield from files


def pictures_drawing(folder: Path) -> Drawing:
    """The pictures of a folder, one after the other."""
    files = list(files_in(folder))

    def painted(time: float) -> np.ndarray:
        file = files[min(int(time * PICTURES_PER_SECOND + 1e-6), len(files) - 1)]
        picture = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise SourceError(f"cannot read {file} as a picture.")
        return picture

    height, width = painted(0.0).shape[:2]
    return Drawing((height, width), PICTURES_PER_SECOND, len(files) / PICTURES_PER_SECOND, painted)
