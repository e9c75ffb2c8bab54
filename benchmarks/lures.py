"""In: a piece larger than the film, and when. Out: the same at the film's size, with what looks like a join.

A lure takes the piece, the view that the camera has of it, the span in which the thing may happen, and a generator.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from vidsense.source.synthetic import (
    Drawing,
    View,
    texture,
    through_camera,
    whipped,
    with_exposure,
    with_flash,
    with_flicker,
    with_gain,
    with_lamp,
    with_text,
    with_writing,
)

SIZE = (180, 320)
FRAME = 0.04
Lure = Callable[[Drawing, View, float, float, np.random.Generator], Drawing]
Repaint = Callable[[np.ndarray, float], np.ndarray]


def framed(piece: Drawing, view: View) -> Drawing:
    """What a camera that stands still sees of the piece."""
    if view.zoom < 1 and view.degrees == 0:

        def whole(time: float) -> np.ndarray:
            return cv2.resize(piece.paint(time), SIZE[::-1], interpolation=cv2.INTER_AREA)

        return replace(piece, size=SIZE, paint=whole)
    return through_camera(piece, SIZE, lambda _: view)


def repainted(drawing: Drawing, start: float, end: float, repaint: Repaint) -> Drawing:
    """The drawing with its pictures in [start, end) changed."""

    def paint(time: float) -> np.ndarray:
        picture = drawing.paint(time)
        return repaint(picture, time) if start - 1e-6 <= time < end - 1e-6 else picture

    return replace(drawing, paint=paint)


def eased(time: float, start: float, seconds: float) -> float:
    """From 0 to 1, gently at both ends."""
    share = float(np.clip((time - start) / seconds, 0.0, 1.0))
    return share * share * (3 - 2 * share)


def nothing(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    return framed(piece, view)


def flash(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    seconds, gain = FRAME * int(rng.integers(1, 4)), float(rng.uniform(1.8, 5.0))
    return with_flash(framed(piece, view), moment(start, end, rng), seconds=seconds, gain=gain)


def lamp_near(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    base = with_gain(framed(piece, view), lambda _: 0.6)
    place = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.1, 0.6))
    reach, strength = float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.25, 0.5))
    return with_lamp(base, moment(start, end, rng), centre=place, radius=reach, strength=strength)


def lamp_everywhere(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """All at once brighter, or darker, by a factor that leaves the picture unsaturated."""
    dark, bright, at = float(rng.uniform(0.35, 0.6)), float(rng.uniform(0.8, 1.0)), moment(start, end, rng)
    before, after = (dark, bright) if rng.random() < 0.6 else (bright, dark)
    return with_gain(framed(piece, view), lambda time: after if time >= at - 1e-6 else before)


def exposure(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    dark = with_gain(framed(piece, view), lambda _: 0.55)
    return with_exposure(dark, start, float(rng.uniform(0.3, 1.0)), float(rng.choice([0.45, 1.5, 1.7])))


def fast_pan(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """Up to two picture widths a second over a picture that is larger than the view."""
    size = enlarged(piece, 2.0)
    room, way = size.size[1] - SIZE[1], float(rng.choice([-1, 1]))
    seconds = max(room / (SIZE[1] * float(rng.uniform(0.7, 2.0))), 0.6)
    y = float(rng.uniform(SIZE[0] / 2, size.size[0] - SIZE[0] / 2))
    middle = size.size[1] / 2
    return through_camera(size, SIZE, lambda t: View(middle + way * room * (eased(t, start, seconds) - 0.5), y))


def whip(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    size = enlarged(piece, 1.8)
    distance = float(rng.uniform(0.6, 1.0)) * (size.size[1] - SIZE[1])
    return whipped(size, SIZE, start, float(rng.uniform(0.35, 0.6)), distance)


def flicker(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    hertz, depth = float(rng.uniform(3, 11)), float(rng.uniform(0.25, 0.6))
    return with_flicker(framed(piece, view), start, end, hertz=hertz, depth=depth)


def strobe(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """Light and dark by turns, two to four frames each."""
    step, dark = FRAME * int(rng.integers(2, 5)), float(rng.uniform(0.1, 0.3))
    return with_gain(
        framed(piece, view), lambda t: dark if start <= t < end and int((t - start) / step + 1e-6) % 2 == 0 else 1.0
    )


def figure(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """Somebody in patterned clothes walks past so closely that the picture is full of them."""
    base, (height, width) = framed(piece, view), SIZE
    wide, left = round(width * float(rng.uniform(1.1, 1.7))), bool(rng.random() < 0.5)
    clothes = texture((height, wide), int(rng.integers(1000)))
    mask = np.zeros((height, wide, 1), np.float32)
    cv2.ellipse(mask, (wide // 2, round(0.6 * height)), (wide // 2, round(1.3 * height)), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (9, 9), 0)[:, :, None]
    seconds = min(end - start, float(rng.uniform(0.8, 1.6)))

    def pass_by(picture: np.ndarray, time: float) -> np.ndarray:
        share = (time - start) / seconds
        x = round((1 - share if left else share) * (width + wide)) - wide
        a, b = max(0, x), min(width, x + wide)
        if b <= a:
            return picture
        picture, cover = picture.copy(), mask[:, a - x : b - x]
        picture[:, a:b] = (cover * clothes[:, a - x : b - x] + (1 - cover) * picture[:, a:b]).astype(np.uint8)
        return picture

    return repainted(base, start, start + seconds, pass_by)


def subtitles(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """Lines that change, or one that runs along the foot of the picture."""
    base, high = framed(piece, view), float(rng.uniform(9, 16))
    if rng.random() < 0.5:
        words = "Breaking news: the river has risen by two metres since yesterday evening"
        speed = float(rng.uniform(0.4, 1.2))
        foot = 0.92 * SIZE[0]

        def run(picture: np.ndarray, time: float) -> np.ndarray:
            picture = picture.copy()
            at = (round(SIZE[1] * (1 - speed * (time - start))), round(foot))
            cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, high / 22, (255, 255, 255), 1, cv2.LINE_AA)
            return picture

        return repainted(base, start, end, run)
    lines = ["Where have you been?", "I went to look for the key.", "And?", "It was in the other coat all along."]
    step, first = float(rng.uniform(0.3, 0.6)), int(rng.integers(4))
    top = with_text(base, lines[first], at=(0.06, 0.8), height_px=high, start=start, end=end)
    return with_writing(
        top, lambda t: lines[int((t - start) / step) % 4], at=(0.06, 0.92), height_px=high, start=start, end=end
    )


def damaged(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """Rows of blocks that are grey, or in the wrong place, for 1 to 25 frames."""
    height, width = SIZE
    top = round(height * float(rng.uniform(0.2, 0.75)) / 16) * 16
    left = round(width * float(rng.uniform(0.0, 0.6)) / 16) * 16 if rng.random() < 0.5 else 0
    by = int(rng.integers(2, 9)) * 16
    grey = bool(rng.random() < 0.5)

    def spoil(picture: np.ndarray, time: float) -> np.ndarray:
        picture = picture.copy()
        part = picture[top:, left:]
        picture[top:, left:] = 128 if grey else np.roll(part, (by // 2 // 16 * 16, by), (0, 1))
        return picture

    at = moment(start, start + 0.2, rng)
    return repainted(framed(piece, view), at, min(end, at + FRAME * int(rng.integers(1, 26))), spoil)


def black_out(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    at = moment(start, start + 0.2, rng)
    until = at + FRAME * int(rng.integers(1, 31))
    return repainted(framed(piece, view), at, until, lambda picture, _: np.zeros_like(picture))


def shake(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    """A hand-held camera that is jolted."""
    pixels, (height, width) = float(rng.uniform(4, 22)), piece.size
    hertz, phase = rng.uniform(1.5, 6.0, 3), rng.uniform(0, 2 * np.pi, (3, 3))

    def seen(time: float) -> View:
        dx, dy, turn = (np.sin(2 * np.pi * hertz * time + phase) / 3).sum(axis=1).tolist()
        strength = pixels * (0.3 + 0.7 * (start <= time < end))
        return View(width / 2 + strength * dx, height / 2 + strength * dy, 0.85, 0.05 * strength * turn)

    return through_camera(piece, SIZE, seen)


def quick_zoom(piece: Drawing, view: View, start: float, end: float, rng: np.random.Generator) -> Drawing:
    (height, width), near = piece.size, float(rng.uniform(1.3, 2.0))
    seconds, inwards = float(rng.uniform(0.3, 0.8)), bool(rng.random() < 0.6)

    def seen(time: float) -> View:
        share = eased(time, start, seconds)
        return View(width / 2, height / 2, 0.7 * (near / 0.7) ** (share if inwards else 1 - share))

    return through_camera(piece, SIZE, seen)


def enlarged(piece: Drawing, factor: float) -> Drawing:
    """The piece upscaled to `factor` times its size."""
    size = round(piece.size[0] * factor), round(piece.size[1] * factor)
    return replace(
        piece, size=size, paint=lambda t: cv2.resize(piece.paint(t), size[::-1], interpolation=cv2.INTER_CUBIC)
    )


def moment(start: float, end: float, rng: np.random.Generator) -> float:
    """Some frame's time in the first two thirds of a span."""
    return round(float(rng.uniform(start, start + 0.67 * (end - start))) / FRAME) * FRAME


LURES: dict[str, Lure] = {
    "nothing at all": nothing, "flash": flash, "lamp, near": lamp_near, "lamp, everywhere": lamp_everywhere,
    "exposure ramp": exposure, "fast pan": fast_pan, "whip": whip, "flicker": flicker, "strobe": strobe,
    "figure fills the picture": figure, "moving subtitles": subtitles, "damaged frames": damaged,
    "black-out": black_out, "camera shake": shake, "quick zoom": quick_zoom,
}  # fmt: skip
MOVING_CAMERA = {"fast pan", "whip", "camera shake", "quick zoom"}
FOR_SLIDES = {"nothing at all", "moving subtitles", "damaged frames", "black-out", "flicker", "lamp, everywhere"}
FOR_THE_DARK = {"nothing at all", "moving subtitles", "damaged frames", "camera shake", "figure fills the picture"}
GONE_FOR_LONG = {"damaged frames", "black-out"}
"""Not before a moving camera, which would show something else afterwards: that is a join for all who see it."""
