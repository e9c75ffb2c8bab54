"""In: a look and a pose. Out: a car, a bicycle, an airplane or a ball. Measures are shares of the thing's length."""

import math

from vidsense.training.world.pen import Colour, Pen, darker, mixed
from vidsense.training.world.thing import Look, Pose

TYRE, RIM = (38, 38, 42), (196, 200, 206)
WINDOW = (176, 214, 232)
WHITE = (250, 250, 246)
ROOFS = (
    ((-0.3, 0.24), (-0.2, 0.4), (0.1, 0.4), (0.24, 0.24)),
    ((-0.46, 0.24), (-0.42, 0.41), (0.08, 0.41), (0.2, 0.24)),
    ((-0.22, 0.24), (-0.12, 0.38), (0.06, 0.38), (0.16, 0.24)),
    ((-0.38, 0.24), (-0.28, 0.42), (0.16, 0.42), (0.28, 0.24)),
)


def wheel(pen: Pen, x: float, radius: float, turned: float, spokes: int) -> None:
    """A tyre and spokes that show how far it has rolled."""
    pen.disc(x, radius, radius, TYRE, edge=False)
    pen.disc(x, radius, 0.62 * radius, RIM, edge=False)
    for i in range(spokes):
        angle = math.pi * i / spokes - turned / radius
        dx, dy = 0.55 * radius * math.cos(angle), 0.55 * radius * math.sin(angle)
        pen.line([(x - dx, radius - dy), (x + dx, radius + dy)], 0.014, TYRE)


def draw_car(pen: Pen, look: Look, pose: Pose) -> None:
    """From the side, or from the front when it comes or goes."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    if pose.front:
        draw_car_front(pen, look)
        return
    roof = ROOFS[look.traits[0]]
    pen.fill(roof, look.rgb)
    middle = sum(x for x, _ in roof) / 4
    inner = [(middle + (x - middle) * 0.8, 0.24 + (y - 0.24) * 0.82) for x, y in roof]
    pen.fill(inner, WINDOW, edge=False)
    pen.line([(middle, 0.24), (middle, 0.38)], 0.022, look.rgb)
    pen.fill([(-0.5, 0.08), (-0.5, 0.23), (-0.4, 0.26), (0.28, 0.26), (0.48, 0.2), (0.5, 0.08)], look.rgb)
    if look.traits[2] == 1:
        pen.line([(-0.48, 0.16), (0.48, 0.15)], 0.03, mixed(look.rgb, WHITE, 0.65))
    pen.disc(0.465, 0.17, 0.028, (255, 240, 170), edge=False)
    pen.disc(-0.475, 0.18, 0.024, (215, 50, 40), edge=False)
    for x in (-0.28, 0.28):
        wheel(pen, x, 0.1, pose.travelled / pose.size, 2 + look.traits[1] % 2)


def draw_car_front(pen: Pen, look: Look) -> None:
    """Windscreen, two lamps, two tyres; narrower than from the side."""
    for x in (-0.2, 0.2):
        pen.fill([(x - 0.05, 0.0), (x - 0.05, 0.14), (x + 0.05, 0.14), (x + 0.05, 0.0)], TYRE)
    pen.fill([(-0.2, 0.26), (-0.15, 0.43), (0.15, 0.43), (0.2, 0.26)], look.rgb)
    pen.fill([(-0.165, 0.27), (-0.125, 0.4), (0.125, 0.4), (0.165, 0.27)], WINDOW, edge=False)
    pen.fill([(-0.27, 0.07), (-0.28, 0.22), (-0.2, 0.28), (0.2, 0.28), (0.28, 0.22), (0.27, 0.07)], look.rgb)
    pen.fill([(-0.1, 0.12), (-0.1, 0.17), (0.1, 0.17), (0.1, 0.12)], darker(look.rgb, 0.4), edge=False)
    for x in (-0.2, 0.2):
        pen.disc(x, 0.19, 0.042, (255, 244, 190))


def draw_bicycle(pen: Pen, look: Look, pose: Pose) -> None:
    """Two wheels, a frame, a saddle and handlebars."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    for x in (-0.29, 0.29):
        pen.ring(x, 0.2, 0.19, 0.04, TYRE)
        for i in range(3):
            dx, dy = 0.18 * math.cos(math.pi * i / 3 + 0.4), 0.18 * math.sin(math.pi * i / 3 + 0.4)
            pen.line([(x - dx, 0.2 - dy), (x + dx, 0.2 + dy)], 0.008, (150, 152, 156))
    frame = look.rgb
    pen.line([(-0.29, 0.2), (-0.02, 0.18), (-0.13, 0.47), (-0.29, 0.2)], 0.042, frame, edge=True)
    pen.line([(-0.02, 0.18), (0.21, 0.46), (-0.12, 0.44)], 0.042, frame, edge=True)
    pen.line([(0.29, 0.2), (0.19, 0.52)], 0.042, frame, edge=True)
    pen.line([(-0.21, 0.5), (-0.06, 0.5)], 0.05, TYRE)
    bar = [(0.12, 0.57), (0.2, 0.54), (0.28, 0.57)] if look.traits[0] < 2 else [(0.19, 0.52), (0.3, 0.52), (0.28, 0.45)]
    pen.line(bar, 0.03, TYRE)
    pen.disc(-0.02, 0.18, 0.05, RIM)
    if look.traits[1] == 1:  # a basket
        pen.fill([(0.24, 0.36), (0.22, 0.5), (0.42, 0.5), (0.39, 0.36)], (186, 150, 96))


