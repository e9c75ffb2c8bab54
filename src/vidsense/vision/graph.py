"""In: weights and operators. Out: an ONNX model, piece by piece, and files in which graphs share their weights."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vidsense.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    import onnx

OPSET, FUSED_OPSET, IR_VERSION = 17, 1, 8
FUSED = "com.microsoft"
"""ONNX Runtime's own operators."""
INLINE_BYTES = 1024
"""Larger tensors lie in the file beside the graph."""
PAGE = 4096
LEVELS, LEVELS_SATURATING = 127, 63
"""Of int8 weights to each side of zero; fewer where the processor's 16-bit sums of two products would overflow."""


class Graph:
    """Nodes and weights as they are put together. Each method returns the name of what it computes."""

    def __init__(self, weights: Mapping[str, np.ndarray], *, fused: bool, levels: int | None = None) -> None:
        """`fused`: with ONNX Runtime's own operators. `levels`: of int8 weights; none: all stays float32."""
        try:
            import onnx
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "an encoder's graphs are built with the onnx package, which only this step needs: "
                "pip install 'vid-sense[export]'."
            ) from error
        self.onnx, self.weights, self.fused, self.levels = onnx, weights, fused, levels
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}

    def op(self, kind: str, inputs: Sequence[str], *, domain: str = "", **attributes: Any) -> str:
        """One node with one output."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(
            self.onnx.helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes)
        )
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        """A tensor of the graph's own."""
        self.constants.setdefault(name, values)
        return name

    def held(self, name: str) -> np.ndarray:
        """A tensor of the checkpoint. Raises `ModelError` where it is missing."""
        if name not in self.weights:
            raise ModelError(f"the weights have no {name}: the checkpoint is not what its config.json says.")
        return self.weights[name]

    def weight(self, name: str) -> str:
        """A tensor of the checkpoint, as it is."""
        return self.constant(name, self.held(name))

    def ints(self, values: Sequence[int]) -> str:
        """Whole numbers, for shapes and places."""
        return self.constant(f"ints_{'_'.join(map(str, values))}", np.array(values, np.int64))

    def whole(self, value: int) -> str:
        """One whole number."""
        return self.constant(f"whole_{value}", np.array(value, np.int64))

    def number(self, value: float) -> str:
        """One number."""
        return self.constant(f"number_{value!r}", np.array(value, np.float32))

    def layer(self, x: str, *names: str) -> str:
        """x Wᵀ + b of one linear layer, or of several with the same input side by side."""
        rows = np.concatenate([self.held(f"{name}.weight") for name in names])
        biased = f"{names[0]}.bias" in self.weights
        bias = np.concatenate([self.held(f"{name}.bias") for name in names]) if biased else None
        return self.linear(x, "+".join(names), rows, bias)

    def linear(self, x: str, name: str, rows: np.ndarray, bias: np.ndarray | None) -> str:
        """x Wᵀ + b for `rows` W (out, in)."""
        if self.levels is not None:
            return self._linear_int8(x, name, rows, bias, self.levels)
        x = self.op("MatMul", [x, self.constant(f"{name}.T", np.ascontiguousarray(rows.T))])
        return x if bias is None else self.op("Add", [x, self.constant(f"{name}.bias", bias)])

    def _linear_int8(self, x: str, name: str, rows: np.ndarray, bias: np.ndarray | None, levels: int) -> str:
        """The same with int8 weights, one scale for each output, and inputs that are quantized as they come."""
        scales = np.maximum(np.abs(rows).max(axis=1), 1e-12) / levels
        steps = np.round(rows / scales[:, None]).astype(np.int8)
        inputs = [
            x,
            self.constant(f"{name}.int8", np.ascontiguousarray(steps.T)),
            self.constant(f"{name}.scales", scales.astype(np.float32)),
            "",
            "" if bias is None else self.constant(f"{name}.bias", bias),
        ]
        return self.op("DynamicQuantizeMatMul", inputs, domain=FUSED)

    def layer_norm(self, x: str, name: str, epsilon: float) -> str:
        """Each row to mean 0 and variance 1, scaled and shifted."""
        inputs = [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.op("LayerNormalization", inputs, axis=-1, epsilon=epsilon)

    def name(self, value: str, output: str) -> None:
        """Give a value out under this name."""
        self.nodes.append(self.onnx.helper.make_node("Identity", [value], [output], name=output))

    def model(
        self, inputs: Mapping[str, Sequence[int | str]], outputs: Mapping[str, Sequence[int | str]]
    ) -> "onnx.ModelProto":
        """All of it as one ONNX model; what goes in as "ids" or "place" is whole numbers, all else float32."""
        helper, kinds = self.onnx.helper, self.onnx.TensorProto
        ins, outs = (
            [
                helper.make_tensor_value_info(name, kinds.INT64 if name in ("ids", "place") else kinds.FLOAT, shape)
                for name, shape in side.items()
            ]
            for side in (inputs, outputs)
        )
        tensors = [self.onnx.numpy_helper.from_array(values, name) for name, values in self.constants.items()]
        graph = helper.make_graph(self.nodes, "encoder", ins, outs, tensors)
        opsets = [helper.make_opsetid("", OPSET)]
        opsets += [helper.make_opsetid(FUSED, FUSED_OPSET)] if self.fused or self.levels else []
        model: onnx.ModelProto = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="vid-sense"
        )
        return model


def save_graphs(models: Mapping[str, "onnx.ModelProto"], weights: Path) -> None:
    """Write graphs beside each other; large tensors of the same name once, in the file `weights`."""
    placed: dict[str, tuple[int, int]] = {}
    with weights.open("wb") as file:
        for name, model in models.items():
            for tensor in model.graph.initializer:
                if len(tensor.raw_data) < INLINE_BYTES:
                    continue
                if tensor.name not in placed:
                    file.write(b"\0" * (-file.tell() % PAGE))
                    placed[tensor.name] = file.tell(), len(tensor.raw_data)
                    file.write(tensor.raw_data)
                point_outside(tensor, weights.name, *placed[tensor.name])
            weights.with_name(name).write_bytes(model.SerializeToString())


def point_outside(tensor: Any, file: str, offset: int, length: int) -> None:
    """Let a tensor's numbers be found in a file."""
    tensor.ClearField("raw_data")
    tensor.data_location = 1  # TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", str(offset)), ("length", str(length))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
