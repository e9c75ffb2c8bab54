"""A GGUF file in this process says what transformers says, also about features that come in as embeddings."""

import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")
pytest.importorskip("llama_cpp", reason="the extra [llama] is not installed")

from vidsense.errors import MissingExtraError, ModelError  # noqa: E402
from vidsense.language.llama import LlamaFile  # noqa: E402
from vidsense.language.model import ContextError  # noqa: E402
from vidsense.training.llama_file import write_llama_file  # noqa: E402
from vidsense.training.speaker import SpeakerSize, language_model  # noqa: E402
from vidsense.training.tokenizer import END_ID, learn_tokenizer  # noqa: E402

IDS = [1, 5, 9, 100, 2]
PREFIX = np.random.default_rng(0).normal(0, 0.3, (31, 256)).astype(np.float32)


@pytest.fixture(scope="module")
def tokenizer():
    return learn_tokenizer(["a person pours water from a bottle into a glass", "the lamp goes on"] * 9, 300)


@pytest.fixture(scope="module")
def language(tokenizer):
    """A LLaMA whose random weights are large enough that every token changes what it says."""
    torch.manual_seed(0)
    model = language_model(SpeakerSize(vocabulary=tokenizer.get_vocab_size(), depth=2)).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.15)
    return model


@pytest.fixture(scope="module")
def path(language, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("llama")
    tokenizer.save(str(folder / "tokenizer.json"))
    write_llama_file(language, folder / "tokenizer.json", folder / "nano.gguf")
    return folder / "nano.gguf"


@pytest.fixture
def file(path):
    with LlamaFile(path, threads=1, context=128) as file:
        yield file


def embedded(language, prefix, ids):
    tokens = language.get_input_embeddings()(torch.tensor([ids]))
    return tokens if prefix is None else torch.cat([torch.from_numpy(prefix)[None], tokens], dim=1)


@pytest.mark.parametrize("prefix", [None, PREFIX[:0], PREFIX[:1], PREFIX])
def test_the_next_token_is_as_likely_as_in_transformers(file, language, prefix):
    with torch.no_grad():
        expected = language(inputs_embeds=embedded(language, prefix, IDS)).logits[0, -1].numpy()
    given = file.logits(prefix, IDS)
    assert given.argmax() == expected.argmax()
    assert given @ expected / np.linalg.norm(given) / np.linalg.norm(expected) > 0.99999
    np.testing.assert_allclose(given, expected, atol=0.02)  # llama.cpp keeps keys and values in float16


def test_an_answer_is_the_same_token_for_token(file, language):
    x = embedded(language, PREFIX, IDS)
    expected = language.generate(
        inputs_embeds=x, attention_mask=torch.ones(x.shape[:2], dtype=torch.long), max_new_tokens=20, do_sample=False,
        pad_token_id=0, eos_token_id=END_ID,
    )[0].tolist()  # fmt: skip
    assert len(set(expected)) > 10
    assert file.answer(PREFIX, IDS, end_id=END_ID, max_tokens=20) == expected
    assert file.answer(PREFIX, IDS, end_id=expected[7], max_tokens=20) == expected[:7]
    assert file.answer(PREFIX, IDS, end_id=END_ID, max_tokens=3) == expected[:3]


def test_it_tells_its_sizes(file, language):
    assert (file.dim, file.vocabulary) == (256, 300)
    assert file.parameters == sum(weight.numel() for weight in language.parameters())


@pytest.mark.parametrize(
    ("prefix", "ids", "said"),
    [
        (PREFIX[:, :200], IDS, r"the prefix must be \(P, 256\), got \(31, 200\)"),
        (PREFIX, [], "ids must be tokens from 0 to 299, at least one"),
        (PREFIX, [300], "ids must be tokens from 0 to 299"),
        (PREFIX, [-1], "ids must be tokens from 0 to 299"),
    ],
)
def test_what_would_end_the_process_is_refused(file, prefix, ids, said):
    with pytest.raises(ValueError, match=said):
        file.logits(prefix, ids)


def test_what_does_not_fit_is_refused_before_it_is_begun(file):
    with pytest.raises(ContextError, match="36 tokens and an answer of 100 do not fit into 128"):
        file.answer(PREFIX, IDS, end_id=END_ID, max_tokens=100)


def test_a_closed_file_answers_no_more(path):
    file = LlamaFile(path, threads=1)
    file.close()
    file.close()
    with pytest.raises(ValueError, match="is closed"):
        file.logits(None, IDS)


def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path, capfd):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"import this")
    with pytest.raises(ModelError, match=r"cannot load broken\.gguf: .*magic"):
        LlamaFile(broken)
    with pytest.raises(ModelError, match="there is no file"):
        LlamaFile(tmp_path / "nothing.gguf")
    assert capfd.readouterr() == ("", "")


def test_loading_and_answering_says_nothing_on_the_screen(path, capfd):
    with LlamaFile(path, threads=1) as file:
        file.answer(PREFIX, IDS, end_id=END_ID, max_tokens=2)
    assert capfd.readouterr() == ("", "")


def test_without_the_extra_it_says_how_to_get_it(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(MissingExtraError, match=r'pip install "vid-sense\[llama\]"'):
        LlamaFile(path)
