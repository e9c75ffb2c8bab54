"""`vidsense quantize` writes one file, says what it cost, and refuses in a sentence."""

import sys

import numpy as np
import pytest

from vidsense.cli.main import run

onnx = pytest.importorskip("onnx")


@pytest.fixture
def graph(tmp_path):
    """One product of a vector and a matrix."""
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(np.eye(64, 64, dtype=np.float32), "w")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", 64]) for name in "xy"]
    made = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [weights])
    path = tmp_path / "language.onnx"
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path)
    return path


def test_a_graph_in_int8_is_written_and_told(graph, tmp_path, capsys):
    assert run(["quantize", str(graph), "--to", "int8", "-o", str(tmp_path / "new" / "int8.onnx")]) == 0
    told = capsys.readouterr().out
    assert "int8.onnx: int8, 0.0" in told
    assert "1 matrices rounded" in told
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["int8.onnx"]


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["{graph}", "--to", "q5", "-o", "{out}"], "no quantization 'q5'; there are F32, F16, Q8_0, Q6_K, Q4_K_M", 2),
        (["nothing.onnx", "--to", "int4", "-o", "{out}"], "there is no nothing.onnx", 1),
        (["{folder}", "--to", "int4", "-o", "{out}.onnx"], "language.onnx is the graph to be quantized", 2),
        (["{graph}", "--to", "int8", "-o", "{folder}"], "it is a folder. Name a file for --out", 1),
        (["{graph}", "--to", "int8", "-o", "{graph}/x/y"], "Name another file for --out", 1),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(graph, tmp_path, capsys, arguments, said, code):
    out = graph.with_suffix("") if "{out}.onnx" in arguments else tmp_path / "out"
    filled = [each.format(graph=graph, out=out, folder=graph.parent) for each in arguments]
    assert run(["quantize", *filled]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.count("\n") == 1


def test_without_llama_cpp_it_says_how_to_get_it(graph, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    assert run(["quantize", str(graph), "--to", "q4_k_m", "-o", str(tmp_path / "out.gguf")]) == 1
    assert 'pip install "vid-sense[llama]"' in capsys.readouterr().err


def test_a_folder_becomes_a_file_of_the_kind_asked_for(tmp_path, capsys):
    pytest.importorskip("llama_cpp", reason="the extra [llama] is not installed")
    pytest.importorskip("torch")
    from vidsense.training.speaker import SpeakerSize, language_model
    from vidsense.training.tokenizer import learn_tokenizer

    tokenizer = learn_tokenizer(["a person pours water"] * 9, 280)
    language_model(SpeakerSize(vocabulary=tokenizer.get_vocab_size(), depth=1)).save_pretrained(tmp_path / "language")
    tokenizer.save(str(tmp_path / "language" / "tokenizer.json"))
    out = tmp_path / "out.gguf"
    for source in (tmp_path / "language", tmp_path):  # the model, or the nano that holds it
        assert run(["quantize", str(source), "--to", "Q4_K_M", "-o", str(out), "--threads", "1"]) == 0
        told = capsys.readouterr().out
        assert f"{out}: Q4_K_M, " in told
        assert "Q4_K " in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["language", "out.gguf"]
