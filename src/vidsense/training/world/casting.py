"""In: dice and a split. Out: who is in a clip, where everyone stands at first, and what they look like."""

from dataclasses import dataclass, field

from vidsense.training.world.actions import FAR_SIZE, FAR_Y, NEAR_Y, Poses, carry
from vidsense.training.world.dice import Dice, fixed_number
from vidsense.training.world.pen import WIDTH
from vidsense.training.world.thing import KINDS, Look, Pose, Thing, pick_look

SPLITS = ("train", "looks", "backgrounds", "combinations", "longer")
CASTS = {
    "yard": ("person", "dog", "cat", "bird", "ball", "parcel", "bicycle", "chair", "lamp", "airplane"),
    "street": ("person", "dog", "cat", "bird", "car", "bicycle", "ball", "parcel", "door", "lamp", "airplane"),
    "room": ("person", "dog", "cat", "ball", "parcel", "chair", "door", "lamp"),
    "table": ("person", "cup", "glass", "bottle", "ball", "parcel", "lamp"),
}
MOVERS = ("person", "dog", "cat", "bird", "car", "ball")
ACTORS = {
    "enters": MOVERS, "leaves": MOVERS, "goes left": MOVERS, "goes right": MOVERS,
    "passes": (*MOVERS, "airplane", "airplane"),
    "stops": ("person", "dog", "cat", "car", "ball"), "sets off": ("person", "dog", "cat", "car"),
    "waves": ("person",), "sits down": ("person",), "stands up": ("person",), "falls": ("person",),
    "picks up": ("person",), "puts down": ("person",), "opens": ("person",), "closes": ("person",),
    "pours": ("person",), "approaches": ("person", "car"), "recedes": ("person", "car"),
    "lights": ("lamp",), "darkens": ("lamp",),
}  # fmt: skip
BEHIND_TABLE = ("enters", "leaves", "waves", "picks up", "puts down", "pours", "lights", "darkens")
"""What happens in the table scene."""
SIZES = {
    "person": 0.64, "dog": 0.32, "cat": 0.28, "bird": 0.25, "car": 0.56, "bicycle": 0.44, "airplane": 0.42,
    "ball": 0.18, "parcel": 0.18, "cup": 0.2, "glass": 0.21, "bottle": 0.36, "door": 0.58, "lamp": 0.56, "chair": 0.32,
}  # fmt: skip
HALF_WIDTHS = {
    "person": 0.14, "dog": 0.19, "cat": 0.17, "bird": 0.16, "car": 0.29, "bicycle": 0.24, "airplane": 0.2,
    "ball": 0.1, "parcel": 0.14, "cup": 0.13, "glass": 0.1, "bottle": 0.09, "door": 0.18, "lamp": 0.14, "chair": 0.13,
}  # fmt: skip
LANES = {
    "person": 0.9, "dog": 0.92, "cat": 0.92, "bird": 0.92, "car": 0.95, "bicycle": 0.89, "airplane": 0.26,
    "ball": 0.93, "parcel": 0.93, "door": 0.735, "lamp": 0.79, "chair": 0.885,
}  # fmt: skip
BEHIND_TABLE_Y = 1.27
MANY = ("ball", "parcel", "cup")
"""What there may be several of."""
REACH = 0.22
DOOR_REACH = 0.26
OUTSIDE = 0.12
COMERS = ("person", "dog", "cat", "bird", "car")
"""What may come in later."""


@dataclass
class Cast:
    """Everyone of a clip; `poses` are those of its first moment."""

    scene: str
    things: dict[str, Thing] = field(default_factory=dict)
    poses: Poses = field(default_factory=dict)

    def kind(self, name: str) -> str:
        """What a thing is."""
        return self.things[name].kind

    def of_kind(self, kind: str) -> list[str]:
        """The names of all things of a kind."""
        return [name for name, thing in self.things.items() if thing.kind == kind]


def held_out_colour(kind: str, action: str) -> str:
    """The one colour in which a thing of this kind never does this in training."""
    colours = KINDS[kind]
    return colours[fixed_number("combination", kind, action) % len(colours)] if colours else ""


