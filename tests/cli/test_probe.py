import json

import numpy as np
import pytest

from vidsense.frames.contact_sheet import write_picture
from vidsense.source.synthetic import plain, write_video


@pytest.fixture
def video(tmp_path):
    return write_video(plain((48, 64), 2.0, (200, 60, 40)), tmp_path / "red.mp4", options={"g": "25"}, rotation=90)


def test_probe_says_what_a_file_is(here, video):
    words = here("probe", str(video)).stdout
    assert "h264, 48 × 64" in words
    assert "turned by 90° when shown" in words
    assert "25 pictures a second, 50 in all" in words
    assert "1 picture, 0 sound, 0 subtitle" in words


def test_probe_as_json_names_every_key_frame(here, video):
    found = json.loads(here("probe", "--json", str(video)).stdout)
    assert (found["pictures"], found["last_picture_seconds"], found["seekable"]) == (50, 1.96, True)
    assert found["key_frame_seconds"] == [0.0, 1.0]
    assert (found["width"], found["height"], found["rotation"]) == (48, 64, 90)


def test_probe_of_a_still_image_is_a_single_picture(here, tmp_path):
    write_picture(tmp_path / "red.png", np.full((48, 64, 3), (200, 60, 40), np.uint8))
    words = here("probe", "red.png").stdout
    assert "png, 64 × 48" in words
    assert "a single picture" in words
    assert "the first picture alone" in words


def test_probe_of_what_is_no_video_is_one_sentence(here, tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    done = here("probe", "text.mp4")
    assert done.returncode == 1
    assert done.stderr.startswith("vidsense: cannot open text.mp4")
    assert done.stderr.count("\n") == 1
