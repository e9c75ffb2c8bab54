import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals, names and devices of POSIX")


def one_sentence(said: str) -> str:
    """What was said on stderr: one line, no traceback."""
    assert said.startswith("vidsense: ")
    assert said.count("\n") == 1
    return said.removeprefix("vidsense: ").strip()


@pytest.fixture
def videos(tmp_path):
    """Three made-up videos, the second of which is broken."""
    for name, content in {"a": "one", "b": "broken", "c": "three"}.items():
        (tmp_path / f"{name}.mp4").write_text(content)
    return ["a.mp4", "b.mp4", "c.mp4"]


def test_one_video_prints_its_account_and_nothing_else(made_up, videos):
    done = made_up("describe", "a.mp4")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("A fixed camera watches")


def test_json_of_one_video_is_one_object(made_up, videos, make_description):
    done = made_up("describe", "a.mp4", "--model", "none", "--json")
    assert json.loads(done.stdout) == make_description().model_dump(mode="json")


@pytest.mark.parametrize(
    ("form", "start"), [("md", "# a.mp4"), ("srt", "1\n00:00:30"), ("vtt", "WEBVTT"), ("jsonl", '{"type": "event"')]
)
def test_every_format_is_printed_and_written(here, videos, form, start):
    assert here("describe", "a.mp4", "--format", form).stdout.startswith(start)
    if form != "jsonl":
        assert here("describe", "a.mp4", "--out", f"new/a.{form}").stdout == ""
        assert Path(f"new/a.{form}").read_text("utf-8").startswith(start)


def test_several_videos_print_a_list_and_say_how_many_failed(here, videos):
    done = here("describe", *videos, "--json", "--quiet")
    assert done.returncode == 1
    assert [row.get("error", "") for row in json.loads(done.stdout)] == [
        "",
        "cannot open b.mp4: it is broken. Is it a video?",
        "",
    ]
    assert done.stderr.splitlines()[-1] == "vidsense: 1 of 3 videos failed (2 described, 1 failed)."


def test_several_videos_as_json_lines_are_a_line_each(here, videos):
    rows = [json.loads(line) for line in here("describe", *videos, "--format", "jsonl").stdout.splitlines()]
    assert [row["path"] for row in rows] == videos


def test_a_folder_gives_a_list_even_of_one(here, tmp_path):
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mp4").write_text("one")
    assert len(json.loads(here("describe", "films", "--json").stdout)) == 1
    assert len(json.loads(here("describe", "films/*.mp4", "--json").stdout)) == 1


def test_a_results_file_is_resumed(here, videos, tmp_path):
    first = here("describe", *videos, "--out", "rows.jsonl")
    again = here("describe", *videos, "--out", "rows.jsonl")
    assert first.stdout == again.stdout == ""
    assert first.returncode == again.returncode == 1
    assert "1 of 3 videos failed (2 done before, 1 failed before; the rows are in rows.jsonl)" in again.stderr
    (tmp_path / "b.mp4").write_text("mended")
    retried = here("describe", *videos, "--out", "rows.jsonl", "--retry")
    assert (retried.returncode, len((tmp_path / "rows.jsonl").read_text().splitlines())) == (0, 4)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["missing.mp4"], 1, "there is no file missing.mp4"),
        (["b.mp4"], 1, "cannot open b.mp4"),
        (["odd.mp4"], 1, "unexpected ZeroDivisionError: division by zero. Run it again with --debug"),
        (["empty"], 1, "the folder empty holds no video file"),
        (["*.mkv"], 1, "no file matches *.mkv"),
        ([], 2, "Missing argument"),
        (["a.mp4", "--model", "llava"], 2, "there is no model 'llava': write ollama/NAME"),
        (["a.mp4", "--frames", "0"], 2, "0 is not in the range"),
        (["a.mp4", "--start", "1:75"], 2, "'1:75' is no time; write seconds, mm:ss or hh:mm:ss"),
        (["a.mp4", "--start", "0:30", "--end", "10"], 2, "the end (10 s) must come after the start (30 s)"),
        (["a.mp4", "--out", "c.mp4"], 2, "would be written over a video"),
        (["a.mp4", "c.mp4", "--out", "both.md"], 2, "many videos need an --out that ends in .jsonl"),
        (["a.mp4", "c.mp4", "--format", "srt"], 2, "takes one video"),
        (["a.mp4", "--out", "a.mp4/account.json"], 1, "cannot write"),
        (["a.mp4", "--fames", "3"], 2, "No such option"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(here, videos, arguments, code, words):
    Path("empty").mkdir()
    Path("odd.mp4").write_text("odd")
    done = here("describe", *arguments)
    assert words in one_sentence(done.stderr)
    assert (done.returncode, done.stdout) == (code, "")
    assert Path("c.mp4").read_text() == "three"


def test_debug_shows_where_an_error_arises(made_up, videos):
    done = made_up("describe", "b.mp4", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@POSIX
@pytest.mark.full
@pytest.mark.parametrize("name", ["-dash.mp4", "line\nbreak.mp4", "🐈 cat.mp4", "\udcff.mp4", "*.mp4", "[x].mp4"])
def test_any_file_name_is_safe(made_up, tmp_path, name):
    (tmp_path / name).write_text("one")
    assert json.loads(made_up("describe", "--json", "--", name).stdout)["video"] == "yard.mp4"
    assert json.loads(made_up("describe", "--format", "jsonl", "--", name, "gone").stdout.splitlines()[0])["path"]
    (tmp_path / name).write_text("broken")
    done = made_up("describe", "--", name)
    assert done.returncode == 1
    one_sentence(done.stderr)


@POSIX
def test_a_closed_pipe_ends_it_quietly(made_up, videos, tmp_path):
    (tmp_path / "films").mkdir()
    for number in range(40):
        (tmp_path / "films" / f"{number}.mp4").write_text(f"film {number}")
    process = made_up.start(
        "describe", "films", "--format", "jsonl", "--quiet", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert json.loads(process.stdout.readline())
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@POSIX
@pytest.mark.parametrize("arguments", [["--out", "rows.jsonl"], ["--json"]])
def test_ctrl_c_leaves_whole_rows(made_up, tmp_path, arguments):
    for name, content in {"a": "one", "b": "two", "c": "slow"}.items():
        (tmp_path / f"{name}.mp4").write_text(content)
    command = ["describe", "a.mp4", "b.mp4", "c.mp4", *arguments]
    process = made_up.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while "[2/3]" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.3)  # the third is being described now
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "vidsense: stopped. What was written so far is whole.\n"
    text = (tmp_path / "rows.jsonl").read_text() if "--out" in arguments else printed
    rows = json.loads(text) if "--json" in arguments else [json.loads(line) for line in text.splitlines()]
    assert [row["path"] for row in rows] == ["a.mp4", "b.mp4"]


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [["a.mp4"], ["a.mp4", "c.mp4", "--json"], ["a.mp4", "c.mp4", "--quiet"]])
def test_a_full_disk_is_said(made_up, videos, arguments):
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = made_up("describe", *arguments, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr.splitlines()[-1]
    assert made_up("describe", "a.mp4", "--out", "/dev/full").returncode == 1
