"""In: closer looks at parts of the picture. Out: the `WrittenLine`s in them, followed from look to look."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vidsense.facts.cells import Box, joined, overlap
from vidsense.facts.lines import WrittenLine, alike, comparable, plain, thumbnail_of
from vidsense.facts.reading import STACKED, STACKED_SHARE, Reader, bounds, cropped, scaled

UNSURE = 0.9
"""A reading below is tried again from the mean of several looks,"""
MOST_TRIES, RETRY_SECONDS = 12, 0.4
"""so often, and so long after the look before."""
LEAST_WHOLE = 0.7
"""A longer reading from the mean of several looks is kept from here on, if it begins as the shorter, surer one."""
PROMISING, PROMISING_BOX = 0.5, 0.7
"""A reading, and a box that the detector found, from which on something may be written."""
LARGE, SURE_FOUND = 0.25, 0.85
"""What is higher than this share of the picture is read only when it was surely found."""
MATCH, SAME_PLACE = 0.5, 0.8
"""Overlap of two boxes, of the smaller one, that are of the same place."""
LETTER = 0.4
"""Width of a letter, in heights of its line."""
SMALL_LETTERS = 24
"""Lines lower than this, in pixels, are read from an enlarged picture."""


@dataclass(frozen=True, eq=False)
class Look:
    """A closer look at one frame."""

    picture: np.ndarray
    """(H, W, 3) RGB."""
    seconds: float
    scale: float
    """Of the picture in which lines are looked for."""
    since: Callable[[Box], float]
    """When what a box shows appeared,"""
    latest: Callable[[Box], float]
    """and when anything of it changed last."""

    def thumbnail(self, box: Box) -> np.ndarray:
        """A place, small and grey."""
        return thumbnail_of(self.picture, box)

    def box(self, quad: np.ndarray) -> Box:
        """A quadrangle's bounds in shares of the picture."""
        height, width = self.picture.shape[:2]
        left, top, right, bottom = bounds(quad)
        return left / width, top / height, right / width, bottom / height

    def wide(self, box: Box) -> float:
        """How many of its heights a line is wide."""
        height, width = self.picture.shape[:2]
        return float((box[2] - box[0]) * width / max(1.0, (box[3] - box[1]) * height))


@dataclass(frozen=True, eq=False)
class Reading:
    """One line as it was read in one look."""

    quad: np.ndarray
    box: Box
    found: float
    """The detector's score,"""
    text: str
    score: float
    """and the recognizer's."""


