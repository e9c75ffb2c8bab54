"""In: nano's modules. Out: ONNX graphs of them, each compared with torch, number by number, before it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import LlamaForCausalLM

from vidsense.errors import ModelError
from vidsense.training.decoder import CachedDecoder
from vidsense.training.gauge import Summary
from vidsense.training.matching import Matching, TextTower
from vidsense.training.nano import Nano
from vidsense.training.tokenizer import SPECIAL
from vidsense.training.train import Workshop

OPSET = 18
CLOSE = 2e-4
"""How far ONNX Runtime's numbers may be from torch's, in shares of the largest; float32 sums in another order."""
CLOSE_INT8 = 0.25
"""The same where matrices are quantized: what it costs in answers is measured, here only what is broken is caught."""


class Seen(nn.Module):
    """Pixels → tokens, the frame's state, its embedding among words, and what tells whether it is of this world."""

    def __init__(self, nano: Nano, matching: Matching) -> None:
        super().__init__()
        self.summary, self.dense, self.state, self.matching = Summary(nano), nano.dense, nano.state, matching

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        tokens, summary = self.summary(pixels)
        states = self.state(self.dense(tokens))
        return tokens, states, self.matching.frame_embeddings(states), summary


class Sentence(nn.Module):
    """The text tower for one sentence of any length; torch's own attention is traced at the length of its example."""

    def __init__(self, tower: TextTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, ids: Tensor) -> Tensor:
        """(1, L) → (1, E)."""
        x = self.tower.tokens(ids[0]) + self.tower.positions[: ids.shape[1]]  # (L, D)
        layers: Any = self.tower.layers
        for layer in layers.layers:
            h, attention = layer.norm1(x), layer.self_attn
            qkv = F.linear(h, attention.in_proj_weight, attention.in_proj_bias)
            q, k, v = qkv.reshape(-1, 3, attention.num_heads, attention.head_dim).permute(1, 2, 0, 3)  # (H, L, d)
            mixed = (q @ k.transpose(1, 2) / attention.head_dim**0.5).softmax(-1) @ v
            x = x + attention.out_proj(mixed.transpose(0, 1).reshape(-1, attention.embed_dim))
            x = x + layer.linear2(F.relu(layer.linear1(layer.norm2(x))))
        gathered = layers.norm(x).mean(0, keepdim=True)
        return F.normalize(self.tower.proj(gathered), dim=-1)


@dataclass(frozen=True)
class Graph:
    """One graph with an example of what goes in."""

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    other_inputs: dict[str, Tensor]
    """Of another length, to be compared too."""
    outputs: tuple[str, ...]
    varying: dict[str, dict[int, str]]
    """Input or output → its axes of any length."""
    rounded: Literal["products", "weights"] = "products"
    """In int8: both sides of a product, or the weights alone, where numbers that lie close must stay apart."""


def graphs_of(workshop: Workshop) -> list[Graph]:
    """All graphs, with examples."""
    size, speaker = workshop.nano.size, workshop.config.speaker
    torch.manual_seed(0)
    pixels = torch.rand(3, 3, size.height, size.width) * 2 - 1
    ids = torch.randint(len(SPECIAL), speaker.vocabulary, (1, 7))
    seen = ("tokens", "states", "embeddings", "summary")
    return [
        Graph("image", Seen(workshop.nano, workshop.matching), {"pixels": pixels}, {"pixels": pixels[:1]}, seen,
              {name: {0: "frames"} for name in ("pixels", *seen)}, rounded="weights"),
        Graph("text", Sentence(workshop.matching.text), {"ids": ids}, {"ids": ids[:, :4]}, ("embedding",),
              {"ids": {1: "length"}}),
        language_graph(workshop.speaker.language),
    ]  # fmt: skip


