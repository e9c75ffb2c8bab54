"""In: drawn frames and a trained tower. Out: how far from the drawn world a frame may look and still be of it.

The tower's maps, each told by its mean and spread, scatter around a centre on drawn frames; a photograph lies far from
it. The distance is Mahalanobis' (1936): in every direction counted in the scatter that drawn frames have there.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from vidsense.training.nano import Nano, pixels_to_input
from vidsense.training.shards import Shard

FRAMES_OF_A_CLIP = 3
RIDGE = 1e-3
"""Of the mean scatter, added in every direction: some have none on drawn frames."""
ROOM = 1.05
"""The limit, against the farthest drawn frame of unseen looks."""
BATCH = 64


class Summary(nn.Module):
    """Pixels → tokens, and mean and spread of every map of the tower: (B, N, D), (B, 4 D)."""

    def __init__(self, nano: Nano) -> None:
        super().__init__()
        self.image = nano.image

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.image.stem(pixels).flatten(2).transpose(1, 2)  # (B, N, D)
        tokens = self.image.attended(maps)
        both = torch.cat([maps, tokens], dim=-1)  # (B, N, 2 D)
        mean = both.mean(1)
        spread = ((both - mean[:, None]) ** 2).mean(1).clamp(min=1e-12).sqrt()
        return tokens, torch.cat([mean, spread], dim=-1)


def fit_gauge(nano: Nano, drawn: Iterable[Shard], held_out: Shard) -> dict[str, Tensor]:
    """`centre` (S,), `scale` (S, S) and `limit`: a frame is of the world where ‖scale (s − centre)‖ is below it."""
    known = np.concatenate([summaries(nano, shard) for shard in drawn])
    centre, scatter = known.mean(0), np.cov(known.T)
    scatter += RIDGE * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    values, directions = np.linalg.eigh(scatter)
    scale = directions.T / np.sqrt(values * len(scatter))[:, None]
    farthest = np.linalg.norm((summaries(nano, held_out) - centre) @ scale.T, axis=1).max()
    gauge = {"centre": centre, "scale": scale, "limit": np.array([ROOM * farthest])}
    return {name: torch.from_numpy(value.astype(np.float32)) for name, value in gauge.items()}


def summaries(nano: Nano, shard: Shard) -> np.ndarray:
    """(frames, S) float64 of some frames of every clip."""
    summary = Summary(nano).eval()
    times = np.linspace(0, shard.pixels.shape[1] - 1, FRAMES_OF_A_CLIP + 2).round().astype(int)[1:-1]
    flat = shard.pixels[:, times].reshape(-1, *shard.pixels.shape[2:])
    with torch.no_grad():
        parts = [
            summary(pixels_to_input(torch.from_numpy(flat[at : at + BATCH])))[1] for at in range(0, len(flat), BATCH)
        ]
    return torch.cat(parts).double().numpy()
