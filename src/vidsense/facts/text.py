"""In: the frames of the survey's pass. Out: facts of kind "text": what is written on the screen, from when to when.

What is unchanged is not read again: the picture is followed in cells; cells that show something new are looked at when
they have come to rest, or when they never do, from time to time; and of the lines found there, only those that look
different are read.
"""

import numpy as np

from vidsense.errors import ModelError
from vidsense.facts.cells import Box, Cells, overlap, regions
from vidsense.facts.lines import WrittenLine, alike, comparable, thumbnail_of
from vidsense.facts.reading import STACKED, STACKED_SHARE, Reader, bounds, cropped, scaled
from vidsense.source.stream import Planes
from vidsense.survey.blocks import blocks_of

SAMPLE_SECONDS = 0.1
LOOK_PIXELS = 1600
"""Longer side of the pictures that are read."""
REST_SECONDS = 0.25
"""What has not changed for so long has come to rest."""
PATIENCE, LESS_PATIENT, MOST_PATIENCE = 0.25, 1.2, 5.0
"""Seconds after which restless cells are looked at anyway; so many times more after each look in vain, up to a limit."""
LEAST_GAP = 0.2
FIRST_CREDIT, CREDIT_A_SECOND, MOST_CREDIT, MOST_DEBT = 10.0, 1.2, 12.0, 3.0
"""How much may be read: a look at a whole picture costs about 1, a line a third."""
LINE_COST = 0.04
"""For each of its heights that a line is wide."""
LEAST_CREDIT, RICH = 0.5, 2.0
"""The first is kept for what has come to rest; beyond the second there is no need to be patient."""
RESTLESS_PIXELS, COARSE_PIXELS, FINE_PIXELS = 480, 640, 960
"""Longer side of the pictures in which lines are looked for: what moves, of which only large letters can be read, a scene
at rest, a screen or page."""
PLAIN = 0.3
"""Screens and pages have this share of even ground."""
SMALL_PICTURE = 480
"""Pictures whose longer side is shorter are looked at twice their size."""
BESIDE = 1.5
"""So many times its height, a line's neighbourhood is looked at with it, so that what is typed or drawn joins it."""
UNSURE = 0.9
"""A reading below is tried again from the mean of several looks,"""
MOST_TRIES, RETRY_SECONDS = 8, 0.4
PROMISING, PROMISING_BOX = 0.5, 0.7
"""A reading, and a box that the detector found, from which on something may be written."""
LARGE, SURE_FOUND = 0.25, 0.85
"""What is higher than this share of the picture is read only when it was surely found."""
MATCH = 0.5
"""Overlap of two boxes, of the smaller one, that are of the same place."""


