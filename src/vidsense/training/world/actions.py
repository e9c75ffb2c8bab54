"""In: the poses of all things and an event. Out: the poses when a share of the event has passed.

An event is a change of the state that it finds, so that any sequence of events is drawn by the same few functions:
`play` plays what is over to its end and what happens now to its share.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vidsense.training.world.household import mouth_of
from vidsense.training.world.pen import Point
from vidsense.training.world.person import near_hand
from vidsense.training.world.thing import Pose, copied

FAR_SIZE, FAR_Y, NEAR_Y = 0.58, 0.77, 0.95
FLIGHT = 0.36
HOP = 0.2
POUR_TILT = 1.9
WAVES_PER_SECOND = 1.3
STEP = math.tau


@dataclass(frozen=True)
class Event:
    """One thing that happens, with its times."""

    action: str
    actor: str
    start: float = 0.0
    end: float = 0.0
    target: str = ""
    """What it is done to: the thing that is picked up, the door, the bottle."""
    vessel: str = ""
    """The glass that is poured into."""
    to: float = 0.0
    """Where a way ends, in picture heights from the left."""
    side: str = ""
    """left or right: where it comes from, or goes to."""


Poses = dict[str, Pose]
Motion = Callable[[Poses, Event, float, float], None]


def play(start: Poses, events: Sequence[Event], seconds: float) -> Poses:
    """How everything stands at this time."""
    poses = copied(start)
    for event in events:
        if event.start > seconds:
            break
        share = min((seconds - event.start) / (event.end - event.start), 1.0)
        motion_of(event.action)(poses, event, share, seconds - event.start)
        carry(poses)
    for index, pose in enumerate(poses.values()):
        pose.beat += seconds + 0.7 * index
    return poses


def motion_of(action: str) -> Motion:
    """How an action goes, one of the world's or one of a lesson."""
    return MOTIONS.get(action) or TAUGHT[action]


def carry(poses: Poses) -> None:
    """What is held is where the hand is."""
    for pose in poses.values():
        if pose.held_by:
            holder = poses[pose.held_by]
            if holder.hand is None:
                holder.hand = held_point(holder)
            lift(pose, holder.hand)


def lift(pose: Pose, hand: Point) -> None:
    """Bring a thing's grip to the hand."""
    grip = pose.size * 0.45
    pose.x = hand[0]
    pose.height = pose.y - hand[1] - grip


def held_point(holder: Pose) -> Point:
    """Where a hand holds what it carries; higher behind a table."""
    behind_table = holder.y > 1.0
    up = 0.68 if behind_table else 0.54
    return holder.x + holder.facing * 0.21 * holder.size, holder.y - up * holder.size


def eased(share: float) -> float:
    """Starts and ends gently."""
    return share * share * (3 - 2 * share)


def phase(share: float, start: float, end: float) -> float:
    """The share of a part of an event, eased."""
    return eased(min(max((share - start) / (end - start), 0.0), 1.0))


def between(one: Point, other: Point, share: float) -> Point:
    """On the straight way from one point to the other."""
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def go(pose: Pose, to: float, share: float) -> None:
    """A share of the way."""
    way = (to - pose.x) * share
    if abs(to - pose.x) > 1e-6:
        pose.facing = math.copysign(1.0, to - pose.x)
    pose.x += way
    pose.travelled += abs(way)


def travel(poses: Poses, event: Event, share: float, _: float) -> None:
    """From rest to rest."""
    pose = poses[event.actor]
    go(pose, event.to, share * 0.6 + eased(share) * 0.4)
    pose.moving = min(1.0, 6 * share, 6 * (1 - share))
    pose.hand = None
    if event.actor.startswith("bird"):
        flight = {"enters": 1 - eased(share), "leaves": eased(share), "passes": 1.0}
        pose.height = FLIGHT * flight.get(event.action, 0.7 * math.sin(math.pi * share))


def stop(poses: Poses, event: Event, share: float, _: float) -> None:
    """On its way at first, at rest then."""
    pose = poses[event.actor]
    go(pose, event.to, 1 - (1 - share) ** 1.6)
    pose.moving = min(1.0, 4 * (1 - share))


