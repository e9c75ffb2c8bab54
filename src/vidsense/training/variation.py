"""In: frames as uint8. Out: the network's input, as other cameras might see the same, and the same things in it.

The pictures are changed where the network computes, in one step for the whole batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vidsense.training.nano import pixels_to_input
from vidsense.training.samples import POSE_NAMES
from vidsense.training.shards import Shard

FACING = 6 + POSE_NAMES.index("facing")
SEEN = 0.002
"""What covers less of the picture is gone."""


@dataclass(frozen=True, eq=False)
class Variation:
    """Mirrored, nearer, aside, in other light."""

    mirror: bool
    zoom: float
    shift: np.ndarray
    """(2,) right and down, in shares of the picture."""
    light: np.ndarray
    """(3,) what red, green and blue are multiplied by."""
    bias: float
    """What is added to each level, of 255."""

    @property
    def scale(self) -> tuple[float, float]:
        """Across and down."""
        return (-self.zoom if self.mirror else self.zoom), self.zoom

    def sampled(self) -> np.ndarray:
        """(2, 3) from places in the new picture to places in the old, both from −1 to 1."""
        (sx, sy), (dx, dy) = self.scale, self.shift
        return np.array([[1 / sx, 0, -2 * dx / sx], [0, 1 / sy, -2 * dy / sy]], np.float32)

    def things(self, things: np.ndarray) -> np.ndarray:
        """(M, FIELDS) after it."""
        (sx, sy), (dx, dy) = self.scale, self.shift
        return moved(things, (sx, 0.5 + dx - sx / 2), (sy, 0.5 + dy - sy / 2))


def any_variation(rng: np.random.Generator) -> Variation:
    """For single frames, which do not tell left from right."""
    mirror, zoom, shift = bool(rng.random() < 0.5), rng.uniform(0.92, 1.16), rng.uniform(-0.06, 0.06, 2)
    light = rng.uniform(0.8, 1.2) * rng.uniform(0.94, 1.06, 3)
    return Variation(mirror, zoom, shift, light, rng.uniform(-12, 12))


def gentle_variation(rng: np.random.Generator) -> Variation:
    """Never mirrored, for the words say left and right; hardly moved, for they tell what is in sight."""
    zoom, shift = rng.uniform(0.96, 1.06), rng.uniform(-0.02, 0.02, 2)
    light = rng.uniform(0.85, 1.15) * rng.uniform(0.95, 1.05, 3)
    return Variation(False, zoom, shift, light, rng.uniform(-10, 10))


def varied(pixels: Tensor, variations: Sequence[Variation]) -> Tensor:
    """(B, H, W, 3) uint8, a variation of each → (B, 3, H, W) float around zero, on the same device."""
    on = pixels.device
    light = torch.from_numpy(np.stack([each.light for each in variations]).astype(np.float32)).to(on)[:, :, None, None]
    bias = torch.tensor([each.bias / 127.5 for each in variations], device=on)[:, None, None, None]
    theta = torch.from_numpy(np.stack([each.sampled() for each in variations])).to(on)
    pictures = pixels_to_input(pixels)
    grid = F.affine_grid(theta, list(pictures.shape), align_corners=False)
    seen = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    return ((seen + 1) * light - 1 + bias).clamp(-1, 1)


def moved(things: np.ndarray, across: tuple[float, float], down: tuple[float, float]) -> np.ndarray:
    """Boxes after x → a x + b and y → a y + b, cut at the picture's edges; what is hardly left in it is gone."""
    things = things.copy()
    for middle, size, (scale, offset) in ((2, 4, across), (3, 5, down)):
        at, half = things[:, middle] * scale + offset, things[:, size] * abs(scale) / 2
        low, high = np.clip(at - half, 0, 1), np.clip(at + half, 0, 1)
        things[:, middle], things[:, size] = (low + high) / 2, high - low
    if across[0] < 0:
        things[:, FACING] *= -1
    things[things[:, 4] * things[:, 5] < SEEN, 0] = -1
    return things


class Footage:
    """The pixels of the shards in use: on a GPU whole and there, on a processor as they lie on disk."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.there: dict[Shard, Tensor] = {}

    def keep(self, shards: Sequence[Shard]) -> None:
        """These from now on, and no others."""
        if self.device.type != "cpu":
            self.there = {
                shard: self.there[shard]
                if shard in self.there
                else torch.from_numpy(np.array(shard.pixels)).to(self.device)
                for shard in shards
            }

    def frames(self, picked: Sequence[tuple[Shard, int, int]]) -> Tensor:
        """Shard, clip, frame of each → (B, H, W, 3) uint8 on the device."""
        if self.device.type != "cpu":
            return torch.stack([self.there[shard][clip, frame] for shard, clip, frame in picked])
        return torch.from_numpy(np.stack([shard.pixels[clip, frame] for shard, clip, frame in picked]))
