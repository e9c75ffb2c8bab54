"""In: the frames of the survey's pass. Out: `WrittenLine`s: what is written on the screen, from when to when.

What is unchanged is not read again: the picture is followed in cells; cells that show something new are looked at when
they have come to rest, or when they never do, from time to time; and of the lines found there, only those that look
different are read.
"""

from functools import partial

import numpy as np

from vidsense.errors import ModelError
from vidsense.facts.beside import Beside, Job
from vidsense.facts.cells import Box, Cells, joined, regions, touch
from vidsense.facts.line_book import PROMISING, LineBook, Look
from vidsense.facts.lines import WrittenLine
from vidsense.facts.reading import Reader
from vidsense.source.stream import Planes
from vidsense.survey.blocks import blocks_of

SAMPLE_SECONDS = 0.1
LOOK_PIXELS = 1600
"""Longer side of the pictures that are read."""
REST_SECONDS = 0.25
"""What has not changed for so long has come to rest."""
PATIENCE, LESS_PATIENT, MOST_PATIENCE = 0.25, 1.2, 5.0
"""Seconds after which restless cells are looked at anyway; so much longer after each look in vain, up to a limit."""
LEAST_GAP, LEAST_GAP_CLOSELY = 0.2, 0.5
FIRST_CREDIT, CREDIT_A_SECOND, MOST_CREDIT, MOST_DEBT = 12.0, 1.0, 12.0, 3.0
"""How much may be read: a look at a whole picture costs about 1, a line a third."""
LOOK_COST, LINE_COST = 0.1, 0.04
"""The second for each of its heights that a line is wide."""
CLOSE_CREDIT_A_SECOND, MOST_CLOSE_CREDIT = 0.3, 1.5
"""What looks at small parts may spend even so, so that what moves everywhere cannot use up what a caption needs."""
LEAST_CREDIT, RESERVE, RICH, RICH_PATIENCE = 0.5, 2.0, 4.0, 0.5
"""To look at all, and at what never rests; beyond the third there is little need to be patient."""
RESTLESS_PIXELS, COARSE_PIXELS, FINE_PIXELS = 576, 640, 960
"""Longer side of the pictures in which lines are looked for: of what moves, whose large letters alone can be read, of a
scene at rest, and of a screen or page."""
PLAIN = 0.3
"""Screens and pages have this share of even ground."""
SMALL_PICTURE = 480
"""Pictures whose longer side is shorter are looked at twice their size."""
WELL_KNOWN = 3
"""A line that was read so often, as a clock is, is no news when it changes."""
BESIDE = 1.5
"""So many times its height beside it, a line is looked at with what may join it."""


