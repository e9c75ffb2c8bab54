"""In: a `Checkpoint`. Out: its two towers as ONNX graphs, written so that ONNX Runtime runs them fast.

Pictures: (B, 3, H, W) → tokens (B, N, D) and unit-length embeddings (B, E). Words: ids (B, L) and the place (B,) of the
token that gathers the text → embeddings (B, E). Queries, keys and values are one product; attention is ONNX Runtime's
fused operator, or plain ones for other runtimes.
"""

from typing import TYPE_CHECKING

import numpy as np

from vidsense.errors import ModelError
from vidsense.vision.checkpoint import Checkpoint, TowerConfig
from vidsense.vision.graph import FUSED, Graph

if TYPE_CHECKING:
    import onnx

TANH_GELU = float(np.sqrt(2.0 / np.pi))


def vision_graph(
    checkpoint: Checkpoint, *, tokens: bool = True, fused: bool = True, levels: int | None = None
) -> "onnx.ModelProto":
    """The picture tower. Raises `MissingExtraError` without the onnx package.

    `tokens`: give the patch tokens out too; without them the last layer of CLIP is run for the class token alone.
    `fused`: with ONNX Runtime's own operators. `levels`: of int8 weights to each side of zero; none: float32.
    """
    graph = Graph(checkpoint.weights, fused=fused, levels=levels)
    x = patch_tokens(graph, checkpoint)
    first_alone = not tokens and checkpoint.family == "clip"
    x = transformer(graph, x, "vision_model", checkpoint.vision, first_alone=first_alone)
    finish = clip_picture if checkpoint.family == "clip" else siglip_picture
    patches, pooled = finish(graph, x, checkpoint.vision)
    side = checkpoint.image_size
    outputs: dict[str, list[int | str]] = {"embeddings": ["B", checkpoint.embed_dim]}
    if tokens:
        graph.name(patches, "tokens")
        outputs["tokens"] = ["B", checkpoint.grid**2, checkpoint.vision.width]
    graph.name(unit(graph, pooled), "embeddings")
    return graph.model({"pixels": ["B", 3, side, side]}, outputs)


def text_graph(checkpoint: Checkpoint) -> "onnx.ModelProto":
    """The word tower, float32: it runs once a question. Raises `ModelError` where the checkpoint has none."""
    if checkpoint.text is None:
        raise ModelError("this checkpoint has no text tower.")
    graph = Graph(checkpoint.weights, fused=False)
    x = graph.op("Gather", [graph.weight("text_model.embeddings.token_embedding.weight"), "ids"])
    length = graph.op("Slice", [graph.op("Shape", ["ids"]), graph.ints([1]), graph.ints([2])])
    places = graph.weight("text_model.embeddings.position_embedding.weight")
    x = graph.op("Add", [x, graph.op("Slice", [places, graph.ints([0]), length, graph.ints([0])])])
    mask = causal_mask(graph, length) if checkpoint.family == "clip" else None
    x = transformer(graph, x, "text_model", checkpoint.text, mask=mask)
    x = graph.layer_norm(x, "text_model.final_layer_norm", checkpoint.text.epsilon)
    x = graph.op("GatherND", [x, graph.op("Unsqueeze", ["place", graph.ints([1])])], batch_dims=1)  # (B, D)
    x = graph.layer(x, "text_projection" if checkpoint.family == "clip" else "text_model.head")
    graph.name(unit(graph, x), "embeddings")
    return graph.model({"ids": ["B", "L"], "place": ["B"]}, {"embeddings": ["B", checkpoint.embed_dim]})


def patch_tokens(graph: Graph, checkpoint: Checkpoint) -> str:
    """(B, 3, H, W) pixels → (B, N, D): each patch a vector, its place added, a class token before them in CLIP."""
    prefix = "vision_model.embeddings"
    side, grid, width = checkpoint.patch_size, checkpoint.grid, checkpoint.vision.width
    # a convolution whose steps are as large as its kernel is one product: patches side by side × weights
    x = graph.op("Reshape", ["pixels", graph.ints([-1, 3, grid, side, grid, side])])
    x = graph.op("Transpose", [x], perm=[0, 2, 4, 1, 3, 5])
    x = graph.op("Reshape", [x, graph.ints([-1, grid * grid, 3 * side * side])])
    kernel = graph.held(f"{prefix}.patch_embedding.weight").reshape(width, -1).T
    x = graph.op("MatMul", [x, graph.constant("patch_embedding.T", np.ascontiguousarray(kernel))])
    if f"{prefix}.patch_embedding.bias" in checkpoint.weights:
        x = graph.op("Add", [x, graph.weight(f"{prefix}.patch_embedding.bias")])
    if checkpoint.family == "clip":
        first = graph.constant("class_token", graph.held(f"{prefix}.class_embedding").reshape(1, 1, width))
        count = graph.op("Slice", [graph.op("Shape", [x]), graph.ints([0]), graph.ints([1])])
        shape = graph.op("Concat", [count, graph.ints([1]), graph.ints([width])], axis=0)
        x = graph.op("Concat", [graph.op("Expand", [first, shape]), x], axis=1)
    x = graph.op("Add", [x, graph.weight(f"{prefix}.position_embedding.weight")])
    if checkpoint.family == "siglip":
        return x
    return graph.layer_norm(x, "vision_model.pre_layrnorm", checkpoint.vision.epsilon)


