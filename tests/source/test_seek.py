"""A seek finds the very picture that a pass in order finds, whatever the codec and the order of its frames."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from vidsense.source import open_video
from vidsense.source.synthetic import write_video


def structure(name: str, codec: str, pixel_format: str = "yuv420p", **options: str) -> tuple[str, dict[str, Any]]:
    """A file name and how to write it."""
    return name, {
        "codec": codec,
        "pixel_format": pixel_format,
        "options": {key.replace("_", "-"): value for key, value in options.items()} or None,
    }


HIDDEN = {"auto_alt_ref": "1", "lag_in_frames": "12", "cpu_used": "8"}
"""Frames that are decoded and never shown."""
STRUCTURES = {
    "B-frames": structure("a.mp4", "libx264", g="12", bf="3"),
    "B-pyramid in Matroska": structure("a.mkv", "libx264", g="20", bf="5", x264_params="b-pyramid=strict"),
    "one long GOP": structure("a.mp4", "libx264", g="1000"),
    "open GOP": structure("a.mp4", "libx264", g="12", bf="3", x264_params="open-gop=1"),
    "key frames only": structure("a.mp4", "libx264", g="1"),
    "no B-frames": structure("a.mov", "libx264", g="10", bf="0"),
    "transport stream": structure("a.ts", "libx264", g="12", bf="2"),
    "HEVC, open GOP": structure(
        "a.mp4",
        "libx265",
        preset="ultrafast",
        x265_params="keyint=12:min-keyint=12:bframes=3:open-gop=1:log-level=none",
    ),
    "MPEG-4": structure("a.mp4", "mpeg4", g="12", bf="2"),
    "MPEG-4 in AVI": structure("a.avi", "mpeg4", g="12", bf="2"),
    "MPEG-2": structure("a.mpg", "mpeg2video", g="12", bf="2"),
    "MPEG-2 in a transport stream": structure("a.ts", "mpeg2video", g="12", bf="2"),
    "VP8 with hidden frames": structure("a.webm", "libvpx", g="20", **HIDDEN),
    "VP9 with hidden frames": structure("a.webm", "libvpx-vp9", g="20", **HIDDEN),
    "AV1": structure("a.mp4", "libsvtav1", preset="11", g="16"),
    "Motion JPEG": structure("a.avi", "mjpeg", "yuvj420p"),
    "WMV in ASF": structure("a.asf", "wmv2", g="12"),
    "FLV": structure("a.flv", "libx264", g="12", bf="2"),
    "elementary stream without times": structure("a.h264", "libx264", g="12", bf="2"),
    "GIF": structure("a.gif", "gif", "rgb8"),
}


@pytest.fixture(scope="module", params=STRUCTURES, ids=lambda name: name.replace(" ", "-"))
def coded(request, moving, tmp_path_factory):
    """(stream, its times, its pictures in order) of one structure."""
    name, options = STRUCTURES[request.param]
    stream = open_video(write_video(moving(), tmp_path_factory.mktemp("coded") / name, **options))
    frames = list(stream.iter_frames())
    return stream, np.array([f.pts_seconds for f in frames]), [f.pixels for f in frames]


def test_a_pass_in_order_shows_every_frame_once(coded):
    stream, times, pictures = coded
    assert len(times) == 50
    np.testing.assert_allclose(np.diff(times), 0.04, atol=1.1e-3)  # Matroska and FLV count milliseconds
    assert all(not np.array_equal(a, b) for a, b in pairwise(pictures))
    assert stream.damage.frames == 0


def test_each_single_frame_can_be_sought(coded):
    stream, times, pictures = coded
    for i in (49, 0, 1, 11, 12, 13, 23, 24, 30, 37, 48):
        [found] = stream.frames_at([times[i]])
        assert found.pts_seconds == pytest.approx(times[i], abs=1e-6)
        assert np.array_equal(found.pixels, pictures[i]), i


@pytest.mark.parametrize("ids", [[3, 40], [3, 4, 5, 26], [25, 25, 47], [2, 9, 10, 30, 31, 49]])
def test_several_frames_can_be_sought_at_once(coded, ids):
    stream, times, pictures = coded
    found = list(stream.frames_at(times[ids]))
    assert [f.pts_seconds for f in found] == pytest.approx(times[ids], abs=1e-6)
    assert all(np.array_equal(f.pixels, pictures[i]) for f, i in zip(found, ids, strict=True))


def test_a_range_that_starts_late_shows_the_same_pictures(coded):
    stream, times, pictures = coded
    for i in (1, 11, 12, 14, 25, 47):
        found = list(stream.iter_frames(start_seconds=times[i] - 0.01))
        assert len(found) == 50 - i
        assert np.array_equal(found[0].pixels, pictures[i]), i


def test_key_frames_within_the_tolerance_are_frames_of_the_video(coded):
    stream, times, pictures = coded
    wanted = [0.1, 0.7, 1.3, 1.9]
    for frame, time in zip(stream.frames_at(wanted, tolerance_seconds=1.0), wanted, strict=True):
        assert abs(frame.pts_seconds - time) <= 1.0
        i = int(np.argmin(np.abs(times - frame.pts_seconds)))
        assert times[i] == pytest.approx(frame.pts_seconds, abs=1e-6)
        assert np.array_equal(frame.pixels, pictures[i])


def test_key_frames_are_taken_where_they_are_near_enough(draw):
    stream = open_video(draw("keys.mp4", options={"g": "10", "bf": "3", "sc_threshold": "0"}))
    found = [f.pts_seconds for f in stream.frames_at([0.1, 0.3, 1.0, 1.99], tolerance_seconds=0.41)]
    assert found == pytest.approx([0.0, 0.4, 0.8, 1.6]) or found == pytest.approx([0.0, 0.4, 1.2, 1.6])


def test_joined_recordings_go_on_counting(draw, tmp_path):
    """Two recordings in one transport stream: the second begins its count anew."""
    joined = tmp_path / "joined.ts"
    a, b = draw("a.ts", start_seconds=20.0), draw("b.ts", start_seconds=5.013)
    joined.write_bytes(a.read_bytes() + b.read_bytes())
    stream = open_video(joined)
    frames = list(stream.iter_frames())
    times = np.array([f.pts_seconds for f in frames])
    assert len(times) == 100
    assert times[0] == 0 and np.all(np.diff(times) > 0) and times[-1] == pytest.approx(3.96, abs=0.1)
    for i in (10, 49, 50, 70, 99):
        [found] = stream.frames_at([times[i]])
        assert np.array_equal(found.pixels, frames[i].pixels)
