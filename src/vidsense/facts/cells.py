"""In: small luma frames. Out: which cells of the picture show something new, since when, and whether it stays."""

from operator import itemgetter

import cv2
import numpy as np

from vidsense.survey.series import median

CELL_PIXELS = 4
"""Side of a cell, in pixels of a surveyed frame: a fortieth of the picture's longer side."""
LEAST_CHANGE = 4.0
"""Mean absolute difference of a cell, of 255, that makes its content another one,"""
TIMES_NOISE = 5.0
"""and at least so many times what a middle cell differs from the sample before."""
MOST_BARREN = 5
"""Doublings of the wait where nothing is ever written."""
STAYS_SECONDS, LEAST_CELLS, WIDER, SMALL_PART = 0.6, 6, 1.5, 0.15
"""What has come and stayed, of so many cells at least, wider than high, in this share of the picture at most, may be a
caption: it gets a look of its own."""
AT_ONCE_SECONDS = 1.0
"""For so long after it has stayed, what came at once is looked for."""
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in shares of the picture."""


class Cells:
    """For each cell, what it shows, since when, and whether somebody has looked at it since."""

    def __init__(self, luma: np.ndarray, seconds: float) -> None:
        self.shown = luma.astype(np.float32)
        """The picture in which each cell's present content was first seen."""
        self._latest = luma
        rows, columns = grid_of(luma.shape)
        self.begin = np.full((rows, columns), seconds)
        """When the present content of each cell appeared."""
        self.unread = np.ones((rows, columns), bool)
        self.came = np.zeros((rows, columns), bool)
        """Cells that changed since they were looked at on their own, closely."""
        self.tried = np.zeros((rows, columns), np.uint8)
        """How often they were, in vain."""
        self.barren = np.zeros((rows, columns), np.uint8)
        """How often each cell was looked at in vain since the picture became another."""
        self._noise = 0.5

    def add(self, luma: np.ndarray, seconds: float, *, another: bool) -> None:
        """One sample."""
        if another:
            changed = np.ones_like(self.unread)
            self.barren[:] = self.tried[:] = 0
        else:
            step = cell_means(cv2.absdiff(luma, self._latest).astype(np.float32), self.unread.shape)
            self._noise += 0.1 * (min(median(step), 4.0) - self._noise)
            away = cell_means(np.abs(luma - self.shown), self.unread.shape)
            changed = away > max(LEAST_CHANGE, TIMES_NOISE * self._noise)
        self._latest = luma
        if changed.any():
            self.begin[changed] = seconds
            self.unread |= changed
            self.came = np.zeros_like(changed) if another else self.came | changed
            mask = cv2.resize(changed.astype(np.uint8), luma.shape[::-1], interpolation=cv2.INTER_NEAREST)
            new = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0  # a cell's mean reaches into its neighbours
            self.shown[new] = luma[new]

    def settled(self, seconds: float, lasting: float) -> np.ndarray:
        """(rows, columns) bool: not looked at yet, and at rest for `lasting` seconds, longer where looks were vain."""
        patient: np.ndarray = lasting * 2.0 ** np.minimum(self.barren, MOST_BARREN)
        return self.unread & (seconds - self.begin >= patient - 1e-6)

    def arrived(self, seconds: float, *, at_once: bool) -> Box | None:
        """A small part of the picture that changed, has stayed for a while and was not yet looked at on its own.

        With `at_once`, first what came all at once, as captions do, whatever moves beside it; the fullest of strokes.
        """
        age = seconds - self.begin
        if at_once:
            stays = self.came & (age >= STAYS_SECONDS) & (age < STAYS_SECONDS + AT_ONCE_SECONDS)
            if groups := self._at_once(stays) if stays.any() else []:
                return max(groups, key=itemgetter(0))[1]
        stays = self.came & (age >= STAYS_SECONDS * 2.0 ** np.minimum(self.tried, MOST_BARREN))
        groups = captions(stays, np.ones(stays.shape)) if stays.any() else []
        return max(groups, default=(0.0, None), key=itemgetter(0))[1]

    def _at_once(self, cells: np.ndarray) -> list[tuple[float, Box]]:
        """The groups of marked cells of which all came at the same moment, and how full of strokes each is."""
        strokes = cell_means(np.abs(np.diff(self._latest.astype(np.float32), n=2, axis=1)), cells.shape)
        moments = sorted(set(self.begin[cells].tolist()))
        return [group for moment in moments for group in captions(bridged(cells & (self.begin == moment)), strokes)]

    def look(self, box: Box, *, vain: bool, closely: float | None = None) -> None:
        """A box has been looked at, in vain when nothing is written there; `closely`: when, if on its own."""
        place = self.within(box)
        self.unread[place] = False
        if closely is not None:
            self.came[place] &= closely - self.begin[place] < STAYS_SECONDS  # what has just come gets a look later
            self.tried[place] = np.minimum(self.tried[place] + 1, 100) if vain else 0
        self.barren[place] = np.minimum(self.barren[place] + 1, 100) if vain else 0

    def within(self, box: Box) -> tuple[slice, slice]:
        """The cells that a box touches."""
        rows, columns = self.unread.shape
        x0, y0, x1, y1 = box
        top, left = min(rows - 1, max(0, int(y0 * rows))), min(columns - 1, max(0, int(x0 * columns)))
        return slice(top, max(top + 1, int(np.ceil(y1 * rows)))), slice(left, max(left + 1, int(np.ceil(x1 * columns))))

    def since(self, box: Box) -> float:
        """When what a box shows appeared: the median of its cells."""
        return median(self.begin[self.within(box)])

    def latest(self, box: Box) -> float:
        """When anything of what a box shows changed last."""
        return float(self.begin[self.within(box)].max())


