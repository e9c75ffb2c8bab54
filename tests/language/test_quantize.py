"""A file in fewer bits is smaller, says nearly the same, and tells what fell back to another format."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")
pytest.importorskip("llama_cpp", reason="the extra [llama] is not installed")

from vidsense.errors import ModelError  # noqa: E402
from vidsense.language.llama import LlamaFile  # noqa: E402
from vidsense.language.quantize import KINDS, quantize_file, weights_in  # noqa: E402
from vidsense.training.llama_file import write_llama_file  # noqa: E402
from vidsense.training.speaker import SpeakerSize, language_model  # noqa: E402
from vidsense.training.tokenizer import learn_tokenizer  # noqa: E402

BITS = {"F32": 32.0, "F16": 16.0, "Q8_0": 8.5, "Q6_K": 6.5625, "Q4_K": 4.5, "Q3_K": 3.4375, "Q2_K": 2.625, "Q5_K": 5.5}
"""Of each format: its numbers and the scales that a block shares."""


def written(folder, size):
    tokenizer = learn_tokenizer(["a person pours water from a bottle into a glass"] * 9, 300)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    language = language_model(SpeakerSize(vocabulary=tokenizer.get_vocab_size(), **size)).eval()
    for weight in language.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.15)
    write_llama_file(language, folder / "tokenizer.json", folder / "whole.gguf")
    return folder / "whole.gguf"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return written(tmp_path_factory.mktemp("whole"), {"depth": 2})


@pytest.fixture(scope="module")
def quantized(whole):
    return {kind: quantize_file(whole, whole.with_name(f"{kind}.gguf"), kind.lower(), threads=1) for kind in KINDS}


def test_each_kind_is_smaller_than_the_one_before(quantized):
    bits = [each.bits_per_weight for each in quantized.values()]
    assert bits == sorted(bits, reverse=True)
    assert quantized["Q8_0"].bits_per_weight == pytest.approx(8.5, abs=0.03)  # the norms stay in float32
    assert 2.625 < quantized["Q2_K"].bits_per_weight < 3.5  # half of it is in Q3_K and Q6_K, by design


def test_each_format_takes_the_bits_that_its_blocks_say(quantized):
    for each in quantized.values():
        for weight in each.weights:
            assert 8 * weight.bytes / weight.count == BITS[weight.format], weight


def test_what_is_said_comes_nearer_with_every_bit(whole, quantized):
    rng = np.random.default_rng(0)
    prefixes = rng.normal(0, 0.3, (8, 20, 256)).astype(np.float32)

    def told(path):
        with LlamaFile(path, threads=1) as file:
            return np.stack([file.logits(prefix, [1, 5, 9]) for prefix in prefixes])

    exact = told(whole)
    errors = {
        kind: np.linalg.norm(told(whole.with_name(f"{kind}.gguf")) - exact) / np.linalg.norm(exact) for kind in KINDS
    }
    assert errors["F32"] == 0.0
    assert errors["Q8_0"] < errors["Q6_K"] < errors["Q4_K_M"] < errors["Q3_K_M"] < errors["Q2_K"]
    assert errors["Q8_0"] < 0.1  # llama.cpp rounds what goes into a layer too
    assert errors["Q2_K"] > 0.1


def test_widths_that_fill_their_blocks_do_not_fall_back(quantized):
    assert not [each.fallback_words() for each in quantized.values() if each.fallbacks]


def test_widths_that_do_not_fill_a_block_are_told(tmp_path):
    path = written(tmp_path, {"dim": 96, "hidden_dim": 256, "heads": 2, "depth": 1})
    made = quantize_file(path, tmp_path / "out.gguf", "Q4_K_M", threads=1)
    told = {weight.name for weight in made.fallbacks}
    assert told == {weight.name for weight in made.weights if len(weight.shape) > 1} - {"blk.0.ffn_down.weight"}
    assert made.fallback_words() == (
        "7 of 8 matrices are not in Q4_K_M's formats but in Q5_0, Q8_0: their width (96) is no multiple of 256."
    )
    assert "K" in next(weight.format for weight in made.weights if weight.name == "blk.0.ffn_down.weight")


def test_an_unknown_kind_is_answered_with_those_there_are(whole, tmp_path):
    with pytest.raises(ValueError, match=r"no quantization 'q5'; there are F32, F16, Q8_0, Q6_K, Q4_K_M, Q3_K_M, Q2_K"):
        quantize_file(whole, tmp_path / "out.gguf", "q5")


def test_what_is_quantized_already_is_not_quantized_again(whole, quantized, tmp_path):
    with pytest.raises(ValueError, match=r"Q4_K_M\.gguf is already quantized \(Q4_K, Q6_K\): take the F32 or F16 file"):
        quantize_file(whole.with_name("Q4_K_M.gguf"), tmp_path / "out.gguf", "q2_k")


def test_a_half_written_source_is_refused_and_nothing_is_left(whole, tmp_path):
    half = tmp_path / "half.gguf"
    half.write_bytes(whole.read_bytes()[:-4000])
    with pytest.raises(ModelError, match=r"half\.gguf"):
        quantize_file(half, tmp_path / "out.gguf", "q2_k")
    assert [path.name for path in tmp_path.iterdir()] == ["half.gguf"]


def test_who_stops_it_leaves_nothing_behind(whole, tmp_path):
    def stop(share):
        assert 0 < share <= 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quantize_file(whole, tmp_path / "out.gguf", "q8_0", on_progress=stop)
    assert not list(tmp_path.iterdir())


def test_the_source_is_never_written_over(whole):
    before = weights_in(whole)
    with pytest.raises(ValueError, match="write to another"):
        quantize_file(whole, whole, "q8_0")
    assert weights_in(whole) == before
