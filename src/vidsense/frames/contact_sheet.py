"""In: pictures and what to write under them. Out: one picture that shows them all, and picture files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vidsense.errors import OutputError

THUMB_SIDE = 320
"""The longer side of a picture on the sheet."""
MARGIN, GAP = 24, 16
CAPTION_HEIGHT = 48
PAPER, TITLE, NOTE = (22, 23, 26), (238, 238, 240), (150, 153, 160)
FONT = cv2.FONT_HERSHEY_SIMPLEX
SHEET_ASPECT = 4 / 3


@dataclass(frozen=True)
class Caption:
    """Two lines under a picture."""

    title: str
    note: str


def contact_sheet(pixels: Sequence[np.ndarray], captions: Sequence[Caption]) -> np.ndarray:
    """(H, W, 3) uint8 RGB: all pictures in reading order, each in a cell of the same size."""
    if not pixels or len(pixels) != len(captions):
        raise ValueError(f"a sheet needs a caption for each picture, got {len(pixels)} and {len(captions)}")
    thumbs = [thumbnail(picture) for picture in pixels]
    height = max(thumb.shape[0] for thumb in thumbs)
    width = max(thumb.shape[1] for thumb in thumbs)
    cell_height = height + CAPTION_HEIGHT
    columns = column_count(len(thumbs), width / cell_height)
    rows = math.ceil(len(thumbs) / columns)
    size = 2 * MARGIN - GAP + rows * (cell_height + GAP), 2 * MARGIN - GAP + columns * (width + GAP)
    sheet = np.full((*size, 3), PAPER, np.uint8)
    for i, (thumb, caption) in enumerate(zip(thumbs, captions, strict=True)):
        top, left = MARGIN + i // columns * (cell_height + GAP), MARGIN + i % columns * (width + GAP)
        y, x = top + (height - thumb.shape[0]) // 2, left + (width - thumb.shape[1]) // 2
        sheet[y : y + thumb.shape[0], x : x + thumb.shape[1]] = thumb
        write_line(sheet, caption.title, (left, top + height + 20), width=width, scale=0.56, colour=TITLE)
        write_line(sheet, caption.note, (left, top + height + 40), width=width, scale=0.46, colour=NOTE)
    return sheet


def column_count(count: int, cell_aspect: float) -> int:
    """How many columns bring the sheet nearest to 4:3.

    >>> column_count(1, 1.4), column_count(8, 1.4), column_count(24, 1.4)
    (1, 3, 5)
    """
    return min(range(1, count + 1), key=lambda n: abs(math.log(n * cell_aspect / math.ceil(count / n) / SHEET_ASPECT)))


def thumbnail(picture: np.ndarray) -> np.ndarray:
    """The picture with its longer side at `THUMB_SIDE`."""
    factor = THUMB_SIDE / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def write_line(
    sheet: np.ndarray, text: str, origin: tuple[int, int], *, width: int, scale: float, colour: tuple[int, int, int]
) -> None:
    """One line of type, made smaller where it would be wider than its picture."""
    natural = cv2.getTextSize(text, FONT, scale, 1)[0][0]
    scale *= min(1.0, width / max(natural, 1))
    cv2.putText(sheet, text, origin, FONT, scale, colour, 1, cv2.LINE_AA)


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write RGB pixels as the kind of picture that the file's ending names: .png, .jpg, .webp …"""
    try:
        coded = cv2.imencode(path.suffix.lower() or "?", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1]
    except cv2.error as error:
        raise ValueError(f"{path.name} does not end like a picture; name it .png or .jpg") from error
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(coded.tobytes())  # OpenCV's own writer fails silently, and on names beyond ASCII
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Name another place.") from error
