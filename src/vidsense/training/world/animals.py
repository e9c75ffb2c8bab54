"""In: a look and a pose. Out: a dog, a cat or a bird. Measures are shares of the animal's length."""

import math

from vidsense.training.world.pen import Colour, Pen, darker, mixed
from vidsense.training.world.thing import Look, Pose

INK = (26, 24, 26)
WHITE = (250, 250, 246)


def four_legs(pen: Pen, pose: Pose, colour: Colour, *, top: float, xs: tuple[float, float], width: float) -> None:
    """Far legs darker and first; they swing in pairs, as in a trot."""
    step = math.tau * pose.travelled / (0.75 * pose.size)
    for far in (True, False):
        for x, phase in zip(xs, (0.0, math.pi), strict=True):
            swing = 0.14 * math.sin(step + phase + math.pi * far) * pose.moving
            foot = (x + swing + (0.05 if far else 0.0), 0.02)
            knee = (x + swing / 3, top / 2)
            pen.line([(x, top), knee, foot], width, darker(colour, 0.7) if far else colour, edge=not far)


def draw_dog(pen: Pen, look: Look, pose: Pose) -> None:
    """A snout, hanging ears, and a tail that wags."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    coat, dark = look.rgb, darker(look.rgb, 0.62)
    four_legs(pen, pose, coat, top=0.34, xs=(-0.27, 0.2), width=0.1)
    wag = 0.07 * math.sin(9 * pose.beat)
    pen.line([(-0.33, 0.48), (-0.46, 0.64), (-0.45 + wag, 0.78)], 0.075, coat, edge=True)
    long = 0.03 * (look.traits[0] % 2)
    body = [(-0.37 - long, 0.3), (-0.38 - long, 0.5), (-0.1, 0.53), (0.26, 0.56), (0.33, 0.4), (0.24, 0.27), (0, 0.25)]
    pen.fill(body, coat)
    if look.traits[2] in (1, 2):  # a patch on the back
        pen.oval(-0.1, 0.44, (0.13, 0.075), look.trait(2, coat, WHITE, dark, coat), edge=False)
    pen.fill([(0.2, 0.5), (0.25, 0.72), (0.42, 0.62), (0.32, 0.4)], coat, edge=False)
    pen.disc(0.36, 0.69, 0.135, coat)
    pen.fill([(0.4, 0.74), (0.6, 0.66), (0.6, 0.57), (0.42, 0.57)], mixed(coat, WHITE, 0.25))
    pen.disc(0.6, 0.65, 0.032, INK, edge=False)
    if look.traits[0] < 2:  # ears that hang, or stand
        pen.fill([(0.24, 0.79), (0.36, 0.8), (0.3, 0.5), (0.2, 0.56)], dark)
    else:
        pen.fill([(0.25, 0.76), (0.25, 0.95), (0.38, 0.8)], dark)
    pen.disc(0.42, 0.74, 0.022, INK, edge=False)
    pen.line(
        [(0.26, 0.5), (0.36, 0.55)], 0.045, look.trait(1, (200, 40, 40), (40, 90, 190), (240, 200, 60), (50, 150, 80))
    )


def draw_cat(pen: Pen, look: Look, pose: Pose) -> None:
    """A round head, pointed ears, and a long tail."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    coat, dark = look.rgb, darker(look.rgb, 0.66)
    four_legs(pen, pose, coat, top=0.3, xs=(-0.24, 0.2), width=0.085)
    sway = 0.08 * math.sin(3 * pose.beat)
    curl = 0.1 if look.traits[0] < 2 else -0.06
    pen.line([(-0.3, 0.42), (-0.46, 0.52), (-0.5, 0.76), (-0.5 + curl + sway, 0.96)], 0.075, coat, edge=True)
    pen.fill([(-0.36, 0.27), (-0.35, 0.46), (-0.1, 0.53), (0.22, 0.48), (0.32, 0.36), (0.2, 0.24), (-0.1, 0.22)], coat)
    if look.traits[1] in (1, 2):  # stripes
        for x in (-0.22, -0.08, 0.06):
            pen.line([(x, 0.49), (x + 0.02, 0.36)], 0.04, dark if look.colour != "black" else (90, 90, 96))
    for x in (0.22, 0.4):
        pen.fill([(x - 0.03, 0.68), (x + 0.01, 0.89), (x + 0.12, 0.74)], coat)
    pen.disc(0.34, 0.6, 0.17, coat)
    if look.traits[2] < 2:
        pen.oval(0.4, 0.54, (0.09, 0.065), mixed(coat, WHITE, 0.55), edge=False)
    for x in (0.31, 0.43):
        pen.disc(x, 0.64, 0.032, (90, 190, 90) if look.colour == "black" else INK, edge=False)
    pen.disc(0.39, 0.575, 0.02, (220, 120, 120), edge=False)
    for y in (0.53, 0.57):
        pen.line([(0.42, 0.55), (0.58, y)], 0.008, INK)


def draw_bird(pen: Pen, look: Look, pose: Pose) -> None:
    """Wings that beat in the air and lie close on the ground."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    coat, dark = look.rgb, darker(look.rgb, 0.7)
    flying = pose.height > 0.02
    if not flying:
        for x in (-0.04, 0.06):
            pen.line([(x, 0.24), (x + 0.02, 0.0), (x + 0.07, 0.0)], 0.03, (214, 130, 50))
    pen.fill([(-0.25, 0.36), (-0.58, 0.5), (-0.56, 0.3), (-0.28, 0.24)], dark)
    pen.oval(0.0, 0.34, (0.32, 0.2), coat, turn=0.2)
    if look.traits[0] < 2:
        pen.oval(0.1, 0.26, (0.16, 0.1), mixed(coat, WHITE, 0.6), turn=0.3, edge=False)
    pen.disc(0.3, 0.52, 0.16, coat)
    pen.fill([(0.42, 0.57), (0.62, 0.5), (0.42, 0.44)], (245, 165, 40))
    pen.disc(0.34, 0.56, 0.034, WHITE if look.colour == "black" else INK, edge=False)
    if look.traits[1] == 1:  # a crest
        pen.fill([(0.2, 0.64), (0.12, 0.82), (0.32, 0.68)], dark)
    if flying:
        up = math.sin(14 * pose.beat)
        pen.fill([(0.12, 0.42), (-0.16, 0.42), (-0.3, 0.42 + 0.52 * up), (-0.08, 0.42 + 0.46 * up)], dark)
    else:
        pen.fill([(0.14, 0.4), (-0.1, 0.46), (-0.36, 0.3), (-0.08, 0.24)], dark)