def draw_airplane(pen: Pen, look: Look, pose: Pose) -> None:
    """Seen from the side, with a wing, a tail and windows."""
    pen.place(pose.x, pose.y - pose.height, pose.size, pose.facing)
    second = look.trait(1, darker(look.rgb, 0.7), (90, 100, 120), (200, 60, 50), (60, 110, 190))
    pen.fill([(-0.4, 0.16), (-0.5, 0.38), (-0.38, 0.38), (-0.24, 0.19)], second)
    pen.fill(
        [(-0.46, 0.16), (-0.3, 0.21), (0.3, 0.21), (0.44, 0.16), (0.5, 0.1), (0.42, 0.05), (-0.1, 0.02), (-0.34, 0.07)],
        look.rgb,
    )
    pen.fill([(0.34, 0.19), (0.43, 0.155), (0.36, 0.13)], WINDOW)
    for i in range(5):
        pen.disc(-0.2 + 0.11 * i, 0.15, 0.02, (70, 110, 150), edge=False)
    pen.fill([(-0.02, 0.1), (0.14, 0.09), (-0.14, -0.12), (-0.22, -0.12)], second)
    if look.traits[2] < 2:
        pen.line([(-0.4, 0.11), (0.46, 0.1)], 0.02, second)


def draw_ball(pen: Pen, look: Look, pose: Pose) -> None:
    """Its pattern turns as it rolls; its size is its diameter."""
    turn = -2 * pose.travelled / max(pose.size, 1e-6)
    pen.place(pose.x, pose.y - pose.height - pose.size / 2, pose.size, pose.facing, turn)
    pen.disc(0, 0, 0.47, look.rgb)
    pattern(pen, look, look.trait(1, WHITE, darker(look.rgb, 0.55), (250, 232, 150), WHITE))


def pattern(pen: Pen, look: Look, colour: Colour) -> None:
    """A band, a cross, a patch or dots on a ball."""
    style = look.traits[0]
    if style == 0:
        pen.line([(-0.4, 0.0), (0.4, 0.0)], 0.15, colour)
    elif style == 1:
        pen.line([(-0.38, 0.0), (0.38, 0.0)], 0.09, colour)
        pen.line([(0.0, -0.38), (0.0, 0.38)], 0.09, colour)
    elif style == 2:
        pen.fill([(0, 0), *[(0.42 * math.cos(a / 4), 0.42 * math.sin(a / 4)) for a in range(7)]], colour, edge=False)
    else:
        for i in range(3):
            pen.disc(0.25 * math.cos(2.1 * i), 0.25 * math.sin(2.1 * i), 0.1, colour, edge=False)
    pen.disc(0.0, 0.0, 0.05, darker(look.rgb, 0.7), edge=False)
