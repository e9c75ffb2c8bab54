"""In: a look and a pose. Out: things of a house. Measures are shares of the thing's height."""

import math

from vidsense.training.world.pen import Pen, Point, darker, mixed
from vidsense.training.world.thing import Look, Pose

WHITE = (250, 250, 246)
WATER = (96, 176, 226)


def draw_parcel(pen: Pen, look: Look, pose: Pose) -> None:
    """A box with tape and a label."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    half = 0.5 + 0.08 * (look.traits[0] % 3)
    top = (-half + 0.12, 0.98), (half + 0.12, 0.98)
    pen.fill([(-half, 0.78), top[0], top[1], (half, 0.78)], mixed(look.rgb, WHITE, 0.3))
    pen.fill([(half, 0.0), (half, 0.78), top[1], (half + 0.12, 0.2)], darker(look.rgb, 0.7))
    pen.fill([(-half, 0.0), (-half, 0.78), (half, 0.78), (half, 0.0)], look.rgb)
    tape = look.trait(1, (226, 200, 150), (240, 240, 236), (150, 110, 70), (230, 190, 60))
    pen.fill([(-0.09, 0.0), (-0.09, 0.78), (0.03, 0.98), (0.2, 0.98), (0.09, 0.78), (0.09, 0.0)], tape, edge=False)
    if look.traits[2] < 2:
        pen.fill([(-half + 0.08, 0.12), (-half + 0.08, 0.34), (-0.16, 0.34), (-0.16, 0.12)], WHITE)


def draw_cup(pen: Pen, look: Look, pose: Pose) -> None:
    """A mug with a handle."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    pen.ring(0.46, 0.48, 0.2, 0.11, darker(look.rgb, 0.6))
    low = 0.36 if look.traits[0] < 2 else 0.28
    pen.fill([(-low, 0.0), (-0.44, 0.9), (0.44, 0.9), (low, 0.0)], look.rgb)
    if look.traits[1] == 1:
        pen.line([(-0.37, 0.45), (0.37, 0.45)], 0.14, mixed(look.rgb, WHITE, 0.6))
    elif look.traits[1] == 2:
        for x in (-0.2, 0.0, 0.2):
            pen.disc(x, 0.45, 0.07, mixed(look.rgb, WHITE, 0.65), edge=False)
    pen.oval(0.0, 0.9, (0.44, 0.1), darker(look.rgb, 0.35))


def draw_glass(pen: Pen, look: Look, pose: Pose) -> None:
    """Clear, with as much water as there is in it."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    low = 0.27 if look.traits[0] < 2 else 0.34
    pen.fill([(-low, 0.0), (-0.4, 0.98), (0.4, 0.98), (low, 0.0)], (222, 238, 244))
    if pose.level > 0.02:
        top = 0.08 + 0.78 * pose.level
        wide = low + (0.4 - low) * top - 0.03
        pen.fill([(-low + 0.04, 0.06), (-wide, top), (wide, top), (low - 0.04, 0.06)], WATER, edge=False)
    pen.line([(-0.22, 0.2), (-0.28, 0.84)], 0.05, WHITE)
    pen.oval(0.0, 0.98, (0.4, 0.06), (240, 248, 250))


def mouth_of(pose: Pose) -> Point:
    """Where a bottle's mouth is in the picture."""
    out = pose.size * math.sin(pose.tilt) * pose.facing
    return pose.x + out, pose.y - pose.height - pose.size * math.cos(pose.tilt)


def draw_bottle(pen: Pen, look: Look, pose: Pose) -> None:
    """A body, a neck, a label; water runs straight down from its mouth when it is tilted."""
    if pose.stream > 0.0:
        x, y = mouth_of(pose)
        pen.place(x, y)
        pen.line([(0.0, 0.0), (0.0, -pose.stream)], 0.026, WATER)
        pen.lift()  # the water is no part of the bottle's box
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing, -pose.tilt)
    half = 0.15 + 0.02 * (look.traits[0] % 2)
    sloped = 0.6 if look.traits[0] < 2 else 0.66
    body = [(-half, 0), (-half, sloped), (-0.065, 0.8), (-0.065, 0.98), (0.065, 0.98), (0.065, 0.8), (half, sloped)]
    pen.fill([*body, (half, 0)], look.rgb)
    pen.line([(-half * 0.55, 0.08), (-half * 0.55, sloped - 0.05)], 0.04, mixed(look.rgb, WHITE, 0.45))
    label = look.trait(1, WHITE, (246, 226, 150), (226, 236, 246), (240, 200, 190))
    pen.fill([(-half, 0.2), (-half, 0.44), (half, 0.44), (half, 0.2)], label)
    pen.line(
        [(-0.06, 0.98), (0.06, 0.98)], 0.07, look.trait(2, (60, 60, 66), (200, 50, 50), (230, 230, 226), (60, 110, 190))
    )


