"""What moves before a standing camera, on drawn scenes whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsense.facts.activity import mover_activities
from vidsense.facts.blobs import Blob, BlobWatcher, normalised
from vidsense.facts.light import light_facts
from vidsense.facts.movers import direction_of, edge_of, mover_facts, steadied, tracked
from vidsense.source.synthetic import (
    SyntheticStream,
    cut,
    panned,
    still,
    texture,
    with_exposure,
    with_flicker,
    with_lamp,
    with_noise,
    with_shape,
    with_walker,
)
from vidsense.survey.survey import survey_video

SIZE = (180, 320)


def scene(seed, seconds=12.0):
    return with_noise(still(texture(SIZE, seed), seconds), 2.0, seed=seed)


def movers(drawing, kind="mover"):
    watcher = BlobWatcher()
    survey = survey_video(SyntheticStream(drawing), watchers=[watcher])
    found = mover_facts(steadied(survey, watcher.steady), watcher.finish(), light_facts(survey, []))
    return [fact for fact in found if fact.kind == kind]


def walker(drawing, start, end, **options):
    return with_walker(drawing, start, end, height_px=60, width_px=24, **options)


def test_a_walker_is_one_mover_with_its_way():
    [fact] = movers(walker(scene(1), 4.0, 8.0))
    assert (fact.start, fact.end) == (pytest.approx(4.0, abs=0.6), pytest.approx(8.0, abs=0.6))
    assert fact.details["direction"] == "left to right"
    assert (fact.details["enters"], fact.details["leaves"]) == ("left", "right")
    assert 0.002 < fact.details["size"] < 0.06
    times = [point[0] for point in fact.details["path"]]
    assert times == sorted(times)
    assert fact.start <= times[0] <= times[-1] <= fact.end
    assert fact.start <= fact.moment <= fact.end


def test_two_who_cross_at_once_are_counted():
    film = with_shape(
        walker(scene(2), 3.0, 8.0),
        lambda t: (300 - 60 * (t - 3.0), 30.0) if 3.0 <= t <= 8.0 else (-90.0, -90.0),
        size_px=26,
        colour=(240, 240, 240),
    )
    assert len(movers(film)) >= 2
    assert {fact.details["direction"] for fact in movers(film)} >= {"left to right", "right to left"}
    [most] = movers(film, "count")
    assert most.details["count"] == 2
    [activity] = mover_activities(movers(film))
    assert activity.most == 2


QUIET = {
    "noise alone": scene(3),
    "a lamp": with_lamp(scene(4), 5.0),
    "exposure": with_exposure(scene(5), 4.0, 1.0, 0.5),
    "flicker": with_flicker(scene(6), 3.0, 9.0),
    "another scene": cut(scene(7, 6.0), scene(8, 6.0)),
}


def swaying(seed):
    """Leaves that sway: every patch of a texture goes to and fro by itself."""
    picture = texture(SIZE, seed)
    phases = np.random.default_rng(seed).uniform(0, 6.28, (6, 8))

    def paint(t):
        out = picture.copy()
        for row in range(6):
            for column in range(8):
                shift = round(3 * np.sin(2.2 * t + phases[row, column]))
                place = slice(30 * row, 30 * row + 30), slice(40 * column, 40 * column + 40)
                out[place] = np.roll(picture[place], shift, axis=1)
        return out

    return replace(still(picture, 12.0), paint=paint)


def raining(seed, drops=60):
    """Streaks that fall, each somewhere else: rain before a lens."""
    picture = texture(SIZE, seed)

    def paint(t):
        out = picture.copy()
        rng = np.random.default_rng(round(t * 25))
        for x, y in zip(rng.integers(2, 318, drops), rng.integers(0, 165, drops), strict=True):
            out[y : y + 12, x] = np.minimum(255, out[y : y + 12, x].astype(int) + 90)
        return out

    return replace(still(picture, 12.0), paint=paint)


def test_a_parcel_that_is_left_is_no_mover_once_it_stands():
    """Somebody comes in with it at 2 s, puts it down at 4 s and goes on; it stands there to the end."""
    film = walker(scene(8), 2.0, 6.0)
    film = with_shape(
        film, lambda t: (min(160.0, 80 * (t - 2.0)), 140.0), size_px=26, colour=(150, 90, 40), kind="square", start=2.0
    )
    found = movers(film)
    assert found
    assert max(fact.end for fact in found) <= 7.0
    assert min(fact.start for fact in found) == pytest.approx(2.0, abs=0.6)


@pytest.mark.parametrize("drawing", [*QUIET.values(), swaying(9), raining(10)], ids=[*QUIET, "swaying leaves", "rain"])
def test_what_is_no_mover_is_none(drawing):
    assert sum(fact.end - fact.start for fact in movers(drawing)) <= 0.03 * drawing.duration_seconds


def test_nothing_is_claimed_before_a_moving_camera():
    assert movers(panned(still(texture((180, 1200), 10), 6.0), SIZE, right=120.0)) == []


def test_light_does_not_change_what_is_compared():
    luma = texture((90, 160), 11)[:, :, 0]
    darker = (0.5 * luma.astype(np.float32)).astype(np.uint8)
    assert np.abs(normalised(luma).astype(int) - normalised(darker)).mean() < 10  # of ±127


def blob(seconds, x, y=0.5, size=0.1):
    return Blob(seconds, x, y, size, size, size * size)


def test_blobs_that_follow_each_other_are_one_track():
    blobs = [blob(0.1 * i, 0.1 + 0.02 * i) for i in range(20)] + [blob(0.1 * i, 0.9, 0.1) for i in range(20)]
    tracks = tracked(sorted(blobs, key=lambda b: b.seconds))
    assert sorted(len(track.blobs) for track in tracks) == [20, 20]
    assert {direction_of(track) for track in tracks} == {"left to right", None}


def test_what_is_not_seen_for_long_begins_anew():
    blobs = [blob(0.1 * i, 0.5) for i in range(8)] + [blob(10 + 0.1 * i, 0.5) for i in range(8)]
    assert len(tracked(blobs)) == 2


def test_a_side_is_left_by_what_goes_towards_it():
    long = [blob(0.1 * i, 0.5, 0.5 + 0.02 * i, 0.95) for i in range(5)]
    assert edge_of(long) == "bottom"
    assert edge_of([blob(0.1 * i, 0.5) for i in range(5)]) is None


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 1), st.floats(0, 1)), max_size=40))
def test_tracks_hold_blobs_in_time_order_and_none_twice(points):
    blobs = sorted((Blob(round(t, 1), x, y, 0.1, 0.1, 0.01) for t, x, y in points), key=lambda b: b.seconds)
    tracks = tracked(blobs)
    for track in tracks:
        times = [b.seconds for b in track.blobs]
        assert times == sorted(set(times))
    assert sum(len(track.blobs) for track in tracks) <= len(blobs)
