"""In: a seed and a split. Out: a `Story`, all that is needed to draw one clip and to say what happens in it."""

from dataclasses import dataclass, replace
from itertools import count

from vidsense.training.world.actions import ACTIONS, Event, Poses, play
from vidsense.training.world.casting import ACTORS, SPLITS, Cast, assemble, is_new
from vidsense.training.world.dice import Dice
from vidsense.training.world.pen import WIDTH
from vidsense.training.world.possible import Situation
from vidsense.training.world.scenery import Traits, ground_colours
from vidsense.training.world.thing import COLOURS, Thing, copied, pick_traits

WORLD_VERSION = 1
"""Raised whenever the same seed would draw another clip."""
SECONDS = {
    "enters": (1.2, 1.8), "leaves": (1.2, 1.8), "goes left": (1.3, 2.0), "goes right": (1.3, 2.0),
    "passes": (1.4, 2.2), "stops": (1.1, 1.7), "sets off": (1.1, 1.7), "waves": (1.5, 2.2), "sits down": (0.9, 1.4),
    "stands up": (0.9, 1.4), "falls": (0.8, 1.1), "picks up": (1.2, 1.7), "puts down": (1.2, 1.7),
    "opens": (1.1, 1.6), "closes": (1.1, 1.6), "pours": (2.2, 2.8), "approaches": (1.4, 2.1), "recedes": (1.4, 2.1),
    "lights": (0.3, 0.4), "darkens": (0.3, 0.4),
    "jumps": (1.3, 1.9),
}  # fmt: skip
LONGEST_SECONDS = 8.0
SHORTEST_SECONDS = 2.0
UNLIKE_GROUND = 75.0
"""How far, in RGB, a thing's colour must be from what it stands before."""
OFTEN = {
    "leaves": 0.6, "recedes": 0.6, "approaches": 1.5, "passes": 2.0, "enters": 2.0, "pours": 8.0, "opens": 3.0,
    "closes": 3.0, "picks up": 3.0, "puts down": 2.0, "sits down": 4.0, "stands up": 4.0, "lights": 2.0, "darkens": 2.0,
}  # fmt: skip
"""How likely an event follows when it can: what is seldom possible is likelier."""


@dataclass(frozen=True, eq=False)
class Story:
    """One clip before it is drawn."""

    seed: int
    split: str
    scene: str
    background: Traits
    things: tuple[Thing, ...]
    poses: Poses
    """At the first moment."""
    events: tuple[Event, ...]
    duration_seconds: float

    @property
    def dice(self) -> Dice:
        """For what the story leaves open: light, noise, wordings."""
        return Dice(WORLD_VERSION, self.split, self.seed)


def tell(seed: int, split: str = "train") -> Story:
    """The story of a seed; the same for ever."""
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; there are {', '.join(SPLITS)}")
    if seed < 0:
        raise ValueError(f"a seed is a whole number from 0 on, got {seed}")
    dice = Dice(WORLD_VERSION, split, seed, "story")
    number = 4 if split == "longer" else dice.weighted((1, 2, 3), (0.4, 0.35, 0.25))
    action = dice.pick(
        [a for a in ACTIONS if a != "sets off" or number == 1]
    )  # what sets off is still going at the end
    for attempt in count():
        story = attempted(seed, split, action, number, dice.named(f"attempt {attempt}"))
        if story:
            return story
    raise AssertionError("some attempt succeeds")


def attempted(seed: int, split: str, action: str, number: int, dice: Dice) -> Story | None:
    """A story that begins with this action, if these dice lead to one."""
    made = assemble(action, split, dice, number)
    if made is None:
        return None
    cast, actor = made
    first = Situation(cast, copied(cast.poses), dice).possible(action, actor)
    if first is None or (split != "combinations" and is_new(cast.kind(actor), action, cast.things[actor].look)):
        return None
    events = follow([first], number, cast, dice, new=split == "combinations")
    if len(events) != number:
        return None
    placed, duration = timed(events, dice)
    background = fitting_background(cast, dice, unseen=split == "backgrounds")
    if background is None or duration > LONGEST_SECONDS * (1.5 if split == "longer" else 1):
        return None
    came = {event.actor for event in placed}
    seen = {name: pose for name, pose in cast.poses.items() if 0.0 < pose.x < WIDTH or name in came}
    things = tuple(cast.things[name] for name in seen)
    return Story(seed, split, cast.scene, background, things, seen, tuple(placed), duration)


def follow(events: list[Event], number: int, cast: Cast, dice: Dice, *, new: bool) -> list[Event]:
    """As many further events as are wanted, each possible after those before; fewer when there is none."""
    while len(events) < number:
        poses = copied(cast.poses)
        for event in events:
            poses = play(poses, [replace(event, start=0.0, end=1.0)], 1.0)
        now, last = Situation(cast, poses, dice), len(events) == number - 1
        options = [
            option
            for action in ACTIONS
            for actor in cast.things
            if cast.kind(actor) in ACTORS[action]
            and (new or not is_new(cast.kind(actor), action, cast.things[actor].look))
            and not any((e.action, e.actor) == (action, actor) for e in events)
            and (action != "sets off" or last)
            and action != "stops"
            and (option := now.possible(action, actor)) is not None
        ]
        if not options:
            break
        events.append(dice.weighted(options, [OFTEN.get(option.action, 1.0) for option in options]))
    return events


def timed(events: list[Event], dice: Dice) -> tuple[list[Event], float]:
    """The events one after another with pauses, and how long the clip is."""
    now = 0.0 if events[0].action == "stops" else dice.between(0.4, 0.8)
    placed = []
    for event in events:
        end = now + dice.between(*SECONDS[event.action])
        placed.append(replace(event, start=round(now, 2), end=round(end, 2)))
        now = end + dice.between(0.3, 0.6)
    tail = 0.0 if events[-1].action == "sets off" else dice.between(0.5, 1.0)
    return placed, max(round(placed[-1].end + tail, 2), SHORTEST_SECONDS if tail else 0.0)


def fitting_background(cast: Cast, dice: Dice, *, unseen: bool) -> Traits | None:
    """A background from which every thing stands out."""
    for _ in range(12):
        traits = pick_traits(dice, "scene", cast.scene, unseen=unseen)
        grounds = ground_colours(cast.scene, traits)
        looks = [thing.look for thing in cast.things.values() if thing.look.colour in COLOURS]
        distances = [
            sum((a - b) ** 2 for a, b in zip(look.rgb, g, strict=True)) ** 0.5 for look in looks for g in grounds
        ]
        if min(distances, default=999.0) > UNLIKE_GROUND:
            return traits
    return None
