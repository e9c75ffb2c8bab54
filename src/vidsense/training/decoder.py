"""In: a LLaMA of transformers. Out: the same network as one plain module that an ONNX graph can be made of.

It takes in what it has read before (keys and values) and gives out what it has read now, so that each further token
costs one pass over one token. LLaMA: Touvron et al., 2023; rotary positions: Su et al., 2021.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import LlamaForCausalLM


class CachedDecoder(nn.Module):
    """Embeddings and what was read before → the next token's logits, and what is read by now."""

    rates: Tensor

    def __init__(self, language: LlamaForCausalLM) -> None:
        super().__init__()
        config: Any = language.config
        self.layers, self.norm, self.head = language.model.layers, language.model.norm, language.lm_head
        self.heads = int(config.num_attention_heads)
        self.head_dim = int(config.hidden_size) // self.heads
        self.depth = int(config.num_hidden_layers)
        half = torch.arange(0, self.head_dim, 2) / self.head_dim
        self.register_buffer("rates", config.rope_parameters["rope_theta"] ** -half, persistent=False)  # (d / 2,)

    def forward(self, embeddings: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(1, L, D), (layers, H, P, d) twice → (V,), (layers, H, P + L, d) twice."""
        x, before, new = embeddings[0], keys.shape[2], embeddings.shape[1]
        places = torch.arange(before + new)
        angles = places[before:, None] * self.rates  # (L, d / 2)
        turn = torch.cat([angles, angles], dim=-1)
        may_see = places[None] <= places[before:, None]  # (L, P + L)
        all_keys, all_values = [], []
        for i in range(self.depth):
            layer = self.layers[i]
            h, attention = layer.input_layernorm(x), layer.self_attn
            q, k, v = (self.split(proj(h)) for proj in (attention.q_proj, attention.k_proj, attention.v_proj))
            k = torch.cat([keys[i], rotated(k, turn)], dim=1)  # (H, P + L, d)
            v = torch.cat([values[i], v], dim=1)
            scores = rotated(q, turn) @ k.transpose(1, 2) / self.head_dim**0.5
            mixed = scores.masked_fill(~may_see, -1e9).softmax(-1) @ v  # (H, L, d)
            x = x + attention.o_proj(mixed.transpose(0, 1).reshape(-1, self.heads * self.head_dim))
            h, mlp = layer.post_attention_layernorm(x), layer.mlp
            x = x + mlp.down_proj(F.silu(mlp.gate_proj(h)) * mlp.up_proj(h))
            all_keys.append(k)
            all_values.append(v)
        logits: Tensor = self.head(self.norm(x[-1:]))[0]
        return logits, torch.stack(all_keys), torch.stack(all_values)

    def split(self, x: Tensor) -> Tensor:
        """(L, D) → (H, L, d)."""
        return x.reshape(-1, self.heads, self.head_dim).transpose(0, 1)


def rotated(x: Tensor, turn: Tensor) -> Tensor:
    """(H, L, d) turned by (L, d) radians: each number with the one half a width further."""
    half = x.shape[-1] // 2
    turned = torch.cat([-x[..., half:], x[..., :half]], dim=-1)
    return x * turn.cos() + turned * turn.sin()
