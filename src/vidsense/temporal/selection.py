"""In: frames' embeddings and a question's. Out: the frames that bear on it, no more of one moment than needed."""

import numpy as np

from vidsense.temporal.moments import likeness

SPREAD = 0.5
"""How much being like a frame that is taken already counts against a frame, beside how it bears on the question."""
NEAR_SHARE = 0.5
"""Frames nearer in time than this share of an even spacing count as alike, the nearer the more."""


def choose_for(question: np.ndarray, embeddings: np.ndarray, pts_seconds: np.ndarray, count: int) -> list[int]:
    """Indices, ascending, of `count` frames for a question's embedding (E,) or several (K, E).

    Maximal marginal relevance (Carbonell & Goldstein, 1998): one after the other, the frame that bears on the question
    most and is least like those taken, in looks and in time. How far the cosines of words and frames spread is
    different for each encoder: they are taken in units of their own spread.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    if len(embeddings) <= count:
        return list(range(len(embeddings)))
    bearing = standardised((embeddings @ np.atleast_2d(question).T).max(axis=1))
    alike = np.maximum(standardised_likeness(embeddings), nearness(pts_seconds, count))
    taken = [int(bearing.argmax())]
    while len(taken) < count:
        gain = bearing - SPREAD * 4.0 * alike[:, taken].max(axis=1)
        gain[taken] = -np.inf
        taken.append(int(gain.argmax()))
    return sorted(taken)


def standardised(scores: np.ndarray) -> np.ndarray:
    """From the middle, in units of the usual distance from it (median absolute deviation)."""
    middle = np.median(scores)
    usual = float(np.median(np.abs(scores - middle))) * 1.4826
    return np.asarray((scores - middle) / max(usual, float(scores.std()) / 4.0, 1e-6)).clip(-4.0, 4.0)


def standardised_likeness(embeddings: np.ndarray) -> np.ndarray:
    """(T, T) cosines from 0, as frames of this video usually are to each other, to 1."""
    cosines = likeness(embeddings)
    usual = float(np.median(cosines))
    return np.asarray(((cosines - usual) / max(1.0 - usual, 1e-6)).clip(0.0, 1.0))


def nearness(pts_seconds: np.ndarray, count: int) -> np.ndarray:
    """(T, T) 1 for the same time, 0 from a part of an even spacing on."""
    span = max(float(pts_seconds[-1] - pts_seconds[0]), 1e-6)
    apart = np.abs(pts_seconds[:, None] - pts_seconds[None])
    return np.asarray((1.0 - apart / (NEAR_SHARE * span / count)).clip(0.0, 1.0))
