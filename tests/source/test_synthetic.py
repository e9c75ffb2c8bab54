"""A drawing is what it says: the same every time, with joins where they are told and answers that hold."""

import numpy as np
import pytest

from vidsense.source import open_video
from vidsense.source import synthetic as drawn
from vidsense.source.synthetic import Join, SyntheticStream

SIZE = (72, 128)


def scene(seed=0, seconds=2.0):
    return drawn.still(drawn.texture(SIZE, seed), seconds)


def change(a, b):
    """The largest difference of two pictures' block means, in levels."""
    blocks = [x[:72, :128].reshape(9, 8, 16, 8, 3).mean(axis=(1, 3)) for x in (a, b)]
    return np.abs(blocks[0] - blocks[1]).max()


DRAWINGS = {
    "walker": lambda: drawn.with_walker(scene(), 0.5, 1.5, height_px=24, width_px=10),
    "lamp": lambda: drawn.with_lamp(scene(), 0.5, 1.5),
    "noise": lambda: drawn.with_noise(scene(), 4.0, seed=3),
    "flash": lambda: drawn.with_flash(scene(), 1.0),
    "flicker": lambda: drawn.with_flicker(scene(), 0.5, 1.5),
    "exposure": lambda: drawn.with_exposure(scene(), 0.5, 0.5, 1.6),
    "text": lambda: drawn.with_text(scene(), "CAM 2", start=0.5, end=1.5),
    "clock": lambda: drawn.with_clock(scene()),
    "shape": lambda: drawn.with_shape(scene(), lambda t: (64 * t, 36), size_px=12, colour=(255, 0, 0), kind="square"),
    "pan": lambda: drawn.panned(scene(), (48, 64), right=20),
    "zoom": lambda: drawn.zoomed(scene(), (48, 64), 1.0, 1.5),
    "shake": lambda: drawn.shaken(scene(), (48, 64), 5.0),
    "whip": lambda: drawn.whipped(scene(), (48, 64), 0.8, 0.3, 50),
    "slides": lambda: drawn.slides(SIZE, [("One", ("a", "b")), ("Two", ("c",))], 1.0),
    "terminal": lambda: drawn.terminal(SIZE, ["$ ls", "a b c", "$"], 2.0),
    "yard": lambda: drawn.still(drawn.yard(SIZE), 2.0),
    "street": lambda: drawn.panned(drawn.still(drawn.street((72, 300)), 2.0), SIZE, right=40),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_the_same_every_time(name):
    first, second = DRAWINGS[name](), DRAWINGS[name]()
    for time in (1.0, 0.0, 1.96, 1.0):
        picture = first.paint(time)
        assert picture.shape == (*first.size, 3)
        assert picture.dtype == np.uint8
        assert np.array_equal(picture, second.paint(time))


def test_another_seed_is_another_picture():
    pictures = [drawn.texture(SIZE, seed) for seed in range(6)]
    assert all(change(a, b) > 40 for i, a in enumerate(pictures) for b in pictures[:i])


def test_a_walker_crosses_and_leaves():
    bare = scene()
    drawing = drawn.with_walker(bare, 0.5, 1.5, height_px=24, width_px=10)
    columns = {}
    for time in drawing.times():
        different = np.abs(drawing.paint(time).astype(int) - bare.paint(time)).max(axis=(0, 2)) > 8
        if different.any():
            columns[time] = np.flatnonzero(different)
    assert min(columns) == pytest.approx(0.54, abs=0.05)
    assert max(columns) == pytest.approx(1.44, abs=0.05)
    middles = [c.mean() for c in columns.values()]
    assert middles == sorted(middles)
    assert max(len(c) for c in columns.values()) <= 14  # 10 and the smooth edges
    assert columns[1.0].mean() == pytest.approx(64, abs=2)


def test_a_lamp_is_lit_between_its_times():
    drawing = drawn.with_lamp(scene(), 0.5, 1.5, centre=(0.8, 0.25))
    means = {t: drawing.paint(t).mean() for t in (0.48, 0.5, 1.48, 1.5)}
    assert means[0.48] == means[1.5] < means[0.5] - 3
    assert means[0.5] == means[1.48]


def test_noise_has_its_deviation_and_is_new_in_every_frame():
    grey = drawn.plain((64, 64), 1.0, (128, 128, 128))
    drawing = drawn.with_noise(grey, 5.0)
    a, b = (drawing.paint(t).astype(float) for t in (0.0, 0.04))
    assert a.std() == pytest.approx(5.0, rel=0.05)
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] < 0.1


def test_a_pan_moves_the_picture_left():
    drawing = drawn.panned(scene(), (48, 64), right=25)
    before, after = drawing.paint(0.96), drawing.paint(1.04)
    assert np.abs(before[:, 2:].astype(int) - after[:, :-2]).max() <= 1


