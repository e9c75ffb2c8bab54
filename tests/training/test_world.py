"""The drawn world: the same for ever, its labels true of its pixels, its splits apart."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from vidsense.training.world.actions import ACTIONS, play
from vidsense.training.world.casting import ACTORS, SPLITS, is_new
from vidsense.training.world.clip import WorldClip, area
from vidsense.training.world.pen import Pen
from vidsense.training.world.questions import ABILITIES, caption
from vidsense.training.world.render import Picture, draw_things
from vidsense.training.world.story import LONGEST_SECONDS, SHORTEST_SECONDS, WORLD_VERSION, tell
from vidsense.training.world.thing import KINDS, is_held_out

POURING = 20
SEEDS = range(60)


def clip(seed, split="train", order="forward"):
    return WorldClip(tell(seed, split), order)


def first_story(split="train", **wanted):
    """The first story whose only event has these fields."""
    for seed in range(2000):
        story = tell(seed, split)
        event = story.events[0]
        if len(story.events) == 1 and all(getattr(event, field) == value for field, value in wanted.items()):
            return story
    raise LookupError(wanted)


def test_the_world_has_enough_things_and_actions():
    assert len(KINDS) >= 10
    assert len(ACTIONS) >= 12
    assert set(ACTORS) == set(ACTIONS)


def test_a_seed_draws_the_same_clip_for_ever():
    """The figures of version 1; whoever changes them raises `WORLD_VERSION`."""
    assert WORLD_VERSION == 1
    one, other = clip(POURING), clip(POURING)
    np.testing.assert_array_equal(one.frames(4, 72)[0], other.frames(4, 72)[0])
    assert one.labels() == other.labels()
    assert caption(one.story) == "a person in green pours water from a bottle into a glass"
    assert [caption(tell(seed)) for seed in (6, 113)] == [
        "first a person in green waves, then a yellow airplane passes to the left, then a person goes to the right",
        "first a person in red pours water from a bottle into a glass, then the lamp goes on, then the lamp goes off",
    ]


def test_other_seeds_and_splits_draw_other_clips():
    captions = {
        (split, seed): json.dumps(clip(seed, split).labels()["things"]) for split in SPLITS for seed in range(4)
    }
    assert len(set(captions.values())) == len(captions)


@pytest.mark.parametrize("split", SPLITS)
def test_clips_are_as_long_as_promised(split):
    for seed in range(20):
        story = tell(seed, split)
        assert len(story.events) == 4 if split == "longer" else 1 <= len(story.events) <= 3
        assert SHORTEST_SECONDS * 0.5 <= story.duration_seconds <= LONGEST_SECONDS * (1.5 if split == "longer" else 1)
        for one, other in zip(story.events, story.events[1:], strict=False):
            assert one.start < one.end < other.start < story.duration_seconds


def test_looks_and_backgrounds_are_kept_from_training():
    for seed in SEEDS:
        for split in SPLITS:
            story = tell(seed, split)
            for thing in story.things:
                assert is_held_out(thing.kind, *thing.look.traits) is (split == "looks")
            assert is_held_out("scene", story.scene, *story.background) is (split == "backgrounds")


def test_combinations_are_kept_from_training():
    for seed in SEEDS:
        for split in SPLITS:
            story = tell(seed, split)
            looks = {thing.name: thing for thing in story.things}
            new = [is_new(looks[e.actor].kind, e.action, looks[e.actor].look) for e in story.events]
            assert new[0] if split == "combinations" else not any(new)


def test_every_action_and_every_ability_comes_up():
    clips = [clip(seed) for seed in range(150)]
    assert {event.action for each in clips for event in each.story.events} == set(ACTIONS)
    assert {question.ability for each in clips for question in each.questions} == set(ABILITIES)
    assert {thing.kind for each in clips for thing in each.story.things} == set(KINDS)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_are_those_of_the_pixels(seed):
    """A thing drawn alone on magenta changes pixels inside its box only, and up to its sides."""
    story = tell(seed, "train")
    for thing in story.things:
        alone = replace(story, things=(thing,), scene="yard")
        canvas = np.full((480, 640, 3), (255, 0, 255), np.uint8)
        poses = play(story.poses, story.events, story.duration_seconds * 0.6)
        box = draw_things(Pen(canvas), alone, poses)[thing.name]
        rows, columns = np.nonzero(np.abs(canvas.astype(int) - (255, 0, 255)).max(axis=2) > 40)
        if not len(rows):
            continue
        assert columns.min() / 640 == pytest.approx(box[0], abs=0.02)
        assert (columns.max() + 1) / 640 == pytest.approx(box[2], abs=0.02)
        assert rows.min() / 480 == pytest.approx(box[1], abs=0.025)
        assert (rows.max() + 1) / 480 == pytest.approx(box[3], abs=0.025)


@pytest.mark.parametrize("action", ["goes left", "goes right", "falls", "opens", "lights", "pours", "picks up"])
def test_the_picture_changes_while_something_happens_and_not_before(action):
    story = first_story(action=action)
    picture = Picture(story, 72)
    picture.camera = replace(picture.camera, noise=0.0, pan=0.0, shake=0.0)
    event = story.events[0]

    def change(start, end):
        one, other = (cv2.blur(picture.at(t)[0], (3, 3)).astype(int) for t in (start, end))
        return np.abs(other - one).max(axis=2).mean()

    resting = min(
        change(0.0, event.start * 0.9), change((event.end + story.duration_seconds) / 2, story.duration_seconds)
    )
    happening = change(event.start, (event.start + event.end) / 2)
    assert happening > 2 * resting


@pytest.mark.parametrize(("action", "sign"), [("goes left", -1), ("goes right", 1)])
def test_directions_are_those_of_the_boxes(action, sign):
    story = first_story(action=action)
    boxes = [boxes[story.events[0].actor] for _, boxes in WorldClip(story).boxes]
    assert sign * (boxes[-1][0] + boxes[-1][2] - boxes[0][0] - boxes[0][2]) > 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_agree_with_the_labels(seed):
    each = clip(seed)
    kinds = [thing.kind for thing in each.visible]
    colours = {thing.kind: thing.look.colour for thing in each.visible}
    for question in each.questions:
        assert question.is_right(question.answer)
        assert question.answer not in question.accepted
        assert not question.is_right(f"{question.answer} and a whale")
        if question.ability == "count":
            number = ["no", "one", "two", "three", "four"].index(question.answer)
            assert number in (kinds.count(kind) for kind in kinds)
        if question.ability == "colour":
            assert question.answer in colours.values()
        if question.ability == "thing":
            assert all(kind in question.answer or kind == "person" for kind in kinds)


def test_action_is_asked_of_clips_with_one_event():
    for seed in SEEDS:
        asked = "What action is taking place?" in [question.question for question in clip(seed).questions]
        assert asked is (len(tell(seed).events) == 1)


def test_half_of_the_yes_or_no_questions_are_answered_with_no():
    answers = [q.answer for seed in SEEDS for q in clip(seed).questions if q.ability == "yes/no"]
    assert 0.4 < answers.count("no") / len(answers) < 0.6


def test_a_reversed_copy_shows_and_tells_the_opposite():
    straight, back = clip(3), clip(3, order="reversed")
    pixels, turned = straight.drawing(72), back.drawing(72)
    np.testing.assert_array_equal(pixels.paint(pixels.times()[5]), turned.paint(turned.times()[-6]))
    assert caption(straight.story) == "first a person in green closes the door, then a person opens the door"
    assert back.labels()["caption"] == "first a person in green closes the door, then a person opens the door"
    back = WorldClip(first_story(action="enters"), "reversed")
    event = back.told.events[0]
    assert (event.action, event.side) == ("leaves", back.story.events[0].side)


def test_a_shuffled_copy_has_the_same_frames_in_another_order():
    straight, mixed = clip(3).drawing(72), clip(3, order="shuffled").drawing(72)
    frames = [[drawing.paint(t).tobytes() for t in drawing.times()] for drawing in (straight, mixed)]
    assert frames[0] != frames[1]
    assert sorted(frames[0]) == sorted(frames[1])


def test_labels_have_the_promised_shape():
    labels = clip(7).labels()
    assert list(labels) == ["seed", "split", "caption", "things", "events", "questions"]
    assert all(list(event) == ["start", "end", "text"] for event in labels["events"])
    assert all(list(question) == ["question", "answer", "accepted"] for question in labels["questions"])
    json.dumps(labels)


def test_small_things_are_large_enough_to_be_seen():
    """At 72 px a ball has 12 px, the least that a small tower was measured to see."""
    for each in map(clip, range(30)):
        for thing, box in ((t, b[t.name]) for _, b in each.boxes for t in each.visible):
            inside = box[0] > 0.01 and box[2] < 0.99
            if inside and thing.kind in ("ball", "cup", "parcel") and area(box):
                assert min((box[2] - box[0]) * 96, (box[3] - box[1]) * 72) > 10


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="there is no split 'other'"):
        tell(1, "other")
    with pytest.raises(ValueError, match="from 0 on"):
        tell(-1)
