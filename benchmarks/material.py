"""In: a folder of real videos, or none. Out: `Piece`s, some seconds each in which one shot goes on."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from vidsense.source import open_video
from vidsense.source.synthetic import Drawing, panned, shaken, still, street, texture, with_noise, with_walker, yard

FRAME_RATE = 25.0
PIECE_SIZE = (270, 480)
"""Half as large again as what is drawn, so that a view may move over it."""
PIECE_SECONDS = (1.2, 3.2)
PIECES_OF_A_VIDEO = 6
MARGIN_SECONDS = 0.3
FOREVER = 60.0
END = float("inf")
LEFT_OUT: dict[str, list[tuple[float, float]]] = {
    "terminal_table_emoji.gif": [(0.0, END)],
    "terminal_onefetch.webm": [(0.0, 1.5)],
    "terminal_progress.mp4": [(0.0, 3.0), (39.0, END)],
    "rooftop_pan_zoom_60fps.mp4": [(0.0, 6.0)],
    "corridor_lights_off.mp4": [(10.0, END)],
    "long_cameratraps_12min.mp4": [(191.0, 193.0), (523.0, 524.0)],
}
"""Spans that jump without being cut: a terminal that is cleared, lights that go out, green blocks."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One shot, or a part of one, that can be played as long as is wanted: it runs forward, back, forward …"""

    video: str
    at: float
    drawing: Drawing
    moving: bool
    """Whether the camera moves in that video."""


def real_videos() -> Path | None:
    """The folder named in VIDSENSE_TEST_VIDEOS, or the shared one, when it is there."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "videos"
    folder = Path(os.environ.get("VIDSENSE_TEST_VIDEOS") or beside)
    return folder if (folder / "manifest.json").exists() else None


def pieces(seed: int) -> list[Piece]:
    """Pieces of the real videos where there are some, else of drawn scenes."""
    folder, rng = real_videos(), np.random.default_rng(seed)
    return list(drawn_pieces(rng) if folder is None else real_pieces(folder, rng))


def real_pieces(folder: Path, rng: np.random.Generator) -> Iterator[Piece]:
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        truth = entry.get("truth") or {}
        if truth.get("cuts_s") is None:
            continue
        bad = [(c, c) for c in truth["cuts_s"]] + [(g["start"], g["end"]) for g in truth.get("gradual") or []]
        bad = [(a - MARGIN_SECONDS, b + MARGIN_SECONDS) for a, b in bad] + LEFT_OUT.get(entry["file"], [])
        spans = [part for span in between(bad, 0.0, entry["duration_s"] - 0.2) for part in parts(span)]
        chosen = sorted(rng.permutation(len(spans))[:PIECES_OF_A_VIDEO].tolist())
        for start, end in (spans[i] for i in chosen):
            frames = read(folder / entry["file"], start, end)
            yield Piece(entry["file"], start, there_and_back(frames), truth.get("camera_class") == "moving")


def between(bad: list[tuple[float, float]], start: float, end: float) -> Iterator[tuple[float, float]]:
    """The spans of [start, end] outside all others.

    >>> list(between([(2.0, 3.0)], 0.0, 9.0))
    [(0.0, 2.0), (3.0, 9.0)]
    """
    for a, b in sorted(bad):
        if a > start:
            yield start, min(a, end)
        start = max(start, b)
    if end > start:
        yield start, end


def parts(span: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """The span in pieces of a useful length."""
    start, end = span
    least, most = PIECE_SECONDS
    while end - start >= least:
        yield start, min(start + most, end)
        start += most


def read(path: Path, start: float, end: float) -> list[bytes]:
    """25 pictures a second at `PIECE_SIZE`, cropped at the sides or above and below, kept as JPEG."""
    height, width = PIECE_SIZE
    times = np.arange(start, end, 1 / FRAME_RATE).tolist()
    with open_video(path) as stream:
        scale = max(height / stream.info.height, width / stream.info.width)
        size = max(height, round(scale * stream.info.height)), max(width, round(scale * stream.info.width))
        y, x = (size[0] - height) // 2, (size[1] - width) // 2
        crops = [frame.pixels[y : y + height, x : x + width] for frame in stream.frames_at(times, size)]
    return [cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes() for crop in crops]


def there_and_back(frames: list[bytes]) -> Drawing:
    """The frames forward, back, forward and so on, without a jump."""
    turn = max(1, 2 * (len(frames) - 1))

    def paint(time: float) -> np.ndarray:
        at = round(time * FRAME_RATE) % turn
        return cv2.imdecode(np.frombuffer(frames[min(at, turn - at)], np.uint8), cv2.IMREAD_COLOR)

    return Drawing(PIECE_SIZE, FRAME_RATE, FOREVER, paint)


def drawn_pieces(rng: np.random.Generator) -> Iterator[Piece]:
    """Walkers before textures and yards, and cameras that move along streets."""
    for seed in range(20):
        start = float(rng.uniform(0, 4))
        calm = still(yard(PIECE_SIZE, seed) if seed % 4 == 0 else texture(PIECE_SIZE, seed), FOREVER)
        high, left = float(rng.uniform(50, 160)), bool(rng.random() < 0.5)
        calm = with_walker(calm, start, start + 5, height_px=high, width_px=0.42 * high, leftwards=left)
        yield Piece(f"calm {seed}", 0.0, with_noise(calm, float(rng.uniform(0, 4)), seed=seed), False)
        wide = still(street((PIECE_SIZE[0], 1600), seed) if seed % 2 else texture((400, 1400), seed + 100), 8.0)
        if seed % 3 == 0:
            moving = shaken(wide, PIECE_SIZE, float(rng.uniform(4, 20)), seed=seed)
        else:
            moving = panned(wide, PIECE_SIZE, right=float(rng.uniform(-120, 120)), down=float(rng.uniform(-6, 6)))
        for at in (0.0, 4.0):
            yield Piece(f"moving {seed}", at, from_time(moving, at), True)


def from_time(drawing: Drawing, at: float) -> Drawing:
    """The same, played from `at` on."""
    return replace(drawing, duration_seconds=FOREVER, paint=lambda time: drawing.paint(at + time))
