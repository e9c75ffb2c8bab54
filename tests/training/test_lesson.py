"""Lessons: drawn with the world's own pens, of something that no split shows."""

import pytest

from vidsense.cli.world import LESSONS as NAMED
from vidsense.training.world.actions import ACTIONS, TAUGHT
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.lesson import LESSONS, tell_lesson
from vidsense.training.world.story import tell
from vidsense.training.world.thing import is_held_out


def test_no_split_shows_what_is_taught():
    assert set(TAUGHT) == set(LESSONS) == set(NAMED)
    assert not set(LESSONS) & set(ACTIONS)
    assert len(ACTIONS) == 20


@pytest.mark.parametrize("split", ["train", "looks", "backgrounds"])
def test_a_lesson_is_one_event_of_its_own(split):
    for seed in range(12):
        story = tell_lesson("jumps", seed, split)
        (event,) = story.events
        assert event.action == "jumps"
        assert event.start < event.end < story.duration_seconds
        assert is_held_out("scene", story.scene, *story.background) is (split == "backgrounds")
        for thing in story.things:
            assert is_held_out(thing.kind, *thing.look.traits) is (split == "looks")


def test_a_lesson_draws_the_same_clip_for_ever():
    captions = [WorldClip(tell_lesson("jumps", seed)).labels()["caption"] for seed in range(3)]
    assert captions == ["a black cat jumps", "a brown dog jumps", "a person in purple jumps"]


def test_who_jumps_leaves_the_ground_twice_and_comes_back():
    for seed in range(6):
        story = tell_lesson("jumps", seed)
        event, still = story.events[0], 0.02
        feet = []
        clip = WorldClip(story)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            from vidsense.training.world.actions import play

            pose = play(story.poses, story.events, event.start + share * (event.end - event.start))[event.actor]
            feet.append(pose.height)
        assert [height > 0.1 for height in feet] == [False, True, False, True, False]
        assert max(feet[0], feet[2], feet[4]) < still
        assert {q.answer for q in clip.questions if q.ability == "action"} == {clip.labels()["events"][0]["text"]}


def test_what_is_no_lesson_is_said():
    with pytest.raises(ValueError, match="there is no lesson 'sings'"):
        tell_lesson("sings", 0)
    with pytest.raises(ValueError, match="from 0 on"):
        tell_lesson("jumps", -1)
    with pytest.raises(ValueError, match="there is no split"):
        tell(0, "jumps")
