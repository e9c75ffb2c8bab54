"""In: how everything stands. Out: the event in which somebody does something, if that can be done now."""

from collections.abc import Callable
from dataclasses import dataclass

from vidsense.training.world.actions import Event, Poses
from vidsense.training.world.casting import (
    BEHIND_TABLE,
    DOOR_REACH,
    HALF_WIDTHS,
    OUTSIDE,
    REACH,
    SIZES,
    Cast,
    fits,
)
from vidsense.training.world.dice import Dice
from vidsense.training.world.pen import WIDTH
from vidsense.training.world.thing import GRASPABLE

SHORT_WAY = 0.3
NOWHERE = 9.0
SIDES = {"goes left": "left", "goes right": "right"}


@dataclass(frozen=True)
class Situation:
    """A moment between two events."""

    cast: Cast
    poses: Poses
    dice: Dice

    def possible(self, action: str, actor: str) -> Event | None:
        """The event, if the actor can do this now."""
        if self.cast.scene == "table" and action not in BEHIND_TABLE:
            return None
        pose = self.poses[actor]
        inside = 0.0 < pose.x < WIDTH
        if action in ("lights", "darkens"):
            event = Event(action, actor) if (pose.lit > 0.5) is (action == "darkens") else None
        elif action in ("enters", "passes"):
            event = None if inside else self.way_in(action, actor)
        elif not inside or self.cast.kind(actor) == "airplane":
            event = None
        elif action == "stands up":
            event = Event(action, actor, target="chair" if pose.sit else "") if pose.fall + pose.sit > 0 else None
        elif pose.held_by or pose.fall + pose.sit > 0:
            event = None
        elif action in ("approaches", "recedes"):
            event = self.depth(action, actor)
        elif self.cast.kind(actor) == "car" and pose.front:
            event = None
        elif action in (*SIDES, "leaves", "stops", "sets off"):
            event = self.way(action, actor)
        else:
            event = self.deed(action, actor)
        return event

    def depth(self, action: str, actor: str) -> Event | None:
        """Nearer when far, farther when near; a car only when it is seen from the front."""
        pose, kind = self.poses[actor], self.cast.kind(actor)
        near = pose.size > 0.8 * SIZES[kind]
        fitting = (kind == "person" or pose.front) and near is (action == "recedes")
        return Event(action, actor) if fitting else None

    def deed(self, action: str, actor: str) -> Event | None:
        """What a person does on the spot."""
        pose = self.poses[actor]
        held = next((name for name, other in self.poses.items() if other.held_by == actor), "")
        if held:
            to = self.put_place(held, actor) if action == "puts down" else 0.0
            return Event(action, actor, target=held, to=to) if to else None
        event = None
        match action:
            case "waves":
                event = Event(action, actor)
            case "falls":
                room = (WIDTH - pose.x) if pose.facing > 0 else pose.x
                event = Event(action, actor) if room > 0.9 * pose.size else None
            case "picks up":
                graspable = self.within_reach(actor)
                event = Event(action, actor, target=self.dice.pick(graspable)) if graspable else None
            case "sits down" if self.distance(actor, "chair") < 0.02:
                event = Event(action, actor, target="chair")
            case "opens" | "closes" if self.at_door(actor, shut=action == "opens"):
                event = Event(action, actor, target="door")
            case "pours" if self.can_pour(actor):
                event = Event(action, actor, target="bottle", vessel="glass")
        return event

    def distance(self, actor: str, name: str) -> float:
        """Along the ground; large when there is no such thing."""
        return abs(self.poses[name].x - self.poses[actor].x) if name in self.poses else NOWHERE

    def within_reach(self, actor: str) -> list[str]:
        """What a hand can take."""
        nearest, farthest = (0.05, 0.32) if self.cast.scene == "table" else (0.16, 0.3)
        graspable = [name for name in self.poses if self.cast.kind(name) in GRASPABLE]
        return [name for name in graspable if nearest < self.distance(actor, name) < farthest]

    def at_door(self, actor: str, *, shut: bool) -> bool:
        """Whether the person stands on the handle's side of a door that is shut, or open."""
        if not 0.2 < self.distance(actor, "door") < 0.3:
            return False
        door = self.poses["door"]
        return (self.poses[actor].x - door.x) * door.facing > 0 and (door.open < 0.5) is shut

    def can_pour(self, actor: str) -> bool:
        """Whether a bottle and an empty glass stand as they must."""
        if not {"bottle", "glass"} <= set(self.poses) or self.poses["glass"].level > 0.1:
            return False
        gap = self.distance("bottle", "glass")
        return 0.1 < self.distance(actor, "bottle") < 0.28 and self.distance(actor, "glass") < 0.6 and 0.24 < gap < 0.42

    def put_place(self, held: str, actor: str) -> float:
        """Where the person can put down what it holds, or 0."""
        pose = self.poses[actor]
        others = {name: other for name, other in self.poses.items() if name != held}
        for _ in range(6):
            nearest = 0.2 if self.cast.scene != "table" else 0.12
            x = pose.x + pose.facing * self.dice.between(nearest, 0.26)
            if 0.1 < x < WIDTH - 0.1 and fits(self.cast, held, x, leave_out=(actor,), poses=others):
                return x
        return 0.0

    def way_in(self, action: str, actor: str) -> Event | None:
        """From outside to a free place, or through the picture."""
        kind, from_left = self.cast.kind(actor), self.poses[actor].x < 0
        if action == "passes":
            out = OUTSIDE + HALF_WIDTHS[kind]
            to, side = (WIDTH + out, "right") if from_left else (-out, "left")
            return Event(action, actor, to=to, side=side) if self.cast.scene != "table" else None
        if kind == "airplane":
            return None
        to = self.aim(actor, lambda x: x > 0.2 if from_left else x < WIDTH - 0.2)
        return Event(action, actor, to=to, side="left" if from_left else "right") if to else None

    def way(self, action: str, actor: str) -> Event | None:
        """Out of the picture, or to another place in it."""
        x, half = self.poses[actor].x, HALF_WIDTHS[self.cast.kind(actor)]
        side = SIDES.get(action) or self.dice.pick(("left", "right"))
        if action == "leaves":
            return Event(action, actor, to=-OUTSIDE - half if side == "left" else WIDTH + OUTSIDE + half, side=side)
        sign = 1 if side == "right" else -1
        to = self.aim(actor, lambda there: (there - x) * sign > max(SHORT_WAY, half * 1.3))
        return Event(action, actor, to=to, side=side) if to else None

    def aim(self, actor: str, fitting: Callable[[float], bool]) -> float:
        """A free place to go to, often one where there is something to do; 0 when there is none."""
        half = HALF_WIDTHS[self.cast.kind(actor)]
        if self.cast.scene == "table":
            x = self.dice.between(0.45, 0.88)
            return x if fitting(x) and fits(self.cast, actor, x, poses=self.poses) else 0.0
        spots = self.motives() if self.cast.kind(actor) == "person" and self.dice.chance(0.75) else []
        spots = self.dice.shuffled(spots) + [(self.dice.between(half, WIDTH - half), "") for _ in range(8)]
        for x, motive in spots:
            inside = half * 0.8 < x < WIDTH - half * 0.8
            if inside and fitting(x) and fits(self.cast, actor, x, leave_out=(motive,), poses=self.poses):
                return x
        return 0.0

    def motives(self) -> list[tuple[float, str]]:
        """Where a person has something to do, and with what."""
        spots: list[tuple[float, str]] = []
        for name, pose in self.poses.items():
            kind = self.cast.kind(name)
            if kind in GRASPABLE and not pose.held_by:
                spots += [(pose.x - REACH, name), (pose.x + REACH, name)]
            elif kind == "door":
                spots.append((pose.x + pose.facing * DOOR_REACH, name))
            elif kind == "chair":
                spots.append((pose.x, name))
        return spots
