"""In: shards of drawn clips. Out: an image tower that says of every cell what it holds. The first stage.

Single frames with dense labels come first: a tower that is taught by a language loss alone learns almost nothing.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from vidsense.training.dense import WEIGHTS, dense_counts, dense_loss, dense_scores, dense_targets
from vidsense.training.nano import DenseHead, ImageTower, Nano, pixels_to_input
from vidsense.training.run import Schedule
from vidsense.training.samples import POSE_NAMES
from vidsense.training.shards import Pool, Shard

FACING = 6 + POSE_NAMES.index("facing")
MEASURED_EVERY = 5
"""Of a clip's frames, every fifth is measured."""


class Seeing(nn.Module):
    """The part that this stage trains."""

    def __init__(self, image: ImageTower, dense: DenseHead) -> None:
        super().__init__()
        self.image, self.dense = image, dense

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        told: dict[str, Tensor] = self.dense(self.image(pixels))
        return told


class ImageStage:
    """Dense labels on single frames, moved, zoomed, mirrored and recoloured a little."""

    name = "image"

    def __init__(self, nano: Nano, pool: Pool, schedule: Schedule, *, batch: int, held_out: Shard) -> None:
        self.model = Seeing(nano.image, nano.dense)
        self.grid, self.pool, self.schedule, self.batch, self.held_out = nano.size.grid, pool, schedule, batch, held_out

    def trained(self) -> nn.Module:
        """The tower and its dense head."""
        return self.model

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of frames from every shard of the pool."""
        rng = np.random.default_rng((17, step))
        shards = self.pool.at(step)
        pixels, things = [], []
        for number in rng.integers(0, len(shards), self.batch):
            shard = shards[number]
            clip, frame = rng.integers(0, shard.pixels.shape[0]), rng.integers(0, shard.pixels.shape[1])
            picture, seen = varied(shard.pixels[clip, frame], shard.things[clip, frame], rng)
            pixels.append(picture)
            things.append(seen)
        told = self.model(pixels_to_input(torch.from_numpy(np.stack(pixels))))
        targets = dense_targets(np.stack(things), self.grid)
        losses = dense_loss(told, {name: torch.from_numpy(array) for name, array in targets.items()})
        return {name: WEIGHTS[name] * loss for name, loss in losses.items()}

    def measure(self) -> dict[str, float]:
        """On looks that training never draws."""
        return dense_measure(self.model, self.held_out, self.grid)


def dense_measure(seeing: Seeing, shard: Shard, grid: tuple[int, int]) -> dict[str, float]:
    """How well the cells of some frames of a shard tell what they hold."""
    counts: dict[str, float] = {}
    for frame in range(1, shard.pixels.shape[1], MEASURED_EVERY):
        told = seeing(pixels_to_input(torch.from_numpy(shard.pixels[:, frame].copy())))
        targets = dense_targets(shard.things[:, frame], grid)
        found = dense_counts(told, {name: torch.from_numpy(array) for name, array in targets.items()})
        counts = {name: counts.get(name, 0.0) + value for name, value in found.items()}
    return dense_scores(counts)


@dataclass(frozen=True, eq=False)
class Variation:
    """How another camera might see the same: mirrored, nearer, aside, in other light."""

    mirror: bool
    zoom: float
    shift: np.ndarray
    """(2,) across and down, in shares of the picture."""
    light: np.ndarray
    """(3,) what red, green and blue are multiplied by."""
    bias: float
    """What is added to each level."""

    def __call__(self, pixels: np.ndarray, things: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A frame and its things, as seen so."""
        import cv2

        height, width = pixels.shape[:2]
        sx, sy = -self.zoom if self.mirror else self.zoom, self.zoom
        ox, oy = (0.5 + self.shift[0]) - sx * 0.5, (0.5 + self.shift[1]) - sy * 0.5
        matrix = np.array([[sx, 0, ox * width - 0.5 + 0.5 * sx], [0, sy, oy * height - 0.5 + 0.5 * sy]])
        picture = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        levels = np.arange(256)[:, None] * self.light + self.bias
        picture = cv2.LUT(picture, np.clip(levels, 0, 255).astype(np.uint8)[None])
        return picture, moved(things, (sx, ox), (sy, oy))


def any_variation(rng: np.random.Generator) -> Variation:
    """Of a single frame, which means nothing by its sides."""
    mirror, zoom, shift = bool(rng.random() < 0.5), rng.uniform(0.92, 1.16), rng.uniform(-0.06, 0.06, 2)
    light = rng.uniform(0.8, 1.2) * rng.uniform(0.94, 1.06, 3)
    return Variation(mirror, zoom, shift, light, rng.uniform(-12, 12))


def varied(pixels: np.ndarray, things: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The frame as another camera might see it, and the same things in it."""
    return any_variation(rng)(pixels, things)


def moved(things: np.ndarray, across: tuple[float, float], down: tuple[float, float]) -> np.ndarray:
    """Boxes after x → a x + b and y → a y + b, cut at the picture's edges; what is hardly left in it is gone."""
    things = things.copy()
    for middle, size, (scale, offset) in ((2, 4, across), (3, 5, down)):
        at, half = things[:, middle] * scale + offset, things[:, size] * abs(scale) / 2
        low, high = np.clip(at - half, 0, 1), np.clip(at + half, 0, 1)
        things[:, middle], things[:, size] = (low + high) / 2, high - low
    if across[0] < 0:
        things[:, FACING] *= -1
    things[things[:, 4] * things[:, 5] < 0.002, 0] = -1
    return things
