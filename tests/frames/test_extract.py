import numpy as np
import pytest

import vidsense
from vidsense.frames.budget import FrameBudget
from vidsense.frames.clip import iter_pixels
from vidsense.frames.sampling import choose_frames
from vidsense.source.synthetic import cut, plain, write_video
from vidsense.survey.survey import survey_video


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    """Five seconds, each of another grey."""
    shots = (plain((48, 64), 1.0, (level,) * 3) for level in (20, 60, 100, 140, 180))
    return write_video(cut(*shots), tmp_path_factory.mktemp("extract") / "colours.mp4")


def test_extracted_frames_are_uniformly_spaced_and_show_their_time(colours):
    frames = vidsense.extract_frames(colours, n_frames=5)
    assert frames.pixels.shape == (5, 48, 64, 3)
    np.testing.assert_allclose(frames.pts_seconds, [0.5, 1.5, 2.5, 3.5, 4.5], atol=0.04)
    np.testing.assert_allclose(frames.pixels.mean((1, 2, 3)), [20, 60, 100, 140, 180], atol=3)
    assert [frame.pts_seconds for frame in frames] == frames.pts_seconds.tolist()
    assert len(frames) == 5


def test_frames_come_in_the_size_that_is_asked_for(colours):
    assert vidsense.extract_frames(colours, 2, size=(24, 32)).pixels.shape == (2, 24, 32, 3)


def test_no_frames_are_no_request(colours):
    with pytest.raises(ValueError, match="at least 1"):
        vidsense.extract_frames(colours, 0)


def test_a_clip_gives_its_pixels_one_by_one(colours):
    with vidsense.open_video(colours) as stream:
        clip = choose_frames(survey_video(stream), "adaptive", FrameBudget(5))
        levels = [round(float(frame.pixels.mean()), -1) for _, frame in iter_pixels(clip, stream)]
    assert levels == [20, 60, 100, 140, 180]
