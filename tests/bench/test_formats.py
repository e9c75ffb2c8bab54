"""Files of questions: this program's own, Video-MME's and MVBench's; and what is wrong with them."""

import json

import cv2
import numpy as np
import pytest
from tests.bench.films import RGB, colours_video, write_rows

from vidsense.bench.formats import form_of, read_questions
from vidsense.bench.item import QuestionError
from vidsense.bench.showing import Looking, seen_frames
from vidsense.errors import SourceError

GOOD = {"video": "a.mp4", "question": "What is it?", "answer": "a dog"}
VIDEO_MME = {
    "video_id": "001",
    "duration": "short",
    "domain": "Knowledge",
    "sub_category": "Geography",
    "url": "https://www.youtube.com/watch?v=Xy-_1",
    "videoID": "Xy-_1",
    "question_id": "001-1",
    "task_type": "Attribute Perception",
    "question": "Which colour comes first?",
    "options": ["A. Green.", "B. Red.", "C. Blue.", "D. None."],
    "answer": "B",
}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"question": None}, "question must be a text, got nothing"),
        ({"answer": " "}, "answer must be a text, got ' '"),
        ({"anwser": "a dog"}, "'anwser' is no field of a question"),
        ({"start": "0:10"}, "start must be a number of seconds, got '0:10'"),
        ({"start": -1}, "start must not be negative"),
        ({"start": 5, "end": 4}, r"end \(4 s\) must come after start \(5 s\)"),
        ({"choices": "a dog"}, "choices must be a list of texts"),
        ({"choices": ["a dog"]}, "choices must be 2 to 26, there are 1"),
        ({"choices": ["a cat", "a cow"]}, "the answer 'a dog' is none of the choices"),
        ({"accepted": [["dog"]]}, "accepted must be a list of texts"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(tmp_path, changes, why):
    path = write_rows(tmp_path / "q.jsonl", GOOD, {**GOOD, **changes})
    with pytest.raises(QuestionError, match=f"line 2: .*{why}"):
        read_questions(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"video": "a"\n', "line 1: no JSON"),
        (b"[1, 2]\n", "line 1: a question is an object"),
        (b"\n\n", "holds no question"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_what_is_no_file_of_questions_is_one_sentence(tmp_path, content, why):
    (tmp_path / "q.jsonl").write_bytes(content)
    with pytest.raises(QuestionError, match=why):
        read_questions(tmp_path / "q.jsonl")
    with pytest.raises(QuestionError, match="there is no"):
        read_questions(tmp_path / "other.jsonl")


def test_a_choice_may_be_named_by_its_letter(tmp_path):
    rows = [{**GOOD, "choices": ["a cat", "a dog"], "answer": answer} for answer in ("a dog", "B", "b")]
    items = read_questions(write_rows(tmp_path / "q.jsonl", *rows))
    assert [item.answer for item in items] == ["a dog"] * 3
    assert {item.ability for item in items} == {"all"}


def written(path, rows, form):
    if form == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs pyarrow: vid-sense[bench]")
        table = pytest.importorskip("pyarrow").Table.from_pylist(rows)
        parquet.write_table(table, path.with_suffix(".parquet"))
        return path.with_suffix(".parquet")
    if form == "jsonl":
        return write_rows(path.with_suffix(".jsonl"), *rows)
    if form == "by video":
        shared = {name: VIDEO_MME[name] for name in ("video_id", "videoID", "duration", "domain", "sub_category")}
        rows = [{**shared, "questions": [{k: v for k, v in row.items() if k not in shared} for row in rows]}]
    path.with_suffix(".json").write_text(json.dumps(rows), "utf-8")
    return path.with_suffix(".json")


@pytest.mark.parametrize("form", ["parquet", "json", "jsonl", "by video"])
def test_video_mme_as_it_is_published(tmp_path, form):
    colours_video(tmp_path / "data" / "Xy-_1.mp4", "red", "blue")
    (tmp_path / "videomme").mkdir()
    rows = [VIDEO_MME, {**VIDEO_MME, "question_id": "001-2", "answer": "D", "task_type": "Counting Problem"}]
    path = written(tmp_path / "videomme" / "test-00000-of-00001", rows, form)
    assert form_of(path) == "video-mme"
    items = read_questions(path)
    assert [(item.answer, item.ability) for item in items] == [
        ("Red.", "Attribute Perception"),
        ("None.", "Counting Problem"),
    ]
    assert items[0].choices == ("Green.", "Red.", "Blue.", "None.")
    assert len(seen_frames(items[0].footage, None, None, Looking(4))) == 4


def test_what_is_wrong_with_rows_of_video_mme(tmp_path):
    path = tmp_path / "q.json"
    for changes, why in (
        ({"answer": "E"}, "answer must be one of the letters A, B, C, D"),
        ({"options": None}, "options must be"),
    ):
        path.write_text(json.dumps([VIDEO_MME, {**VIDEO_MME, **changes}]), "utf-8")
        with pytest.raises(QuestionError, match=f"row 2: {why}"):
            read_questions(path)
    path.write_text(json.dumps([VIDEO_MME]), "utf-8")
    (item,) = read_questions(path)
    with pytest.raises(SourceError, match=r"Xy-_1\.mp4"):
        item.footage.opened()


def mvbench(folder):
    """The benchmark's own folders, with a bounded task, an unbounded one and one of pictures."""
    asked = {"question": "Which colour is it?", "candidates": ["red", "blue", "green"], "answer": "blue"}
    tasks = {
        "action_sequence": {**asked, "video": "X.mp4", "start": 1.0, "end": 2.0},
        "moving_count": {**asked, "video": "v_1.mp4", "start": 1.0, "end": 2.0, "answer": "red"},
        "episodic_reasoning": {**asked, "video": "show/clip_1", "start": 1.0, "end": 2.0, "fps": 3},
    }
    (folder / "json").mkdir()
    for task, row in tasks.items():
        (folder / "json" / f"{task}.json").write_text(json.dumps([row]), "utf-8")
    colours_video(folder / "video" / "star" / "Charades_v1_480" / "X.mp4", "red", "blue", "green")
    colours_video(folder / "video" / "clevrer" / "video_validation" / "v_1.mp4", "red")
    pictures = folder / "video" / "tvqa" / "frames_fps3_hq" / "show" / "clip_1"
    pictures.mkdir(parents=True)
    for i in range(9):
        colour = RGB[("red", "blue", "green")[i // 3]]
        cv2.imwrite(str(pictures / f"{i + 1:05d}.jpg"), np.full((32, 48, 3), colour[::-1], np.uint8))
    return folder


def test_mvbench_as_it_is_published(tmp_path):
    items = {item.ability: item for item in read_questions(mvbench(tmp_path))}
    assert set(items) == {"action sequence", "moving count", "episodic reasoning"}
    assert (items["action sequence"].start, items["moving count"].start) == (1.0, None)
    for ability in ("action sequence", "episodic reasoning"):
        item = items[ability]
        frames = seen_frames(item.footage, item.start, item.end, Looking(3))
        assert [frame.pixels[5, 5].argmax() for frame in frames] == [2, 2, 2]  # blue alone, from 1 to 2 s
        assert all(1.0 <= frame.pts_seconds < 2.0 for frame in frames)
    alone = tmp_path / "json" / "moving_count.json"
    assert form_of(alone) == "mvbench"
    assert len(seen_frames(read_questions(alone)[0].footage, None, None, Looking(2))) == 2


def test_a_folder_without_tasks_and_a_file_of_no_form(tmp_path):
    with pytest.raises(QuestionError, match="holds no task of MVBench"):
        read_questions(tmp_path)
    (tmp_path / "q.json").write_text('[{"image": "a.jpg"}]', "utf-8")
    with pytest.raises(QuestionError, match="looks like no known form"):
        read_questions(tmp_path / "q.json")
    with pytest.raises(QuestionError, match="no folder"):
        read_questions(tmp_path / "q.json", "jsonl", tmp_path / "none")