def test_cuts_are_where_the_picture_changes():
    drawing = drawn.cut(scene(0, 1.0), scene(1, 0.6), scene(0, 0.4))
    assert drawing.joins == (Join(1.0, 1.0, "cut"), Join(1.6, 1.6, "cut"))
    pictures = list(drawing.pictures())
    jumps = [i for i in range(1, len(pictures)) if change(pictures[i - 1], pictures[i]) > 0]
    assert jumps == [25, 40]


def test_a_join_that_nobody_sees_is_none():
    dark = drawn.plain(SIZE, 0.4)
    drawing = drawn.cut(drawn.fade_out(scene(0), 0.6), dark, drawn.fade_in(scene(1), 0.4))
    assert drawing.joins == (Join(1.4, 2.0, "fade out"), Join(2.4, 2.8, "fade in"))
    assert drawn.cut(scene(0), scene(0)).joins == ()
    quiet = drawn.cut(drawn.with_noise(scene(), 3.0, seed=1), drawn.with_noise(scene(), 3.0, seed=2))
    assert quiet.joins == ()


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (120, 20, 20)])
def test_fades_begin_and_end_in_their_colour(colour):
    drawing = drawn.fade_out(drawn.fade_in(scene(), 0.4, colour), 0.6, colour)
    assert drawing.joins == (Join(0.0, 0.4, "fade in"), Join(1.4, 2.0, "fade out"))
    pictures = list(drawing.pictures())
    for end in (pictures[0], pictures[-1]):
        assert np.abs(end.astype(int) - colour).max() <= 1
    assert np.array_equal(pictures[20], scene().paint(0.8))
    distances = [np.abs(p.astype(int) - colour).mean() for p in pictures[:10]]
    assert distances == sorted(distances)


def test_a_dissolve_is_half_of_each_in_its_middle():
    a, b = scene(0), scene(1)
    drawing = drawn.dissolve(a, b, 1.0)
    assert drawing.joins == (Join(1.0, 2.0, "dissolve"),)
    assert drawing.duration_seconds == 3.0
    half = (a.paint(0).astype(int) + b.paint(0)) / 2
    assert np.abs(drawing.paint(1.5) - half).max() <= 1
    assert np.array_equal(drawing.paint(1.0), a.paint(0))
    assert np.array_equal(drawing.paint(2.0), b.paint(0))


def test_joins_move_with_what_they_belong_to():
    film = drawn.cut(scene(0, 1.0), drawn.dissolve(drawn.cut(scene(1, 1.0), scene(2, 1.0)), scene(3, 1.0), 0.4))
    assert film.joins == (Join(1.0, 1.0, "cut"), Join(2.0, 2.0, "cut"), Join(pytest.approx(2.6), 3.0, "dissolve"))
    part = drawn.excerpt(film, 0.8, 1.0)
    assert [(join.start, join.kind) for join in part.joins] == [(pytest.approx(0.2), "cut")]
    assert np.array_equal(part.paint(0.3), film.paint(1.1))


def test_drawings_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="must agree"):
        drawn.cut(scene(), drawn.plain((48, 64), 1.0))
    with pytest.raises(ValueError, match="does not fit"):
        drawn.dissolve(scene(), scene(), 3.0)
    with pytest.raises(ValueError, match="no frame"):
        drawn.plain(SIZE, 0.0)


def test_a_written_drawing_comes_back(draw):
    drawing = drawn.cut(scene(0, 0.4), scene(1, 0.4))
    stream = open_video(draw("written.mp4", drawing, options={"crf": "10"}))
    for frame, drawn_frame in zip(stream.iter_frames(), SyntheticStream(drawing).iter_frames(), strict=True):
        assert frame.pts_seconds == pytest.approx(drawn_frame.pts_seconds)
        assert np.abs(frame.pixels.astype(int) - drawn_frame.pixels).mean() < 8


def test_the_demo_shows_what_it_promises():
    demo = drawn.demo_drawing()
    assert (demo.size, demo.frame_rate, demo.duration_seconds) == ((360, 640), 25.0, 24.0)
    assert [(j.start, j.end, j.kind) for j in demo.joins] == [
        (4.0, 4.0, "cut"),
        (16.0, 17.0, "dissolve"),
        (22.5, 24.0, "fade out"),
    ]
    assert demo.paint(23.96).max() <= 2
    assert demo.paint(15.0).mean() > demo.paint(13.0).mean() + 3


def test_the_blind_spot_is_a_small_walker_in_noise():
    drawing = drawn.blind_spot_drawing()
    assert (drawing.size, drawing.duration_seconds, drawing.joins) == ((360, 640), 60.0, ())
    a, b = drawing.paint(20.0).astype(int), drawing.paint(33.0).astype(int)
    rows, columns = np.nonzero(np.abs(a - b).max(axis=2) > 40)
    assert 70 <= np.ptp(rows) <= 92
    assert 10 <= np.ptp(columns) <= 42
    assert np.abs(a - b).mean() < 5  # a whole-frame mean sees nothing