def set_off(poses: Poses, event: Event, share: float, _: float) -> None:
    """At rest at first, on its way then."""
    pose = poses[event.actor]
    go(pose, event.to, share**1.6)
    pose.moving = min(1.0, 4 * share)


def wave(poses: Poses, event: Event, share: float, seconds: float) -> None:
    """A raised hand goes from side to side."""
    pose = poses[event.actor]
    pose.raised = phase(share, 0.0, 0.15) - phase(share, 0.85, 1.0)
    pose.beat = STEP * WAVES_PER_SECOND * seconds if share < 1 else 0.0


def sit_down(poses: Poses, event: Event, share: float, _: float) -> None:
    """Onto the chair behind."""
    pose = poses[event.actor]
    pose.sit = eased(share)
    pose.bend = 0.35 * math.sin(math.pi * share)


def stand_up(poses: Poses, event: Event, share: float, _: float) -> None:
    """From a chair or from the ground."""
    pose = poses[event.actor]
    pose.bend = 0.35 * math.sin(math.pi * share) * (pose.sit + pose.fall)
    pose.sit *= 1 - eased(share)
    pose.fall *= 1 - eased(share)


def fall(poses: Poses, event: Event, share: float, _: float) -> None:
    """Faster and faster to the ground."""
    poses[event.actor].fall = min(1.0, share / 0.75) ** 2


def hand_at_rest(person: Pose) -> Point:
    """Where the near hand hangs, in the picture."""
    x, y = near_hand(person)
    return person.x + person.facing * x * person.size, person.y - y * person.size


def grip_of(pose: Pose) -> Point:
    """Where a hand takes a thing that stands on its place."""
    return pose.x, pose.y - 0.45 * pose.size


def pick_up(poses: Poses, event: Event, share: float, _: float) -> None:
    """Down to the thing, and up with it."""
    person, thing = poses[event.actor], poses[event.target]
    person.facing = math.copysign(1.0, thing.x - person.x)
    rest, held = hand_at_rest(person), held_point(person)
    grip = grip_of(thing)
    person.bend = 0.0 if person.y > 1.0 else phase(share, 0.0, 0.45) - phase(share, 0.55, 1.0)
    if share < 0.5:
        person.hand = between(rest, grip, phase(share, 0.05, 0.45))
    else:
        person.hand = between(grip, held, phase(share, 0.55, 1.0))
        thing.held_by = event.actor


def put_down(poses: Poses, event: Event, share: float, _: float) -> None:
    """The same way back; the thing stays where it is put."""
    person, thing = poses[event.actor], poses[event.target]
    ground = (event.to, thing.y - 0.45 * thing.size)
    held = held_point(person)
    person.bend = 0.0 if person.y > 1.0 else phase(share, 0.0, 0.45) - phase(share, 0.55, 1.0)
    if share < 0.5:
        person.hand = between(held, ground, phase(share, 0.0, 0.45))
        return
    thing.held_by = ""
    thing.x, thing.height = event.to, 0.0
    person.hand = None
    if share < 1.0:
        person.hand = between(ground, hand_at_rest(person), phase(share, 0.55, 1.0))


def handle_of(door: Pose) -> Point:
    """Where the handle is, which moves with the leaf."""
    edge = 0.23 - 0.38 * door.open
    return door.x + door.facing * door.size * (edge - 0.16 * (edge + 0.23)), door.y - 0.47 * door.size


def swing_door(poses: Poses, event: Event, share: float, _: float) -> None:
    """A hand on the handle, and the leaf turns."""
    person, door = poses[event.actor], poses[event.target]
    person.facing = math.copysign(1.0, door.x - person.x)
    start, end = (0.0, 1.0) if event.action == "opens" else (1.0, 0.0)
    door.open = start + (end - start) * phase(share, 0.3, 0.85)
    person.bend = 0.12 * (phase(share, 0.0, 0.3) - phase(share, 0.8, 1.0))
    if share < 1.0:
        reaching = phase(share, 0.0, 0.3) - phase(share, 0.85, 1.0)
        person.hand = between(hand_at_rest(person), handle_of(door), reaching)


