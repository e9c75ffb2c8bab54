"""In: frames, clips and sentences. Out: unit-length embeddings in one space: what belongs together points the same way.

The two towers of CLIP (Radford et al., 2021) at nano's size; the image side reads the frozen tower's frame states.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vidsense.training.nano import KINDS, STATE
from vidsense.training.tokenizer import PAD_ID

LONGEST_SENTENCE = 64


@dataclass(frozen=True)
class MatchingSize:
    """The sizes of the shared space and the text tower."""

    vocabulary: int = 512
    text_dim: int = 128
    text_depth: int = 2
    text_heads: int = 4
    embed_dim: int = 128


class TextTower(nn.Module):
    """A sentence → one embedding: the mean of its tokens after they have seen each other."""

    def __init__(self, size: MatchingSize) -> None:
        super().__init__()
        D = size.text_dim
        self.tokens = nn.Embedding(size.vocabulary, D, padding_idx=PAD_ID)
        self.positions = nn.Parameter(torch.randn(LONGEST_SENTENCE, D) * 0.02)
        layer = nn.TransformerEncoderLayer(D, size.text_heads, 2 * D, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, size.text_depth, nn.LayerNorm(D), enable_nested_tensor=False)
        self.proj = nn.Linear(D, size.embed_dim)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, L) token ids, filled up with padding → (B, E)."""
        there = ids != PAD_ID
        x = self.tokens(ids) + self.positions[: ids.shape[1]]  # (B, L, D)
        x = self.layers(x, src_key_padding_mask=~there)
        x = (x * there[..., None]).sum(1) / there.sum(1, keepdim=True).clamp(min=1)  # (B, D)
        return F.normalize(self.proj(x), dim=-1)


class Matching(nn.Module):
    """Frames, clips and sentences in one space."""

    def __init__(self, frame_dim: int, size: MatchingSize) -> None:
        super().__init__()
        self.text = TextTower(size)
        self.frame = nn.Sequential(nn.Linear(KINDS * STATE, 256), nn.ReLU(), nn.Linear(256, size.embed_dim))
        self.query = nn.Parameter(torch.randn(frame_dim) * 0.05)
        self.clip = nn.Sequential(nn.Linear(2 * frame_dim, 256), nn.ReLU(), nn.Linear(256, size.embed_dim))
        self.scale = nn.Parameter(torch.tensor(2.5))
        """Logarithm of what cosines are multiplied by."""

    def frame_embeddings(self, states: Tensor) -> Tensor:
        """(…, K * STATE) → (…, E)."""
        return F.normalize(self.frame(states), dim=-1)

    def clip_embeddings(self, frames: Tensor) -> Tensor:
        """(B, T, D) of the temporal transformer → (B, E): their mean, and a mean that looks where it wants."""
        looked = (frames @ self.query / frames.shape[-1] ** 0.5).softmax(-1)  # (B, T)
        pooled = torch.cat([frames.mean(1), (looked[..., None] * frames).sum(1)], dim=-1)  # (B, 2 D)
        return F.normalize(self.clip(pooled), dim=-1)

    def loss(self, seen: Tensor, said: Tensor, same: Tensor) -> Tensor:
        """Each picture finds its sentence and each sentence its picture; `same` (B, B) are no wrong pairs."""
        logits = (seen @ said.T).float() * self.scale.clamp(max=4.6).exp()  # (B, B)
        own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
        logits = logits.masked_fill(same.to(logits.device) & ~own, -1e4)
        target = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