def is_new(kind: str, action: str, look: Look) -> bool:
    """Whether thing × action × colour is kept from training."""
    return bool(look.colour) and look.colour == held_out_colour(kind, action)


def scenes_for(action: str, kinds: tuple[str, ...]) -> list[str]:
    """Where all these can be and where this can happen."""
    fitting = [scene for scene, cast in CASTS.items() if set(kinds) <= set(cast)]
    return [scene for scene in fitting if scene != "table" or action in BEHIND_TABLE]


def needed(action: str, dice: Dice) -> tuple[str, ...]:
    """What an action needs besides the actor."""
    match action:
        case "picks up" | "puts down":
            return (dice.pick(("ball", "parcel", "cup", "bottle", "glass")),)
        case "sits down":
            return ("chair",)
        case "stands up":
            return ("chair",) if dice.chance(0.6) else ()
        case "opens" | "closes":
            return ("door",)
        case "pours":
            return ("bottle", "glass")
    return ()


def assemble(action: str, split: str, dice: Dice, events: int, actors: tuple[str, ...] = ()) -> tuple[Cast, str] | None:
    """A cast for this action and who does it; nothing when not all of them find a place."""
    kind = dice.pick(actors or ACTORS[action])
    others = needed(action, dice)
    scenes = scenes_for(action, (kind, *others))
    if not scenes:
        return None
    cast = Cast(dice.weighted(scenes, [2.0 if scene == "table" else 1.0 for scene in scenes]))
    kinds = [kind, *others]
    kinds = [kind, *others, *pick_extras(cast.scene, (kind, *others), dice, events)]
    colour = held_out_colour(kind, action) if split == "combinations" else None
    for index, each in enumerate(kinds):
        name = each if each not in cast.things else f"{each} {1 + len(cast.of_kind(each))}"
        look = pick_look(each, dice, unseen=split == "looks", colour=(colour or None) if index == 0 else None)
        cast.things[name] = Thing(name, each, look)
    if not set_up(cast, action, kind, dice):
        return None
    for name in list(cast.things)[1 + len(others) :]:
        if events > 1 and cast.scene != "table" and (name == "airplane" or (name in COMERS and dice.chance(0.4))):
            wait_outside(cast, name, dice)
    return cast, kind


def pick_extras(scene: str, there: tuple[str, ...], dice: Dice, events: int) -> list[str]:
    """What else is in the picture, or comes into it."""
    others = [k for k in dice.shuffled(CASTS[scene]) if k not in there and (k != "airplane" or events > 1)]
    if events > 1 and "person" not in there and scene != "table" and dice.chance(0.6):
        others = ["person", *(k for k in others if k != "person")]
    if scene == "table":
        extras = others[: dice.pick((1, 2, 3))]
    else:
        extras = others[: dice.weighted((0, 1, 2), (0.25, 0.45, 0.3) if events == 1 else (0.1, 0.4, 0.5))]
    several = [k for k in (*there[1:], *extras) if k in MANY]
    return [*extras, *(several[:1] * dice.pick((1, 1, 2)) if dice.chance(0.3) else ())]


def wait_outside(cast: Cast, name: str, dice: Dice) -> None:
    """Not in the picture at first."""
    pose, half = cast.poses[name], HALF_WIDTHS[name]
    pose.x = dice.pick((-OUTSIDE - half, WIDTH + OUTSIDE + half))
    pose.height = 0.36 if name == "bird" else 0.0


