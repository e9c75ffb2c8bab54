"""In: a matrix of weights. Out: the same in 8, 4 or 2 bits, laid out as llama.cpp's Q8_0, Q4_K and Q2_K.

A weight w becomes a whole number q of few bits; what comes back is scale · q − minimum. Neighbours in a row share scale
and minimum, so that one large weight spoils only its own block. k-quants store the scales in few bits too: 256 weights
share two float16 numbers, d and dmin, that scale those. llama.cpp searches for somewhat better scales; the layout, and
what comes back from it, is the same.
"""

from dataclasses import dataclass

import numpy as np

SUPER_BLOCK = 256
Q8_BLOCK, Q8_LEVELS = 32, 127


@dataclass(frozen=True)
class Layout:
    """One format: how many weights share what."""

    name: str
    bits: int
    group: int
    """Weights that share a scale, and in k-quants a minimum."""
    fine_levels: int
    """The largest number that a scale is stored as; 0 where it is a float16 of its own."""
    bits_per_weight: float
    """With everything that is shared."""


Q8_0 = Layout("Q8_0", 8, Q8_BLOCK, 0, 8.5)
Q4_K = Layout("Q4_K", 4, 32, 63, 4.5)
Q2_K = Layout("Q2_K", 2, 16, 15, 2.625)
LAYOUTS = (Q8_0, Q4_K, Q2_K)


@dataclass(frozen=True, eq=False)
class Rounded:
    """A matrix (R, W) in one of the layouts; G = W / group, S = W / 256."""

    layout: Layout
    steps: np.ndarray
    """(R, W) whole numbers."""
    scales: np.ndarray
    """(R, G) float32."""
    minima: np.ndarray
    """(R, G) float32."""
    fine: np.ndarray
    """(2, R, G) whole numbers: scales and minima as they are stored; empty for Q8_0."""
    coarse: np.ndarray
    """(2, R, S) float32, each a float16: d and dmin; empty for Q8_0."""

    @property
    def back(self) -> np.ndarray:
        """(R, W) float32: what comes back."""
        wide = self.layout.group
        return np.asarray(self.steps * np.repeat(self.scales, wide, axis=1) - np.repeat(self.minima, wide, axis=1))


def rounded(weights: np.ndarray, layout: Layout) -> Rounded:
    """(R, W) float32. Raises `ValueError` where the width fills no whole blocks."""
    whole = SUPER_BLOCK if layout.fine_levels else layout.group
    if weights.ndim != 2 or weights.shape[1] % whole:
        raise ValueError(f"{layout.name} needs rows of a multiple of {whole} weights, got {weights.shape}")
    weights = weights.astype(np.float32)
    return k_quant(weights, layout) if layout.fine_levels else q8_0(weights)


def q8_0(weights: np.ndarray) -> Rounded:
    """From −127 to 127 around zero: the largest weight of a block sets its scale."""
    blocks = weights.reshape(len(weights), -1, Q8_BLOCK)
    scales = np.abs(blocks).max(axis=2) / np.float32(Q8_LEVELS)
    steps = away_from_zero(blocks * inverse(scales)[..., None])
    scales = half(scales)
    none = np.zeros((2, 0, 0))
    return Rounded(Q8_0, steps.reshape(weights.shape), scales, np.zeros_like(scales), none, none)


def k_quant(weights: np.ndarray, layout: Layout) -> Rounded:
    """From 0 to 2ᵇ − 1: a block's least weight (0 at most) is its minimum, the largest its last step."""
    rows, levels = len(weights), 2**layout.bits - 1
    blocks = weights.reshape(rows, -1, SUPER_BLOCK // layout.group, layout.group)  # (R, S, groups, group)
    low, high = np.minimum(blocks.min(axis=3), 0), np.maximum(blocks.max(axis=3), 0)
    wanted = np.stack([(high - low) / levels, -low])  # (2, R, S, groups)
    coarse = half(wanted.max(axis=3) / layout.fine_levels)  # d and dmin, (2, R, S)
    fine = np.minimum(np.round(wanted * inverse(coarse)[..., None]), layout.fine_levels)
    scales, minima = coarse[..., None] * fine.astype(np.float32)
    steps = np.clip(np.round((blocks + minima[..., None]) * inverse(scales)[..., None]), 0, levels)
    return Rounded(
        layout, steps.reshape(weights.shape), scales.reshape(rows, -1), minima.reshape(rows, -1),
        fine.reshape(2, rows, -1), coarse,
    )  # fmt: skip


def one_scale(weights: np.ndarray, bits: int) -> np.ndarray:
    """What comes back when the whole matrix shares one scale: why blocks are needed."""
    most = 2 ** (bits - 1) - 1
    scale = np.abs(weights).max() / most
    return np.asarray(np.round(weights / scale) * scale)


def relative_error(weights: np.ndarray, back: np.ndarray) -> float:
    """The root of the mean squared error, as a share of the weights' own."""
    return float(np.linalg.norm(back - weights) / max(float(np.linalg.norm(weights)), 1e-12))


def inverse(scales: np.ndarray) -> np.ndarray:
    """1 / scale, 0 where a block is empty."""
    return np.asarray(np.divide(1.0, scales, out=np.zeros_like(scales), where=scales != 0))


def half(values: np.ndarray) -> np.ndarray:
    """As float16 keeps them."""
    return values.astype(np.float16).astype(np.float32)


def away_from_zero(values: np.ndarray) -> np.ndarray:
    """To the nearest whole number; a half goes away from zero, as in C."""
    return np.asarray(np.sign(values) * np.floor(np.abs(values) + np.float32(0.5)))
