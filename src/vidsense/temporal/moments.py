"""In: one embedding per frame. Out: `Moment`s, runs of frames that look alike, and what returns or stands alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

PENALTY = 3.0
"""How much another moment costs, in steps from one frame to the next."""
TREMBLING = (0.002, 0.03)
"""The least and the most that such a step counts for (1 − cosine): where frames stand for a shot each, all steps are
large, and each is a moment."""
MOST_MOMENTS = 64
SAME = 0.97
"""Cosine from which two frames are as good as one."""


@dataclass(frozen=True)
class Moment:
    """A run of frames that are more like each other than like those around them."""

    first: int
    """Index of its first frame, from 0."""
    last: int
    """Index of its last frame."""
    likeness: float
    """Mean cosine between its frames; 1 for a single one."""

    def __contains__(self, frame: int) -> bool:
        return self.first <= frame <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1


def likeness(embeddings: np.ndarray) -> np.ndarray:
    """(T, D) → (T, T) cosines."""
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ unit.T)


def moments_of(embeddings: np.ndarray, *, most: int = MOST_MOMENTS) -> list[Moment]:
    """The runs that a clip falls into: kernel temporal segmentation (Potapov et al., 2014).

    Of all ways to cut T frames into m runs, the one whose runs scatter least around their means, by dynamic
    programming; m is where another cut gains less than it costs. T² · m steps.
    """
    frames = len(embeddings)
    if frames == 0:
        return []
    cosines = likeness(embeddings)
    scatter = run_scatter(cosines)
    most = min(most, frames)
    best = np.full((most + 1, frames + 1), np.inf)  # m runs over the first t frames
    before = np.zeros((most + 1, frames + 1), np.int64)
    best[0, 0] = 0.0
    for m in range(1, most + 1):
        for t in range(m, frames + 1):
            totals = best[m - 1, :t] + scatter[:t, t - 1]
            before[m, t] = int(totals.argmin())
            best[m, t] = totals[before[m, t]]
    count = run_count(best[1:, frames], cosines)
    ends = [frames]
    for m in range(count, 0, -1):
        ends.append(int(before[m, ends[-1]]))
    edges = ends[::-1]
    return [moment(cosines, a, b - 1) for a, b in pairwise(edges)]


def run_scatter(cosines: np.ndarray) -> np.ndarray:
    """(T, T): how far frames i … j lie from their mean, squares summed: their number less the mean row of cosines."""
    frames = len(cosines)
    sums = np.zeros((frames + 1, frames + 1))
    sums[1:, 1:] = cosines.cumsum(0).cumsum(1)
    first, last = np.arange(frames)[:, None], np.arange(frames)[None] + 1
    square = sums[last, last] - sums[first, last] - sums[last, first] + sums[first, first]
    long = last - first
    return np.where(long > 0, long - square / np.maximum(long, 1), np.inf).clip(0.0)


def run_count(scatters: np.ndarray, cosines: np.ndarray) -> int:
    """How many runs: the least of what scatters in them and what they cost.

    A run costs some times what one frame usually differs from the next: a clip that only trembles is not cut up.
    """
    steps = 1.0 - np.diagonal(cosines, 1)
    usual = float(np.clip(np.median(steps), *TREMBLING)) if len(steps) else TREMBLING[0]
    return int((scatters + PENALTY * usual * np.arange(1, len(scatters) + 1)).argmin()) + 1


def moment(cosines: np.ndarray, first: int, last: int) -> Moment:
    """Frames `first` … `last` as one."""
    inside = cosines[first : last + 1, first : last + 1]
    pairs = inside[np.triu_indices(len(inside), 1)]
    return Moment(first, last, round(float(pairs.mean()), 4) if len(pairs) else 1.0)


def near_duplicates(embeddings: np.ndarray, *, same: float = SAME) -> list[list[int]]:
    """Groups of frames each of which is as good as the first of them, wherever they stand."""
    cosines, left, groups = likeness(embeddings), list(range(len(embeddings))), []
    while left:
        group = [i for i in left if i == left[0] or cosines[left[0], i] >= same]
        left = [i for i in left if i not in group]
        if len(group) > 1:
            groups.append(group)
    return groups


def returning(embeddings: np.ndarray, moments: Sequence[Moment], *, same: float = SAME) -> list[tuple[int, int]]:
    """Pairs of moments, by number, that look alike with another one between them: an A-B-A."""
    means = np.array([embeddings[m.first : m.last + 1].mean(axis=0) for m in moments])
    cosines = likeness(means) if len(moments) else np.zeros((0, 0))
    return [(i, j) for i in range(len(moments)) for j in range(i + 2, len(moments)) if cosines[i, j] >= same]


def oddness(embeddings: np.ndarray) -> np.ndarray:
    """(T,) how little each frame is like all others: 1 less its mean cosine to them."""
    if len(embeddings) < 2:
        return np.zeros(len(embeddings))
    cosines = likeness(embeddings)
    return np.asarray(1.0 - (cosines.sum(axis=1) - 1.0) / (len(cosines) - 1))
