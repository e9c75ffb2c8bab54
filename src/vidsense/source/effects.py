"""In: a `Drawing`. Out: the same with one thing added: somebody who walks, a light, noise, a moving camera."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from vidsense.source.drawing import Drawing

Colour = tuple[int, int, int]
Path = Callable[[float], tuple[float, float]]
SUBPIXEL_BITS = 4
STEPS_HERTZ = 0.8
SKIN = (186, 148, 122)
NOISE_MARGIN = 64
"""The grain of a frame is a piece of one larger field, cut out at a place that depends on the frame."""


def with_walker(
    drawing: Drawing, start: float, end: float, *, height_px: float = 90.0, width_px: float = 40.0,
    ground: float = 0.9, leftwards: bool = False, colour: Colour = (52, 48, 60),
) -> Drawing:  # fmt: skip
    """Somebody comes in at one side, walks across and leaves at the other; feet at the share `ground` of the height."""
    height, width = drawing.size

    def paint(time: float) -> np.ndarray:
        picture = drawing.paint(time)
        if not start <= time < end:
            return picture
        share = (time - start) / (end - start)
        x = (1 - share if leftwards else share) * (width + width_px) - width_px / 2
        figure = Figure(height_px, width_px, colour)
        return figure.drawn_on(picture, (x, ground * height), phase=2 * np.pi * STEPS_HERTZ * (time - start))

    return replace(drawing, paint=paint)


@dataclass(frozen=True)
class Figure:
    """Somebody of this size and in these clothes, seen from the side."""

    height: float
    width: float
    colour: Colour

    def drawn_on(self, picture: np.ndarray, feet: tuple[float, float], *, phase: float) -> np.ndarray:
        """The picture with head, trunk, arms and legs in mid-step."""
        picture, (x, y) = picture.copy(), feet
        swing = 0.36 * self.width * np.sin(phase)
        hip, shoulder = y - 0.46 * self.height, y - 0.75 * self.height
        limb = max(1, round(0.26 * self.width))
        for side in (-1, 1):
            line(picture, (x, hip), (x + side * swing, y - limb / 2), dimmed(self.colour, 0.6), limb)
            line(picture, (x, shoulder), (x - side * swing, hip), self.colour, max(1, round(0.7 * limb)))
        line(picture, (x, shoulder), (x, hip), self.colour, max(1, round(0.5 * self.width)))
        disc(picture, (x, y - 0.91 * self.height), 0.085 * self.height, SKIN)
        return picture


def with_shape(
    drawing: Drawing, path: Path, *, size_px: float, colour: Colour, kind: Literal["disc", "square"] = "disc",
    start: float = 0.0, end: float = np.inf,
) -> Drawing:  # fmt: skip
    """A shape whose centre moves by a formula: seconds → (x, y) in pixels."""

    def paint(time: float) -> np.ndarray:
        picture = drawing.paint(time)
        if not start <= time < end:
            return picture
        picture, (x, y), half = picture.copy(), path(time), size_px / 2
        if kind == "disc":
            disc(picture, (x, y), half, colour)
        else:
            corners = fixed([(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)])
            cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA, SUBPIXEL_BITS)
        return picture

    return replace(drawing, paint=paint)


def with_lamp(
    drawing: Drawing, on: float, off: float = np.inf, *, centre: tuple[float, float] = (0.8, 0.25),
    radius: float = 0.35, colour: Colour = (255, 214, 150), strength: float = 0.75,
) -> Drawing:  # fmt: skip
    """A lamp at `centre` (shares of width and height) is lit from `on` to `off`; its light reaches `radius` widths."""
    height, width = drawing.size
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(x - centre[0] * width, y - centre[1] * height) / (radius * width)
    light = strength * np.exp(-3.0 * distance**2) + (distance < 0.04)
    glow = (np.minimum(light, 1.0)[:, :, None] * np.array(colour)).astype(np.uint8)

    def paint(time: float) -> np.ndarray:
        picture = drawing.paint(time)
        return cv2.add(picture, glow) if on <= time < off else picture

    return replace(drawing, paint=paint)


def with_text(
    drawing: Drawing, text: str, *, at: tuple[float, float] = (0.04, 0.1), height_px: float = 16.0,
    colour: Colour = (255, 255, 255), start: float = 0.0, end: float = np.inf,
) -> Drawing:  # fmt: skip
    """Words over the picture, their left foot at `at` (shares of width and height)."""
    return with_writing(drawing, lambda _: text, at=at, height_px=height_px, colour=colour, start=start, end=end)


def with_clock(drawing: Drawing, *, at: tuple[float, float] = (0.6, 0.1), height_px: float = 14.0) -> Drawing:
    """A camera's clock, which counts the seconds."""

    def clock(time: float) -> str:
        return f"21:{4 + int(time) // 60:02d}:{int(time) % 60:02d}"

    return with_writing(drawing, clock, at=at, height_px=height_px)


