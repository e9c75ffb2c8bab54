"""In: a look and a pose. Out: a person, drawn in two parts so that the near arm can reach over what it holds.

Measures are shares of the person's height.
"""

import math

from vidsense.training.world.pen import Colour, Pen, Point, darker, elbow
from vidsense.training.world.thing import Look, Pose

HIP, SHOULDER = 0.47, 0.78
THIGH, UPPER_ARM, FOREARM = 0.232, 0.18, 0.18
SEAT = 0.27
STRIDE = 0.2
SKINS = ((241, 204, 172), (224, 172, 132), (176, 118, 78), (112, 72, 48))
TROUSERS = ((58, 62, 82), (96, 84, 66), (74, 92, 78), (120, 116, 118))
HAIRS = ((44, 34, 30), (122, 76, 38), (214, 176, 92), (158, 70, 36))


def hip(pose: Pose) -> Point:
    """Lower when sitting or bending."""
    return -0.05 * pose.sit - 0.1 * pose.bend, HIP + (SEAT - HIP) * pose.sit - 0.12 * pose.bend


def shoulder(pose: Pose) -> Point:
    """Forward of the hip when bending."""
    x, y = hip(pose)
    lean = 0.04 * pose.moving + 0.95 * pose.bend
    return x + (SHOULDER - HIP) * math.sin(lean), y + (SHOULDER - HIP) * math.cos(lean)


def stand(pen: Pen, pose: Pose) -> None:
    """Put the pen where the person is; who falls turns about the feet."""
    pen.place(pose.x, pose.y - pose.height - 0.03 * pose.fall, pose.size, pose.facing, -1.45 * pose.fall)


def legs(pen: Pen, pose: Pose, look: Look) -> None:
    """Two legs in mid-stride, standing, sitting or seen from the front."""
    trousers, shoes = TROUSERS[look.traits[1] % 4], (40, 36, 40)
    hx, hy = hip(pose)
    step = math.tau * pose.travelled / (4 * STRIDE * pose.size)
    for side in (-1, 1):
        swing, lift = STRIDE * math.sin(step) * side * pose.moving, max(0.0, math.cos(step) * side) * pose.moving
        spread = 0.055 * side * (1 - pose.sit)
        foot = (swing + spread, 0.02 + 0.06 * lift)
        if pose.front:
            foot = (0.06 * side, 0.02 + 0.07 * lift)
        elif pose.sit:
            foot = (foot[0] * (1 - pose.sit) + (0.19 + 0.02 * side) * pose.sit, foot[1])
        knee = elbow((hx, hy), foot, THIGH, THIGH - 0.005, 1 if not pose.front else 0.2 * side)
        colour = darker(trousers, 0.75) if side < 0 else trousers
        pen.line([(hx + 0.025 * side, hy), knee, foot], 0.095, colour, edge=True)
        toe = 0.0 if pose.front else 0.06
        pen.line([foot, (foot[0] + toe, foot[1])], 0.05, shoes)


def head(pen: Pen, pose: Pose, look: Look) -> None:
    """Face, hair and hat; the eyes look where the person goes."""
    sx, sy = shoulder(pose)
    lean = 0.6 * pose.bend
    x, y = sx + 0.11 * math.sin(lean) + 0.015, sy + 0.125 * math.cos(lean)
    skin, hair = SKINS[look.traits[1]], HAIRS[look.traits[2]]
    style = look.traits[0]
    if style == 1:  # long hair
        pen.oval(x - 0.03, y - 0.035, (0.095, 0.125), hair)
    pen.line([(sx, sy), (x, y - 0.05)], 0.06, skin)
    pen.disc(x, y, 0.09, skin)
    cap = [(x + 0.095 * math.cos(a), y + 0.015 + 0.088 * math.sin(a)) for a in (0.25, 0.7, 1.2, 1.7, 2.2, 2.7, 3.3)]
    pen.fill(cap, hair if style != 3 else look.rgb)
    if style == 3:  # a cap with a peak
        pen.line([(x + 0.03, y + 0.045), (x + 0.15, y + 0.04)], 0.03, darker(look.rgb, 0.7))
    if style == 2:  # a bun
        pen.disc(x - 0.07, y + 0.07, 0.045, hair)
    ink = (30, 26, 26)
    for eye in (-0.015, 0.045) if pose.front or not pose.moving else (0.05,):
        pen.disc(x + eye + (0.0 if pose.front else 0.01), y, 0.012, ink, edge=False)
    pen.line([(x, y - 0.042), (x + 0.035, y - 0.04)], 0.012, (150, 60, 60))


