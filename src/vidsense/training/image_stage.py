"""In: shards of drawn clips. Out: an image tower that says of every cell what it holds. The first stage.

Single frames with dense labels come first: a tower that is taught by a language loss alone learns almost nothing.
"""

import numpy as np
import torch
from torch import Tensor, nn

from vidsense.training.dense import WEIGHTS, dense_counts, dense_loss, dense_scores, dense_tensors
from vidsense.training.nano import DenseHead, ImageTower, Nano, pixels_to_input
from vidsense.training.run import Schedule
from vidsense.training.shards import Pool, Shard
from vidsense.training.variation import Footage, any_variation, varied

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
        self.footage = Footage(nano.device)

    def trained(self) -> nn.Module:
        """The tower and its dense head."""
        return self.model

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of frames from every shard of the pool."""
        rng = np.random.default_rng((17, step))
        shards = self.pool.at(step)
        self.footage.keep(shards)
        picked, variations, things = [], [], []
        for number in rng.integers(0, len(shards), self.batch):
            shard = shards[number]
            clip, frame = rng.integers(0, shard.pixels.shape[0]), rng.integers(0, shard.pixels.shape[1])
            picked.append((shard, int(clip), int(frame)))
            variations.append(any_variation(rng))
            things.append(variations[-1].things(shard.things[clip, frame]))
        told = self.model(varied(self.footage.frames(picked), variations))
        losses = dense_loss(told, dense_tensors(np.stack(things), self.grid, self.footage.device))
        return {name: WEIGHTS[name] * loss for name, loss in losses.items()}

    def measure(self) -> dict[str, float]:
        """On looks that training never draws."""
        return dense_measure(self.model, self.held_out, self.grid)


def dense_measure(seeing: Seeing, shard: Shard, grid: tuple[int, int]) -> dict[str, float]:
    """How well the cells of some frames of a shard tell what they hold."""
    counts, on = dict[str, float](), seeing.image.positions.device
    for frame in range(1, shard.pixels.shape[1], MEASURED_EVERY):
        told = seeing(pixels_to_input(torch.from_numpy(shard.pixels[:, frame].copy()).to(on)))
        found = dense_counts(told, dense_tensors(shard.things[:, frame], grid, on))
        counts = {name: counts.get(name, 0.0) + value for name, value in found.items()}
    return dense_scores(counts)