def with_writing(
    drawing: Drawing, words: Callable[[float], str], *, at: tuple[float, float], height_px: float,
    colour: Colour = (255, 255, 255), start: float = 0.0, end: float = np.inf,
) -> Drawing:  # fmt: skip
    """Words that may change in time, outlined so that they can be read on any ground."""
    height, width = drawing.size
    foot = (round(at[0] * width), round(at[1] * height))

    def paint(time: float) -> np.ndarray:
        picture = drawing.paint(time)
        if not start <= time < end:
            return picture
        picture = picture.copy()
        write(picture, words(time), foot, height_px=height_px, colour=(0, 0, 0), thickness=3)
        write(picture, words(time), foot, height_px=height_px, colour=colour)
        return picture

    return replace(drawing, paint=paint)


def with_noise(drawing: Drawing, sigma: float, *, seed: int = 0) -> Drawing:
    """A sensor's grain, new in every frame."""
    height, width = drawing.size
    field = np.random.default_rng(seed).normal(0, sigma, (height + NOISE_MARGIN, width + NOISE_MARGIN, 3))
    grain = np.round(field).astype(np.int16)

    def paint(time: float) -> np.ndarray:
        frame = round(time * drawing.frame_rate)
        y, x = np.random.default_rng((seed, frame)).integers(0, NOISE_MARGIN, 2)
        return cv2.add(drawing.paint(time), grain[y : y + height, x : x + width], dtype=cv2.CV_8U)

    return replace(drawing, paint=paint)


def with_gain(drawing: Drawing, gain: Callable[[float], float]) -> Drawing:
    """The picture times a factor that changes in time."""

    def paint(time: float) -> np.ndarray:
        factor = gain(time)
        return drawing.paint(time) if factor == 1.0 else cv2.convertScaleAbs(drawing.paint(time), alpha=factor)

    return replace(drawing, paint=paint)


def with_flash(drawing: Drawing, time: float, *, seconds: float = 0.08, gain: float = 4.0) -> Drawing:
    """Much more light for two frames or so, as from a camera's flash."""
    return with_gain(drawing, lambda now: gain if time - 1e-6 <= now < time + seconds - 1e-6 else 1.0)


def with_flicker(drawing: Drawing, start: float, end: float, *, hertz: float = 6.0, depth: float = 0.3) -> Drawing:
    """Light that goes up and down, as of a failing tube."""
    return with_gain(
        drawing, lambda t: 1 - depth * (0.5 + 0.5 * np.sin(2 * np.pi * hertz * t)) if start <= t < end else 1
    )


def with_exposure(drawing: Drawing, start: float, seconds: float, gain: float) -> Drawing:
    """The camera adapts: from `start` on the picture's brightness moves to `gain` times what it was."""
    return with_gain(drawing, lambda t: gain ** float(np.clip((t - start) / seconds, 0.0, 1.0)))


@dataclass(frozen=True)
class View:
    """What a camera sees of a larger picture."""

    x: float
    """Of the centre, pixels."""
    y: float
    zoom: float = 1.0
    degrees: float = 0.0


def through_camera(drawing: Drawing, size: tuple[int, int], view: Callable[[float], View]) -> Drawing:
    """A larger drawing as a camera sees it whose view changes in time."""
    height, width = size

    def paint(time: float) -> np.ndarray:
        seen = view(time)
        matrix = cv2.getRotationMatrix2D((seen.x, seen.y), seen.degrees, seen.zoom)
        matrix[:, 2] += np.array([width / 2 - seen.x, height / 2 - seen.y])
        return cv2.warpAffine(
            drawing.paint(time), matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )

    return replace(drawing, size=size, paint=paint)