def draw_door(pen: Pen, look: Look, pose: Pose) -> None:
    """A leaf that swings inwards and shows a dark passage behind."""
    pen.place(pose.x, pose.y, pose.size, pose.facing)
    pen.fill([(-0.28, 0.0), (-0.28, 1.0), (0.28, 1.0), (0.28, 0.0)], mixed(darker(look.rgb, 0.6), WHITE, 0.55))
    pen.fill([(-0.23, 0.0), (-0.23, 0.95), (0.23, 0.95), (0.23, 0.0)], (48, 44, 58), edge=False)
    edge = 0.23 - 0.38 * pose.open
    slope = 0.07 * pose.open
    leaf = [(-0.23, 0.0), (-0.23, 0.95), (edge, 0.95 - slope), (edge, slope)]
    pen.fill(leaf, mixed(look.rgb, (0, 0, 0), 0.2 * pose.open))
    wide = edge + 0.23
    for low, high in ((0.1, 0.42), (0.54, 0.86)) if look.traits[0] < 2 else ((0.12, 0.84),):
        left, right = -0.23 + 0.2 * wide, -0.23 + 0.8 * wide
        inside = mixed(look.rgb, WHITE, 0.3) if look.traits[1] < 2 else darker(look.rgb, 0.75)
        pen.fill([(left, low + slope / 2), (left, high), (right, high - slope), (right, low + slope)], inside)
    pen.disc(edge - 0.16 * wide, 0.47, 0.025, (240, 206, 90))


def draw_lamp(pen: Pen, look: Look, pose: Pose) -> None:
    """A shade on a pole: bright when lit, dull when not."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    pen.line([(0.0, 0.0), (0.0, 0.75)], 0.035, (70, 64, 62))
    pen.fill([(-0.15, 0.0), (-0.1, 0.05), (0.1, 0.05), (0.15, 0.0)], (70, 64, 62))
    dull = darker(look.rgb, 0.74)
    shade = mixed(dull, mixed(look.rgb, (255, 250, 205), 0.4), pose.lit)
    narrow = 0.1 if look.traits[0] < 2 else 0.16
    pen.fill([(-0.23, 0.66), (-narrow, 1.0), (narrow, 1.0), (0.23, 0.66)], shade)
    if pose.lit > 0.5:
        pen.oval(0.0, 0.69, (0.16, 0.05), (255, 255, 235), edge=False)
    if look.traits[1] < 2:
        pen.line([(-0.21, 0.7), (0.21, 0.7)], 0.03, darker(shade, 0.8))


def draw_chair(pen: Pen, look: Look, pose: Pose) -> None:
    """A back, a seat and four legs; it faces to its right."""
    pen.place(pose.x, pose.y, pose.size, pose.facing)
    far = darker(look.rgb, 0.6)
    for x in (-0.2, 0.3):
        pen.line([(x, 0.46), (x, 0.03)], 0.06, far)
    for x in (-0.28, 0.22):
        pen.line([(x, 0.46), (x, 0.0)], 0.07, look.rgb, edge=True)
    back = [(-0.33, 0.44), (-0.38, 1.0), (-0.26, 1.0), (-0.21, 0.44)]
    pen.fill(back, look.rgb)
    if look.traits[0] < 2:
        pen.line([(-0.29, 0.6), (-0.32, 0.9)], 0.03, mixed(look.rgb, WHITE, 0.4))
    pen.fill([(-0.32, 0.42), (-0.32, 0.52), (0.34, 0.52), (0.34, 0.42)], mixed(look.rgb, WHITE, 0.15))
