import json
import os
import sys
from pathlib import Path

import pytest

from vidsense.batch.rows import Options, Outcome, Row, content_key, describe_each
from vidsense.batch.videos import find_videos
from vidsense.errors import OutputError, VidSenseError
from vidsense.results import ResultsFile


def make_videos(folder: Path, **contents: str) -> list[Path]:
    """Files that the made-up `describe` takes for videos."""
    paths = [folder / f"{name}.mp4" for name in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_text(content)
    return paths


def run(videos, out: Path, **options) -> list[Outcome]:
    with ResultsFile(out) as results:
        return list(describe_each(videos, results=results, **options))


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def rows_in(out: Path) -> list[Row]:
    return [Row.from_json(line) for line in out.read_bytes().splitlines()]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results" / "rows.jsonl"


def test_each_video_has_a_row_and_a_failure_says_why(tmp_path, out, fake_describe):
    videos = make_videos(tmp_path, a="one", b="broken", c="three")
    assert states(run(videos, out)) == ["described", "failed", "described"]
    rows = rows_in(out)
    assert [row.description.video for row in rows if row.description] == ["a.mp4", "c.mp4"]
    assert rows[1].error == "cannot open b.mp4: it is broken. Is it a video?"
    assert [row.path for row in rows] == [str(video) for video in videos]
    assert json.loads(out.read_text().splitlines()[1])["video"] == "b.mp4"


def test_an_unforeseen_error_is_a_row_too(tmp_path, out, fake_describe):
    outcomes = run(make_videos(tmp_path, a="odd", b="two"), out)
    assert states(outcomes) == ["failed", "described"]
    assert outcomes[0].row.error == "ZeroDivisionError: division by zero"


def test_a_second_run_does_only_what_is_new(tmp_path, out, fake_describe):
    videos = make_videos(tmp_path, a="one", b="broken")
    run(videos, out)
    assert states(run([*videos, *make_videos(tmp_path, c="three")], out)) == [
        "done before",
        "failed before",
        "described",
    ]
    assert fake_describe == ["a.mp4", "b.mp4", "c.mp4"]


def test_retry_does_the_failed_ones_again_and_the_new_row_holds(tmp_path, out, fake_describe):
    videos = make_videos(tmp_path, a="one", b="broken")
    run(videos, out)
    assert states(run(videos, out, retry=True)) == ["done before", "failed"]
    videos[1].write_text("mended")
    assert states(run(videos, out)) == ["done before", "described"]
    assert states(run(videos, out, retry=True)) == ["done before", "done before"]


def test_a_renamed_video_is_known_by_its_content(tmp_path, out, fake_describe):
    videos = make_videos(tmp_path, a="one")
    run(videos, out)
    assert states(run([videos[0].rename(tmp_path / "z.mp4")], out)) == ["done before"]


def test_other_options_are_other_work(tmp_path, out, fake_describe):
    videos = make_videos(tmp_path, a="one")
    run(videos, out)
    assert states(run(videos, out, options=Options(frames=4))) == ["described"]


def test_the_key_sees_size_beginning_and_end(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"0" * (1 << 22))
    key = content_key(path, Options())
    for place in (0, (1 << 22) - 1):
        path.write_bytes(b"0" * place + b"1" + b"0" * ((1 << 22) - place - 1))
        assert content_key(path, Options()) != key
    path.write_bytes(b"0" * ((1 << 22) + 1))
    assert content_key(path, Options()) != key


@pytest.mark.parametrize("torn", ['{"video": "b.mp4", "descr', "{", "\0\0\0\0", '{"video": "b.mp4", "error": "x"}'])
def test_a_torn_last_line_is_cut_off_and_its_video_done_again(tmp_path, out, fake_describe, torn):
    videos = make_videos(tmp_path, a="one", b="two")
    run(videos[:1], out)
    whole = out.read_bytes()
    out.write_bytes(whole + torn.encode())
    assert states(run(videos, out)) == ["done before", "described"]
    assert out.read_bytes().startswith(whole + b'{"video"')
    assert len(rows_in(out)) == 2


def test_a_file_torn_in_its_first_line_starts_anew(tmp_path, out, fake_describe):
    out.parent.mkdir()
    out.write_text('{"vid')
    run(make_videos(tmp_path, a="one"), out)
    assert len(rows_in(out)) == 1


def test_a_damaged_line_in_the_middle_costs_only_its_own_video(tmp_path, out, fake_describe):
    videos = make_videos(tmp_path, a="one", b="two")
    run(videos, out)
    first, second = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(first[:50] + b"\n" + second)
    assert states(run(videos, out)) == ["described", "done before"]


@pytest.mark.parametrize("text", ["notes of mine", '{"name": "package"}\n', "[1, 2]\n"])
def test_a_file_of_another_kind_is_left_alone(out, text):
    out.parent.mkdir()
    out.write_text(text)
    with pytest.raises(OutputError, match="is no results file"):
        ResultsFile(out)
    assert out.read_text() == text


def test_a_row_that_does_not_fit_on_the_disk_leaves_no_trace(tmp_path, out, fake_describe, monkeypatch):
    videos = make_videos(tmp_path, a="one", b="two")
    run(videos[:1], out)
    whole = out.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write rows\.jsonl: No space left on device\. Free some space"):
        run(videos, out)
    assert out.read_bytes() == whole


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a device that is always full")
def test_a_full_device_is_said_in_one_sentence(tmp_path, fake_describe):
    with pytest.raises(OutputError, match="No space left"):
        run(make_videos(tmp_path, a="one"), Path("/dev/full"))


def test_ctrl_c_passes_through_and_the_rows_stay(tmp_path, out, fake_describe):
    def stop(video, _stage, _share):
        raise KeyboardInterrupt

    videos = make_videos(tmp_path, a="one")
    run(videos, out)
    with ResultsFile(out) as results, pytest.raises(KeyboardInterrupt):
        for outcome in describe_each(make_videos(tmp_path, b="two"), results=results, on_progress=stop):
            stop(outcome.video, "", 1.0)
    assert all(row.description for row in rows_in(out))


def test_folders_are_searched_to_the_bottom_for_videos(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    for name in ("b.MKV", "deep/a.mp4", "deep/er/c.webm", "notes.txt", "._b.mkv", ".hidden/d.mp4"):
        (tmp_path / name).touch()
    assert [Path(video).name for video in find_videos([tmp_path])] == ["b.MKV", "a.mp4", "c.webm"]


def test_a_folder_without_videos_is_said(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(VidSenseError, match="holds no video file"):
        find_videos([tmp_path])


def test_patterns_are_spelled_out_and_nothing_is_named_twice(tmp_path):
    a, b = make_videos(tmp_path, a="one", b="two")
    assert find_videos([a, str(tmp_path / "*.mp4"), b]) == [a, b]
    with pytest.raises(VidSenseError, match="no file matches"):
        find_videos([str(tmp_path / "*.mkv")])


def test_a_file_may_be_called_like_a_pattern(tmp_path):
    (odd,) = make_videos(tmp_path, **{"clip [1080p]": "one"})
    assert find_videos([str(odd)]) == [odd]


def test_urls_and_missing_files_are_passed_on(tmp_path):
    assert find_videos(["https://example.org/a.mp4?b", "missing.mp4"]) == [
        "https://example.org/a.mp4?b",
        Path("missing.mp4"),
    ]


def test_names_beyond_unicode_make_valid_rows(tmp_path, make_description):
    row = Row(
        path="a\udcff\n🐈.mp4".encode("utf-8", "backslashreplace").decode(), key="k", description=make_description()
    )
    assert "\n" not in row.to_json()
    assert Row.from_json(row.to_json().encode()) == row


def test_options_refuse_what_cannot_be():
    with pytest.raises(ValueError, match=r"the end \(3 s\) must come after the start \(5 s\)"):
        Options(start=5.0, end=3.0)
    with pytest.raises(ValueError, match="holds no frame"):
        Options(token_budget=100)