def language_graph(language: LlamaForCausalLM) -> Graph:
    """The language model, which keeps what it has read."""
    config: Any = language.config
    depth, heads, dim = config.num_hidden_layers, config.num_attention_heads, config.hidden_size
    if config.num_key_value_heads != heads:
        raise ValueError(f"only a model whose {heads} heads each have keys of their own becomes a graph here.")
    torch.manual_seed(0)
    embeddings = torch.randn(1, 9, dim) * 0.1
    empty, read = torch.zeros(depth, heads, 0, dim // heads), torch.randn(depth, heads, 5, dim // heads) * 0.1
    cached = {"keys": {2: "read"}, "values": {2: "read"}, "keys_now": {2: "now"}, "values_now": {2: "now"}}
    return Graph(
        "language", CachedDecoder(language), {"embeddings": embeddings, "keys": read, "values": read.flip(0)},
        {"embeddings": embeddings[:, :1], "keys": empty, "values": empty}, ("logits", "keys_now", "values_now"),
        {"embeddings": {1: "new"}, **cached},
    )  # fmt: skip


def graph_of_folder(folder: Path, out: Path) -> None:
    """The graph, in float32, of a LLaMA in transformers' format. Raises `ModelError` where there is none."""
    try:
        language = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder} is no LLaMA in transformers' format: {error}") from error
    write_graph(language_graph(language), out, int8=False)


def write_graph(graph: Graph, path: Path, *, int8: bool) -> None:
    """The graph as ONNX; it is not written unless ONNX Runtime gives torch's numbers, at other lengths too."""
    begun = path.with_suffix(".part")
    graph.module.eval()  # the exporter puts a module back into the mode that it was in
    torch.onnx.export(
        graph.module, tuple(graph.inputs.values()), str(begun), input_names=list(graph.inputs),
        output_names=list(graph.outputs), dynamic_axes=graph.varying, opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    check(graph, begun, CLOSE)
    if int8:
        (quantize if graph.rounded == "products" else round_weights)(begun)
        check(graph, begun, CLOSE_INT8)
    begun.replace(path)


def check(graph: Graph, path: Path, close: float) -> None:
    """Raises `ValueError` where the file's numbers are not torch's."""
    for inputs in (graph.inputs, graph.other_inputs):
        if (error := difference(graph.module, inputs, path)) > close:
            raise ValueError(f"{graph.name}: ONNX Runtime's numbers are not torch's, they differ by {error:.1e}.")


def quantize(path: Path) -> None:
    """Matrices to int8, a scale for each output; in 7 bits, since processors without VNNI add two products in 16."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        path, path, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, reduce_range=True,
        weight_type=QuantType.QInt8, extra_options={"MatMulConstBOnly": True},
    )  # fmt: skip


def round_weights(path: Path) -> None:
    """Matrices to int8, a scale for each output; they are multiplied in float32, so that only they are rounded.

    They are unpacked by Cast and Mul, once, when the graph is loaded: what ONNX Runtime makes of DequantizeLinear
    before a product rounds the other side too.
    """
    import onnx

    model = onnx.load(path)
    matrices = {each.name: each for each in model.graph.initializer if len(each.dims) == 2}
    unpacked = []
    for node in model.graph.node:
        if node.op_type not in {"MatMul", "Gemm"} or (matrix := matrices.pop(node.input[1], None)) is None:
            continue
        turned = any(each.name == "transB" and each.i for each in node.attribute)  # (outputs, inputs)
        values, name = onnx.numpy_helper.to_array(matrix), matrix.name
        scales = np.maximum(np.abs(values).max(axis=int(turned), keepdims=True), 1e-12) / 127
        rounded = np.round(values / scales).astype(np.int8)
        matrix.CopyFrom(onnx.numpy_helper.from_array(rounded, f"{name}.int8"))
        model.graph.initializer.append(onnx.numpy_helper.from_array(scales, f"{name}.scales"))
        unpacked.append(onnx.helper.make_node("Mul", [f"{name}.float", f"{name}.scales"], [name]))
        unpacked.append(onnx.helper.make_node("Cast", [f"{name}.int8"], [f"{name}.float"], to=onnx.TensorProto.FLOAT))
    for node in unpacked:
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def difference(module: nn.Module, inputs: dict[str, Tensor], path: Path) -> float:
    """How far the graph's outputs are from the module's, in shares of the largest number of each."""
    import onnxruntime

    with torch.no_grad():
        expected = module(*inputs.values())
    expected = (expected,) if isinstance(expected, Tensor) else expected
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})
    return max(
        float(np.abs(one - other.numpy()).max() / max(float(other.abs().max()), 1e-6))
        for one, other in zip(given, expected, strict=True)
    )


@contextmanager
def plain_attention() -> Iterator[None]:
    """Without torch's fused encoder layer: it reads weights past their adapters, which then do nothing."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