def middle(drawing: Drawing) -> tuple[float, float]:
    """(x, y) of the centre."""
    return drawing.size[1] / 2, drawing.size[0] / 2


def panned(drawing: Drawing, size: tuple[int, int], *, right: float = 0.0, down: float = 0.0) -> Drawing:
    """The camera turns, so many pixels a second (negative: left, up); it passes the middle in mid-time."""
    (x, y), half = middle(drawing), drawing.duration_seconds / 2
    return through_camera(drawing, size, lambda t: View(x + right * (t - half), y + down * (t - half)))


def zoomed(drawing: Drawing, size: tuple[int, int], start_zoom: float, end_zoom: float) -> Drawing:
    """The lens goes from one magnification to the other, by the same factor every second."""
    (x, y), ratio = middle(drawing), end_zoom / start_zoom
    return through_camera(drawing, size, lambda t: View(x, y, start_zoom * ratio ** (t / drawing.duration_seconds)))


def shaken(drawing: Drawing, size: tuple[int, int], pixels: float, *, seed: int = 0) -> Drawing:
    """A hand-held camera: several slow waves and a quick one, `pixels` at most each way."""
    (x, y), rng = middle(drawing), np.random.default_rng(seed)
    hertz, phase = np.array([0.7, 1.9, 4.3]), rng.uniform(0, 2 * np.pi, (3, 3))
    share = np.array([0.5, 0.3, 0.2])

    def view(time: float) -> View:
        dx, dy, turn = (share * np.sin(2 * np.pi * hertz * time + phase)).sum(axis=1)
        return View(x + pixels * dx, y + pixels * dy, 1.0, 0.03 * pixels * turn)

    return through_camera(drawing, size, view)


def whipped(drawing: Drawing, size: tuple[int, int], start: float, seconds: float, distance: float) -> Drawing:
    """The camera rests, swings `distance` pixels to the right in a moment, blurred, and rests again."""
    x, y = middle(drawing)

    def place(time: float) -> float:
        share = float(np.clip((time - start) / seconds, 0.0, 1.0))
        return x + distance * (share * share * (3 - 2 * share) - 0.5)

    moving = through_camera(drawing, size, lambda t: View(place(t), y))

    def paint(time: float) -> np.ndarray:
        blur = round(abs(place(time + 0.5 / drawing.frame_rate) - place(time - 0.5 / drawing.frame_rate)))
        return cv2.blur(moving.paint(time), (blur, 1)) if blur > 1 else moving.paint(time)

    return replace(moving, paint=paint)


def fixed(points: list[tuple[float, float]]) -> np.ndarray:
    """Points for OpenCV with a fraction of a pixel."""
    sixteenths: np.ndarray = np.round(np.array(points) * 2**SUBPIXEL_BITS).astype(np.int32)
    return sixteenths


def line(picture: np.ndarray, a: tuple[float, float], b: tuple[float, float], colour: Colour, thickness: int) -> None:
    """A smooth stroke."""
    start, end = fixed([a, b]).tolist()
    cv2.line(picture, start, end, colour, thickness, cv2.LINE_AA, SUBPIXEL_BITS)


def disc(picture: np.ndarray, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """A smooth filled circle."""
    [at] = fixed([centre]).tolist()
    cv2.circle(picture, at, round(radius * 2**SUBPIXEL_BITS), colour, -1, cv2.LINE_AA, SUBPIXEL_BITS)


def write(
    picture: np.ndarray, text: str, foot: tuple[int, int], *, height_px: float, colour: Colour, thickness: int = 1
) -> None:
    """One line of text whose capital letters are `height_px` high."""
    cv2.putText(picture, text, foot, cv2.FONT_HERSHEY_SIMPLEX, height_px / 22, colour, thickness, cv2.LINE_AA)


def dimmed(colour: Colour, factor: float) -> Colour:
    """The colour in another light."""
    red, green, blue = (min(255, round(factor * c)) for c in colour)
    return red, green, blue


def picked(low: float, high: float, rng: np.random.Generator) -> Colour:
    """Some colour whose parts lie in [low, high)."""
    red, green, blue = rng.uniform(low, high, 3).astype(int).tolist()
    return red, green, blue
