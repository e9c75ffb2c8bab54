"""In: a name. Out: what a thing is (`Thing`, with its look, for a whole clip) and how it stands now (`Pose`)."""

from dataclasses import dataclass, replace

from vidsense.training.world.dice import Dice, fixed_number
from vidsense.training.world.pen import Colour, Point, mixed

COLOURS: dict[str, Colour] = {
    "red": (206, 44, 44), "orange": (238, 132, 34), "yellow": (242, 208, 54), "green": (52, 148, 68),
    "blue": (46, 92, 204), "purple": (132, 66, 172), "brown": (128, 82, 46), "white": (244, 244, 240),
    "black": (42, 42, 48), "gray": (138, 138, 144),
}  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "person": ("red", "yellow", "green", "blue", "purple", "white"),
    "dog": ("brown", "black", "white"),
    "cat": ("orange", "black", "gray", "white"),
    "bird": ("red", "blue", "yellow", "black"),
    "car": ("red", "blue", "green", "yellow", "white"),
    "bicycle": ("red", "blue", "green", "black"),
    "ball": ("red", "yellow", "green", "blue", "orange"),
    "parcel": ("brown", "red", "blue", "white"),
    "cup": ("red", "yellow", "green", "blue", "white"),
    "glass": (),
    "bottle": ("green", "blue", "brown", "purple"),
    "door": ("brown", "green", "blue", "red"),
    "lamp": ("yellow", "red", "blue", "green"),
    "chair": ("brown", "red", "blue", "green"),
    "airplane": ("white", "red", "blue", "yellow"),
}
"""What there is, and the colours that it comes in; a glass is clear."""
GRASPABLE = ("ball", "parcel", "cup", "glass", "bottle")
TRAIT_VALUES = 4
HELD_OUT_SHARE = 5
"""One look of five, and one background of five, is never drawn in training."""


@dataclass(frozen=True)
class Look:
    """What one thing looks like: its colour's name, its exact colour, and three traits of shape, dress and pattern."""

    colour: str
    rgb: Colour
    traits: tuple[int, int, int]

    def trait(self, index: int, *options: Colour) -> Colour:
        """The option that a trait names."""
        return options[self.traits[index] % len(options)]


@dataclass(frozen=True)
class Thing:
    """One thing of a clip."""

    name: str
    """Unique in its clip: "ball", "ball 2"."""
    kind: str
    look: Look


@dataclass
class Pose:
    """Where a thing is and how it stands; changed in place while a frame is made."""

    x: float
    y: float
    size: float
    facing: float = 1.0
    travelled: float = 0.0
    """How far it has gone: wheels and legs turn with it."""
    moving: float = 0.0
    """From 0, at rest, to 1."""
    height: float = 0.0
    """Above the ground."""
    front: bool = False
    """Seen from the front."""
    sit: float = 0.0
    fall: float = 0.0
    bend: float = 0.0
    raised: float = 0.0
    beat: float = 0.0
    """Where in its swing a waving hand is."""
    hand: Point | None = None
    """Where the near hand is, when not at the side."""
    held_by: str = ""
    tilt: float = 0.0
    open: float = 0.0
    lit: float = 0.0
    level: float = 0.0
    stream: float = 0.0
    """How far poured water falls."""


def is_held_out(*look: object) -> bool:
    """Whether a look or a background is kept from training."""
    return fixed_number("held out", *look) % HELD_OUT_SHARE == 0


def pick_look(kind: str, dice: Dice, *, unseen: bool, colour: str | None = None) -> Look:
    """A look that training never draws, or one that it may draw."""
    colours = KINDS[kind]
    name = colour or (dice.pick(colours) if colours else "")
    traits = pick_traits(dice, kind, unseen=unseen)
    base = COLOURS.get(name, (205, 225, 235))
    share = dice.between(0.0, 0.16)
    return Look(name, mixed(base, (255, 255, 255) if dice.chance(0.5) else (0, 0, 0), share), traits)


def pick_traits(dice: Dice, *owner: str, unseen: bool) -> tuple[int, int, int]:
    """Three traits, all of them seen in training or none."""
    while True:
        traits = tuple(int(dice.share() * TRAIT_VALUES) for _ in range(3))
        if is_held_out(*owner, *traits) is unseen:
            return traits[0], traits[1], traits[2]


def copied(poses: dict[str, Pose]) -> dict[str, Pose]:
    """The same poses, free to be changed."""
    return {name: replace(pose) for name, pose in poses.items()}