def arm(pen: Pen, start: Point, hand: Point, sleeve: Colour, skin: Colour) -> None:
    """Sleeve, forearm and hand."""
    joint = elbow(start, hand, UPPER_ARM, FOREARM, -1)
    pen.line([start, joint], 0.075, sleeve, edge=True)
    pen.line([joint, hand], 0.058, skin, edge=True)
    pen.disc(hand[0], hand[1], 0.036, skin)


def swinging(pose: Pose, side: int) -> Point:
    """Where a hand is that does nothing."""
    sx, sy = shoulder(pose)
    step = math.tau * pose.travelled / (4 * STRIDE * pose.size)
    if pose.front:
        return sx + 0.1 * side, sy - 0.385 + 0.04 * pose.moving * math.sin(step) * side
    out = 0.05 * side * (1 - pose.moving) + 0.25 * pose.fall
    rest = (sx + out - 0.13 * math.sin(step) * side * pose.moving, sy - 0.385 + 0.1 * pose.fall)
    lap = (sx + 0.15, sy - 0.24)
    return rest[0] + (lap[0] - rest[0]) * pose.sit, rest[1] + (lap[1] - rest[1]) * pose.sit


def draw_body(pen: Pen, look: Look, pose: Pose) -> None:
    """All but the near arm."""
    stand(pen, pose)
    skin = SKINS[look.traits[1]]
    (hx, hy), (sx, sy) = hip(pose), shoulder(pose)
    far = -0.085 if pose.front else -0.05
    arm(pen, (sx + far, sy - 0.04), swinging(pose, -1), darker(look.rgb, 0.7), darker(skin, 0.85))
    legs(pen, pose, look)
    dx, dy = sx - hx, sy - hy
    length = math.hypot(dx, dy)
    across = (dy / length, -dx / length)
    wide, narrow = 0.098, 0.078
    pen.fill(
        [
            (hx - across[0] * narrow, hy - across[1] * narrow - 0.03),
            (sx - across[0] * wide, sy - across[1] * wide - 0.02),
            (sx - across[0] * 0.05, sy - across[1] * 0.05 + 0.03),
            (sx + across[0] * 0.05, sy + across[1] * 0.05 + 0.03),
            (sx + across[0] * wide, sy + across[1] * wide - 0.02),
            (hx + across[0] * narrow, hy + across[1] * narrow - 0.03),
        ],
        look.rgb,
    )
    if look.traits[2] == 1:  # a stripe across the chest
        mx, my = hx + 0.62 * dx, hy + 0.62 * dy
        across = (across[0] * 0.085, across[1] * 0.085)
        pen.line([(mx - across[0], my - across[1]), (mx + across[0], my + across[1])], 0.045, darker(look.rgb, 0.72))
    head(pen, pose, look)


def near_hand(pose: Pose) -> Point:
    """Where the near hand is, in the person's own measures."""
    rest = swinging(pose, 1)
    if pose.hand is not None:
        return (pose.hand[0] - pose.x) * pose.facing / pose.size, (pose.y - pose.hand[1]) / pose.size
    if pose.raised:
        sx, sy = shoulder(pose)
        up = (sx + 0.17 + 0.1 * math.sin(pose.beat), sy + 0.31)
        return rest[0] + (up[0] - rest[0]) * pose.raised, rest[1] + (up[1] - rest[1]) * pose.raised
    return rest


def draw_arm(pen: Pen, look: Look, pose: Pose) -> None:
    """The near arm, which lies over what it holds."""
    stand(pen, pose)
    sx, sy = shoulder(pose)
    near = 0.085 if pose.front else 0.045
    arm(pen, (sx + near, sy - 0.04), near_hand(pose), darker(look.rgb, 0.86), SKINS[look.traits[1]])
