"""In: one embedding per frame and the frames' times. Out: `ClipFeatures`, each frame in the light of all others.

The temporal transformer in plain NumPy, small enough to be read: positions in time (sinusoidal, Vaswani et al., 2017,
"Attention Is All You Need", but by seconds, so that uneven sampling is right), then layers of self-attention over the
frames. Its weights have the names of PyTorch's `nn.TransformerEncoder`, so that they load without a translation.
Without trained weights there is the parameter-free form: queries, keys and values are the embeddings themselves, and
attention shows which frames resemble which. Nothing untrained is ever shown as meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

LONGEST_SECONDS = 10_000.0
"""Period of the slowest position wave, as in the paper, here in seconds."""
LAYER_NORM_EPSILON = 1e-5
Form = Literal["trained", "parameter-free"]


@dataclass(frozen=True, eq=False)
class ClipFeatures:
    """What the frames of one clip say together, in time order."""

    embeddings: np.ndarray
    """(T, D) float32."""
    attention: np.ndarray
    """(L, H, T, T) float32: layer, head, frame that looks, frame that is looked at; each row sums to 1."""
    pts_seconds: np.ndarray
    """(T,) float64."""
    form: Form
    """Whether trained weights or the embeddings alone made the attention."""
    first_head: np.ndarray | None = None
    """(2, T, d) float32: queries and keys of the first layer's first head, where there are trained ones."""

    def __post_init__(self) -> None:
        frames = len(self.embeddings)
        if self.attention.ndim != 4 or self.attention.shape[2:] != (frames, frames):
            raise ValueError(f"attention must be (L, H, {frames}, {frames}), got {self.attention.shape}")
        if len(self.pts_seconds) != frames:
            raise ValueError(f"{frames} frames but {len(self.pts_seconds)} times")

    @property
    def importance(self) -> np.ndarray:
        """(T,) how much each frame is looked at by the others, on average; 1.0 is usual."""
        received = self.attention.mean(axis=(0, 1))
        away = received * (1.0 - np.eye(len(received)))
        return np.asarray(away.sum(axis=0) * len(received) / max(float(away.sum()), 1e-12))


