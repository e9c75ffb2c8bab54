"""In: a size and a seed. Out: pictures to film: textures, pages, a terminal, a yard at dusk, a street."""

import cv2
import numpy as np

from vidsense.source.drawing import FRAME_RATE, Drawing, cut, still
from vidsense.source.effects import Colour, dimmed, disc, line, picked, write


def grain(size: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32 in −1 … 1: smooth noise whose spots are about `cell` pixels wide."""
    height, width = size
    coarse = rng.uniform(-1, 1, (max(2, round(height / cell)), max(2, round(width / cell)))).astype(np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), -1, 1)


def whole_levels(values: np.ndarray) -> np.ndarray:
    """The same as uint8."""
    levels: np.ndarray = np.clip(values, 0, 255).astype(np.uint8)
    return levels


def texture(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A picture with clouds of colour, grain and a few things in it; another seed is clearly another picture."""
    rng, (height, width) = np.random.default_rng(seed), size
    clouds = np.stack([grain(size, max(size) / 4, rng) for _ in range(3)], axis=2)
    detail = grain(size, max(2.0, max(size) / 40), rng) + 0.6 * grain(size, 2.0, rng)
    base = rng.uniform(70, 180, 3)
    picture = whole_levels(base + 45 * clouds + 18 * detail[:, :, None])
    for _ in range(7):
        x, y = (rng.uniform(0, 1, 2) * (width, height)).tolist()
        colour, reach = picked(20, 236, rng), float(rng.uniform(0.06, 0.2)) * min(size)
        if rng.random() < 0.5:
            disc(picture, (x, y), reach, colour)
        else:
            cv2.rectangle(
                picture, (round(x - reach), round(y - reach / 2)), (round(x + reach), round(y + reach / 2)), colour, -1
            )
    return picture


def slide(size: tuple[int, int], heading: str, bullets: tuple[str, ...] = ()) -> np.ndarray:
    """A white page with a heading and points below it."""
    height, width = size
    page = np.full((height, width, 3), 255, np.uint8)
    left, top = round(0.08 * width), round(0.24 * height)
    write(page, heading, (left, top), height_px=0.075 * height, colour=(24, 40, 92), thickness=max(1, height // 160))
    line(page, (left, top + 0.06 * height), (0.92 * width, top + 0.06 * height), (200, 90, 50), max(1, height // 180))
    for i, bullet in enumerate(bullets):
        y = top + round((0.19 + 0.13 * i) * height)
        disc(page, (left + 0.01 * width, y - 0.02 * height), 0.011 * height, (200, 90, 50))
        foot, weight = (left + round(0.04 * width), y), max(1, height // 300)
        write(page, bullet, foot, height_px=0.048 * height, colour=(30, 30, 34), thickness=weight)
    return page


def slides(
    size: tuple[int, int],
    pages: list[tuple[str, tuple[str, ...]]],
    seconds_each: float,
    *,
    frame_rate: float = FRAME_RATE,
) -> Drawing:
    """A talk: one page after the other."""
    return cut(*(still(slide(size, *page), seconds_each, frame_rate=frame_rate) for page in pages))


def terminal(size: tuple[int, int], lines: list[str], seconds: float, *, frame_rate: float = FRAME_RATE) -> Drawing:
    """Green on black, one more line at equal intervals; the first is there at once."""
    height, _ = size
    screen = np.full((*size, 3), (12, 14, 16), np.uint8)
    states = []
    for i, words in enumerate(lines):
        foot = (round(0.04 * height), round((0.1 + 0.07 * i) * height))
        write(screen, words, foot, height_px=0.036 * height, colour=(120, 230, 140))
        states.append(screen.copy())
    return Drawing(
        size, frame_rate, seconds, lambda time: states[min(int(time * len(states) / seconds), len(states) - 1)]
    )


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> np.ndarray:
    """(H, W, 3) float32 from one colour to the other."""
    share = np.linspace(0, 1, size[0], dtype=np.float32)[:, None, None]
    rows = (1 - share) * np.array(top, np.float32) + share * np.array(bottom, np.float32)
    return np.repeat(rows, size[1], axis=1)


def yard(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A yard at dusk: sky, house with a door and windows, fence, tree, lawn and path."""
    rng, (height, width) = np.random.default_rng(seed), size
    horizon = round(0.62 * height)
    haze = 7 * grain((horizon, width), width / 6, rng)
    sky = gradient((horizon, width), (38, 46, 84), (168, 118, 104)) + haze[:, :, None]
    lawn_size = (height - horizon, width)
    blades = 15 * grain(lawn_size, 2.0, rng) + 10 * grain(lawn_size, width / 16, rng)
    lawn = gradient(lawn_size, (44, 60, 42), (70, 92, 58)) + blades[:, :, None]
    picture = whole_levels(np.concatenate([sky, lawn]))
    fence(picture, horizon)
    path = [(0.66, 0.62), (0.72, 0.62), (0.62, 1.0), (0.40, 1.0)]
    polygon(picture, path, (112, 104, 98))
    house(picture, (0.52, 0.2, 0.9, 0.64), (126, 108, 104), (78, 50, 48))
    tree(picture, (0.16, 0.68), 0.5, rng)
    return picture


def street(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A long row of houses behind a pavement with trees, lamps and parked cars."""
    rng, (height, width) = np.random.default_rng(seed), size
    ground = gradient(size, (150, 186, 222), (222, 226, 224))
    ground[round(0.74 * height) :] = (150, 146, 140)
    ground[round(0.84 * height) :] = (84, 86, 92)
    picture = whole_levels(ground + 6 * grain(size, 3.0, rng)[:, :, None])
    unit = height / width
    x = 0.0
    while x < 1:
        wide, top = float(rng.uniform(0.45, 0.8)) * unit, float(rng.uniform(0.2, 0.42))
        wall, roof = picked(110, 220, rng), picked(50, 130, rng)
        house(picture, (x, top, x + wide, 0.75), wall, roof)
        if rng.random() < 0.5:
            tree(picture, (x + wide, 0.79), 0.38, rng)
        car(picture, (x + 0.3 * wide, 0.9), 0.4, picked(30, 220, rng))
        x += wide + float(rng.uniform(0.02, 0.12)) * unit
    for dash in np.arange(0, 1, 0.3 * unit):
        box(picture, (dash, 0.955, dash + 0.12 * unit, 0.97), (226, 224, 210))
    return picture


def polygon(picture: np.ndarray, corners: list[tuple[float, float]], colour: Colour) -> None:
    """A filled shape; corners are shares of width and height."""
    height, width = picture.shape[:2]
    cv2.fillPoly(picture, [np.round(np.array(corners) * (width, height)).astype(np.int32)], colour, cv2.LINE_AA)


def box(picture: np.ndarray, place: tuple[float, float, float, float], colour: Colour) -> None:
    """A filled rectangle from (x0, y0) to (x1, y1), shares of width and height."""
    x0, y0, x1, y1 = place
    polygon(picture, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)


def house(picture: np.ndarray, place: tuple[float, float, float, float], wall: Colour, roof: Colour) -> None:
    """Wall, roof, two windows and a door."""
    x0, y0, x1, y1 = place
    wide, high = x1 - x0, y1 - y0
    eaves = y0 + 0.34 * high
    box(picture, (x0, eaves, x1, y1), wall)
    polygon(
        picture,
        [(x0 - 0.05 * wide, eaves), (x0 + 0.2 * wide, y0), (x1 - 0.2 * wide, y0), (x1 + 0.05 * wide, eaves)],
        roof,
    )
    glass, frame = dimmed(wall, 0.45), dimmed(wall, 1.25)
    for left in (0.12, 0.66):
        window = (x0 + left * wide, eaves + 0.15 * high, x0 + (left + 0.2) * wide, eaves + 0.37 * high)
        box(
            picture,
            (window[0] - 0.015 * wide, window[1] - 0.02 * high, window[2] + 0.015 * wide, window[3] + 0.02 * high),
            frame,
        )
        box(picture, window, glass)
        box(picture, (window[0] + 0.09 * wide, window[1], window[0] + 0.11 * wide, window[3]), frame)
    box(picture, (x0 + 0.41 * wide, eaves + 0.18 * high, x0 + 0.56 * wide, y1), roof)


def tree(picture: np.ndarray, foot: tuple[float, float], high: float, rng: np.random.Generator) -> None:
    """A trunk and a crown of many leaves' clumps; `high` in shares of the height."""
    height, width = picture.shape[:2]
    x, y = foot[0] * width, foot[1] * height
    line(picture, (x, y), (x, y - 0.6 * high * height), (62, 46, 36), max(1, round(0.05 * high * height)))
    for shade in (0.7, 0.85, 1.0):
        for _ in range(26):
            dx, dy = (rng.normal(0, 0.14, 2) * high * height).tolist()
            green = dimmed((52, 82, 46), shade * float(rng.uniform(0.88, 1.12)))
            disc(picture, (x + dx, y - 0.7 * high * height + 0.7 * dy), 0.07 * high * height, green)


def fence(picture: np.ndarray, horizon: int) -> None:
    """Boards from side to side."""
    height, width = picture.shape[:2]
    top, foot, step = horizon - 0.11 * height, horizon + 0.02 * height, max(4.0, 0.022 * width)
    for y in (top + 0.035 * height, top + 0.09 * height):
        line(picture, (0, y), (width, y), (66, 56, 52), max(1, height // 90))
    for i, x in enumerate(np.arange(0, width, step)):
        shade = 76 + 7 * (i * 7 % 5 - 2)
        line(picture, (x, top), (x, foot), (shade, shade - 12, shade - 18), max(1, round(0.72 * step)))


def car(picture: np.ndarray, place: tuple[float, float], long: float, paint: Colour) -> None:
    """A parked car from the side; `long` in shares of the height."""
    height, width = picture.shape[:2]
    unit = long * height / width
    x, y = place
    box(picture, (x, y - 0.09, x + unit, y), paint)
    polygon(
        picture,
        [
            (x + 0.16 * unit, y - 0.09),
            (x + 0.3 * unit, y - 0.15),
            (x + 0.7 * unit, y - 0.15),
            (x + 0.86 * unit, y - 0.09),
        ],
        paint,
    )
    polygon(
        picture,
        [
            (x + 0.23 * unit, y - 0.09),
            (x + 0.33 * unit, y - 0.138),
            (x + 0.67 * unit, y - 0.138),
            (x + 0.78 * unit, y - 0.09),
        ],
        (46, 58, 70),
    )
    for wheel in (0.22, 0.78):
        disc(picture, ((x + wheel * unit) * width, y * height), 0.038 * height, (26, 26, 28))
        disc(picture, ((x + wheel * unit) * width, y * height), 0.016 * height, (150, 150, 154))
