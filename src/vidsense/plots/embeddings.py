"""In: embeddings. Out: `FrameMap`, a place for each in two dimensions: t-SNE, or PCA where there are few."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

LEAST_FOR_TSNE = 12
"""With fewer points, t-SNE draws neighbourhoods that are not there."""
USUAL_PERPLEXITY = 30.0
Method = Literal["t-SNE", "PCA"]


@dataclass(frozen=True, eq=False)
class FrameMap:
    """Embeddings as points of a plane. Distances are only roughly kept."""

    points: np.ndarray
    """(T, 2) float64."""
    method: Method
    kept: float | None
    """PCA: the share of the embeddings' variance that the two axes show."""
    perplexity: float | None
    """t-SNE: how many neighbours each point tries to keep."""

    @property
    def in_words(self) -> str:
        """How to read it."""
        if self.method == "PCA":
            return (
                f"A map of {len(self.points)} embeddings by PCA: the two directions in which they differ most, "
                f"{self.kept or 0.0:.0%} of their variance."
            )
        return (
            f"A map of {len(self.points)} embeddings by t-SNE (perplexity {self.perplexity:g}): who is near whom is "
            "kept, how far apart the groups lie is not."
        )


def map_of(embeddings: np.ndarray, *, method: Method | None = None) -> FrameMap:
    """(T, E) → a map; t-SNE from a dozen points on, PCA for fewer, or the method that is named."""
    if method is None:
        method = "t-SNE" if len(embeddings) >= LEAST_FOR_TSNE else "PCA"
    return tsne_map(embeddings) if method == "t-SNE" else pca_map(embeddings)


def pca_map(embeddings: np.ndarray) -> FrameMap:
    """The two directions of the largest variance, each turned so that its longest arm is positive."""
    centred = np.asarray(embeddings, np.float64) - np.mean(embeddings, axis=0)
    left, scales, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(centred), 2))
    known = min(2, len(scales))
    points[:, :known] = (left * scales)[:, :known]
    turned = np.sign(points[np.abs(points).argmax(axis=0), [0, 1]])
    whole = float((scales**2).sum())
    kept = float((scales[:2] ** 2).sum()) / whole if whole > 0 else 1.0
    return FrameMap(points * np.where(turned == 0, 1.0, turned), "PCA", kept, None)


def tsne_map(embeddings: np.ndarray) -> FrameMap:
    """t-SNE (van der Maaten & Hinton, 2008) from the PCA map, so that it comes out the same each time."""
    if len(embeddings) < 4:
        raise ValueError(f"t-SNE needs at least 4 embeddings, got {len(embeddings)}; use PCA")
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(USUAL_PERPLEXITY, (len(embeddings) - 1) / 3)
    begin = pca_map(embeddings).points
    begin = begin / max(float(begin[:, 0].std()), 1e-12) * 1e-4
    model = TSNE(2, perplexity=perplexity, init=begin, random_state=0, method="exact")
    with threadpool_limits(1):  # on so few points, waking other threads costs three times what they do
        points = model.fit_transform(np.asarray(embeddings, np.float64))
    return FrameMap(points, "t-SNE", None, round(perplexity, 1))
