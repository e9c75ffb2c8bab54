"""In: a seed and a split of the drawn world. Out: a `Sample`, pixels and labels as the arrays that training reads."""

import json
from dataclasses import dataclass

import numpy as np

from vidsense.training.world.actions import ACTIONS, play
from vidsense.training.world.clip import SEEN_AREA, Order, WorldClip, area
from vidsense.training.world.questions import caption
from vidsense.training.world.story import tell
from vidsense.training.world.thing import COLOURS, KINDS, Pose

KIND_NAMES = tuple(KINDS)
COLOUR_NAMES = tuple(COLOURS)
SIDE_NAMES = ("", "left", "right")
POSE_NAMES = (
    "facing", "moving", "front", "sit", "fall", "bend", "raised", "carried", "reaching", "open", "lit", "level",
    "tilt", "height", "stream",
)  # fmt: skip
MAX_THINGS, MAX_EVENTS = 8, 4
FIELDS = 6 + len(POSE_NAMES)
"""Of a thing in a frame: kind, colour, the box's middle and size, the pose."""
NONE = -1


@dataclass(frozen=True, eq=False)
class Sample:
    """One clip for training."""

    pixels: np.ndarray
    """(T, H, W, 3) uint8."""
    things: np.ndarray
    """(T, MAX_THINGS, FIELDS) float32; kind is `NONE` where there is nothing."""
    events: np.ndarray
    """(MAX_EVENTS, 4) int64: action, who, what it is done to, side; `NONE` where there is nothing."""
    spans: np.ndarray
    """(MAX_EVENTS, 2) float32 seconds."""
    times: np.ndarray
    """(T,) float32 seconds."""
    words: str
    """JSON: the caption and the questions as [ability, question, answer]."""


def draw_sample(seed: int, split: str, frames: int, height: int, order: Order = "forward") -> Sample:
    """Draw and label one clip."""
    clip = WorldClip(tell(seed, split), order)
    pixels, boxes, times = clip.frames(frames, height)
    story = clip.told
    kinds = {thing.name: thing.kind for thing in story.things}
    things = np.full((frames, MAX_THINGS, FIELDS), NONE, np.float32)
    for t, seen in enumerate(boxes):
        poses = play(clip.story.poses, clip.story.events, clip.story_time(float(times[t])))
        named = [thing for thing in story.things if area(seen[thing.name]) > SEEN_AREA]
        for i, thing in enumerate(named[:MAX_THINGS]):
            x0, y0, x1, y1 = seen[thing.name]
            colour = COLOUR_NAMES.index(thing.look.colour) if thing.look.colour else NONE
            box = ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0)
            things[t, i] = (KIND_NAMES.index(thing.kind), colour, *box, *pose_fields(thing.kind, poses[thing.name]))
    events, spans = np.full((MAX_EVENTS, 4), NONE, np.int64), np.zeros((MAX_EVENTS, 2), np.float32)
    for i, event in enumerate(story.events):
        target = KIND_NAMES.index(kinds[event.target]) if event.target else NONE
        actor = KIND_NAMES.index(kinds[event.actor])
        events[i] = (ACTIONS.index(event.action), actor, target, SIDE_NAMES.index(event.side))
        spans[i] = (event.start, event.end)
    asked = [[q.ability, q.question, q.answer] for q in clip.questions]
    words = json.dumps({"caption": caption(story), "questions": asked})
    return Sample(pixels, things, events, spans, times.astype(np.float32), words)


def pose_fields(kind: str, pose: Pose) -> tuple[float, ...]:
    """The pose in numbers from −1 to 1, in the order of `POSE_NAMES`."""
    turning = kind in ("person", "dog", "cat", "bird", "car", "bicycle", "airplane")
    return (
        pose.facing if turning else 0.0, pose.moving, float(pose.front), pose.sit, pose.fall, pose.bend, pose.raised,
        float(bool(pose.held_by)), float(pose.hand is not None), pose.open, pose.lit, pose.level, pose.tilt / 2,
        pose.height, min(4 * pose.stream, 1.0),
    )  # fmt: skip
