"""What is trained between an encoder and a language model: `Joined`, nano's temporal transformer and a projector."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vidsense.training.nano import Temporal
from vidsense.training.speaker import projection

AFTER_GELU = 0.3
"""About how large the numbers of the projector's middle layer are at first."""


@dataclass(frozen=True)
class JoinedSize:
    """The sizes of what is trained, and of what it joins."""

    embed_dim: int
    """Of the encoder's embeddings."""
    language_dim: int
    """Of the language model's tokens."""
    temporal_dim: int = 512
    temporal_depth: int = 2
    temporal_heads: int = 8

    def __post_init__(self) -> None:
        if self.temporal_dim % (2 * self.temporal_heads):
            raise ValueError(f"a width of {self.temporal_dim} cannot be shared among {self.temporal_heads} heads.")


class Joined(nn.Module):
    """Embeddings of frames → tokens of the language model: each frame in the light of all others, and as it is."""

    def __init__(self, size: JoinedSize, spread: float) -> None:
        """`spread`: how large the numbers of the language model's own tokens are; new tokens begin as large."""
        super().__init__()
        E, D, dim = size.embed_dim, size.temporal_dim, size.language_dim
        self.temporal = Temporal(E, D, size.temporal_depth, size.temporal_heads)
        self.projector = projection(D + E, dim, dim)
        last: Any = self.projector[-1]
        nn.init.normal_(last.weight, std=spread / (AFTER_GELU * dim**0.5))
        nn.init.zeros_(last.bias)

    def forward(self, embeddings: Tensor, seconds: Tensor) -> Tensor:
        """(B, T, E) unit length, (B, T) → (B, T, dim)."""
        x = embeddings * embeddings.shape[-1] ** 0.5  # numbers of about one, as layers like them
        told = self.temporal(x, seconds)
        tokens: Tensor = self.projector(torch.cat([told, x], dim=-1))
        return tokens


class Learner(nn.Module):
    """What learns, and nothing that does not: a checkpoint holds no frozen weight."""

    def __init__(self, joined: Joined, adapter: dict[str, nn.Parameter]) -> None:
        """`adapter`: the small matrices of LoRA by their names, empty where the language model stays as it is."""
        super().__init__()
        self.joined = joined
        self.adapter = nn.ParameterDict({name.replace(".", "/"): value for name, value in adapter.items()})
