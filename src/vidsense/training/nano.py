"""nano in torch, smallest block first: image tower, frame states, temporal transformer, event heads.

The plain install runs the same graph without torch; its temporal part is `vidsense.temporal`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidsense.temporal.transformer import LONGEST_SECONDS
from vidsense.training.samples import COLOUR_NAMES, KIND_NAMES, MAX_EVENTS, POSE_NAMES, SIDE_NAMES
from vidsense.training.world.actions import ACTIONS

KINDS, COLOURS, POSES = len(KIND_NAMES), len(COLOUR_NAMES), len(POSE_NAMES)
DENSE = {"kind": KINDS + 1, "middle": 1, "colour": COLOURS, "box": 4, "pose": POSES}
"""What is told of each cell, and in how many numbers; the last kind is none."""
STATE = 6 + POSES + COLOURS
"""Numbers about one kind of thing in one frame: how many, how surely, where, how large, which pose, which colour."""
EVENT = {"action": len(ACTIONS) + 1, "actor": KINDS + 1, "target": KINDS + 1, "side": len(SIDE_NAMES)}
"""What is told of each event; the last action, actor and target are none."""


@dataclass(frozen=True)
class NanoSize:
    """The sizes of nano's parts."""

    height: int = 72
    width: int = 96
    stem_dim: int = 48
    image_dim: int = 96
    image_depth: int = 1
    image_heads: int = 3
    temporal_dim: int = 256
    temporal_depth: int = 2
    temporal_heads: int = 8

    @property
    def grid(self) -> tuple[int, int]:
        """Cells of a frame: (rows, columns)."""
        return self.height // 8, self.width // 8


