"""In: one embedding per frame. Out: `Similarity`, each frame's cosine to each other; `Distance` of two of them."""

from dataclasses import dataclass

import numpy as np

from vidsense.temporal.moments import likeness


@dataclass(frozen=True, eq=False)
class Similarity:
    """How alike the frames of a clip are."""

    cosines: np.ndarray
    """(T, T), from −1 to 1."""
    pts_seconds: np.ndarray
    """(T,)."""

    def __post_init__(self) -> None:
        if self.cosines.shape != (len(self.pts_seconds),) * 2:
            raise ValueError(f"{len(self.pts_seconds)} times but cosines of {self.cosines.shape}")

    def nearest(self, frame: int, count: int) -> list[int]:
        """The frames most alike to one, the most alike first, without itself."""
        order = np.argsort(-self.cosines[frame], kind="stable")
        return [int(other) for other in order if other != frame][:count]

    @property
    def others(self) -> np.ndarray:
        """The cosine of each pair of different frames, once."""
        return np.asarray(self.cosines[np.triu_indices(len(self.cosines), 1)])

    @property
    def in_words(self) -> str:
        """What the figure shows."""
        frames, others = len(self.cosines), self.others
        if not len(others):
            return "A single frame, which is like itself."
        first, second = np.unravel_index(int(np.argmin(self.cosines)), self.cosines.shape)
        return (
            f"The cosine of each of {frames} frames to each other: from {others.min():.3f} to {others.max():.3f}, "
            f"{float(np.median(others)):.3f} in the middle. Least alike are frames {min(first, second) + 1} and "
            f"{max(first, second) + 1}."
        )


@dataclass(frozen=True)
class Distance:
    """Two embeddings compared, with what the formulas are made of."""

    dot: float
    norms: tuple[float, float]
    cosine: float
    """dot / (norm · norm)."""
    euclidean: float
    """√ Σ (a − b)²."""


def similarity_of(embeddings: np.ndarray, pts_seconds: np.ndarray) -> Similarity:
    """Each frame against each."""
    return Similarity(likeness(embeddings), np.asarray(pts_seconds, np.float64))


def distance_between(a: np.ndarray, b: np.ndarray) -> Distance:
    """Cosine and Euclidean distance of two vectors.

    >>> distance_between(np.array([3.0, 4.0]), np.array([4.0, 3.0])).cosine
    0.96
    """
    dot, norms = float(a @ b), (float(np.linalg.norm(a)), float(np.linalg.norm(b)))
    if not all(norms):
        raise ValueError("a vector of length 0 has no direction to compare")
    return Distance(dot, norms, dot / (norms[0] * norms[1]), float(np.linalg.norm(a - b)))
