import numpy as np
import pytest

from vidsense.source.synthetic import (
    cut,
    panned,
    plain,
    shaken,
    still,
    texture,
    with_noise,
    with_walker,
    zoomed,
)

SIZE = (180, 320)
WIDE = (540, 960)


def wide(seed, seconds=3.0):
    return still(texture(WIDE, seed), seconds)


MOVES = {
    "pan right": panned(wide(1), SIZE, right=60.0),
    "pan left": panned(wide(2), SIZE, right=-60.0),
    "tilt down": panned(wide(3), SIZE, down=50.0),
    "tilt up": panned(wide(4), SIZE, down=-50.0),
    "zoom in": zoomed(wide(5), SIZE, 1.0, 1.8),
    "zoom out": zoomed(wide(6), SIZE, 1.8, 1.0),
    "shake": shaken(wide(7), SIZE, 5.0),
}
STILL = {
    "a scene with noise": with_noise(still(texture(SIZE, 8), 3.0), 2.0),
    "somebody who fills half of the picture": with_walker(
        still(texture(SIZE, 9), 3.0), 0.2, 2.8, height_px=160, width_px=120
    ),
    "one colour": plain(SIZE, 3.0, (80, 90, 100)),
}


@pytest.mark.parametrize("motion", MOVES)
def test_the_camera_is_named_by_what_it_does(surveyed, motion):
    survey = surveyed(MOVES[motion])
    assert survey.camera_moves
    assert [shot.camera for shot in survey.shots] == [motion]


@pytest.mark.parametrize("drawing", STILL.values(), ids=STILL)
def test_a_camera_that_stands_is_static(surveyed, drawing):
    survey = surveyed(drawing)
    assert not survey.camera_moves
    assert [shot.camera for shot in survey.shots] == ["static"]


def test_each_shot_has_its_own_camera(surveyed):
    survey = surveyed(cut(panned(wide(10), SIZE, right=60.0), with_noise(still(texture(SIZE, 11), 3.0), 1.0)))
    assert [shot.camera for shot in survey.shots] == ["pan right", "static"]
    assert all(span.end <= 3.5 for span in survey.camera_spans)


def test_a_camera_that_moves_less_than_half_of_the_time_is_static(surveyed):
    survey = surveyed(cut(panned(wide(12, 2.0), SIZE, right=60.0), with_noise(still(texture(SIZE, 13), 6.0), 1.0)))
    assert not survey.camera_moves
    assert 0.1 < survey.moving_share < 0.4
    assert np.all(np.diff([span.start for span in survey.camera_spans]) > 0)
