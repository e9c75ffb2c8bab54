"""What a user gives to learn from: read, checked row by row, split by clip."""

import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from vidsense.errors import SourceError  # noqa: E402
from vidsense.training.finetune.looks import frames_of  # noqa: E402
from vidsense.training.finetune.rows import Row, clips_of, parted, read_rows  # noqa: E402
from vidsense.training.rows import Clip  # noqa: E402

GOOD = {"video": "a.mp4", "question": "What happens?", "answer": "a dog jumps"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no video")
    return tmp_path


def written(folder, *rows):
    path = folder / "questions.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{", "row 2 is not JSON"),
        ([1], "row 2 must be an object"),
        ({"video": "a.mp4", "answer": "x"}, "row 2 lacks question; it has video, answer"),
        ({**GOOD, "answer": "  "}, "row 2: answer must be a text that is not empty, got '  '"),
        ({**GOOD, "answer": 7}, "row 2: answer must be a text that is not empty, got 7"),
        ({**GOOD, "video": "b.mp4"}, "row 2: video names b.mp4, and there is no file"),
        ({**GOOD, "start": -1}, "row 2: start must be seconds from 0 on, got -1"),
        ({**GOOD, "start": True}, "row 2: start must be seconds"),
        ({**GOOD, "start": 2, "end": 1.5}, "row 2: end must come after start, got 2 and 1.5"),
        ({**GOOD, "accepted": "a dog"}, "row 2: accepted must be a list of texts"),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(folder, row, words):
    with pytest.raises(ValueError, match=r"questions.jsonl, row 2") as error:
        read_rows(written(folder, GOOD, row))
    assert words in str(error.value)


def test_rows_keep_what_they_say(folder):
    rows = read_rows(written(folder, GOOD, "", {**GOOD, "start": 1, "end": 2.5, "accepted": ["a dog hops"]}).parent)
    assert [(row.clip.start, row.clip.end) for row in rows] == [(0.0, None), (1.0, 2.5)]
    assert rows[1].is_right("A dog hops.")
    assert not rows[0].is_right("a dog hops")
    assert len(clips_of(rows)) == 2


def test_a_folder_for_each_action_asks_for_the_action(tmp_path):
    for name in ("a person jumps/1.mp4", "a_dog_jumps/2.mov", "a_dog_jumps/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [(row.clip.video.name, row.question, row.answer) for row in read_rows(tmp_path)]
    asked = "What action is taking place?"
    assert found == [("1.mp4", asked, "a person jumps"), ("2.mov", asked, "a dog jumps")]


def test_nothing_to_learn_from_is_said(tmp_path):
    with pytest.raises(ValueError, match="there is no"):
        read_rows(tmp_path / "none")
    with pytest.raises(ValueError, match="holds no questions"):
        read_rows(tmp_path)
    for name in ("one.jsonl", "two.jsonl"):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r"several files of JSON lines \(one.jsonl, two.jsonl\)"):
        read_rows(tmp_path)


def test_all_questions_about_a_clip_are_held_out_together(tmp_path):
    rows = [Row(Clip(tmp_path / f"{i // 3}.mp4"), f"question {i}", "yes") for i in range(30)]
    learnt, held_out = parted(rows, 0.2, seed=1)
    assert len(held_out) == 6
    assert not {row.clip for row in learnt} & {row.clip for row in held_out}
    assert parted(rows, 0.2, seed=1) == (learnt, held_out) != parted(rows, 0.2, seed=2)
    with pytest.raises(ValueError, match="only one clip"):
        parted(rows[:3], 0.2, seed=1)


def test_a_video_that_cannot_be_decoded_is_named_with_its_row(folder):
    row = read_rows(written(folder, GOOD))[0]
    with pytest.raises(SourceError, match=r"row 1: .*a\.mp4 cannot be used"):
        frames_of(row.clip, 4, (24, 32))