def conv(into: int, out: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution, its scale, and what is above zero."""
    padding = (kernel - 1) // 2 if stride == 1 else 1
    return nn.Sequential(nn.Conv2d(into, out, kernel, stride, padding, bias=False), nn.BatchNorm2d(out), nn.ReLU())


class ImageTower(nn.Module):
    """Pixels → one token for each cell of 8 × 8: a convolutional stem, then every cell attends to every other."""

    def __init__(self, size: NanoSize) -> None:
        super().__init__()
        D = size.image_dim
        self.stem = nn.Sequential(
            conv(3, size.stem_dim, kernel=6, stride=4),  # (B, S, H / 4, W / 4)
            conv(size.stem_dim, size.stem_dim),
            conv(size.stem_dim, D, stride=2),  # (B, D, H / 8, W / 8)
            conv(D, D),
        )
        rows, columns = size.grid
        self.positions = nn.Parameter(torch.randn(rows * columns, D) * 0.02)
        layer = nn.TransformerEncoderLayer(D, size.image_heads, 2 * D, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, size.image_depth, nn.LayerNorm(D), enable_nested_tensor=False)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.attended(self.stem(pixels).flatten(2).transpose(1, 2))

    def attended(self, maps: Tensor) -> Tensor:
        """(B, N, D) of the stem → tokens (B, N, D)."""
        tokens: Tensor = self.layers(maps + self.positions)
        return tokens


class DenseHead(nn.Module):
    """What each cell holds: which thing, which colour, where its box is, how it stands."""

    def __init__(self, size: NanoSize) -> None:
        super().__init__()
        self.proj = nn.Linear(size.image_dim, sum(DENSE.values()))

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        parts = self.proj(tokens).split(list(DENSE.values()), dim=-1)  # each (B, N, its numbers)
        return dict(zip(DENSE, parts, strict=True))


class FrameState(nn.Module):
    """The cells of a frame → one small state for each kind of thing: the compact token of the frame.

    Each kind reads the cells by a softmax of its own score; what is not there is near zero in all its numbers.
    """

    cells: Tensor

    def __init__(self, size: NanoSize) -> None:
        super().__init__()
        rows, columns = size.grid
        ys, xs = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        cells = torch.stack([(xs + 0.5) / columns, (ys + 0.5) / rows], dim=-1).view(-1, 2)
        self.register_buffer("cells", cells, persistent=False)  # (N, 2)

    def forward(self, dense: dict[str, Tensor]) -> Tensor:
        with torch.autocast(self.cells.device.type, enabled=False):  # differences between frames are small
            return self.read({name: numbers.float() for name, numbers in dense.items()})

    def read(self, dense: dict[str, Tensor]) -> Tensor:
        """The same, in float32."""
        kinds = dense["kind"].log_softmax(-1)[..., :KINDS]  # (B, N, K)
        middle = nn.functional.logsigmoid(dense["middle"])  # (B, N, 1)
        score = (kinds + middle).transpose(1, 2)  # (B, K, N)
        number = score.exp().sum(-1, keepdim=True)  # (B, K, 1)
        surely = score.amax(-1, keepdim=True).exp()
        box = torch.cat([self.cells + dense["box"][..., :2] / 8, dense["box"][..., 2:] / 4], dim=-1)  # (B, N, 4)
        told = torch.cat([box, dense["pose"], dense["colour"].softmax(-1)], dim=-1)
        read = score.softmax(-1) @ told  # (B, K, 4 + P + C)
        return torch.cat([number, surely, read * surely.clamp(max=1.0)], dim=-1).flatten(1)  # (B, K * STATE)


def time_positions(seconds: Tensor, embed_dim: int) -> Tensor:
    """(B, T) seconds → (B, T, D), the same waves as `vidsense.temporal.time_positions`."""
    rates = LONGEST_SECONDS ** (-torch.arange(0, embed_dim, 2, device=seconds.device) / embed_dim)
    angles = seconds[..., None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


class Temporal(nn.Module):
    """Frame states → every frame in the light of all others; a frame's token holds its difference to the one before.

    Of what a frame's state is made does not matter: nano's are states of things, another encoder's are embeddings.
    """

    def __init__(self, state_dim: int, embed_dim: int, depth: int, num_heads: int) -> None:
        super().__init__()
        self.token = nn.Sequential(nn.Linear(2 * state_dim, embed_dim), nn.LayerNorm(embed_dim))
        layer = nn.TransformerEncoderLayer(embed_dim, num_heads, 2 * embed_dim, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)

    def forward(self, states: Tensor, seconds: Tensor) -> Tensor:
        """(B, T, S), (B, T) → (B, T, D)."""
        before = torch.cat([states[:, :1], states[:, :-1]], dim=1)
        tokens = self.token(torch.cat([states, states - before], dim=-1))  # (B, T, D)
        told: Tensor = self.encoder(tokens + time_positions(seconds, tokens.shape[-1]))
        return told


class EventHeads(nn.Module):
    """Which events the clip shows, in order: one query for the first, one for the second, and so on."""

    def __init__(self, size: NanoSize) -> None:
        super().__init__()
        D = size.temporal_dim
        self.queries = nn.Parameter(torch.randn(MAX_EVENTS, D) * 0.5)
        self.attention = nn.MultiheadAttention(D, size.temporal_heads, batch_first=True)
        self.norm = nn.LayerNorm(D)
        self.hidden = nn.Sequential(nn.Linear(D, D), nn.ReLU())
        self.proj = nn.Linear(D, sum(EVENT.values()))
        self.now = nn.Linear(D, EVENT["action"])

    def forward(self, frames: Tensor) -> dict[str, Tensor]:
        """(B, T, D) → for each event its action, actor, target and side; for each frame what happens now."""
        queries = self.queries.expand(len(frames), -1, -1)
        found, _ = self.attention(queries, frames, frames, need_weights=False)  # (B, E, D)
        told = self.proj(self.hidden(self.norm(found + queries)))
        parts = told.split(list(EVENT.values()), dim=-1)
        return {**dict(zip(EVENT, parts, strict=True)), "now": self.now(frames)}


class Nano(nn.Module):
    """All of it up to the language model."""

    def __init__(self, size: NanoSize) -> None:
        super().__init__()
        self.size = size
        self.image = ImageTower(size)
        self.dense = DenseHead(size)
        self.state = FrameState(size)
        self.temporal = Temporal(KINDS * STATE, size.temporal_dim, size.temporal_depth, size.temporal_heads)
        self.events = EventHeads(size)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.image.positions.device

    def states(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in 0…1 → (B, K * STATE)."""
        states: Tensor = self.state(self.dense(self.image(pixels)))
        return states


def pixels_to_input(pixels: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 → (B, 3, H, W) float around zero."""
    return pixels.permute(0, 3, 1, 2).float().div(127.5).sub(1.0)