class TextWatcher:
    """Reads what is written, in one pass; memory grows with the text alone.

    With `most_waiting`, pictures are read in another thread, and so many frames at most wait for that.
    """

    def __init__(self, reader: Reader | None = None, *, most_waiting: int = 0) -> None:
        self.book = LineBook(reader or Reader())
        self.failure: ModelError | None = None
        """Why nothing could be read."""
        self.frames_read = 0
        self._cells: Cells | None = None
        self._latest: Planes | None = None
        self._beside = Beside(self._take, most_waiting)
        self._sampled = self._looked = self._closely = -1.0
        self._credit, self._close_credit, self._patience = FIRST_CREDIT, MOST_CLOSE_CREDIT, PATIENCE

    def see(self, planes: Planes, *, another: bool) -> None:
        """One frame of the pass."""
        early = planes.pts_seconds - self._sampled < SAMPLE_SECONDS - 1e-3 and not another
        if self.failure is not None or planes.look is None or early:
            return
        self._sampled = planes.pts_seconds
        try:
            self._beside.put((planes, another))
        except ModelError as error:
            self.failure = error

    def _take(self, sample: tuple[Planes, bool]) -> Job | None:
        """One sample, and whether it begins another picture: what is to be read of it."""
        planes, another = sample
        seconds = planes.pts_seconds
        if self._cells is None or self._latest is None:
            self._cells = Cells(planes.luma, seconds)
        else:
            since = seconds - self._latest.pts_seconds
            self._credit = min(MOST_CREDIT, self._credit + CREDIT_A_SECOND * since)
            self._close_credit = min(MOST_CLOSE_CREDIT, self._close_credit + CLOSE_CREDIT_A_SECOND * since)
            self._cells.add(planes.luma, seconds, another=another)
        self._latest = planes
        self._patience = PATIENCE if another else self._patience
        return self._worth_reading(planes, self._cells)

    def _worth_reading(self, planes: Planes, cells: Cells) -> Job | None:
        """What looks where it is worth it, if anywhere: at a caption, an unsure line, what rests, what never does."""
        seconds = planes.pts_seconds
        came = seconds - self._closely >= LEAST_GAP_CLOSELY and bool(cells.came.any())
        page = came and is_page(planes)
        if came and not page and self._close_credit > 0.0 and (job := self._arrived(planes, cells, at_once=True)):
            return job
        if self._credit < LEAST_CREDIT:
            return None
        if job := self._unsure(planes) or (self._arrived(planes, cells, at_once=False) if page else None):
            return job
        return self._calm_or_overdue(planes, cells) if seconds - self._looked >= LEAST_GAP else None

    def _calm_or_overdue(self, planes: Planes, cells: Cells) -> Job | None:
        """What looks at all that has come to rest; or at what never rests, when it has waited for long enough."""
        seconds = planes.pts_seconds
        settled = cells.settled(seconds, REST_SECONDS)
        restless = cells.unread & ~settled
        patience = min(RICH_PATIENCE, self._patience) if self._credit > RICH else self._patience
        overdue = seconds - self._looked >= patience - 0.02 and self._credit >= RESERVE + restless.mean()
        if settled.any() and (restless.mean() < 0.3 or settled.mean() > 0.3):
            return partial(self._look, planes, closely(planes), cells, settled, restless=False)
        if overdue and restless.any():
            return partial(self._look, planes, closely(planes), cells, cells.unread.copy(), restless=True)
        return None

    def _unsure(self, planes: Planes) -> Job | None:
        """What looks once more at lines that could not be read well, if there are any."""
        unsure = self.book.unsure(planes.pts_seconds)
        return partial(self._read_unsure, unsure, closely(planes), planes.pts_seconds) if unsure else None

    def _read_unsure(self, unsure: list[WrittenLine], picture: np.ndarray, seconds: float) -> None:
        for line in unsure:
            self._credit -= LINE_COST * self.book.read_unsure(line, picture, seconds)

    def _arrived(self, planes: Planes, cells: Cells, *, at_once: bool) -> Job | None:
        """What looks at a small part of the picture that something has come into and stayed, if anything has."""
        for line in self.book.alive if at_once else []:
            if line.readings >= WELL_KNOWN:
                cells.came[cells.within(line.box)] = False
        box = cells.arrived(planes.pts_seconds, at_once=at_once)
        return None if box is None else partial(self._look_at, planes, closely(planes), cells, box, at_once=at_once)

    def _look_at(self, planes: Planes, picture: np.ndarray, cells: Cells, box: Box, *, at_once: bool) -> None:
        """Find and read the lines in one small part."""
        scale = 3.0 if max(picture.shape[:2]) < SMALL_PICTURE else 1.0
        beside = [] if at_once else [widened(line.box, picture.shape) for line in self.book.alive]
        box = joined([box, *(line for line in beside if touch(box, line))])
        read, written = self.book.look_into(Look(picture, planes.pts_seconds, scale, cells.since, cells.latest), box)
        cells.look(box, vain=not written, closely=planes.pts_seconds)
        self._credit -= LOOK_COST + LINE_COST * read
        self._close_credit -= LOOK_COST + LINE_COST * read
        self._closely = planes.pts_seconds
        self.frames_read += 1

    def _look(self, planes: Planes, picture: np.ndarray, cells: Cells, wanted: np.ndarray, *, restless: bool) -> None:
        """Find and read the lines of the marked cells."""
        self.frames_read += 1
        scale = scale_of(planes, max(picture.shape[:2]), restless=restless)
        look = Look(picture, planes.pts_seconds, scale, cells.since, cells.latest)
        boxes = regions(wanted, [widened(line.box, picture.shape) for line in self.book.alive])
        read, known = 0.0, len(self.book.lines)
        for box in boxes:
            heights, written = self.book.look_into(look, box)
            cells.look(box, vain=not written)
            read += heights
        promising = any(line.score >= PROMISING for line in self.book.lines[known:])
        area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes)
        area *= (scale * max(picture.shape[:2]) / COARSE_PIXELS) ** 2
        self._credit = max(-MOST_DEBT, self._credit - LOOK_COST - area - LINE_COST * read)
        self._patience = PATIENCE if promising else min(MOST_PATIENCE, LESS_PATIENT * self._patience)
        self._looked = planes.pts_seconds

    def finish(self, end_seconds: float) -> list[WrittenLine]:
        """All lines, after a last look; those that are still there end with the picture."""
        try:
            self._beside.finish()
            latest, cells = self._latest, self._cells
            if latest is not None and cells is not None and self.failure is None and cells.unread.any():
                self._look(latest, closely(latest), cells, cells.unread.copy(), restless=False)
        except ModelError as error:
            self.failure = error
        return self.book.close(end_seconds)


def closely(planes: Planes) -> np.ndarray:
    """The picture that is read, (H, W, 3) RGB."""
    assert planes.look is not None  # frames without one are not taken
    return planes.look(LOOK_PIXELS)


def scale_of(planes: Planes, longest: int, *, restless: bool) -> float:
    """How large the picture in which lines are looked for is, against the one that is read."""
    if longest < SMALL_PICTURE:
        return 2.0
    limit = FINE_PIXELS if is_page(planes) else RESTLESS_PIXELS if restless else COARSE_PIXELS
    return min(1.0, limit / longest)


def is_page(planes: Planes) -> bool:
    """Whether a frame shows a screen or a page, not a scene."""
    return blocks_of(planes.luma).plain_share >= PLAIN


def widened(box: Box, shape: tuple[int, ...]) -> Box:
    """A line's box with what may join it, left, right and a little above and below."""
    high = box[3] - box[1]
    aside = BESIDE * high * shape[0] / shape[1]
    return max(0.0, box[0] - aside), max(0.0, box[1] - high / 4), min(1.0, box[2] + aside), min(1.0, box[3] + high / 4)