@dataclass(frozen=True, eq=False)
class EncoderLayer:
    """One layer: self-attention, then a small network for each frame; both added to what came in, then normalised."""

    in_proj_weight: np.ndarray
    """(3D, D), for queries, keys and values."""
    in_proj_bias: np.ndarray
    out_proj_weight: np.ndarray
    out_proj_bias: np.ndarray
    linear1_weight: np.ndarray
    """(F, D)."""
    linear1_bias: np.ndarray
    linear2_weight: np.ndarray
    linear2_bias: np.ndarray
    norm1_weight: np.ndarray
    norm1_bias: np.ndarray
    norm2_weight: np.ndarray
    norm2_bias: np.ndarray

    def qkv(self, x: np.ndarray, num_heads: int) -> np.ndarray:
        """(T, D) → (3, H, T, D / H), queries, keys and values."""
        T, D = x.shape
        projected = x @ self.in_proj_weight.T + self.in_proj_bias  # (T, 3D)
        return np.asarray(projected.reshape(T, 3, num_heads, D // num_heads).transpose(1, 2, 0, 3))

    def __call__(self, x: np.ndarray, num_heads: int) -> tuple[np.ndarray, np.ndarray]:
        """(T, D) → (T, D) and its attention (H, T, T)."""
        T, D = x.shape
        mixed, attention = attend(*self.qkv(x, num_heads))
        mixed = mixed.transpose(1, 0, 2).reshape(T, D) @ self.out_proj_weight.T + self.out_proj_bias
        x = layer_norm(x + mixed, self.norm1_weight, self.norm1_bias)
        hidden = np.maximum(x @ self.linear1_weight.T + self.linear1_bias, 0.0)  # (T, F)
        mixed = hidden @ self.linear2_weight.T + self.linear2_bias
        return layer_norm(x + mixed, self.norm2_weight, self.norm2_bias), attention


class TemporalTransformer:
    """Every frame of a clip attends to every other, earlier or later."""

    def __init__(self, layers: list[EncoderLayer], num_heads: int = 8) -> None:
        if not layers:
            raise ValueError("a temporal transformer needs at least one layer; use `resemblance` without weights")
        self.layers, self.num_heads = layers, num_heads
        self.embed_dim = layers[0].linear1_weight.shape[1]
        if self.embed_dim % num_heads:
            raise ValueError(f"a width of {self.embed_dim} cannot be shared among {num_heads} heads")

    @classmethod
    def from_state(cls, state: Mapping[str, np.ndarray], num_heads: int = 8) -> "TemporalTransformer":
        """From weights with the names of `nn.TransformerEncoder` (`layers.0.self_attn.in_proj_weight`, …)."""
        depth = 1 + max((int(name.split(".")[1]) for name in state if name.startswith("layers.")), default=-1)
        return cls([layer_from(state, f"layers.{i}") for i in range(depth)], num_heads)

    def state(self) -> dict[str, np.ndarray]:
        """The weights under the names of `nn.TransformerEncoder`."""
        return {
            f"layers.{i}.{name}": getattr(layer, field)
            for i, layer in enumerate(self.layers)
            for field, name in STATE_NAMES.items()
        }

    def __call__(self, embeddings: np.ndarray, pts_seconds: np.ndarray) -> ClipFeatures:
        """(T, D) embeddings and (T,) seconds → what the frames say together."""
        if embeddings.shape[1:] != (self.embed_dim,):
            raise ValueError(f"embeddings must be (T, {self.embed_dim}), got {embeddings.shape}")
        x = embeddings.astype(np.float32) + time_positions(pts_seconds, self.embed_dim)
        attentions, first_head = [], self.layers[0].qkv(x, self.num_heads)[:2, 0]
        for layer in self.layers:
            x, attention = layer(x, self.num_heads)
            attentions.append(attention)
        return ClipFeatures(x, np.stack(attentions), np.asarray(pts_seconds, np.float64), "trained", first_head)


STATE_NAMES = {
    "in_proj_weight": "self_attn.in_proj_weight",
    "in_proj_bias": "self_attn.in_proj_bias",
    "out_proj_weight": "self_attn.out_proj.weight",
    "out_proj_bias": "self_attn.out_proj.bias",
    "linear1_weight": "linear1.weight",
    "linear1_bias": "linear1.bias",
    "linear2_weight": "linear2.weight",
    "linear2_bias": "linear2.bias",
    "norm1_weight": "norm1.weight",
    "norm1_bias": "norm1.bias",
    "norm2_weight": "norm2.weight",
    "norm2_bias": "norm2.bias",
}
"""Field of `EncoderLayer` → its name in a checkpoint of `nn.TransformerEncoder`."""


def layer_from(state: Mapping[str, np.ndarray], prefix: str) -> EncoderLayer:
    """One layer from a checkpoint. Raises `ValueError` that names what is missing."""
    missing = [name for name in STATE_NAMES.values() if f"{prefix}.{name}" not in state]
    if missing:
        raise ValueError(f"these weights have no {prefix}.{missing[0]}: they are not of a transformer encoder")
    return EncoderLayer(
        **{field: np.asarray(state[f"{prefix}.{name}"], np.float32) for field, name in STATE_NAMES.items()}
    )


def resemblance(embeddings: np.ndarray, pts_seconds: np.ndarray, *, temperature: float = 0.05) -> ClipFeatures:
    """Attention without parameters: each unit-length embedding attends to those that point the same way.

    softmax(E Eᵀ / temperature) E. The usual temperature of √D would level out cosines, which lie within −1 to 1.
    """
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    attention = softmax(unit @ unit.T / temperature).astype(np.float32)  # (T, T)
    times = np.asarray(pts_seconds, np.float64)
    return ClipFeatures((attention @ unit).astype(np.float32), attention[None, None], times, "parameter-free")


def time_positions(pts_seconds: np.ndarray, embed_dim: int) -> np.ndarray:
    """(T, D) float32: sines and cosines of the seconds, from quick to slow waves.

    >>> time_positions(np.array([0.0, 1.0]), 4).round(3).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.8410000205039978, 0.5400000214576721, 0.009999999776482582, 1.0]]
    """
    rates = LONGEST_SECONDS ** (-np.arange(0, embed_dim, 2) / embed_dim)  # (D / 2,)
    angles = np.asarray(pts_seconds, np.float64)[:, None] * rates
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(len(angles), -1)
    return waves[:, :embed_dim].astype(np.float32)


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """softmax(q kᵀ / √d) v for each head, and the softmax: (H, T, d) each → (H, T, d), (H, T, T)."""
    attention = softmax(q @ k.swapaxes(1, 2) / np.sqrt(np.float32(q.shape[2])))
    return attention @ v, attention


def softmax(scores: np.ndarray) -> np.ndarray:
    """Along the last axis; the largest is taken off first, so that nothing overflows."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Each row to mean 0 and variance 1, then scaled and shifted (Ba et al., 2016)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + LAYER_NORM_EPSILON) * weight + bias)
