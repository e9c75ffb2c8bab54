"""In: the frames of the survey's pass. Out: `Blob`s, what stands out from a standing background and moves.

Ten pictures a second at 120 px, high-passed and brought to one contrast: light does not count. A blob is outside of
what its place showed in most of the minute around, and it moves; swaying leaves, water and flicker stay within. What
moves in one place all the time (a person who sits) is taken too, where it is nearly all that moves.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vidsense.source.stream import Planes
from vidsense.survey.series import Series, median

SAMPLE_SECONDS = 0.1
PIXELS = 120
CHUNK, CONTEXT = 600, 300
"""Samples that share a background, and how many of the chunk before help a short one."""
LEAST_SAMPLES = 8
AROUND = 17
"""Side of the window, in pixels, against which a place is judged."""
RANGE = (10, 90)
"""Percentiles between which a place's background lies."""
LEAST_STEP, TIMES_NOISE = 0.35, 4.0
MOVED_SAMPLES = 3
STAYS, MOSTLY = 0.4, 0.7
"""A place stays as it is when it differs by less, in more than this share of the samples."""
LEAST_AREA = 0.0008
"""Of the picture,"""
LEAST_OF_MOTION, OF_RESTLESS_MOTION = 0.05, 0.1
"""and of all that moves: wind moves many places at once. More where the scene as a whole is restless."""
RESTLESS = 0.05
"""Share of the picture that moves in the middle sample of a restless scene."""
WHOLE = 0.4
"""More than this share changes with the light, or is damage."""
IN_PLACE_AREA, IN_PLACE_OF_MOTION = 0.006, 0.65
IN_PLACE_SAMPLES, IN_PLACE_MOST = 20, 0.5
"""What moves in place is that for most of two seconds."""
LESS_ALIKE = 0.5
"""A picture with less than this share of the usual correlation is of another scene."""
MOST_BLOBS = 12
"""Taken from one sample, the largest."""


@dataclass(frozen=True)
class Blob:
    """One thing in one sample; x, y its middle, sizes in shares of the picture."""

    seconds: float
    x: float
    y: float
    width: float
    height: float
    area: float


