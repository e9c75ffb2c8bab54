"""In: a `Story`. Out: its pictures at any size, and the box of everything that is in each of them."""

import math
from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np

from vidsense.training.world.actions import Poses, play
from vidsense.training.world.animals import draw_bird, draw_cat, draw_dog
from vidsense.training.world.household import (
    draw_bottle,
    draw_chair,
    draw_cup,
    draw_door,
    draw_glass,
    draw_lamp,
    draw_parcel,
)
from vidsense.training.world.pen import WIDTH, Box, Pen
from vidsense.training.world.person import draw_arm, draw_body
from vidsense.training.world.scenery import MARGIN, TABLE_EDGE, paint_background, paint_tabletop
from vidsense.training.world.story import Story
from vidsense.training.world.vehicles import draw_airplane, draw_ball, draw_bicycle, draw_car

FIGURES = {
    "dog": draw_dog, "cat": draw_cat, "bird": draw_bird, "car": draw_car, "bicycle": draw_bicycle,
    "airplane": draw_airplane, "ball": draw_ball, "parcel": draw_parcel, "cup": draw_cup, "glass": draw_glass,
    "bottle": draw_bottle, "door": draw_door, "lamp": draw_lamp, "chair": draw_chair, "person": draw_body,
}  # fmt: skip
SMALL = 160
"""Below this height a picture is drawn twice as large and averaged, so that thin lines stay thin."""
GRAIN_SIZE, SLACK = 512, 61


@dataclass(frozen=True)
class Camera:
    """How the picture was taken: what is true of it says nothing of what happens."""

    gain: float
    tint: tuple[float, float, float]
    noise: float
    """Levels of grain."""
    blur: float
    """Shares of the picture's height."""
    pan: float
    shake: float
    phase: float

    def shift(self, share: float, seconds: float) -> tuple[float, float]:
        """Where the picture's corner is, at a share of the clip."""
        x = self.pan * (share - 0.5)
        x += self.shake * (math.sin(7.1 * seconds + self.phase) + 0.6 * math.sin(12.7 * seconds))
        y = self.shake * (math.sin(8.3 * seconds + 2 * self.phase) + 0.5 * math.sin(15.1 * seconds))
        return x, y


