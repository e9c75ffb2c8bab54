"""In: what nano's tower saw in the frames of a clip. Out: `ClipFeatures` of its trained temporal transformer.

Each frame is one compact token: the states of its things and their difference to the frame before. This is trained
attention: what it shows, it was taught on videos of the drawn world.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vidsense.temporal.tokens import FrameTokens
from vidsense.temporal.transformer import ClipFeatures, softmax

HEADS = 8


@dataclass(frozen=True, eq=False)
class NanoTemporal(FrameTokens):
    """The states of things in frames → every frame in the light of all others, and the clip as one embedding."""

    query: np.ndarray
    """(D,), what looks for a clip's embedding."""
    clip: tuple[np.ndarray, ...]
    """Two layers, weight and bias each, of a clip's embedding."""
    now: tuple[np.ndarray, np.ndarray]
    """(A, D) and (A,), what tells which action a frame belongs to; the last is none."""

    @classmethod
    def from_weights(cls, weights: Mapping[str, np.ndarray], num_heads: int = HEADS) -> "NanoTemporal":
        """From nano.safetensors."""
        return cls(
            **vars(FrameTokens.of(weights, "nano.temporal.", num_heads)),
            query=weights["matching.query"],
            clip=tuple(weights[f"matching.clip.{name}"] for name in ("0.weight", "0.bias", "2.weight", "2.bias")),
            now=(weights["nano.events.now.weight"], weights["nano.events.now.bias"]),
        )

    def actions(self, features: ClipFeatures) -> np.ndarray:
        """(T, A) float32, how likely each frame belongs to each action; the last is none."""
        weight, bias = self.now
        return softmax(features.embeddings @ weight.T + bias)

    def embedding(self, features: ClipFeatures) -> np.ndarray:
        """(E,) float32, one unit-length vector for the clip, among those of sentences."""
        frames = features.embeddings
        looked = softmax(frames @ self.query / np.sqrt(np.float32(frames.shape[1])))  # (T,)
        pooled = np.concatenate([frames.mean(axis=0), looked @ frames])
        weight, bias, weight2, bias2 = self.clip
        found = np.maximum(pooled @ weight.T + bias, 0.0) @ weight2.T + bias2
        return np.asarray(found / np.linalg.norm(found), np.float32)
