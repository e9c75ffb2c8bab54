"""What every `VideoStream` promises, held against each that there is."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def times_of(frames):
    return [frame.pts_seconds for frame in frames]


def test_every_stream_starts_at_zero_and_never_goes_back(stream):
    times = times_of(stream.iter_frames())
    assert times[0] == 0.0
    assert times == sorted(times)
    assert len(times) == 50


def test_every_pass_starts_anew(stream):
    first = stream.iter_frames()
    next(first), next(first)
    assert times_of(stream.iter_frames()) == times_of(stream.iter_frames())
    assert next(first).pts_seconds == pytest.approx(0.08)


def test_frames_have_the_size_that_the_info_tells(stream):
    assert {frame.pixels.shape for frame in stream.iter_frames()} == {(stream.info.height, stream.info.width, 3)}


@pytest.mark.parametrize("size", [(24, 32), (17, 31), (96, 128)])
def test_frames_have_the_size_that_is_asked_for(stream, size):
    frame = next(stream.iter_frames(size))
    assert frame.pixels.shape == (*size, 3)
    assert frame.pixels.dtype == np.uint8
    assert next(stream.frames_at([0.5], size)).pixels.shape == (*size, 3)


@pytest.mark.parametrize("long_side, shape", [(32, (24, 32)), (16, (12, 16)), (1000, (48, 64))])
def test_planes_are_even_and_never_larger_than_the_picture(stream, long_side, shape):
    planes = next(stream.iter_planes(long_side))
    assert planes.luma.shape == shape
    assert planes.chroma.shape == (2, shape[0] // 2, shape[1] // 2)
    assert planes.luma.dtype == planes.chroma.dtype == np.uint8


def test_planes_and_frames_are_shown_at_the_same_times(stream):
    assert times_of(stream.iter_planes(32)) == times_of(stream.iter_frames())


def test_planes_show_what_the_frames_show(stream):
    """Luma within 6 levels on average: only the codec and the order of scaling and weighting differ."""
    for frame, planes in zip(stream.iter_frames((24, 32)), stream.iter_planes(32), strict=True):
        luma = frame.pixels @ np.array([0.299, 0.587, 0.114])
        assert np.abs(luma - planes.luma).mean() < 6


def test_a_range_holds_its_start_and_not_its_end(stream):
    everything = times_of(stream.iter_frames())
    for start, end in [(0.0, None), (0.0, 0.4), (0.4, 1.2), (0.81, 1.19), (1.9, None), (1.0, 1.0), (5.0, None)]:
        expected = [t for t in everything if t >= start and (end is None or t < end)]
        assert times_of(stream.iter_frames(start_seconds=start, end_seconds=end)) == expected
        assert times_of(stream.iter_planes(16, start_seconds=start, end_seconds=end)) == expected


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.floats(0, 2.5), max_size=6).map(sorted))
def test_frames_at_some_times_are_those_on_screen_then(stream, times):
    frames = list(stream.iter_frames())
    shown = np.array(times_of(frames))
    expected = [frames[max(0, int(np.searchsorted(shown, t + 5e-4, side="right")) - 1)] for t in times]
    found = list(stream.frames_at(times))
    assert times_of(found) == pytest.approx(times_of(expected))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(found, expected, strict=True))


def test_a_tolerance_is_kept(stream):
    wanted = [0.1, 0.5, 0.93, 1.99]
    for tolerance in (0.0, 0.02, 0.2, 10.0):
        for time, found in zip(wanted, times_of(stream.frames_at(wanted, tolerance_seconds=tolerance)), strict=True):
            assert abs(found - time) <= max(tolerance, 0.04)


def test_times_must_ascend(stream):
    with pytest.raises(ValueError, match="ascending"):
        list(stream.frames_at([1.0, 0.5]))


def test_no_times_are_no_frames(stream):
    assert list(stream.frames_at([])) == []


def test_a_sound_video_has_no_damage(stream):
    list(stream.iter_frames())
    assert stream.damage.frames == 0
    assert stream.damage.messages == []