def set_up(cast: Cast, action: str, actor: str, dice: Dice) -> bool:
    """Give everyone a place and the state that the action starts from."""
    for name in sorted(cast.things, key=lambda name: -HALF_WIDTHS[cast.kind(name)]):
        if not place(cast, name, dice):
            return False
    cast.poses = {name: cast.poses[name] for name in cast.things}
    poses = cast.poses
    pose, partner = poses[actor], next(iter([n for n in cast.things if n != actor]), "")
    match action:
        case "enters" | "passes":
            wait_outside(cast, actor, dice)
            pose.y += dice.between(-0.06, 0.08) if actor == "airplane" else 0.0
        case "sits down" | "stands up" if partner == "chair":
            chair = poses["chair"]
            pose.x, pose.facing = chair.x, chair.facing
            pose.sit = float(action == "stands up")
        case "stands up":
            pose.fall = 1.0
            pose.facing = 1.0 if pose.x < WIDTH / 2 else -1.0
        case "picks up":
            return beside(cast, actor, partner, dice)
        case "puts down":
            poses[partner].held_by = actor
            carry(poses)
        case "opens" | "closes":
            door = poses["door"]
            pose.x, pose.facing = door.x + door.facing * DOOR_REACH, -door.facing
            door.open = float(action == "closes")
            return 0.1 < pose.x < WIDTH - 0.1 and fits(cast, actor, pose.x, leave_out=("door",))
        case "approaches":
            pose.size, pose.y, pose.front = pose.size * FAR_SIZE, FAR_Y, True
        case "recedes":
            pose.y, pose.front = NEAR_Y, True
        case "darkens":
            pose.lit = 1.0
        case "pours":
            return poured_by(cast)
    return True


def poured_by(cast: Cast) -> bool:
    """Bottle and glass within reach of both sides of the person."""
    person, bottle, glass = cast.poses["person"], cast.poses["bottle"], cast.poses["glass"]
    person.x = bottle.x + (-0.17 if glass.x > bottle.x else 0.17)
    gap = abs(bottle.x - glass.x)
    return 0.24 < gap < 0.42 and 0.2 < person.x < WIDTH - 0.2


def beside(cast: Cast, actor: str, thing: str, dice: Dice) -> bool:
    """Put the person where the hand reaches the thing."""
    pose, other = cast.poses[actor], cast.poses[thing]
    if cast.scene == "table":
        pose.x = other.x + dice.between(0.1, 0.24) * dice.pick((-1, 1))
        return 0.25 < pose.x < WIDTH - 0.25
    side = dice.pick((-1.0, 1.0))
    pose.x, pose.facing = other.x - side * REACH, side
    return 0.12 < pose.x < WIDTH - 0.12 and fits(cast, actor, pose.x, leave_out=(thing,))


def place(cast: Cast, name: str, dice: Dice) -> bool:
    """A free place for a thing, and its size."""
    kind = cast.kind(name)
    size = SIZES[kind] * dice.between(0.95, 1.1)
    y = LANES.get(kind, 0.9) + dice.between(-0.008, 0.008)
    if cast.scene == "table":
        size *= {"person": 1.65, "lamp": 0.75}.get(kind, 1.1)
        y = BEHIND_TABLE_Y if kind == "person" else 0.85 + dice.between(-0.03, 0.06)
    half = HALF_WIDTHS[kind]
    for _ in range(20):
        x = dice.between(half + 0.02, WIDTH - half - 0.02)
        if cast.scene == "table" and kind == "person":
            x = dice.between(0.45, 0.88)
        if fits(cast, name, x):
            cast.poses[name] = Pose(x, y, size, facing=dice.pick((-1.0, 1.0)))
            if kind == "lamp":
                cast.poses[name].lit = float(dice.chance(0.4))
            if kind == "glass":
                cast.poses[name].level = 0.0
            return True
    return False


def fits(cast: Cast, name: str, x: float, leave_out: tuple[str, ...] = (), poses: Poses | None = None) -> bool:
    """Whether nothing else that is in the picture stands there."""
    kind = cast.kind(name)
    for other, pose in (poses or cast.poses).items():
        if other == name or other in leave_out or pose.held_by:
            continue
        if cast.scene == "table" and "person" in (kind, cast.kind(other)) and "lamp" not in (kind, cast.kind(other)):
            continue
        if "airplane" in (kind, cast.kind(other)):
            continue
        if abs(x - pose.x) < 0.92 * (HALF_WIDTHS[kind] + HALF_WIDTHS[cast.kind(other)]):
            return False
    return True
