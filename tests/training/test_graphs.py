"""What int8 means in a graph whose weights alone are rounded."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [train] is not installed")
pytest.importorskip("onnx", reason="the extra [train] is not installed")

from vidsense.training.graphs import Graph, write_graph  # noqa: E402


def rounded(weight):
    """(outputs, inputs), each row in 255 steps."""
    scales = weight.abs().amax(1, keepdim=True) / 127
    return (weight / scales).round() * scales


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the exporter, whose successor needs onnxscript
def test_only_the_weights_are_rounded(tmp_path):
    from onnxruntime import InferenceSession

    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(96, 64), torch.nn.GELU(), torch.nn.Linear(64, 32, bias=False))
    pixels = torch.randn(2, 7, 96)  # three axes: one becomes a MatMul, of two a Gemm
    for name, inputs in (("matmul", pixels), ("gemm", pixels[0])):
        graph = Graph(name, module, {"x": inputs}, {"x": inputs[:1]}, ("y",), {"x": {0: "n"}}, rounded="weights")
        write_graph(graph, tmp_path / f"{name}.onnx", int8=True)
        write_graph(graph, tmp_path / f"{name}-float.onnx", int8=False)
        assert (tmp_path / f"{name}.onnx").stat().st_size < 0.6 * (tmp_path / f"{name}-float.onnx").stat().st_size
    exact = module(pixels).detach().numpy()
    with torch.no_grad():
        for layer in (module[0], module[2]):
            layer.weight.copy_(rounded(layer.weight))
    expected = module(pixels).detach().numpy()
    assert np.abs(expected - exact).max() > 1e-3
    for name, inputs, wanted in (("matmul", pixels, expected), ("gemm", pixels[0], expected[0])):
        given = InferenceSession(str(tmp_path / f"{name}.onnx")).run(None, {"x": inputs.numpy()})[0]
        np.testing.assert_allclose(given, wanted, atol=2e-6)
