"""`vidsense world`: a video, its labels on stdout, and one sentence for what is wrong."""

import json
import subprocess
import sys

import pytest

from vidsense.cli.main import run


def told(capsys, *arguments):
    code = run(["world", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_one_video_and_its_labels(capsys, tmp_path):
    code, out, err = told(capsys, "--seed", 20, "-o", tmp_path / "clip.mp4")
    labels = json.loads(out)
    assert (code, err) == (0, "")
    assert labels["events"][0]["text"] == "a person pours water from a bottle into a glass"
    assert (tmp_path / "clip.mp4").stat().st_size > 10_000


def test_many_videos_into_a_folder(capsys, tmp_path):
    _, out, _ = told(capsys, "--split", "looks", "--count", 2, "-o", tmp_path / "many")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["seed"], line["split"]) for line in lines] == [(0, "looks"), (1, "looks")]
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == [
        "labels.jsonl",
        "looks-000000.mp4",
        "looks-000001.mp4",
        "questions.jsonl",
    ]
    assert (tmp_path / "many" / "labels.jsonl").read_text("utf-8") == out


def test_a_lesson_is_drawn_with_questions_to_learn_from(capsys, tmp_path):
    code, out, _ = told(capsys, "--lesson", "jumps", "--count", 1, "-o", tmp_path / "jumps")
    assert code == 0
    assert json.loads(out)["events"][0]["text"] == "a cat jumps"
    rows = [json.loads(line) for line in (tmp_path / "jumps" / "questions.jsonl").read_text("utf-8").splitlines()]
    assert {row["video"] for row in rows} == {"jumps-train-000000.mp4"}
    assert rows[0]["question"] == "What action is taking place?"
    assert (rows[0]["answer"], rows[0]["ability"]) == ("a cat jumps", "action")
    assert "a cat hops" in rows[0]["accepted"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", "-1", "-o", "a.mp4"], "-1 is not in the range"),
        (["--seed", "x", "-o", "a.mp4"], "'x' is not a valid integer"),
        (["--lesson", "sings", "-o", "a.mp4"], "'sings' is not"),
        (["--lesson", "jumps", "--split", "longer", "-o", "a.mp4"], "a lesson has the splits train, looks"),
        (["--split", "other", "-o", "a.mp4"], "'other' is not one of"),
        (["-o", "a.txt"], "must end in .mp4"),
        (["-o", "no/such/folder/a.mp4"], "needs a folder that is there"),
        (["-o", "a.mp4", "--reversed", "--shuffled"], "two different copies"),
        (["--count", "2", "-o", "/dev/null/many"], "cannot make the folder"),
    ],
)
def test_what_is_wrong_is_one_sentence(capsys, arguments, words):
    code, out, err = told(capsys, *arguments)
    assert code in (1, 2)
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_it_needs_no_torch(tmp_path):
    script = (
        "import sys; from vidsense.cli.main import run;"
        f"run(['world', '-o', {str(tmp_path / 'a.mp4')!r}]); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
