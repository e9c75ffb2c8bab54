"""What every strategy promises, held against each; then what each does of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsense.frames.budget import FrameBudget, deserved_frames, reach_seconds
from vidsense.frames.clip import ChosenFrame, Clip, frame_ids
from vidsense.frames.sampling import choose_frames, evenly, uniform_times

STRATEGIES = ["every", "uniform", "keyframe", "adaptive"]


@pytest.fixture(params=STRATEGIES)
def choose(request):
    keys = [float(t) for t in range(10)]
    return lambda survey, budget=None: choose_frames(survey, request.param, budget, key_seconds=keys)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_a_budget_of_frames_is_met(choose, walk, count):
    clip = choose(walk, FrameBudget(count))
    assert len(clip.frames) == count
    assert clip.most_frames == count


def test_chosen_frames_are_decoded_frames_in_order_with_reasons(choose, film):
    clip = choose(film, FrameBudget(6))
    assert set(clip.pts_seconds) <= set(film.pts_seconds.tolist())
    assert clip.pts_seconds == sorted(set(clip.pts_seconds))
    assert len({frame.id for frame in clip.frames}) == 6
    assert all(frame.reason for frame in clip.frames)
    assert all(film.shots[f.shot].start - 1e-6 <= f.pts_seconds < film.shots[f.shot].end for f in clip.frames)


def test_a_budget_is_spread_over_the_whole_video(choose, film):
    times = np.array(choose(film, FrameBudget(5)).pts_seconds)
    assert times[0] < 2.0
    assert times[-1] > 6.0
    assert np.diff(times).max() <= 5.0


def test_tokens_limit_the_frames(choose, walk):
    assert len(choose(walk, FrameBudget(8, tokens=1000, tokens_per_frame=196)).frames) == 5


@pytest.mark.parametrize(
    "options, message",
    [
        ({"frames": 0}, "at least 1"),
        ({"tokens": 100}, "does not reach"),
        ({"tokens_per_frame": 0}, "at least 1"),
    ],
)
def test_a_budget_for_nothing_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        FrameBudget(**options)


def test_an_unknown_strategy_is_refused(walk):
    with pytest.raises(ValueError, match="sampling must be"):
        choose_frames(walk, "random")


def test_keyframe_needs_key_frames(walk):
    with pytest.raises(ValueError, match="needs the times"):
        choose_frames(walk, "keyframe")


def test_every_takes_every_frame(walk):
    assert choose_frames(walk, "every").pts_seconds == walk.pts_seconds.tolist()


def test_uniform_is_the_frame_on_screen_at_the_midpoints(walk):
    times = choose_frames(walk, "uniform", FrameBudget(4)).pts_seconds
    assert times == pytest.approx([1.25, 3.75, 6.25, 8.75], abs=0.04)


def test_keyframe_takes_key_frames_only(walk):
    clip = choose_frames(walk, "keyframe", FrameBudget(3), key_seconds=[0.0, 2.0, 4.0, 6.0, 8.0])
    assert set(clip.pts_seconds) <= {0.0, 2.0, 4.0, 6.0, 8.0}


def test_the_first_moment_is_always_looked_at(walk, film, talk, blind_spot):
    for survey in (walk, film, talk, blind_spot):
        first = choose_frames(survey).frames[0]
        assert (first.pts_seconds, first.reason) == (0.0, "start")


def test_what_begins_happens_and_ends_gets_frames(walk):
    times = choose_frames(walk, "adaptive", FrameBudget(6)).pts_seconds
    assert sum(3.9 <= t <= 6.3 for t in times) >= 3


def test_every_shot_is_looked_at_while_the_budget_reaches(film):
    assert len(film.shots) == 10
    clip = choose_frames(film, "adaptive", FrameBudget(10))
    assert sorted(frame.shot for frame in clip.frames) == list(range(10))
    assert clip.shots_left_out == 0


def test_shots_that_the_budget_does_not_reach_are_counted(film):
    clip = choose_frames(film, "adaptive", FrameBudget(4))
    assert len(clip.frames) == 4
    assert clip.shots_left_out == 6


def test_a_picture_is_not_chosen_twice(talk):
    clip = choose_frames(talk, "adaptive", FrameBudget(8))
    assert len(clip.frames) == 3
    assert [frame.shot for frame in clip.frames] == [0, 1, 2]


def test_the_classic_blind_spot_is_seen(blind_spot):
    clip = choose_frames(blind_spot)
    assert sum(30.0 <= t <= 36.0 for t in clip.pts_seconds) >= 6
    assert len(clip.frames) <= 32


def test_a_video_deserves_frames_for_what_happens_in_it(walk, film, talk, blind_spot):
    assert 2 <= deserved_frames(talk) <= 4
    assert deserved_frames(film) >= 10
    assert 4 <= deserved_frames(walk) <= 14
    assert 6 <= deserved_frames(blind_spot) <= 32


@given(st.floats(0.1, 1e5), st.integers(1, 200))
def test_uniform_times_lie_inside_and_equally_far_apart(duration, count):
    times = uniform_times(duration, count)
    assert 0.0 < times[0] < times[-1] + 1e-9 < duration + 1e-6
    np.testing.assert_allclose(np.diff(times), duration / count, rtol=1e-6, atol=1e-9)


@given(st.integers(1, 300), st.integers(1, 400))
def test_evenly_picks_distinct_times_and_the_first(total, count):
    picked = evenly([float(i) for i in range(total)], count, "every")
    assert len(picked) == min(total, count)
    assert picked[0] == (0.0, "every")


def test_reach_is_a_twentieth_within_bounds():
    assert [reach_seconds(d) for d in (1.0, 10.0, 3600.0)] == [0.2, 0.5, 1.0]


def test_a_clip_is_in_order_and_within_its_budget():
    frames = (ChosenFrame("f001", 1.0, "start", 0), ChosenFrame("f002", 0.5, "shot", 0))
    with pytest.raises(ValueError, match="time order"):
        Clip(frames, 5)
    with pytest.raises(ValueError, match="more than the budget"):
        Clip(frames[::-1], 1)


def test_ids_sort_as_text_in_time_order():
    ids = frame_ids(1200)
    assert ids == sorted(ids)
    assert ids[0] == "f0001"
