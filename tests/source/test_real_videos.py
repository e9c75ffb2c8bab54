"""Times of the frames of real videos, against those that ffprobe's decoder gave (milliseconds in pts.json.gz)."""

import gzip
import json

import numpy as np
import pytest

from vidsense.errors import SourceError
from vidsense.source import open_video

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def known_times(shared_videos):
    """File → milliseconds of its frames."""
    with gzip.open(shared_videos / "pts.json.gz") as file:
        return json.load(file)


def test_every_real_video_has_the_times_that_are_known(shared_videos, known_times):
    wrong = {}
    for name, milliseconds in known_times.items():
        stream = open_video(shared_videos / name)
        times = np.array([planes.pts_seconds for planes in stream.iter_planes(32)])
        expected = (np.array(milliseconds) - milliseconds[0]) / 1000
        if len(times) != len(expected):
            wrong[name] = f"{len(times)} frames instead of {len(expected)}, {stream.damage.frames} damaged"
        elif np.abs(times - expected).max() > 2e-3:
            wrong[name] = f"off by {np.abs(times - expected).max():.3f} s"
    assert not wrong


def test_seeks_in_real_videos_find_the_frames_of_a_pass_in_order(shared_videos, known_times):
    for name in known_times:
        stream = open_video(shared_videos / name)
        if not stream.index().seekable or stream.info.width > 1300 or len(known_times[name]) > 1500:
            continue
        frames = list(stream.iter_frames((36, 64)))
        for i in np.linspace(0, len(frames) - 1, 4).astype(int):
            [found] = stream.frames_at([frames[i].pts_seconds], (36, 64))
            assert found.pts_seconds == pytest.approx(frames[i].pts_seconds, abs=2e-3), name
            assert np.array_equal(found.pixels, frames[i].pixels), (name, i)


def test_every_file_of_the_folder_is_read_or_refused_with_a_sentence(shared_videos):
    for path in sorted(shared_videos.glob("*.*")):
        if path.name in {"manifest.json", "pts.json.gz"}:
            continue
        try:
            stream = open_video(path)
        except SourceError as error:
            assert path.name in str(error)
        else:
            assert next(stream.iter_frames((36, 64))).pts_seconds == 0.0
