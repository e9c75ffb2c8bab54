"""In: figures in their own measures. Out: anti-aliased pixels at any size, and the box of what was drawn.

A picture is 1 high and `WIDTH` wide, y points down. A figure is drawn in measures of its own: x points where it faces,
y points up from its foot, and 1 is its size.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

WIDTH = 4 / 3
"""Of a picture whose height is 1."""
BITS = 4
SUBPIXELS = 1 << BITS
Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]


def darker(colour: Colour, share: float = 0.5) -> Colour:
    """The same colour with less light."""
    return (int(colour[0] * share), int(colour[1] * share), int(colour[2] * share))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """From `one` (0) to `other` (1)."""
    r, g, b = (int(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return (r, g, b)


class Pen:
    """Draws on one canvas; `place` says where a figure stands, `box` what was touched since `lift`."""

    def __init__(self, canvas: np.ndarray, *, shift: Point = (0.0, 0.0)) -> None:
        self.canvas = canvas
        self.unit = float(canvas.shape[0])
        self.shift = shift
        self.edge = max(1, round(0.007 * self.unit))
        self.lift()
        self.place(0.0, 0.0)

    def lift(self) -> None:
        """Begin another thing: its box starts empty."""
        self.left = self.top = math.inf
        self.right = self.bottom = -math.inf

    def place(self, x: float, y: float, size: float = 1.0, facing: float = 1.0, turn: float = 0.0) -> None:
        """Put the figure's foot at (x, y), turned counter-clockwise by `turn` radians as seen when it faces right."""
        self.size = size * self.unit
        cosine, sine = math.cos(turn) * self.size, math.sin(turn) * self.size
        self.xx, self.xy = facing * cosine, -facing * sine
        self.yx, self.yy = -sine, -cosine
        self.ox = (x + self.shift[0]) * self.unit - 0.5  # OpenCV counts from the middle of a pixel
        self.oy = (y + self.shift[1]) * self.unit - 0.5
        self.turned = -facing * math.degrees(turn)

    def pixel(self, x: float, y: float, reach: float = 0.0) -> tuple[int, int]:
        """Where a point of the figure falls, in sub-pixels; the box grows to it and `reach` pixels around it."""
        px, py = self.xx * x + self.xy * y + self.ox, self.yx * x + self.yy * y + self.oy
        self.left = min(self.left, px - reach)
        self.right = max(self.right, px + reach)
        self.top = min(self.top, py - reach)
        self.bottom = max(self.bottom, py + reach)
        return int(px * SUBPIXELS + 0.5), int(py * SUBPIXELS + 0.5)

    def box(self) -> Box:
        """(x0, y0, x1, y1) in shares of the picture, cut at its edges; empty when nothing is inside."""
        width, height = self.canvas.shape[1], self.canvas.shape[0]
        x0, x1 = (min(max(x + 0.5, 0.0), width) / width for x in (self.left, self.right))
        y0, y1 = (min(max(y + 0.5, 0.0), height) / height for y in (self.top, self.bottom))
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else (0.0, 0.0, 0.0, 0.0)

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, edge: bool = True) -> None:
        """A filled circle."""
        at, r = self.pixel(x, y, radius * self.size), round(radius * self.size * SUBPIXELS)
        cv2.circle(self.canvas, at, r, colour, -1, cv2.LINE_AA, BITS)
        if edge:
            cv2.circle(self.canvas, at, r, darker(colour), self.edge, cv2.LINE_AA, BITS)

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        """A circle's line."""
        at = self.pixel(x, y, (radius + width / 2) * self.size)
        radius = round(radius * self.size * SUBPIXELS)
        cv2.circle(self.canvas, at, radius, colour, self.thickness(width), cv2.LINE_AA, BITS)

    def oval(self, x: float, y: float, radii: Point, colour: Colour, *, turn: float = 0.0, edge: bool = True) -> None:
        """A filled ellipse, turned by `turn` degrees."""
        points = [
            (
                x + radii[0] * c * math.cos(turn) - radii[1] * s * math.sin(turn),
                y + radii[0] * c * math.sin(turn) + radii[1] * s * math.cos(turn),
            )
            for c, s in CIRCLE
        ]
        self.fill(points, colour, edge=edge)

    def fill(self, points: Sequence[Point], colour: Colour, *, edge: bool = True) -> None:
        """A filled polygon, darker at its edge."""
        corners = np.array([self.pixel(x, y) for x, y in points], np.int32)
        cv2.fillPoly(self.canvas, [corners], colour, cv2.LINE_AA, BITS)
        if edge:
            cv2.polylines(self.canvas, [corners], True, darker(colour), self.edge, cv2.LINE_AA, BITS)

    def line(self, points: Sequence[Point], width: float, colour: Colour, *, edge: bool = False) -> None:
        """A line with round ends; with `edge` darker on both sides."""
        thick = self.thickness(width)
        corners = np.array([self.pixel(x, y, thick / 2) for x, y in points], np.int32)
        if edge:
            rim = thick + 2 * self.edge
            cv2.polylines(self.canvas, [corners], False, darker(colour), rim, cv2.LINE_AA, BITS)
        cv2.polylines(self.canvas, [corners], False, colour, thick, cv2.LINE_AA, BITS)

    def thickness(self, width: float) -> int:
        """Whole pixels, as OpenCV wants them."""
        return max(1, round(width * self.size))


CIRCLE = [(math.cos(math.tau * i / 14), math.sin(math.tau * i / 14)) for i in range(14)]


def elbow(start: Point, end: Point, upper: float, lower: float, side: float) -> Point:
    """The joint between two bones from `start` to `end`; it points to `side`, and a bone stretches if it must."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    distance = max(math.hypot(dx, dy), 1e-6)
    along = min(max((upper**2 - lower**2 + distance**2) / (2 * distance), 0.0), distance)
    off = side * math.sqrt(max(upper**2 - along**2, 0.0))
    return start[0] + (dx * along - dy * off) / distance, start[1] + (dy * along + dx * off) / distance
