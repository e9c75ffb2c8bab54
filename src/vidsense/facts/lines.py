"""In: readings of one place, over time. Out: `WrittenLine`, one line of text from when it appears to when it goes."""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import cv2
import numpy as np

from vidsense.facts.cells import Box

SAME_LOOK = 0.5
"""Mean difference of two pictures of a line, in standard deviations, up to which every letter of them is the same."""
SAME_LETTERS, PATCH, MOST_LOOKS = 0.7, (4, 6), 3
"""The same in the patch, (width, height) of a thumbnail, in which they differ most: a digit that is another is more."""
SURE = 0.9
ALIKE = 0.7
"""Share of characters in common from which on two readings are of the same text."""
THUMBNAIL_HEIGHT = 24


@dataclass(eq=False)
class WrittenLine:
    """One line of text, while it is followed."""

    box: Box
    text: str
    score: float
    """The recognizer's, of the best reading,"""
    found: float
    """and the detector's, of the best."""
    start: float
    seen: float
    """When it was last looked at and there."""
    moment: float
    """The time of the frame of the best reading."""
    thumbnail: np.ndarray
    """Its latest look, small and grey."""
    others: list[np.ndarray] = field(default_factory=list)
    """Earlier looks of the same size that were read to the same."""
    readings: int = 1
    """How often it was read, to the same."""
    end: float | None = None
    latest: str = ""
    """What was read last, where it changes: a clock, a counter, what is typed."""
    history: list[tuple[float, str]] = field(default_factory=list)
    """What it said, surely, and since when, each time that it said something else."""
    quad: np.ndarray | None = None
    """(4, 2) its corners in pixels, while it is read unsurely,"""
    looks: list[np.ndarray] = field(default_factory=list)
    """and pictures of it (h, w, 3), to be read from their mean."""

    def looks_the_same(self, thumbnail: np.ndarray) -> bool:
        """Whether the place shows what it did."""
        return self.thumbnail.shape == thumbnail.shape and difference(self.thumbnail, thumbnail) <= SAME_LOOK

    def says_the_same(self, thumbnail: np.ndarray) -> bool:
        """Whether every letter in the place is as it was in one of the looks that were read to this text."""
        known = [self.thumbnail, *self.others]
        return any(k.shape == thumbnail.shape and letters_differ(k, thumbnail) <= SAME_LETTERS for k in known)

    def looks_moved(self, thumbnail: np.ndarray) -> bool:
        """Whether another place shows every letter of this one, at about the same size."""
        wide, other = self.thumbnail.shape[1], thumbnail.shape[1]
        if abs(wide / other - 1.0) > 0.04:
            return False
        there = cv2.resize(thumbnail, (wide, THUMBNAIL_HEIGHT))
        if difference(self.thumbnail, there) > SAME_LOOK:
            return False
        inner = self.thumbnail[1:-1, 2:-2]
        shifts = ((y, x) for y in range(3) for x in range(5))
        rows, columns = inner.shape
        return min(letters_differ(inner, there[y : y + rows, x : x + columns]) for y, x in shifts) <= SAME_LETTERS

    def look_again(self, box: Box, thumbnail: np.ndarray, *, same: bool) -> None:
        """Keep how it looks now; beside how it looked, if it says the same: a cursor blinks, a colour changes."""
        before = [self.thumbnail, *self.others] if same and thumbnail.shape == self.thumbnail.shape else []
        self.box, self.thumbnail, self.others = box, thumbnail, before[:MOST_LOOKS]

    def read_again(self, text: str, score: float, found: float, seconds: float, since: float) -> None:
        """Another reading of the same line: what is longer or surer is kept, growing text grows."""
        self.seen, self.found = seconds, max(self.found, found)
        self.note(text, score, since)
        grows = len(text) > len(self.text) and alike(self.text, text[: len(self.text)]) and score >= 0.8
        if comparable(text) == comparable(self.text):
            self.readings += 1
        self.latest = text if score >= 0.8 else self.latest
        if grows or (score > self.score and len(text) >= 0.8 * len(self.text)):
            self.text, self.score, self.moment = text, score, seconds

    def note(self, text: str, score: float, since: float) -> None:
        """Keep what it says now, if that is sure and something else than before."""
        if score >= SURE and (not self.history or plain(self.history[-1][1]) != plain(text)):
            self.history.append((max(since, self.history[-1][0] if self.history else self.start), text))


