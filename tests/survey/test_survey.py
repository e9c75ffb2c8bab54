import numpy as np
import pytest

from vidsense.errors import SourceError
from vidsense.source.synthetic import (
    SyntheticStream,
    cut,
    slides,
    still,
    texture,
    with_noise,
    with_walker,
)
from vidsense.survey.series import Series
from vidsense.survey.survey import survey_video

SIZE = (180, 320)


@pytest.fixture(scope="module")
def walk():
    """Eight seconds with noise; somebody small walks through from 3 to 6 s."""
    scene = with_noise(still(texture(SIZE, 1), 8.0), 2.0)
    return survey_video(SyntheticStream(with_walker(scene, 3.0, 6.0, height_px=40, width_px=16)))


def test_every_frame_is_measured_once(walk):
    assert len(walk.pts_seconds) == 200
    assert walk.end_seconds == pytest.approx(8.0)
    assert walk.shots[0].start == 0.0
    assert walk.shots[-1].end == pytest.approx(8.0)


def test_novelty_is_high_where_something_small_happens_and_low_elsewhere(walk):
    seconds, novelty = walk.sample_seconds, walk.novelty[:, -1]
    quiet = (seconds > 0.7) & (seconds < 2.2) | (seconds > 6.8) & (seconds < 7.3)
    busy = (seconds > 3.5) & (seconds < 5.5)
    assert np.median(novelty[busy]) > 4 * np.median(novelty[quiet])


def test_motion_has_the_place_of_what_moves(walk):
    seconds, motion = walk.sample_seconds, walk.motion
    early, late = (seconds > 3.4) & (seconds < 3.8), (seconds > 5.2) & (seconds < 5.6)
    middle = (motion[:, 2] + motion[:, 4]) / 2
    assert middle[early].mean() < 0.4
    assert middle[late].mean() > 0.6
    assert np.all(motion[(seconds > 0.5) & (seconds < 2.8), 1] == 0.0)


def test_frames_that_repeat_a_picture_share_its_number():
    survey = survey_video(SyntheticStream(slides(SIZE, [("One", ("a",)), ("Two", ("b",))], 2.0)))
    assert set(survey.picture.tolist()) == {0, 1}
    assert survey.plain_share > 0.3


def test_a_part_keeps_the_times_of_the_whole():
    drawing = cut(still(texture(SIZE, 2), 2.0), still(texture(SIZE, 3), 2.0))
    part = survey_video(SyntheticStream(drawing), start_seconds=1.0, end_seconds=3.0)
    assert part.pts_seconds[0] == pytest.approx(1.0)
    assert [(s.start, s.end) for s in part.shots] == [
        (1.0, pytest.approx(2.0)),
        (pytest.approx(2.0), pytest.approx(3.0)),
    ]


def test_a_span_without_pictures_is_an_error():
    with pytest.raises(SourceError, match="no picture"):
        survey_video(SyntheticStream(still(texture(SIZE, 4), 1.0)), start_seconds=5.0)


def test_progress_reaches_the_end_and_may_stop_the_work():
    seen = []
    stream = SyntheticStream(still(texture(SIZE, 5), 4.0))
    survey_video(stream, on_progress=lambda stage, share: seen.append((stage, share)))
    assert seen[-1][0] == "survey"
    assert 0.9 < seen[-1][1] <= 1.0

    def stop(_stage, _share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey_video(stream, on_progress=stop)


def test_a_series_grows_and_keeps_what_it_had():
    series = Series(np.float64, (2,))
    for i in range(1000):
        series.append(np.array([i, -i]))
    assert series.array.shape == (1000, 2)
    assert series.array[777].tolist() == [777.0, -777.0]


@pytest.mark.full
def test_memory_does_not_keep_pictures():
    import tracemalloc

    def peak(seconds):
        drawing = with_noise(still(texture((90, 160), 6), seconds), 2.0)
        tracemalloc.start()
        survey_video(SyntheticStream(drawing))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2.0)
    assert peak(60.0) < peak(15.0) + 2_000_000  # 1,125 more frames of 14 kB would be 16 MB
