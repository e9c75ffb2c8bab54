"""In: an encoder's graphs and frames. Out: `Cost`, what int8 changes and how quick each way is on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np

from vidsense.source.stream import Frame
from vidsense.vision.batched import BatchedEncoder

LEAST_COSINE = 0.99
"""In the mean over frames: where int8 is further away from float32, it is not used."""
TIMED_RUNS = 5


@dataclass(frozen=True)
class Cost:
    """What a quicker way changes, measured on frames."""

    frames: int
    cosine_mean: float
    """Of the embeddings of both ways of the same frame."""
    cosine_least: float
    same_nearest: float
    """Share of the frames whose nearest other frame is the same."""
    exact_ms: float
    """A frame, one at a time, on this machine."""
    quick_ms: float

    @property
    def is_worth_it(self) -> bool:
        """Whether the quicker way is quicker, and near enough."""
        return self.cosine_mean >= LEAST_COSINE and self.quick_ms < self.exact_ms


def cost_of(quick: BatchedEncoder, exact: BatchedEncoder, frames: Sequence[Frame]) -> Cost:
    """How near one encoder comes to the other on these frames, and how quick both are, by turns."""
    truth, rough = exact.embed(frames), quick.embed(frames)
    cosines = (truth * rough).sum(axis=1)
    first = [replace(frames[0], pts_seconds=0.0)]
    times = [(milliseconds(exact, first), milliseconds(quick, first)) for _ in range(TIMED_RUNS)]
    return Cost(
        frames=len(frames),
        cosine_mean=round(float(cosines.mean()), 5),
        cosine_least=round(float(cosines.min()), 5),
        same_nearest=round(float((nearest(truth) == nearest(rough)).mean()), 4),
        exact_ms=round(median(taken for taken, _ in times), 2),
        quick_ms=round(median(taken for _, taken in times), 2),
    )


def milliseconds(encoder: BatchedEncoder, frames: Sequence[Frame]) -> float:
    """What it takes once."""
    began = perf_counter()
    encoder.embed(frames)
    return 1e3 * (perf_counter() - began)


def nearest(embeddings: np.ndarray) -> np.ndarray:
    """(T,) the nearest other frame of each."""
    likeness = embeddings @ embeddings.T
    np.fill_diagonal(likeness, -np.inf)
    return np.asarray(likeness.argmax(axis=1))
