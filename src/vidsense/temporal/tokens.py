"""In: a state of each frame and the frames' times. Out: `ClipFeatures` of a trained temporal transformer.

A frame becomes one compact token: its state, and the difference to the frame before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from vidsense.temporal.transformer import ClipFeatures, TemporalTransformer, layer_norm


@dataclass(frozen=True, eq=False)
class FrameTokens:
    """Frame states → every frame in the light of all others."""

    weight: np.ndarray
    """(D, 2 S), of the token."""
    bias: np.ndarray
    norm_weight: np.ndarray
    norm_bias: np.ndarray
    transformer: TemporalTransformer

    @classmethod
    def of(cls, weights: Mapping[str, np.ndarray], prefix: str, num_heads: int) -> Self:
        """From the weights of the trainer's temporal transformer, under this prefix."""
        of_layers = f"{prefix}encoder."
        layers = {name.removeprefix(of_layers): value for name, value in weights.items() if name.startswith(of_layers)}
        return cls(
            weights[f"{prefix}token.0.weight"], weights[f"{prefix}token.0.bias"],
            weights[f"{prefix}token.1.weight"], weights[f"{prefix}token.1.bias"],
            TemporalTransformer.from_state(layers, num_heads),
        )  # fmt: skip

    def tokens(self, states: np.ndarray) -> np.ndarray:
        """(T, S) → (T, D): each frame's state and its difference to the frame before."""
        before = np.concatenate([states[:1], states[:-1]])
        x = np.concatenate([states, states - before], axis=1) @ self.weight.T + self.bias
        return layer_norm(x, self.norm_weight, self.norm_bias)

    def __call__(self, states: np.ndarray, pts_seconds: np.ndarray) -> ClipFeatures:
        """(T, S) states and (T,) seconds → what the frames say together."""
        return self.transformer(self.tokens(states), pts_seconds)
