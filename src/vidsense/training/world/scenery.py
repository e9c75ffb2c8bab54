"""In: a scene and its traits. Out: the picture behind the things, and where the ground is."""

import numpy as np

from vidsense.training.world.dice import Dice
from vidsense.training.world.pen import WIDTH, Box, Colour, Pen, darker, mixed

MARGIN = 0.12
"""Drawn beyond each edge of the picture, for a camera that moves."""
SCENES = ("yard", "street", "room", "table")
TABLE_EDGE = 0.7
SKIES = ((176, 212, 238), (206, 224, 234), (240, 214, 190), (150, 176, 208))
LAWNS = ((150, 190, 120), (176, 196, 128), (128, 172, 122), (190, 188, 140))
PAVEMENTS = ((196, 192, 186), (178, 180, 188), (206, 194, 176), (168, 172, 170))
ROADS = ((112, 114, 120), (128, 124, 122), (100, 106, 116), (138, 138, 144))
WALLS = ((232, 222, 202), (206, 222, 226), (222, 210, 224), (212, 226, 204))
FLOORS = ((196, 158, 118), (176, 164, 152), (214, 186, 148), (160, 140, 128))
FACADES = ((216, 186, 160), (190, 178, 180), (226, 212, 178), (176, 192, 204))
TABLES = ((190, 142, 96), (216, 186, 150), (150, 108, 80), (224, 220, 212))
Traits = tuple[int, int, int]


def rectangle(pen: Pen, box: Box, colour: Colour, *, edge: bool = False) -> None:
    """A box of the picture."""
    x0, y0, x1, y1 = box
    pen.place(0.0, 0.0)
    pen.fill([(x0, -y0), (x1, -y0), (x1, -y1), (x0, -y1)], colour, edge=edge)


def ground_colours(scene: str, traits: Traits) -> tuple[Colour, ...]:
    """The colours that things stand before and on."""
    pair = {
        "yard": (SKIES, LAWNS), "street": (FACADES, PAVEMENTS), "room": (WALLS, FLOORS), "table": (WALLS, TABLES),
    }[scene]  # fmt: skip
    return pair[0][traits[0]], pair[1][traits[1]]


def paint_background(scene: str, traits: Traits, height: int, dice: Dice) -> np.ndarray:
    """The picture with `MARGIN` on every side; `height` is the picture's own."""
    canvas = np.zeros((round(height * (1 + 2 * MARGIN)), round(height * (WIDTH + 2 * MARGIN)), 3), np.uint8)
    pen = Pen(canvas, shift=(MARGIN, MARGIN))
    pen.unit = float(height)
    PAINTERS[scene](pen, traits, dice)
    return canvas


def paint_yard(pen: Pen, traits: Traits, dice: Dice) -> None:
    """Sky, something far, a lawn."""
    sky, lawn = ground_colours("yard", traits)
    rectangle(pen, (-1, -1, 3, 0.7), sky)
    if traits[2] == 0:  # a fence
        for i in range(14):
            x = -0.2 + 0.13 * i
            rectangle(pen, (x, 0.46, x + 0.09, 0.7), (226, 216, 200), edge=True)
        rectangle(pen, (-1, 0.53, 3, 0.57), (206, 194, 176))
    elif traits[2] == 1:  # trees
        for i in range(4):
            x = -0.05 + 0.45 * i + dice.between(-0.08, 0.08)
            rectangle(pen, (x - 0.02, 0.45, x + 0.02, 0.7), (140, 110, 88))
            pen.disc(x, -0.38, 0.13, (134, 168, 126), edge=False)
            pen.disc(x + 0.07, -0.44, 0.1, (146, 178, 136), edge=False)
    elif traits[2] == 2:  # hills
        for i in range(4):
            pen.oval(-0.1 + 0.5 * i, -0.72, (0.42, 0.2 + 0.06 * (i % 2)), mixed(lawn, sky, 0.45), edge=False)
    else:  # a hedge
        for i in range(12):
            pen.disc(-0.2 + 0.15 * i, -0.62, 0.12, mixed(lawn, (96, 132, 96), 0.6), edge=False)
    rectangle(pen, (-1, 0.68, 3, 2), lawn)
    for _ in range(26):
        x, y = dice.between(-0.1, 1.45), dice.between(0.72, 1.1)
        pen.line([(x, -y), (x + 0.012, -y + 0.02)], 0.008, darker(lawn, 0.86))


