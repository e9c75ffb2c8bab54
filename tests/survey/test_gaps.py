"""What the file says a picture lasts is no gap; what it leaves open is one."""

import numpy as np
import pytest
from PIL import Image

from vidsense.source import open_video
from vidsense.source.synthetic import SyntheticStream, plain
from vidsense.survey.gaps import gaps_between, picture_end_seconds
from vidsense.survey.survey import survey_video


@pytest.fixture
def info():
    """Of two seconds, as the header says."""
    return SyntheticStream(plain((48, 64), 2.0, (90, 90, 140))).info


def test_a_last_picture_that_is_held_is_no_gap(tmp_path):
    pictures = [Image.fromarray(np.full((48, 64), 40 * i, np.uint8)) for i in range(5)]
    lasts = [500, 500, 500, 500, 4000]
    pictures[0].save(tmp_path / "held.gif", save_all=True, append_images=pictures[1:], duration=lasts)
    with open_video(tmp_path / "held.gif") as stream:
        survey = survey_video(stream)
    assert survey.picture_end_seconds == pytest.approx(6.0)
    assert survey.gaps == ()


def test_a_pause_that_the_file_tells_is_no_gap(info):
    pts = np.array([0.0, 0.1, 0.2, 15.0, 15.1])
    told, silent = np.array([0.1, 0.1, 14.8, 0.1, 0.1]), np.full(5, 0.1)
    assert gaps_between(pts, told, info, (0.0, None), 15.2) == []
    assert gaps_between(pts, silent, info, (0.0, None), 15.2) == [(pytest.approx(0.3), 15.0)]


def test_the_last_picture_ends_within_what_the_header_says(info):
    pts, lasts = np.array([0.0, 0.04]), np.array([0.04, 1e6])
    assert picture_end_seconds(pts, lasts, info, 0.04) == pytest.approx(2.0)
    assert picture_end_seconds(pts, np.full(2, 0.04), info, 0.04) == pytest.approx(0.08)