class TextWatcher:
    """Reads what is written, in one pass; memory grows with the text alone."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader = reader or Reader()
        self.lines: list[WrittenLine] = []
        """What was written and has gone, or is still there."""
        self.failure: ModelError | None = None
        """Why nothing could be read."""
        self.frames_read = 0
        self._alive: list[WrittenLine] = []
        self._cells: Cells | None = None
        self._latest: Planes | None = None
        self._sampled = self._looked = -1.0
        self._credit, self._patience, self._scale, self._restless = FIRST_CREDIT, PATIENCE, 1.0, False

    def see(self, planes: Planes, *, another: bool) -> None:
        """One frame of the pass."""
        seconds = planes.pts_seconds
        if self.failure is not None or planes.look is None:
            return
        if self._cells is None:
            self._cells = Cells(planes.luma, seconds)
        elif seconds - self._sampled < SAMPLE_SECONDS - 1e-3 and not another:
            return
        else:
            self._credit = min(MOST_CREDIT, self._credit + CREDIT_A_SECOND * (seconds - self._sampled))
            self._cells.add(planes.luma, seconds, another=another)
        self._sampled, self._latest = seconds, planes
        if another:
            self._patience = PATIENCE
        wanted = self._wanted(seconds)
        if wanted is not None:
            self._try_to_look(planes, wanted)
        self._read_unsure(planes)

    def _try_to_look(self, planes: Planes, wanted: np.ndarray) -> None:
        try:
            self._look(planes, wanted, planes.pts_seconds)
        except ModelError as error:
            self.failure = error

    def _wanted(self, seconds: float) -> np.ndarray | None:
        """The cells to look at now, if any."""
        assert self._cells is not None
        if seconds - self._looked < LEAST_GAP or self._credit < LEAST_CREDIT:
            return None
        self._restless = False
        settled = self._cells.settled(seconds, REST_SECONDS)
        restless = self._cells.unread & ~settled
        if settled.any() and (restless.mean() < 0.3 or settled.mean() > 0.3):
            return settled
        patience = PATIENCE if self._credit > RICH else self._patience
        overdue = restless.any() and seconds - self._looked >= patience - 0.02
        self._restless = bool(overdue and self._credit >= LEAST_CREDIT + restless.mean())
        return self._cells.unread.copy() if self._restless else None

    def _read_unsure(self, planes: Planes) -> None:
        """Look once more at what could not be read well: noise and compression differ, the letters do not."""
        seconds = planes.pts_seconds
        unsure = [n for n in self._alive if n.score < UNSURE and n.quad is not None and seconds - n.seen >= RETRY_SECONDS]
        if not unsure or self._credit < LEAST_CREDIT or planes.look is None:
            return
        picture = planes.look(LOOK_PIXELS)
        for line in unsure:
            assert line.quad is not None
            line.looks.append(cropped(picture, line.quad))
            mean = np.mean(line.looks, axis=0).astype(np.uint8)
            [(text, score)] = self.reader.read([scaled(mean, 3.0) if len(mean) < 24 else mean])
            if score > line.score:
                line.read_again(text, score, line.found, seconds, line.start)
            line.seen = seconds
            self._credit -= LINE_COST * mean.shape[1] / len(mean)
            if len(line.looks) >= MOST_TRIES:
                line.quad, line.looks = None, []

    def _look(self, planes: Planes, wanted: np.ndarray, seconds: float) -> None:
        """Find and read the lines of the marked cells."""
        assert self._cells is not None and planes.look is not None
        picture = planes.look(LOOK_PIXELS)
        self.frames_read += 1
        longest = max(picture.shape[:2])
        limit = FINE_PIXELS if blocks_of(planes.luma).plain_share >= PLAIN else COARSE_PIXELS
        limit = RESTLESS_PIXELS if self._restless and limit == COARSE_PIXELS else limit
        self._scale = 2.0 if longest < SMALL_PICTURE else min(1.0, limit / longest)
        boxes = regions(wanted, [widened(line.box, picture.shape) for line in self._alive])
        read, known = 0.0, len(self.lines)
        for box in boxes:
            cost, there = self._look_into(picture, box, seconds)
            self._cells.look(box, vain=not there)
            read += cost
        promising = any(line.score >= PROMISING for line in self.lines[known:])
        area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes)
        area *= (self._scale * longest / COARSE_PIXELS) ** 2
        self._credit = max(-MOST_DEBT, self._credit - 0.1 - area - LINE_COST * read)
        self._patience = PATIENCE if promising else min(MOST_PATIENCE, LESS_PATIENT * self._patience)
        self._looked = seconds

    def _look_into(self, picture: np.ndarray, region: Box, seconds: float) -> tuple[float, bool]:
        """Follow and read the lines of one region. Returns how much was read, in heights of lines, and whether any are there."""
        height, width = picture.shape[:2]
        x0, y0, x1, y1 = pixels_of(region, width, height)
        near = [line for line in self._alive if overlap(line.box, region) > MATCH]
        part = picture[y0:y1, x0:x1]
        met: set[int] = set()
        unread: list[tuple[np.ndarray, float, Box]] = []
        for quad, found in self.reader.find(part, self._scale):
            placed = quad + np.array([x0, y0])
            left, top, right, bottom = bounds(placed)
            box = left / width, top / height, right / width, bottom / height
            if box[3] - box[1] > LARGE and found < SURE_FOUND:
                continue  # a crowd, a tree: no line of text
            same = next((n for n in near if id(n) not in met and overlap(n.box, box) > MATCH), None)
            if same is not None and self._is_unchanged(picture, same, box):
                same.seen = seconds
                met.add(id(same))
            elif (moved := self._moved(picture, box, near, met)) is not None:
                moved.seen, moved.box, moved.thumbnail = seconds, box, thumbnail_of(picture, box)
                met.add(id(moved))
            else:
                unread.append((placed, found, box))
        texts = self.reader.read([cropped(picture, quad) for quad, _, _ in unread])
        for (quad, found, box), (text, score) in zip(unread, texts, strict=True):
            for reading in self._readings(picture, quad, box, text, score):
                self._meet(picture, quad, found, reading, near, met, seconds)
        for line in near:
            there = line in self._alive and id(line) not in met
            if there and not line.looks_the_same(thumbnail_of(picture, line.box)):
                self._end(line)
        heights = sum((box[2] - box[0]) * width / max(1.0, (box[3] - box[1]) * height) for _, _, box in unread)
        return heights, any(line.score >= PROMISING for line in near) or any(s >= PROMISING for _, s in texts)

    def _is_unchanged(self, picture: np.ndarray, line: WrittenLine, box: Box) -> bool:
        """Whether a line at this box is the known one, no longer and no different."""
        longer = box[2] - box[0] > 1.1 * (line.box[2] - line.box[0]) + 0.5 * (line.box[3] - line.box[1])
        return line.score >= UNSURE and not longer and line.looks_the_same(thumbnail_of(picture, line.box))

    def _moved(self, picture: np.ndarray, box: Box, near: list[WrittenLine], met: set[int]) -> WrittenLine | None:
        """A line that was elsewhere and looks like this one: it need not be read again."""
        thumbnail = thumbnail_of(picture, box)
        sure = (line for line in near if line.score >= UNSURE and id(line) not in met)
        return next((line for line in sure if line.looks_moved(thumbnail)), None)

    def _readings(
        self, picture: np.ndarray, quad: np.ndarray, box: Box, text: str, score: float
    ) -> list[tuple[Box, str, float]]:
        """What one box says: mostly one line, of a high title two."""
        height, width = picture.shape[:2]
        high, wide = (box[3] - box[1]) * height, (box[2] - box[0]) * width
        if score < 0.95 and high > STACKED_SHARE * height and wide < STACKED * high and len(text) > 2:
            both = self.reader.read_stacked(cropped(picture, quad))
            if both is not None:
                middle = (box[1] + box[3]) / 2
                halves = (box[0], box[1], box[2], middle), (box[0], middle, box[2], box[3])
                return [(half, *reading) for half, reading in zip(halves, both, strict=True)]
        return [(box, text, score)]

    def _meet(
        self,
        picture: np.ndarray,
        quad: np.ndarray,
        found: float,
        reading: tuple[Box, str, float],
        near: list[WrittenLine],
        met: set[int],
        seconds: float,
    ) -> None:
        """A reading continues a line that is there, or begins one."""
        assert self._cells is not None
        box, text, score = reading
        whole = [line for line in near if line in self._alive and is_part(text, box, line)]
        if whole:
            met.update(id(line) for line in whole)
            for line in whole:
                line.seen = seconds
            return
        free = [line for line in near if id(line) not in met]
        here = [line for line in free if overlap(line.box, box) > MATCH]
        line = next((n for n in here if continues(n, text)), None) or next((n for n in free if n.text == text), None)
        if line is None and here and score < UNSURE:
            line = here[0] if here[0].score < UNSURE else None
        if line is not None:
            met.add(id(line))
            line.read_again(text, score, found, seconds, self._cells.since(box))
            line.box, line.thumbnail = box, thumbnail_of(picture, box)
            self._absorb(line, near)
        else:
            if not text:
                return
            line = WrittenLine(
                box, text, score, found, min(seconds, self._cells.since(box)), seconds, seconds,
                thumbnail_of(picture, box), latest=text,
            )  # fmt: skip
            line.note(text, score, line.start)
            self._alive.append(line)
            self.lines.append(line)
        if PROMISING_BOX <= found and line.score < UNSURE and line.quad is None:
            line.quad, line.looks = quad, [cropped(picture, quad)]

    def _absorb(self, line: WrittenLine, near: list[WrittenLine]) -> None:
        """Forget the parts of a line that were followed on their own before it was complete."""
        for part in near:
            inside = part is not line and part in self._alive and overlap(part.box, line.box) > 0.7
            if inside and comparable(part.text) in comparable(line.text):
                line.start = min(line.start, part.start)
                self._alive.remove(part)
                self.lines.remove(part)

    def _end(self, line: WrittenLine) -> None:
        assert self._cells is not None
        line.end = max(line.seen, self._cells.since(line.box))
        line.quad, line.looks = None, []
        self._alive.remove(line)

    def finish(self, end_seconds: float) -> list[WrittenLine]:
        """All lines, after a last look; those that are still there end with the picture."""
        if self._latest is not None and self._cells is not None and self.failure is None and self._cells.unread.any():
            self._try_to_look(self._latest, self._cells.unread.copy())
        for line in self._alive:
            line.end, line.quad, line.looks = end_seconds, None, []
        self._alive = []
        return self.lines


def continues(line: WrittenLine, text: str) -> bool:
    """Whether a reading at a line's place is of the same line: the same text, or what was typed since."""
    start = text[: len(line.latest)]
    return alike(line.text, text) or (len(line.latest) >= 2 and alike(line.latest, start)) or alike(line.latest, text)


def is_part(text: str, box: Box, line: WrittenLine) -> bool:
    """Whether a reading is of a piece of a longer line that is known."""
    shorter = 0 < len(comparable(text)) < len(comparable(line.text))
    return shorter and overlap(line.box, box) > 0.7 and comparable(text) in comparable(line.text)


def widened(box: Box, shape: tuple[int, ...]) -> Box:
    """A line's box with what may join it, left, right and a little above and below."""
    high = box[3] - box[1]
    aside = BESIDE * high * shape[0] / shape[1]
    return max(0.0, box[0] - aside), max(0.0, box[1] - high / 4), min(1.0, box[2] + aside), min(1.0, box[3] + high / 4)


def pixels_of(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """A box in pixels."""
    return (
        max(0, int(box[0] * width)),
        max(0, int(box[1] * height)),
        min(width, int(np.ceil(box[2] * width))),
        min(height, int(np.ceil(box[3] * height))),
    )