def transformer(
    graph: Graph, x: str, prefix: str, tower: TowerConfig, *, mask: str | None = None, first_alone: bool = False
) -> str:
    """Layers of self-attention and a small network for each token, each added to what came in.

    `first_alone`: the last layer is run for the first token only, which looks at all others.
    """
    for i in range(tower.depth):
        name = f"{prefix}.encoder.layers.{i}"
        inside = graph.layer_norm(x, f"{name}.layer_norm1", tower.epsilon)
        if first_alone and i == tower.depth - 1:
            x, looking = first_token(graph, x), first_token(graph, inside)
            mixed = first_attention(graph, looking, inside, f"{name}.self_attn", tower)
        else:
            mixed = attention(graph, inside, f"{name}.self_attn", tower, mask)
        x = graph.op("Add", [x, graph.layer(mixed, f"{name}.self_attn.out_proj")])
        inside = graph.layer_norm(x, f"{name}.layer_norm2", tower.epsilon)
        x = graph.op("Add", [x, mlp(graph, inside, f"{name}.mlp", tower)])
    return x


def first_token(graph: Graph, x: str) -> str:
    """(B, N, D) → (B, 1, D)."""
    return graph.op("Slice", [x, graph.ints([0]), graph.ints([1]), graph.ints([1])])


def attention(graph: Graph, x: str, name: str, tower: TowerConfig, mask: str | None) -> str:
    """softmax(q kᵀ / √d) v of every head, (B, N, D) → (B, N, D)."""
    qkv = graph.layer(x, *(f"{name}.{part}_proj" for part in "qkv"))
    if graph.fused:
        parts = [part_of(graph, qkv, i, tower.width) for i in range(3)]
        return graph.op("MultiHeadAttention", parts, domain=FUSED, num_heads=tower.num_heads)
    q, k, v = heads_of(graph, qkv, 3, tower)
    return attended(graph, q, k, v, tower, mask=mask)


def first_attention(graph: Graph, first: str, x: str, name: str, tower: TowerConfig) -> str:
    """The same for the first token alone, (B, 1, D) looking at (B, N, D)."""
    (q,) = heads_of(graph, graph.layer(first, f"{name}.q_proj"), 1, tower)
    k, v = heads_of(graph, graph.layer(x, f"{name}.k_proj", f"{name}.v_proj"), 2, tower)
    return attended(graph, q, k, v, tower)


