"""A tripod before a faint wall: what has corners moves, the camera does not."""

import numpy as np
import pytest

from vidsense.source.scenery import grain
from vidsense.survey.backdrop import standing_between
from vidsense.survey.camera_motion import CameraTracker

HEIGHT, WIDTH = 90, 160
OFFSETS = np.array([(0, 0), (3, 1), (5, -1), (2, 2), (-2, 1), (1, -2), (4, 0), (6, 2), (3, 0), (0, 1)])


def faint(seed):
    """(180, 320) float64: what hardly shows, 100 ± 7 of 255."""
    return 100.0 + 7.0 * grain((2 * HEIGHT, 2 * WIDTH), 8.0, np.random.default_rng(seed))


def strong(seed):
    """(180, 320) float64: full of corners."""
    return 128.0 + 127.0 * grain((2 * HEIGHT, 2 * WIDTH), 5.0, np.random.default_rng(seed))


def part(picture, x=0, y=0):
    return picture[40 + y : 40 + y + HEIGHT, 60 + x : 60 + x + WIDTH]


def tracked(paint):
    """The tracker after ten pictures, each by one of the `OFFSETS` away from where the first was."""
    tracker = CameraTracker()
    for i, (x, y) in enumerate(OFFSETS.tolist()):
        tracker.add(np.clip(paint(x, y), 0, 255).astype(np.uint8), 0.4 * i)
    return tracker


def head_before(wall, x, y, *, wall_moves):
    """Somebody who fills the right two thirds, before a wall on the left."""
    picture = part(wall, x, y).copy() if wall_moves else part(wall).copy()
    picture[:, WIDTH // 3 :] = part(strong(2), x, y)[:, WIDTH // 3 :]
    return picture


def test_a_head_that_moves_before_a_faint_wall_does_not_move_the_camera():
    tracker = tracked(lambda x, y: head_before(faint(1), x, y, wall_moves=False))
    assert tracker.moving_share(3.6) == 0.0
    assert tracker.spans() == []
    assert np.abs(tracker.samples.array[:, 3]).max() > 0.02  # for its corners all went the same way


def test_a_camera_that_moves_takes_the_faint_wall_along():
    tracker = tracked(lambda x, y: head_before(faint(1), x, y, wall_moves=True))
    assert tracker.moving_share(3.6) > 0.8


def test_a_sky_that_stands_above_a_moving_road_stops_no_camera():
    def road(x, y):
        picture = part(strong(3), x, y).copy()
        picture[: HEIGHT // 3] = part(faint(4))[: HEIGHT // 3]
        return picture

    assert tracked(road).moving_share(3.6) > 0.8


@pytest.mark.parametrize(
    ("stood", "held"),
    [
        ("S?S????", " x     "),
        ("S????S?", " xxxx  "),  # a third of those around
        ("S??????", "       "),  # nothing after
        ("?????SS", "       "),  # nothing before
        ("S.?.S..", "  x    "),
    ],
)
def test_what_lies_between_two_that_stood_stood_too(stood, held):
    seconds = 0.4 * np.arange(len(stood))
    states = np.array(list(stood))
    found = standing_between(seconds, states == "S", states == "?")
    assert "".join("x" if one else " " for one in found) == held
