"""In: what nano's tower saw in the frames of a clip. Out: `ClipFeatures` of its trained temporal transformer.

Each frame is one compact token: the states of its things and their difference to the frame before. This is trained
attention: what it shows, it was taught on videos of the drawn world.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vidsense.temporal.transformer import ClipFeatures, TemporalTransformer, layer_norm, softmax

HEADS = 8


@dataclass(frozen=True, eq=False)
class NanoTemporal:
    """Frame states → every frame in the light of all others."""

    weight: np.ndarray
    """(D, 2 K S), of the token."""
    bias: np.ndarray
    norm_weight: np.ndarray
    norm_bias: np.ndarray
    transformer: TemporalTransformer
    query: np.ndarray
    """(D,), what looks for a clip's embedding."""
    clip: tuple[np.ndarray, ...]
    """Two layers, weight and bias each, of a clip's embedding."""

    @classmethod
    def from_weights(cls, weights: Mapping[str, np.ndarray], num_heads: int = HEADS) -> "NanoTemporal":
        """From nano.safetensors."""
        of_layers = "nano.temporal.encoder."
        layers = {name.removeprefix(of_layers): value for name, value in weights.items() if name.startswith(of_layers)}
        token = [weights[f"nano.temporal.token.{name}"] for name in ("0.weight", "0.bias", "1.weight", "1.bias")]
        clip = tuple(weights[f"matching.clip.{name}"] for name in ("0.weight", "0.bias", "2.weight", "2.bias"))
        return cls(*token, TemporalTransformer.from_state(layers, num_heads), weights["matching.query"], clip)

    def tokens(self, states: np.ndarray) -> np.ndarray:
        """(T, K S) → (T, D): each frame's state and its difference to the frame before."""
        before = np.concatenate([states[:1], states[:-1]])
        x = np.concatenate([states, states - before], axis=1) @ self.weight.T + self.bias
        return layer_norm(x, self.norm_weight, self.norm_bias)

    def __call__(self, states: np.ndarray, pts_seconds: np.ndarray) -> ClipFeatures:
        """(T, K S) states and (T,) seconds → what the frames say together."""
        return self.transformer(self.tokens(states), pts_seconds)

    def embedding(self, features: ClipFeatures) -> np.ndarray:
        """(E,) float32, one unit-length vector for the clip, among those of sentences."""
        frames = features.embeddings
        looked = softmax(frames @ self.query / np.sqrt(np.float32(frames.shape[1])))  # (T,)
        pooled = np.concatenate([frames.mean(axis=0), looked @ frames])
        weight, bias, weight2, bias2 = self.clip
        found = np.maximum(pooled @ weight.T + bias, 0.0) @ weight2.T + bias2
        return np.asarray(found / np.linalg.norm(found), np.float32)