class LineBook:
    """The lines that are there, and those that were."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.lines: list[WrittenLine] = []
        """All, in the order in which they were found."""
        self.alive: list[WrittenLine] = []

    def look_into(self, look: Look, region: Box) -> tuple[float, bool]:
        """Follow and read the lines of one region: how much was read, in heights, and whether anything is written."""
        near = [line for line in self.alive if overlap(line.box, region) > MATCH]
        met: set[int] = set()
        unread: list[tuple[np.ndarray, float]] = []
        for quad, found in self._found(look, region):
            known = self._known(look, look.box(quad), near, met)
            if known is None:
                unread.append((quad, found))
            else:
                met.add(id(known))
                known.seen = look.seconds
        texts = self.reader.read([cropped(look.picture, quad) for quad, _ in unread])
        for (quad, found), (text, score) in zip(unread, texts, strict=True):
            for reading in self._readings(look, Reading(quad, look.box(quad), found, text, score)):
                self._meet(look, reading, near, met)
        for line in near:
            gone = line in self.alive and id(line) not in met
            if gone and not line.looks_the_same(look.thumbnail(line.box)):
                self._end(line, max(line.seen, look.since(line.box)))
        heights = sum(look.wide(look.box(quad)) for quad, _ in unread)
        return heights, any(n.score >= PROMISING for n in near) or any(score >= PROMISING for _, score in texts)

    def _found(self, look: Look, region: Box) -> list[tuple[np.ndarray, float]]:
        """Quadrangles in pixels of the picture, without what is too large for a line: a crowd, a tree."""
        height, width = look.picture.shape[:2]
        x0, y0, x1, y1 = pixels_of(region, width, height)
        placed = [
            (quad + np.array([x0, y0]), found)
            for quad, found in self.reader.find(look.picture[y0:y1, x0:x1], look.scale)
        ]
        return [(q, found) for q, found in placed if found >= SURE_FOUND or np.ptp(q[:, 1]) <= LARGE * height]

    def _known(self, look: Look, box: Box, near: list[WrittenLine], met: set[int]) -> WrittenLine | None:
        """The line that this box shows, if it looks as it did, here or elsewhere: it need not be read again."""
        free = [line for line in near if id(line) not in met and line.score >= UNSURE]
        here = next((line for line in free if overlap(line.box, box) > MATCH), None)
        if here is not None and not is_longer(look, box, here.box) and here.says_the_same(look.thumbnail(here.box)):
            return here
        thumbnail = look.thumbnail(box)
        moved = next((line for line in free if line.looks_moved(thumbnail)), None)
        if moved is not None:
            moved.look_again(box, thumbnail, same=False)
        return moved

    def _readings(self, look: Look, one: Reading) -> list[Reading]:
        """What one box says: mostly one line, of a high title two."""
        high = one.box[3] - one.box[1]
        if one.score < 0.95 and high > STACKED_SHARE and look.wide(one.box) < STACKED and len(one.text) > 2:
            both = self.reader.read_stacked(cropped(look.picture, one.quad))
            if both is not None:
                middle = (one.box[1] + one.box[3]) / 2
                halves = (*one.box[:3], middle), (one.box[0], middle, *one.box[2:])
                return [Reading(one.quad, half, one.found, *said) for half, said in zip(halves, both, strict=True)]
        return [one]

    def _meet(self, look: Look, reading: Reading, near: list[WrittenLine], met: set[int]) -> None:
        """A reading is a piece of a line that is there, or continues one, or begins one."""
        whole = [line for line in near if line in self.alive and is_part(reading, line)]
        for line in whole:
            met.add(id(line))
            line.seen = look.seconds
        if whole:
            return
        line_there = self._continued(reading, [line for line in near if id(line) not in met])
        if line_there is not None:
            met.add(id(line_there))
            same = plain(reading.text) == plain(line_there.latest or line_there.text)
            stays = same and overlap(line_there.box, reading.box) > SAME_PLACE
            box = joined([line_there.box, reading.box]) if stays else reading.box
            line_there.read_again(reading.text, reading.score, reading.found, look.seconds, look.latest(reading.box))
            line_there.look_again(box, look.thumbnail(box), same=same)
            self._absorb(line_there, near)
        elif reading.text:
            line_there = self._begin(look, reading)
        unsure = line_there is not None and line_there.score < UNSURE and line_there.quad is None
        if line_there is not None and unsure and reading.found >= PROMISING_BOX:
            line_there.quad, line_there.looks = reading.quad, [cropped(look.picture, reading.quad)]

    def _continued(self, reading: Reading, free: list[WrittenLine]) -> WrittenLine | None:
        """The line that a reading continues."""
        here = [line for line in free if overlap(line.box, reading.box) > MATCH]
        same = [line for line in here if continues(line, reading.text)]
        same += [line for line in free if line.text == reading.text]
        if not same and reading.score < UNSURE:
            same = [line for line in here[:1] if line.score < UNSURE]
        return same[0] if same else None

    def _begin(self, look: Look, reading: Reading) -> WrittenLine:
        """A line that was not there before."""
        line = WrittenLine(
            box=reading.box,
            text=reading.text,
            score=reading.score,
            found=reading.found,
            start=min(look.seconds, look.latest(reading.box)),
            seen=look.seconds,
            moment=look.seconds,
            thumbnail=look.thumbnail(reading.box),
            latest=reading.text,
        )
        line.note(line.text, line.score, line.start)
        self.alive.append(line)
        self.lines.append(line)
        return line

    def _absorb(self, line: WrittenLine, near: list[WrittenLine]) -> None:
        """Forget the parts of a line that were followed on their own before it was complete."""
        for part in near:
            inside = part is not line and part in self.alive and overlap(part.box, line.box) > 0.7
            if inside and comparable(part.text) in comparable(line.text):
                line.start = min(line.start, part.start)
                self.alive.remove(part)
                self.lines.remove(part)

    def unsure(self, seconds: float) -> list[WrittenLine]:
        """Lines that should be looked at once more: noise and compression differ, the letters do not."""
        return [
            line
            for line in self.alive
            if line.score < UNSURE and line.quad is not None and seconds - line.seen >= RETRY_SECONDS
        ]

    def read_unsure(self, line: WrittenLine, picture: np.ndarray, seconds: float) -> float:
        """Read a line from the mean of all looks at it. Returns how much was read, in heights."""
        if line.quad is None:
            return 0.0
        line.looks.append(cropped(picture, line.quad))
        mean = np.mean(line.looks, axis=0).astype(np.uint8)
        [(text, score)] = self.reader.read([scaled(mean, 3.0) if len(mean) < SMALL_LETTERS else mean])
        if score > line.score:
            line.read_again(text, score, line.found, seconds, line.start)
        elif len(text) > len(line.text) and score >= LEAST_WHOLE and alike(line.text, text[: len(line.text)]):
            line.text, line.score, line.readings = text, score, line.readings + 1
        elif alike(line.text, text):
            line.readings += 1
        line.seen = seconds
        if len(line.looks) >= MOST_TRIES:
            line.quad, line.looks = None, []
        return float(mean.shape[1] / len(mean))

    def _end(self, line: WrittenLine, seconds: float) -> None:
        line.end, line.quad, line.looks = seconds, None, []
        self.alive.remove(line)

    def close(self, end_seconds: float) -> list[WrittenLine]:
        """All lines; those that are still there end now."""
        for line in list(self.alive):
            self._end(line, end_seconds)
        return self.lines


def is_longer(look: Look, box: Box, known: Box) -> bool:
    """Whether a box reaches further than a known line, by a letter."""
    height, width = look.picture.shape[:2]
    letter = LETTER * (known[3] - known[1]) * height / width
    return bool(box[2] - known[2] > letter or known[0] - box[0] > letter)


def continues(line: WrittenLine, text: str) -> bool:
    """Whether a reading at a line's place is of the same line: the same text, or what was typed since."""
    start = text[: len(line.latest)]
    return alike(line.text, text) or (len(line.latest) >= 2 and alike(line.latest, start)) or alike(line.latest, text)


def is_part(reading: Reading, line: WrittenLine) -> bool:
    """Whether a reading is of a piece of a longer line that is known."""
    part, whole = plain(reading.text), plain(line.latest or line.text)
    return 0 < len(part) < len(whole) and overlap(line.box, reading.box) > 0.7 and part in whole


def pixels_of(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """A box in pixels, inside the picture."""
    left, top = max(0, int(box[0] * width)), max(0, int(box[1] * height))
    return left, top, min(width, int(np.ceil(box[2] * width))), min(height, int(np.ceil(box[3] * height)))
