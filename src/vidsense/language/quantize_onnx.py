"""In: an ONNX graph in float32. Out: the same with the weights of its matrix products in int8 or int4.

int8: one scale for each output, inputs rounded to eight bits as they come (Jacob et al., 2018). int4: each 32 weights
of a column share a scale and a zero point, inputs stay float32. ONNX Runtime's own operators compute with both.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.errors import MissingExtraError, ModelError

KINDS = ("INT8", "INT4")
BLOCK = 32
"""Weights that share a scale in int4."""
LEVELS_INT4 = 15
FUSED = "com.microsoft"
"""ONNX Runtime's own operators."""


@dataclass(frozen=True)
class QuantizedGraph:
    """What quantizing a graph brought."""

    kind: str
    source_bytes: int
    bytes: int
    matrices: int
    """How many matrix products have rounded weights now."""
    left: tuple[str, ...]
    """Matrices that stay float32: their height is no multiple of the block."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """A matrix product with rounded weights: an operator, its tensors after the input, its numbers."""

    operator: str
    tensors: tuple[np.ndarray, ...]
    attributes: dict[str, int]


def quantize_onnx(source: Path, out: Path, kind: str, *, levels: int = 127) -> QuantizedGraph:
    """Write `source` as `out`. `levels`: of int8 weights to each side of zero; 63 for processors without VNNI.

    Raises `ValueError` for an unknown kind or a graph without such products, `ModelError` for what is no ONNX graph,
    `MissingExtraError` without the onnx package.
    """
    kind = kind.upper()
    if kind not in KINDS:
        raise ValueError(f"there is no quantization {kind!r} of ONNX graphs; there are {' and '.join(KINDS).lower()}.")
    onnx, model = loaded(source)
    if out.exists() and out.samefile(source):
        raise ValueError(f"{out} is the graph to be quantized: write to another.")
    matrices = {each.name: each for each in model.graph.initializer if is_matrix(onnx, each)}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in matrices]
    left = []
    for node in products:
        weights = onnx.numpy_helper.to_array(matrices[node.input[1]])
        if kind == "INT4" and len(weights) % BLOCK:
            left.append(node.input[1])
        else:
            put(onnx, model.graph, node, round_int8(weights, levels) if kind == "INT8" else round_int4(weights))
    if len(left) == len(products):
        raise ValueError(f"{source.name} has no product with a float32 matrix that could be rounded to {kind.lower()}.")
    drop_unused(model.graph, set(matrices))
    if all(each.domain != FUSED for each in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(FUSED, 1))
    save(onnx, model, out)
    return QuantizedGraph(kind, source.stat().st_size, out.stat().st_size, len(products) - len(left), tuple(left))


def loaded(source: Path) -> tuple[Any, Any]:
    """The onnx package, and the graph in this file."""
    try:
        import onnx
        import onnx.numpy_helper
    except ModuleNotFoundError as error:
        raise MissingExtraError("quantizing ONNX graphs needs onnx: pip install 'vid-sense[export]'.") from error
    if not source.is_file():
        raise ModelError(f"there is no file {source}.")
    try:
        model = onnx.load(source)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf and onnx have no common kind of their own
        raise ModelError(f"{source} is not an ONNX graph that can be read: {first_line(error)}.") from error
    return onnx, model


def first_line(error: Exception) -> str:
    """What an error says, in a line."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def is_matrix(onnx: Any, tensor: Any) -> bool:
    """Whether it holds float32 rows and columns."""
    return len(tensor.dims) == 2 and tensor.data_type == onnx.TensorProto.FLOAT


def round_int8(weights: np.ndarray, levels: int) -> Rounded:
    """(in, out) with one scale for each output, no zero point."""
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-12) / levels
    return Rounded("DynamicQuantizeMatMul", (np.round(weights / scales).astype(np.int8), scales.astype(np.float32)), {})


def round_int4(weights: np.ndarray) -> Rounded:
    """(in, out) in blocks of 32 along `in`: w ≈ scale * (q − zero), q and zero from 0 to 15, two to a byte."""
    into, out = weights.shape
    blocks = weights.T.reshape(out, into // BLOCK, BLOCK)
    low, high = np.minimum(blocks.min(axis=2), 0), np.maximum(blocks.max(axis=2), 0)
    scales = np.maximum(high - low, 1e-12) / LEVELS_INT4
    zeros = np.round(-low / scales)
    steps = np.clip(np.round(blocks / scales[..., None]) + zeros[..., None], 0, LEVELS_INT4)
    packed_zeros = two_to_a_byte(np.pad(zeros, ((0, 0), (0, zeros.shape[1] % 2))))
    sizes = {"K": into, "N": out, "bits": 4, "block_size": BLOCK}
    tensors = two_to_a_byte(steps), scales.astype(np.float32).reshape(-1), packed_zeros.reshape(-1)
    return Rounded("MatMulNBits", tensors, sizes)


def two_to_a_byte(steps: np.ndarray) -> np.ndarray:
    """(…, 2n) whole numbers below 16 → (…, n) bytes, the first of two in the lower half."""
    whole = steps.astype(np.uint8)
    return whole[..., ::2] | whole[..., 1::2] << 4


def put(onnx: Any, graph: Any, node: Any, rounded: Rounded) -> None:
    """Let a node compute with these weights instead."""
    names = [f"{node.input[1]}.{i}" for i in range(len(rounded.tensors))]
    there = {each.name for each in graph.initializer}
    graph.initializer.extend(
        onnx.numpy_helper.from_array(np.ascontiguousarray(tensor), name)
        for name, tensor in zip(names, rounded.tensors, strict=True)
        if name not in there
    )
    put_in = onnx.helper.make_node(
        rounded.operator, [node.input[0], *names], list(node.output), name=node.name, domain=FUSED, **rounded.attributes
    )
    node.CopyFrom(put_in)


def drop_unused(graph: Any, names: set[str]) -> None:
    """Take these tensors out where no node reads them any more."""
    read = {name for node in graph.node for name in node.input}
    kept = [each for each in graph.initializer if each.name not in names or each.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def save(onnx: Any, model: Any, out: Path) -> None:
    """The whole graph in the file, or no file."""
    begun = out.with_name(f"{out.name}.part")
    try:
        onnx.save(model, begun)
        begun.replace(out)
    finally:
        begun.unlink(missing_ok=True)