def thumbnail_of(picture: np.ndarray, box: Box) -> np.ndarray:
    """A place of (H, W, 3) RGB, small and grey, (24, w) float32."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = round(box[0] * width), round(box[1] * height), round(box[2] * width), round(box[3] * height)
    crop = cv2.cvtColor(picture[max(0, y0) : max(1, y1), max(0, x0) : max(1, x1)], cv2.COLOR_RGB2GRAY)
    wide = max(8, min(600, round(crop.shape[1] * THUMBNAIL_HEIGHT / max(1, crop.shape[0]))))
    return cv2.resize(crop, (wide, THUMBNAIL_HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """How two pictures of a line differ, in a letter's width where they do most, whatever their contrast and light."""
    if min(float(a.std()), float(b.std())) < 2.0:
        return 0.0 if abs(float(a.mean() - b.mean())) < 8.0 and max(float(a.std()), float(b.std())) < 4.0 else 9.0
    x, y = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    columns = np.abs(x - y).mean(0)
    wide = min(len(columns), THUMBNAIL_HEIGHT // 2)
    return float(np.convolve(columns, np.full(wide, 1.0 / wide), "valid").max())


def letters_differ(a: np.ndarray, b: np.ndarray) -> float:
    """How two pictures of a line differ in that part of a letter where they do most, in any contrast and light."""
    if min(float(a.std()), float(b.std())) < 2.0:
        return difference(a, b)
    x, y = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    return float(cv2.blur(np.abs(x - y), PATCH).max())


def plain(text: str) -> str:
    """A text without what readings of it differ in: case, spaces and points.

    >>> plain("Frame = 12.") == plain("frame=12")
    True
    """
    return re.sub(r"[\s·•.,:;'`|_■-]", "", text.casefold())


def comparable(text: str) -> str:
    """The same, also whichever digits it holds: a clock stays the same line.

    >>> comparable("Frame = 12") == comparable("frame=30")
    True
    """
    return re.sub(r"\d+", "0", plain(text))


def alike(a: str, b: str) -> bool:
    """Whether two readings are of the same text.

    >>> alike("PEDESTRTAN ALARR", "PEDESTRIAN ALARM"), alike("This is a grid", "That was a transform")
    (True, False)
    """
    a, b = comparable(a), comparable(b)
    return a == b or (min(len(a), len(b)) > 0 and SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE)


def letters(text: str) -> int:
    """How many letters and digits it has.

    >>> letters("79% · 0:05")
    5
    """
    return sum(c.isalnum() for c in text)


def is_art(text: str) -> bool:
    """Whether letters are used to draw, or symbols were taken for letters.

    >>> is_art("-=00=0==0GGGGG=00=00oGGGGGo"), is_art("$11,000,000")
    (True, False)
    """
    kinds = {c.casefold() for c in text if c.isalnum()}
    return re.search(r"([^\W_])\1{4,}", text) is not None or (letters(text) >= 10 and len(kinds) <= 3)


def is_believable(line: WrittenLine) -> bool:
    """Whether a reading is of writing: read surely, or often to the same, and shaped like a line of text.

    Foliage, crowds and tiles look like letters to the detector; the recognizer then reads little, unsurely, and
    something else each time.
    """
    count = letters(line.text)
    if is_art(line.text):
        return False
    width, height = line.box[2] - line.box[0], line.box[3] - line.box[1]
    if count < 2 or height > 0.6 or (width > 0.9 and height > 0.3):
        return False
    if line.score >= 0.94:
        return count >= 3 or line.readings > 1 or line.found >= 0.6
    if line.score >= 0.85:
        return count >= 4 or (line.readings > 1 and count >= 3)
    return (line.score >= 0.74 and line.readings > 1 and count >= 6) or (
        line.score >= 0.7 and line.readings > 3 and count >= 8
    )