def bridged(cells: np.ndarray) -> np.ndarray:
    """The marked cells with the gaps of one cell between them, as between words, filled."""
    return cv2.morphologyEx(cells.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))


def captions(cells: np.ndarray, weight: np.ndarray) -> list[tuple[float, Box]]:
    """The groups of marked cells that are small enough and wider than high: how large and full each is, and its box."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    rows, columns = cells.shape
    found: list[tuple[float, Box]] = []
    for label, (x, y, wide, high, size) in enumerate(stats[1:count].tolist(), start=1):
        if size >= LEAST_CELLS and wide >= WIDER * high and wide * high <= SMALL_PART * cells.size:
            x0, x1, y0, y1 = max(0, x - 1), min(columns, x + wide + 1), max(0, y - 1), min(rows, y + high + 1)
            fullness = float(weight[labels == label].mean() * np.sqrt(size))
            found.append((fullness, (x0 / columns, y0 / rows, x1 / columns, y1 / rows)))
    return found


def grid_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of cells."""
    return max(1, shape[0] // CELL_PIXELS), max(1, shape[1] // CELL_PIXELS)


def cell_means(values: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """(h, w) → (rows, columns)."""
    return cv2.resize(values, (grid[1], grid[0]), interpolation=cv2.INTER_AREA)


def regions(mask: np.ndarray, around: list[Box], *, whole: float = 0.4) -> list[Box]:
    """Boxes that cover the marked cells and, complete, the boxes of `around` that they touch.

    Where they cover more than `whole` of the picture, one box: the picture.
    """
    rows, columns = mask.shape
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    boxes: list[Box] = [
        (x / columns, y / rows, (x + w) / columns, (y + h) / rows) for x, y, w, h, _ in stats[1:count].tolist()
    ]
    boxes = merged([joined([box, *(b for b in around if touch(box, b))]) for box in boxes])
    covered = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes)
    return [(0.0, 0.0, 1.0, 1.0)] if covered > whole else boxes


def merged(boxes: list[Box]) -> list[Box]:
    """Boxes of which none touches another."""
    done: list[Box] = []
    for one in boxes:
        box = one
        touching = [other for other in done if touch(box, other)]
        while touching:
            done = [other for other in done if other not in touching]
            box = joined([box, *touching])
            touching = [other for other in done if touch(box, other)]
        done.append(box)
    return done


def joined(boxes: list[Box]) -> Box:
    """The box around all of them."""
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def touch(a: Box, b: Box) -> bool:
    """Whether two boxes overlap."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def overlap(a: Box, b: Box) -> float:
    """Common area as a share of the smaller one's."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(0.0, width) * max(0.0, height) / smaller if smaller > 0 else 0.0