def heads_of(graph: Graph, x: str, parts: int, tower: TowerConfig) -> list[str]:
    """(B, N, parts · D) → of each part (B, H, N, D / H)."""
    x = graph.op("Reshape", [x, graph.ints([0, 0, parts, tower.num_heads, tower.width // tower.num_heads])])
    x = graph.op("Transpose", [x], perm=[2, 0, 3, 1, 4])
    return [graph.op("Gather", [x, graph.whole(i)], axis=0) for i in range(parts)]


def attended(graph: Graph, q: str, k: str, v: str, tower: TowerConfig, *, mask: str | None = None) -> str:
    """softmax(q kᵀ / √d + mask) v, heads side by side: (B, N, D)."""
    scores = graph.op("MatMul", [q, graph.op("Transpose", [k], perm=[0, 1, 3, 2])])
    scores = graph.op("Mul", [scores, graph.number((tower.width // tower.num_heads) ** -0.5)])
    scores = scores if mask is None else graph.op("Add", [scores, mask])
    mixed = graph.op("MatMul", [graph.op("Softmax", [scores], axis=-1), v])
    return graph.op("Reshape", [graph.op("Transpose", [mixed], perm=[0, 2, 1, 3]), graph.ints([0, -1, tower.width])])


def part_of(graph: Graph, qkv: str, part: int, width: int) -> str:
    """Queries, keys or values out of the three side by side."""
    at = graph.ints([part * width]), graph.ints([(part + 1) * width])
    return graph.op("Slice", [qkv, *at, graph.ints([2])])


def mlp(graph: Graph, x: str, name: str, tower: TowerConfig) -> str:
    """Wider, bent, and back."""
    return graph.layer(bent(graph, graph.layer(x, f"{name}.fc1"), tower.activation), f"{name}.fc2")


def bent(graph: Graph, x: str, activation: str) -> str:
    """The activation that the checkpoint was trained with."""
    if activation == "quick_gelu":
        if graph.fused:
            return graph.op("QuickGelu", [x], domain=FUSED, alpha=1.702)
        return graph.op("Mul", [x, graph.op("Sigmoid", [graph.op("Mul", [x, graph.number(1.702)])])])
    if activation == "gelu_pytorch_tanh":
        if graph.fused:
            return graph.op("FastGelu", [x], domain=FUSED)
        cubed = graph.op("Mul", [graph.op("Mul", [x, x]), x])
        inner = graph.op("Add", [x, graph.op("Mul", [cubed, graph.number(0.044715)])])
        raised = graph.op("Tanh", [graph.op("Mul", [inner, graph.number(TANH_GELU)])])
        return half_of(graph, x, raised)
    if activation == "gelu":
        raised = graph.op("Erf", [graph.op("Mul", [x, graph.number(2**-0.5)])])
        return half_of(graph, x, raised)
    raise ModelError(f"the activation {activation!r} is not known here: quick_gelu, gelu and gelu_pytorch_tanh are.")


def half_of(graph: Graph, x: str, raised: str) -> str:
    """x (1 + raised) / 2."""
    return graph.op("Mul", [graph.op("Mul", [x, graph.number(0.5)]), graph.op("Add", [raised, graph.number(1.0)])])


def clip_picture(graph: Graph, x: str, tower: TowerConfig) -> tuple[str, str]:
    """Patch tokens as they leave the layers, and the class token, normalised and projected."""
    last = graph.constant("end", np.array([np.iinfo(np.int64).max], np.int64))
    tokens = graph.op("Slice", [x, graph.ints([1]), last, graph.ints([1])])
    first = graph.op("Gather", [x, graph.whole(0)], axis=1)
    pooled = graph.layer_norm(first, "vision_model.post_layernorm", tower.epsilon)
    return tokens, graph.op("MatMul", [pooled, graph.constant("visual_projection.T", columns(graph))])


def columns(graph: Graph) -> np.ndarray:
    """The last product of CLIP's picture tower, (D, E); always float32: it is small and decides."""
    return np.ascontiguousarray(graph.held("visual_projection.weight").T)


def causal_mask(graph: Graph, length: str) -> str:
    """(L, L): 0 for what stands before, as good as −∞ for what follows."""
    most = graph.held("text_model.embeddings.position_embedding.weight").shape[0]
    full = graph.constant("causal", np.triu(np.full((most, most), np.finfo(np.float32).min, np.float32), 1))
    both = graph.op("Concat", [length, length], axis=0)
    return graph.op("Slice", [full, graph.ints([0, 0]), both, graph.ints([0, 1])])


def siglip_picture(graph: Graph, x: str, tower: TowerConfig) -> tuple[str, str]:
    """Normalised tokens, and what a learned question gathers from them (multi-head attention pooling)."""
    head = "vision_model.head"
    x = graph.layer_norm(x, "vision_model.post_layernorm", tower.epsilon)
    pooled = gathered(graph, x, f"{head}.attention", tower)
    inside = graph.layer_norm(pooled, f"{head}.layernorm", tower.epsilon)
    pooled = graph.op("Add", [pooled, mlp(graph, inside, f"{head}.mlp", tower)])
    return x, graph.op("Squeeze", [pooled, graph.ints([1])])


def gathered(graph: Graph, x: str, name: str, tower: TowerConfig) -> str:
    """What one learned query, the same for every picture, takes from (B, N, D): (B, 1, D)."""
    width, each = tower.width, tower.width // tower.num_heads
    matrix, bias = graph.held(f"{name}.in_proj_weight"), graph.held(f"{name}.in_proj_bias")
    probe = graph.held("vision_model.head.probe").reshape(1, width)
    query = (probe @ matrix[:width].T + bias[:width]).reshape(1, tower.num_heads, 1, each).astype(np.float32)
    k, v = heads_of(graph, graph.linear(x, f"{name}.kv", matrix[width:], bias[width:]), 2, tower)
    return graph.layer(attended(graph, graph.constant(f"{name}.query", query), k, v, tower), f"{name}.out_proj")


def unit(graph: Graph, x: str) -> str:
    """Each row at unit length."""
    long = graph.op("ReduceL2", [x], axes=[-1], keepdims=1)
    return graph.op("Div", [x, graph.op("Max", [long, graph.number(1e-12)])])