class BlobWatcher:
    """Finds what stands out; memory holds a minute and a half of small pictures, and the blobs."""

    def __init__(self) -> None:
        self.blobs: list[Blob] = []
        self.seconds = Series(np.float64)
        """Of all samples."""
        self.motion = Series(np.float16)
        """Of each sample, the share of the picture that moves."""
        self.steady: list[tuple[float, float, float]] = []
        """Start, end and the share of what is structured that stays in its place."""
        self._times: list[float] = []
        self._pictures: list[np.ndarray] = []
        self._alike = 1.0
        """Usual correlation of neighbouring samples."""
        self._done = 0
        """How many of the buffered samples have been searched."""

    def see(self, planes: Planes, *, another: bool) -> None:
        """One frame of the pass."""
        if another:
            self._begin()
        seconds = planes.pts_seconds
        if self._times and seconds - self._times[-1] < SAMPLE_SECONDS - 1e-3:
            return
        picture = normalised(planes.luma)
        if self._pictures and self._is_another(picture):
            self._begin()
        self._times.append(seconds)
        self._pictures.append(picture)
        if len(self._times) - self._done >= CHUNK:
            self._search()
            self._times, self._pictures = self._times[-CONTEXT:], self._pictures[-CONTEXT:]
            self._done = len(self._times)

    def _begin(self) -> None:
        """Another scene, another background."""
        self._search()
        self._times, self._pictures, self._done, self._alike = [], [], 0, 1.0

    def _is_another(self, picture: np.ndarray) -> bool:
        """Whether a picture has far less in common with the one before than pictures here usually have: in the dark,
        cuts are seen from nothing else."""
        alike = correlation(self._pictures[-1], picture)
        usual, self._alike = self._alike, self._alike + 0.2 * (alike - self._alike)
        return len(self._pictures) > LEAST_SAMPLES and alike < LESS_ALIKE * usual

    def finish(self) -> list[Blob]:
        """All blobs, in time order."""
        self._begin()
        return self.blobs

    def _search(self) -> None:
        """Search the samples that have come since the last search."""
        if len(self._times) < LEAST_SAMPLES or self._done == len(self._times):
            return
        levels = np.array(self._pictures, np.int8).view(np.uint8) ^ 0x80  # bytes in the same order, without a sign
        ground = Ground(levels)
        self.steady.append((self._times[self._done], self._times[-1], ground.steadiness))
        found, moving = blobs_of(levels, ground, self._done)
        for at, (boxes, share) in enumerate(zip(found, moving, strict=True), start=self._done):
            self.seconds.append(self._times[at])
            self.motion.append(share)
            self.blobs += [Blob(self._times[at], *box) for box in boxes]
        self._done = len(self._times)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of two normalised pictures; 1 where neither shows anything."""
    if a.shape != b.shape:
        return 0.0
    energy, other = cv2.norm(a, cv2.NORM_L2SQR), cv2.norm(b, cv2.NORM_L2SQR)
    scale = float(np.sqrt(energy * other))
    return (energy + other - cv2.norm(a, b, cv2.NORM_L2SQR)) / 2.0 / scale if scale > 0 else 1.0


def normalised(luma: np.ndarray) -> np.ndarray:
    """(h, w) int8: 64 times what each place differs from its surroundings, in their contrast, two at most."""
    scale = min(1.0, PIXELS / max(luma.shape))
    size = max(8, round(luma.shape[1] * scale)), max(8, round(luma.shape[0] * scale))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    away = small - cv2.blur(small, (AROUND, AROUND))
    contrast = np.sqrt(cv2.blur(away * away, (AROUND, AROUND)).clip(0.0))
    kept: np.ndarray = np.clip(np.round(64.0 * away / (contrast + 6.0)), -127, 127).astype(np.int8)
    return kept


Box = tuple[float, float, float, float, float]
Part = tuple[float, float, float, float, float, float]


class Ground:
    """What each place of a standing scene shows in most of (n, h, w) uint8 pictures; 64 levels are a unit, 128 is 0."""

    def __init__(self, levels: np.ndarray) -> None:
        count, shape = len(levels), levels.shape[1:]
        places = np.ascontiguousarray(levels.reshape(count, -1).T)
        ranks = [round(share / 100 * (count - 1)) for share in (RANGE[0], 50, RANGE[1])]
        ordered = np.sort(places, axis=1, kind="stable")  # of bytes, quicker than a partition
        low, usual, high = ((ordered[:, rank].reshape(shape).astype(np.float32) - 128.0) / 64.0 for rank in ranks)
        steps = cv2.absdiff(places[:, 1:], places[:, :-1])
        middle = np.sort(steps, axis=1, kind="stable")[:, (count - 2) // 2].reshape(shape)
        noise = middle.astype(np.float32) * 1.5 / 64.0  # what a place differs from one picture to the next, usually
        below = np.cumsum(cv2.calcHist([steps], [0], None, [256], [0, 256]).astype(np.int64))
        least = max(LEAST_STEP, TIMES_NOISE * (float(np.searchsorted(below, below[-1] / 2)) * 1.5 / 64.0 + 0.03))
        near = np.ones((3, 3), np.uint8)
        self.lowest = bytes_of(np.ceil(64.0 * (cv2.erode(low, near) - least)) + 128.0)
        self.highest = bytes_of(np.floor(64.0 * (cv2.dilate(high, near) + least)) + 128.0)
        """The levels between which a place does not stand out,"""
        self.most_step = bytes_of(np.floor(64.0 * np.maximum(least, 3.0 * noise)))
        """and the step up to which it does not move; (h, w) uint8, all included."""
        usually = np.repeat(ordered[:, ranks[1] : ranks[1] + 1], count, axis=1)
        stays = (cv2.absdiff(places, usually) < STAYS * 64).mean(1) > MOSTLY
        structured = np.abs(usual).ravel() > 0.5
        self.steadiness = float(stays[structured].mean()) if structured.any() else 0.0
        """Share of what is structured that mostly looks the same: all but what passes before it."""


def bytes_of(levels: np.ndarray) -> np.ndarray:
    """Whole numbers as uint8, those beyond its ends at the ends."""
    return levels.clip(0, 255).astype(np.uint8)


def blobs_of(levels: np.ndarray, ground: Ground, begin: int) -> tuple[list[list[Box]], np.ndarray]:
    """For each sample from `begin` on, (x, y, width, height, area) of its blobs, and the share that moves.

    `levels`: (n, h, w) uint8 of one standing scene, as `Ground` takes them.
    """
    near = np.ones((3, 3), np.uint8)
    outside: list[list[Part]] = []
    in_place: list[list[Part]] = []
    shares = np.zeros(len(levels))
    for at in range(begin, len(levels)):
        step = cv2.absdiff(levels[at], levels[max(0, at - MOVED_SAMPLES)])
        moves = cv2.compare(step, ground.most_step, cv2.CMP_GT)
        shares[at] = cv2.countNonZero(moves) / moves.size
        around = cv2.dilate(moves, near)
        within = cv2.inRange(levels[at], ground.lowest, ground.highest)
        stands_out = cv2.subtract(around, within)
        everything = max(1, cv2.countNonZero(around))
        outside.append(components(cv2.dilate(stands_out, near), everything))
        in_place.append(components(around, everything))
    restless = median(shares[begin:]) > RESTLESS
    least_share = OF_RESTLESS_MOTION if restless else LEAST_OF_MOTION
    taken = [[b[:5] for b in boxes if b[4] >= LEAST_AREA and b[5] >= least_share] for boxes in outside]
    return with_in_place(taken, in_place, shares[begin:]), shares[begin:]


def with_in_place(taken: list[list[Box]], in_place: list[list[Part]], shares: np.ndarray) -> list[list[Box]]:
    """What stands out, and where nothing does, what is nearly all that moves for most of two seconds."""
    one = np.array([bool(b) and b[0][4] >= IN_PLACE_AREA and b[0][5] >= IN_PLACE_OF_MOTION for b in in_place])
    one &= shares < WHOLE
    window = min(IN_PLACE_SAMPLES, len(one))
    lasting = np.convolve(one, np.full(window, 1.0 / window), "same") >= IN_PLACE_MOST
    found: list[list[Box]] = []
    for boxes, single, share, single_lasts in zip(
        taken, in_place, shares.tolist(), (one & lasting).tolist(), strict=True
    ):
        if share >= WHOLE:
            found.append([])
        else:
            found.append(boxes or ([single[0][:5]] if single_lasts else []))
    return found


def components(mask: np.ndarray, everything: int) -> list[Part]:
    """(x, y, width, height, area, share of all that moves) of the connected parts, the largest first."""
    if cv2.countNonZero(mask) == 0:
        return []
    count, _, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    height, width = mask.shape
    order: list[int] = (np.argsort(-stats[1:, 4], kind="stable")[:MOST_BLOBS] + 1).tolist() if count > 1 else []
    return [
        (
            float(centres[i][0] + 0.5) / width,
            float(centres[i][1] + 0.5) / height,
            float(stats[i, 2]) / width,
            float(stats[i, 3]) / height,
            float(stats[i, 4]) / mask.size,
            float(stats[i, 4]) / everything,
        )
        for i in order
    ]
