"""In: a decoded picture. Out: the pixels that a network sees, as the reference processors of its family make them.

A preprocessor_config.json says how: the shorter side (or both) to a size, the middle cut out, each colour shifted and
scaled. Scaling follows Pillow's (a filter as wide as the reduction, 8 bit between its two passes), which the networks
were trained with; a video that was decoded at the right size is not scaled again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vidsense.errors import ModelError

BILINEAR, BICUBIC = 2, 3
"""Pillow's numbers for its filters, as preprocessor_config.json has them."""
SUPPORT = {BILINEAR: 1.0, BICUBIC: 2.0}
CUBIC_SHARPNESS = -0.5
FIXED_ONE = float(1 << 22)
"""Pillow counts in parts of this."""
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Preprocessing:
    """How pixels become what a network takes in."""

    size: tuple[int, int]
    """(height, width) that the network sees."""
    shorter_side: int | None
    """To which the picture is scaled before its middle is cut out; none: it is squeezed into `size`."""
    resample: int = BICUBIC
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    scale: float = 1 / 255

    def __post_init__(self) -> None:
        if self.resample not in SUPPORT:
            raise ModelError(f"the scaling filter {self.resample} is not known here: 2 (bilinear) and 3 (bicubic) are.")
        if self.shorter_side is not None and self.shorter_side < max(self.size):
            raise ModelError(f"{self.shorter_side} pixels are too few to cut {self.size} out of them.")

    def decoding_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) to which a picture of this size is scaled."""
        if self.shorter_side is None:
            return self.size
        short, long = sorted((height, width))
        longer = int(self.shorter_side * long / short)
        return (self.shorter_side, longer) if height <= width else (longer, self.shorter_side)

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        """(h, w, 3) uint8 → (H, W, 3) uint8: scaled, and the middle cut out."""
        pixels = resized(pixels, self.decoding_size(*pixels.shape[:2]), self.resample)
        top, left = ((whole - part) // 2 for whole, part in zip(pixels.shape[:2], self.size, strict=True))
        return np.ascontiguousarray(pixels[top : top + self.size[0], left : left + self.size[1]])

    def network_input(self, seen: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 → (3, H, W) float32, each colour around 0."""
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        values = (seen.astype(np.float32) * np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(values.transpose(2, 0, 1))


def preprocessing_from(config: Mapping[str, Any], image_size: int) -> Preprocessing:
    """As a preprocessor_config.json says; where it is silent, as CLIP's processor does."""
    size = config.get("size", image_size)
    size = size if isinstance(size, Mapping) else {"shortest_edge": int(size)}
    crop = config.get("crop_size", image_size)
    crop = crop if isinstance(crop, Mapping) else {"height": int(crop), "width": int(crop)}
    cut = bool(config.get("do_center_crop", "shortest_edge" in size))
    shorter = int(size["shortest_edge"]) if "shortest_edge" in size and cut else None
    seen = crop if cut else size
    normalised = bool(config.get("do_normalize", True))
    return Preprocessing(
        size=(int(seen.get("height", image_size)), int(seen.get("width", image_size))),
        shorter_side=shorter,
        resample=int(config.get("resample", BICUBIC)),
        mean=tuple(config.get("image_mean", CLIP_MEAN)) if normalised else (0.0, 0.0, 0.0),
        std=tuple(config.get("image_std", CLIP_STD)) if normalised else (1.0, 1.0, 1.0),
        scale=float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0,
    )


def resized(pixels: np.ndarray, size: tuple[int, int], resample: int) -> np.ndarray:
    """(h, w, 3) uint8 at another (height, width), equal to Pillow's bit by bit: across, rounded to 8 bit, then down.

    Pillow 13 takes the two steps in the other order for some high pictures: up to four grey levels in noise.
    """
    height, width = pixels.shape[:2]
    if width != size[1]:
        across = weights_between(width, size[1], resample)  # (out, in)
        pixels = rounded(np.matmul(across, pixels.astype(np.float64)))
    if height != size[0]:
        down = weights_between(height, size[0], resample)
        pixels = rounded(np.tensordot(down, pixels.astype(np.float64), axes=1))
    return pixels


def rounded(sums: np.ndarray) -> np.ndarray:
    """From fixed point to whole 8-bit values, halves upward. Sums are whole numbers below 2⁵³, so they are exact."""
    return np.clip(np.floor((sums + FIXED_ONE / 2) / FIXED_ONE), 0.0, 255.0).astype(np.uint8)


@lru_cache(maxsize=16)
def weights_between(before: int, after: int, resample: int) -> np.ndarray:
    """(after, before) float64 whole numbers: what each old pixel gives to each new one, in parts of `FIXED_ONE`."""
    step = before / after
    wide = max(step, 1.0)
    centres = (np.arange(after) + 0.5) * step
    reach = SUPPORT[resample] * wide
    low = np.maximum(0, (centres - reach + 0.5).astype(np.int64))[:, None]
    high = np.minimum(before, (centres + reach + 0.5).astype(np.int64))[:, None]
    places = np.arange(before)[None]
    values = kernel((places - centres[:, None] + 0.5) / wide, resample)
    values = np.where((places >= low) & (places < high), values, 0.0)
    return np.asarray(np.round(FIXED_ONE * values / values.sum(axis=1, keepdims=True)))


def kernel(x: np.ndarray, resample: int) -> np.ndarray:
    """A triangle, or Keys' cubic convolution (1981)."""
    far = np.abs(x)
    if resample == BILINEAR:
        return np.asarray(np.maximum(0.0, 1.0 - far))
    a = CUBIC_SHARPNESS
    near = ((a + 2.0) * far - (a + 3.0)) * far**2 + 1.0
    outer = (((far - 5.0) * far + 8.0) * far - 4.0) * a
    return np.where(far < 1.0, near, np.where(far < 2.0, outer, 0.0))
