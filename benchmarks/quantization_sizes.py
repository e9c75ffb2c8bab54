"""What a LLaMA's weights take at each level, from how k-quants lay out their blocks and what llama.cpp gives to whom.

A k-quant stores 256 weights together. Q4_K: 256 × 4 bits, eight scales and eight minima of 6 bits, two float16 that
scale those: 144 bytes, 4.5 bits a weight. Which matrix gets which format is a rule of llama.cpp (src/llama-quant.cpp,
`llama_tensor_get_type_impl`, of the version that llama-cpp-python 0.3.36 brings); `quantization.py` compares what comes
out here with the files that llama.cpp writes, byte by byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BLOCKS = {
    "F32": (1, 4), "F16": (1, 2),
    "Q8_0": (32, 32 + 2),                     # int8, one float16 scale
    "Q6_K": (256, 192 + 16 + 2),              # 6 bits; 16 scales in int8; a float16 that scales them
    "Q5_K": (256, 160 + 12 + 4),              # 5 bits; 8 scales and minima in 6 bits; two float16
    "Q4_K": (256, 128 + 12 + 4),              # 4 bits; the same
    "Q3_K": (256, 96 + 12 + 2),               # 3 bits; 16 scales in 6 bits; a float16
    "Q2_K": (256, 64 + 16 + 4),               # 2 bits; 16 scales and minima in 4 bits; two float16
}  # fmt: skip
"""Format → weights in a block, bytes of a block."""
USUAL = {"F32": 28.0, "F16": 14.0, "Q8_0": 7.0, "Q4_K_M": 3.5, "Q2_K": 1.75}
"""Gigabytes that are usually quoted for seven billion parameters: bits × 7 / 8, nothing else."""


@dataclass(frozen=True)
class Shape:
    """The sizes of a LLaMA."""

    dim: int
    hidden: int
    depth: int
    heads: int
    kv_heads: int
    vocabulary: int
    tied: bool = False

    @property
    def kv_dim(self) -> int:
        return self.dim // self.heads * self.kv_heads


LLAMA_2_7B = Shape(4096, 11008, 32, 32, 32, 32000)
MISTRAL_7B = Shape(4096, 14336, 32, 32, 8, 32000)
LLAVA_PROJECTOR = 303_507_456 + (1024 + 1) * 4096 + (4096 + 1) * 4096
"""CLIP ViT-L/14 at 336 pixels (Radford et al., 2021) and LLaVA 1.5's two layers (Liu et al., 2023), in float16."""


def matrices(shape: Shape) -> Iterator[tuple[str, int, int]]:
    """Name, layer and number of weights of each matrix."""
    yield "token_embd", 0, shape.vocabulary * shape.dim
    if not shape.tied:
        yield "output", 0, shape.vocabulary * shape.dim
    for layer in range(shape.depth):
        for name in ("attn_q", "attn_output"):
            yield name, layer, shape.dim * shape.dim
        for name in ("attn_k", "attn_v"):
            yield name, layer, shape.dim * shape.kv_dim
        for name in ("ffn_gate", "ffn_up", "ffn_down"):
            yield name, layer, shape.dim * shape.hidden


def parameters(shape: Shape) -> int:
    """How many weights there are, those of the norms too."""
    return sum(count for _, _, count in matrices(shape)) + norms(shape)


def norms(shape: Shape) -> int:
    """Their weights stay float32."""
    return (2 * shape.depth + 1) * shape.dim


def more_bits(layer: int, depth: int) -> bool:
    """The first and the last eighth, and each third of the others."""
    return layer < depth // 8 or layer >= 7 * depth // 8 or (layer - depth // 8) % 3 == 2


def format_of(kind: str, name: str, layer: int, shape: Shape) -> str:  # noqa: PLR0911  a table of cases
    """What llama.cpp stores a matrix in; layers that matter more get more bits."""
    if kind in ("F32", "F16", "Q8_0"):
        return kind
    if name == "output" or (shape.tied and name == "token_embd"):
        return "Q6_K"
    base = kind.removesuffix("_M")
    grouped = shape.heads // shape.kv_heads >= 4
    match kind, name:
        case "Q4_K_M", "attn_v" | "ffn_down" if more_bits(layer, shape.depth):
            return "Q6_K"
        case "Q3_K_M", "attn_v":
            return "Q5_K" if layer < 2 else "Q4_K"
        case "Q3_K_M", "ffn_down":
            return "Q5_K" if layer < shape.depth // 16 else "Q4_K"
        case "Q3_K_M", "attn_output":
            return "Q4_K"
        case "Q2_K", "attn_v":
            return "Q4_K" if grouped else "Q3_K"
        case "Q2_K", "ffn_down" | "attn_output":
            return "Q3_K"
    return base


def weight_bytes(shape: Shape, kind: str) -> int:
    """All weights, as blocks, without the tokenizer and the header."""
    total = 4 * norms(shape)
    for name, layer, count in matrices(shape):
        weights, size = BLOCKS[format_of(kind, name, layer, shape)]
        total += count // weights * size
    return total