def pour(poses: Poses, event: Event, share: float, _: float) -> None:
    """Take the bottle, tilt it over the glass until that is full, put it back."""
    person, bottle, glass = poses[event.actor], poses[event.target], poses[event.vessel]
    direction = math.copysign(1.0, glass.x - bottle.x)
    person.facing = math.copysign(1.0, bottle.x - person.x)
    rest, home = hand_at_rest(person), (bottle.x, bottle.y)
    bottle.facing = direction
    rim = glass.y - glass.size
    reach, tilt = bottle.size * math.sin(POUR_TILT), bottle.size * math.cos(POUR_TILT)
    over = (glass.x - direction * reach, rim - 0.05 + tilt)
    away = phase(share, 0.14, 0.32) - phase(share, 0.8, 0.93)
    bottle.x, foot = between(home, over, away)
    bottle.height = bottle.y - foot
    bottle.tilt = POUR_TILT * (phase(share, 0.2, 0.38) - phase(share, 0.78, 0.9))
    if 0.4 < share < 0.78:
        surface = rim + glass.size * (1.0 - 0.86 * glass.level)
        bottle.stream = max(surface - mouth_of(bottle)[1] - 0.1 * glass.size * (share - 0.4), 0.0)
    glass.level = max(glass.level, 0.9 * min(max((share - 0.42) / 0.34, 0.0), 1.0))
    grip = 0.42 * bottle.size
    at = (
        bottle.x + direction * grip * math.sin(bottle.tilt),
        bottle.y - bottle.height - grip * math.cos(bottle.tilt),
    )
    person.hand = between(rest, at, phase(share, 0.0, 0.14) - phase(share, 0.93, 1.0)) if share < 1.0 else None


def approach(poses: Poses, event: Event, share: float, _: float) -> None:
    """Larger and nearer."""
    deepen(poses[event.actor], eased(share), 1 / FAR_SIZE, NEAR_Y)
    poses[event.actor].moving = min(1.0, 6 * share, 6 * (1 - share))


def recede(poses: Poses, event: Event, share: float, _: float) -> None:
    """Smaller and farther."""
    deepen(poses[event.actor], eased(share), FAR_SIZE, FAR_Y)
    poses[event.actor].moving = min(1.0, 6 * share, 6 * (1 - share))


def deepen(pose: Pose, share: float, scale: float, to_y: float) -> None:
    """Towards the viewer or away, as seen from the front."""
    way = (to_y - pose.y) * share
    pose.front = True
    pose.travelled += abs(way) * 4
    pose.y += way
    pose.size *= scale**share


def switch(poses: Poses, event: Event, share: float, _: float) -> None:
    """Light comes and goes quickly."""
    lit = phase(share, 0.2, 0.8)
    poses[event.actor].lit = lit if event.action == "lights" else 1 - lit


def jump(poses: Poses, event: Event, share: float, _: float) -> None:
    """Up from the ground and back, twice, on the spot."""
    pose = poses[event.actor]
    pose.height = HOP * (0.3 + pose.size) * abs(math.sin(2 * math.pi * share)) if share < 1.0 else 0.0


MOTIONS: dict[str, Motion] = {
    "enters": travel, "leaves": travel, "goes left": travel, "goes right": travel, "passes": travel, "stops": stop,
    "sets off": set_off, "waves": wave, "sits down": sit_down, "stands up": stand_up, "falls": fall,
    "picks up": pick_up, "puts down": put_down, "opens": swing_door, "closes": swing_door, "pours": pour,
    "approaches": approach, "recedes": recede, "lights": switch, "darkens": switch,
}  # fmt: skip
ACTIONS = tuple(MOTIONS)
TAUGHT: dict[str, Motion] = {"jumps": jump}
"""What no split shows: nano learns it in a lesson (`lesson.py`), or does not know it."""
