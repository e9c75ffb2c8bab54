"""An ONNX graph with rounded weights computes what its rounded weights say, and is as small as they are."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from vidsense.errors import ModelError  # noqa: E402
from vidsense.language.quantize_onnx import BLOCK, quantize_onnx, round_int4, round_int8  # noqa: E402
from vidsense.vision.onnx import session_of  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 96)).astype(np.float32)
FIRST, SECOND = RNG.normal(size=(96, 200)).astype(np.float32), RNG.normal(size=(200, 64)).astype(np.float32)


def written(path, *matrices):
    """x times one matrix after the other."""
    nodes, at = [], "x"
    for i in range(len(matrices)):
        nodes.append(helper.make_node("MatMul", [at, f"w{i}"], [f"y{i}"], name=f"product{i}"))
        at = f"y{i}"
    shape = ["B", "L", None]
    graph = helper.make_graph(
        nodes, "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(at, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(matrix, f"w{i}") for i, matrix in enumerate(matrices)],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path)
    return path


def computed(path):
    return session_of(path).run(None, {"x": X})[0]


def test_int8_weights_are_off_by_half_a_step_at_most():
    rounded, scales = round_int8(FIRST, 127).tensors
    assert rounded.dtype == np.int8
    assert (np.abs(rounded * scales - FIRST) <= scales / 2 + 1e-6).all()


def test_an_int8_graph_computes_with_these_weights(tmp_path):
    source = written(tmp_path / "whole.onnx", FIRST)
    made = quantize_onnx(source, tmp_path / "int8.onnx", "int8", levels=63)
    rounded, scales = round_int8(FIRST, 63).tensors
    expected = X @ (rounded * scales)
    step = (X.max() - X.min()) / 255  # to which the input is rounded
    assert np.abs(computed(tmp_path / "int8.onnx") - expected).max() < step / 2 * np.abs(FIRST).sum(0).max()
    assert np.corrcoef(computed(tmp_path / "int8.onnx").ravel(), (X @ FIRST).ravel())[0, 1] > 0.999
    assert (made.matrices, made.left) == (1, ())


def test_an_int4_graph_computes_with_its_blocks_of_32(tmp_path):
    source = written(tmp_path / "whole.onnx", FIRST)
    quantize_onnx(source, tmp_path / "int4.onnx", "int4")
    packed, scales, zeros = round_int4(FIRST).tensors
    steps = np.stack([packed & 15, packed >> 4], axis=-1).reshape(200, 3, BLOCK).astype(np.float32)
    zeros = np.stack([zeros & 15, zeros >> 4], axis=-1).reshape(200, 4)[:, :3].astype(np.float32)
    weights = ((steps - zeros[..., None]) * scales.reshape(200, 3, 1)).reshape(200, 96).T
    assert (np.abs(weights - FIRST).max(axis=0) <= scales.reshape(200, 3).max(axis=1) + 1e-6).all()
    np.testing.assert_allclose(computed(tmp_path / "int4.onnx"), X @ weights, rtol=1e-3, atol=1e-3)


def test_the_files_are_as_small_as_the_bits_say(tmp_path):
    big = RNG.normal(size=(512, 512)).astype(np.float32)
    source = written(tmp_path / "whole.onnx", big)
    int8 = quantize_onnx(source, tmp_path / "int8.onnx", "int8")
    int4 = quantize_onnx(source, tmp_path / "int4.onnx", "int4")
    assert int8.bytes < 0.26 * int8.source_bytes
    assert int4.bytes < (4 + 32 / BLOCK + 4 / BLOCK) / 32 * int4.source_bytes + 500
    assert int4.bytes == (tmp_path / "int4.onnx").stat().st_size


def test_a_matrix_whose_height_fills_no_block_stays_and_is_told(tmp_path):
    source = written(tmp_path / "whole.onnx", FIRST, SECOND)
    made = quantize_onnx(source, tmp_path / "int4.onnx", "int4")
    assert (made.matrices, made.left) == (1, ("w1",))


def test_what_is_no_graph_is_told_in_a_sentence(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"import this")
    with pytest.raises(ModelError, match="is not an ONNX graph that can be read"):
        quantize_onnx(tmp_path / "no.onnx", tmp_path / "out.onnx", "int8")
    with pytest.raises(ModelError, match="there is no file"):
        quantize_onnx(tmp_path / "none.onnx", tmp_path / "out.onnx", "int8")
    source = written(tmp_path / "whole.onnx", FIRST)
    with pytest.raises(ValueError, match="there are int8 and int4"):
        quantize_onnx(source, tmp_path / "out.onnx", "int3")
    quantize_onnx(source, tmp_path / "int8.onnx", "int8")
    with pytest.raises(ValueError, match="no product with a float32 matrix"):
        quantize_onnx(tmp_path / "int8.onnx", tmp_path / "out.onnx", "int4")
    assert not (tmp_path / "out.onnx").exists()