class Picture:
    """Draws the frames of one story at one size."""

    def __init__(self, story: Story, height: int) -> None:
        self.story, self.height = story, height
        self.width = round(height * WIDTH)
        self.fine = 2 if height < SMALL else 1
        dice = story.dice.named("camera")
        moves = dice.weighted(("still", "pan", "shake"), (0.5, 0.25, 0.25))
        self.camera = Camera(
            gain=dice.between(0.72, 1.08), tint=(dice.between(0.95, 1.05), 1.0, dice.between(0.93, 1.05)),
            noise=dice.between(0.0, 6.0), blur=dice.pick((0.0, 0.0, dice.between(0.002, 0.006))),
            pan=dice.pick((-1, 1)) * dice.between(0.06, 0.12) if moves == "pan" else 0.0,
            shake=dice.between(0.003, 0.008) if moves == "shake" else 0.0, phase=dice.between(0, 6),
        )  # fmt: skip

    @cached_property
    def background(self) -> np.ndarray:
        """With its margin."""
        story = self.story
        return paint_background(story.scene, story.background, self.height * self.fine, story.dice.named("scenery"))

    @cached_property
    def grain(self) -> np.ndarray:
        """(H + SLACK, W + SLACK, 3) int16, of which each frame takes another part."""
        rows, columns = self.height + SLACK, self.width + SLACK
        bank = grain_bank()
        tiled = np.tile(bank, (-(-rows // GRAIN_SIZE), -(-columns // GRAIN_SIZE)))[:rows, :columns]
        grain = (tiled * (self.camera.noise / 64)).astype(np.int16)
        return cv2.merge([grain, grain, grain])

    def at(self, seconds: float) -> tuple[np.ndarray, dict[str, Box]]:
        """The picture at this time, (H, W, 3) uint8, and the box of everything that is seen in it."""
        poses = play(self.story.poses, self.story.events, seconds)
        canvas, shift = self.empty(seconds)
        pen = Pen(canvas, shift=shift)
        boxes = draw_things(pen, self.story, poses)
        return self.taken(self.lit(canvas, poses, shift), seconds), boxes

    def boxes_at(self, seconds: float) -> dict[str, Box]:
        """The boxes alone, which is quicker."""
        shift = self.empty(seconds)[1]
        canvas = np.empty((self.height, self.width, 3), np.uint8)
        return draw_things(Pen(canvas, shift=shift), self.story, play(self.story.poses, self.story.events, seconds))

    def empty(self, seconds: float) -> tuple[np.ndarray, tuple[float, float]]:
        """The background as the camera sees it now, and how far everything is shifted."""
        x, y = self.camera.shift(seconds / self.story.duration_seconds, seconds)
        unit = self.height * self.fine
        left, top = round((MARGIN + x) * unit), round((MARGIN + y) * unit)
        shape = (unit, self.width * self.fine)
        canvas = self.background[top : top + shape[0], left : left + shape[1]].copy()
        return canvas, (MARGIN - left / unit, MARGIN - top / unit)

    def lit(self, canvas: np.ndarray, poses: Poses, shift: tuple[float, float]) -> np.ndarray:
        """The glow of a lamp that is on."""
        for thing in self.story.things:
            pose = poses[thing.name]
            if thing.kind == "lamp" and pose.lit > 0.05:
                unit = canvas.shape[0]
                at = (pose.x + shift[0]) * unit, (pose.y - 0.75 * pose.size + shift[1]) * unit
                glow = np.zeros((canvas.shape[0] // 4, canvas.shape[1] // 4, 3), np.uint8)
                for radius, light in ((0.42, 14), (0.3, 26), (0.18, 42)):
                    colour = tuple(int(level * pose.lit) for level in (light, light * 0.9, light * 0.5))
                    cv2.circle(glow, (int(at[0] / 4), int(at[1] / 4)), int(radius * unit / 4), colour, -1)
                glow = cv2.blur(glow, (unit // 24 * 2 + 1, unit // 24 * 2 + 1))
                canvas = cv2.add(canvas, cv2.resize(glow, canvas.shape[1::-1], interpolation=cv2.INTER_LINEAR))
        return canvas

    def taken(self, canvas: np.ndarray, seconds: float) -> np.ndarray:
        """The drawn picture as a camera takes it: light, colour, blur, grain."""
        camera = self.camera
        if self.fine > 1:
            canvas = cv2.resize(canvas, (self.width, self.height), interpolation=cv2.INTER_AREA)
        if camera.blur:
            canvas = cv2.GaussianBlur(canvas, (0, 0), max(camera.blur * self.height, 0.25))
        levels = np.arange(256)[:, None] * np.array(camera.tint) * camera.gain
        canvas = cv2.LUT(canvas, np.clip(levels, 0, 255).astype(np.uint8)[None])
        if camera.noise < 0.5:
            return canvas
        index = round(seconds * 100 + camera.phase * 1000)
        top, left = index * 31 % SLACK, index * 17 % SLACK
        grain = self.grain[top : top + self.height, left : left + self.width]
        return cv2.add(canvas, grain, dtype=cv2.CV_8U)


@cache
def grain_bank() -> np.ndarray:
    """(GRAIN_SIZE, GRAIN_SIZE) int16, normal with a deviation of 64; NumPy promises to keep this old generator."""
    return (np.random.RandomState(1).standard_normal((GRAIN_SIZE, GRAIN_SIZE)) * 64).astype(np.int16)


def draw_things(pen: Pen, story: Story, poses: Poses) -> dict[str, Box]:
    """Everything from back to front; a table over who stands behind it, arms over what they hold."""
    boxes: dict[str, Box] = {}
    table = story.scene == "table"
    order = []
    for thing in story.things:
        pose = poses[thing.name]
        depth = pose.y
        if pose.held_by:
            depth = 2.0 if table else poses[pose.held_by].y + 0.001
        if table and thing.kind == "person":
            depth = 0.0
        order.append((depth, thing.name, thing, pose))
        if thing.kind == "person":
            reaching = pose.hand is not None or pose.raised > 0.0
            over = (3.0 if reaching else 0.0) if table else pose.y + 0.002
            order.append((over, thing.name + " arm", thing, pose))
    covered = False
    for depth, name, thing, pose in sorted(order, key=lambda each: each[:2]):
        if table and depth > 0.0 and not covered:
            paint_tabletop(pen, story.background)
            covered = True
        pen.lift()
        if name != thing.name:
            draw_arm(pen, thing.look, pose)
            boxes[thing.name] = joined(boxes[thing.name], pen.box())
            continue
        FIGURES[thing.kind](pen, thing.look, pose)
        boxes[name] = above_table(pen) if table and thing.kind == "person" else pen.box()
    return {thing.name: boxes[thing.name] for thing in story.things}


def above_table(pen: Pen) -> Box:
    """The box of what the table does not cover."""
    pen.bottom = min(pen.bottom, (TABLE_EDGE + pen.shift[1]) * pen.unit)
    return pen.box()


def joined(one: Box, other: Box) -> Box:
    """The box around both."""
    if one[2] <= one[0]:
        return other
    if other[2] <= other[0]:
        return one
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