def paint_street(pen: Pen, traits: Traits, dice: Dice) -> None:
    """Houses, a pavement, a road."""
    facade, pavement = ground_colours("street", traits)
    sky = SKIES[(traits[0] + traits[1]) % 4]
    rectangle(pen, (-1, -1, 3, 0.7), sky)
    x = -0.3
    for i in range(7):
        wide, top = 0.3 + 0.06 * ((i + traits[2]) % 3), 0.3 - 0.05 * ((i * 2 + traits[2]) % 3)
        colour = mixed(facade, (240, 236, 228), 0.22 * (i % 3))
        rectangle(pen, (x, top, x + wide, 0.72), colour, edge=True)
        for row in range(2):
            for column in range(2):
                wx, wy = x + 0.06 + 0.13 * column, top + 0.06 + 0.15 * row
                rectangle(pen, (wx, wy, wx + 0.07, wy + 0.09), mixed(colour, (120, 142, 160), 0.5))
        x += wide
    rectangle(pen, (-1, 0.7, 3, 0.84), pavement)
    rectangle(pen, (-1, 0.83, 3, 2), ROADS[traits[2]])
    for i in range(7):
        at = -0.2 + 0.28 * i + dice.between(0, 0.02)
        rectangle(pen, (at, 0.965, at + 0.14, 0.985), (222, 220, 206))


def paint_room(pen: Pen, traits: Traits, dice: Dice) -> None:
    """A wall with a picture, a window or paper, and a floor."""
    wall, floor = ground_colours("room", traits)
    rectangle(pen, (-1, -1, 3, 0.72), wall)
    at = dice.between(0.1, 0.9)
    if traits[2] == 0:
        rectangle(pen, (at, 0.1, at + 0.34, 0.4), (250, 248, 244), edge=True)
        rectangle(pen, (at + 0.02, 0.12, at + 0.16, 0.38), (178, 210, 230))
        rectangle(pen, (at + 0.18, 0.12, at + 0.32, 0.38), (178, 210, 230))
    elif traits[2] == 1:
        rectangle(pen, (at, 0.12, at + 0.28, 0.32), mixed(wall, (110, 90, 70), 0.5), edge=True)
        rectangle(pen, (at + 0.03, 0.15, at + 0.25, 0.29), mixed(wall, (150, 180, 170), 0.6))
    elif traits[2] == 2:
        for i in range(14):
            rectangle(pen, (-0.2 + 0.13 * i, -1, -0.16 + 0.13 * i, 0.72), darker(wall, 0.94))
    else:
        rectangle(pen, (at, 0.3, at + 0.42, 0.33), mixed(wall, (120, 90, 60), 0.55), edge=True)
        for i in range(5):
            rectangle(pen, (at + 0.04 + 0.06 * i, 0.19, at + 0.08 + 0.06 * i, 0.3), mixed(wall, SKIES[i % 4], 0.8))
    rectangle(pen, (-1, 0.7, 3, 0.735), mixed(wall, (255, 255, 255), 0.5))
    rectangle(pen, (-1, 0.73, 3, 2), floor)
    for i in range(3):
        rectangle(pen, (-1, 0.8 + 0.09 * i, 3, 0.805 + 0.09 * i), darker(floor, 0.88))


def paint_table(pen: Pen, traits: Traits, dice: Dice) -> None:
    """The wall behind a kitchen table; the table itself is drawn over who stands behind it."""
    wall, _ = ground_colours("table", traits)
    rectangle(pen, (-1, -1, 3, 2), wall)
    if traits[2] == 0:
        for i in range(12):
            rectangle(pen, (-1, 0.1 * i, 3, 0.1 * i + 0.008), darker(wall, 0.9))
            rectangle(pen, (-0.2 + 0.16 * i, -1, -0.192 + 0.16 * i, 2), darker(wall, 0.9))
    elif traits[2] == 1:
        at = dice.between(0.0, 1.0)
        rectangle(pen, (at, 0.06, at + 0.36, 0.36), (178, 210, 230), edge=True)
    elif traits[2] == 2:
        for i in range(4):
            rectangle(pen, (-0.1 + 0.42 * i, -0.1, 0.28 + 0.42 * i, 0.2), mixed(wall, (170, 130, 96), 0.5), edge=True)


def paint_tabletop(pen: Pen, traits: Traits) -> None:
    """In front of who stands behind it."""
    _, top = ground_colours("table", traits)
    rectangle(pen, (-1, TABLE_EDGE, 3, 2), top)
    rectangle(pen, (-1, TABLE_EDGE, 3, TABLE_EDGE + 0.02), mixed(top, (255, 255, 255), 0.35))
    for i in range(3):
        rectangle(pen, (-1, 0.79 + 0.1 * i, 3, 0.795 + 0.1 * i), darker(top, 0.92))


PAINTERS = {"yard": paint_yard, "street": paint_street, "room": paint_room, "table": paint_table}
