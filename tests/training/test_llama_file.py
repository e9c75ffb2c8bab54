"""The language model as llama.cpp reads it says what it says in transformers."""

import json
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")
pytest.importorskip("xllamacpp")
httpx = pytest.importorskip("httpx")

from vidsense.training.llama_file import write_llama_file  # noqa: E402
from vidsense.training.speaker import SpeakerSize, language_model  # noqa: E402
from vidsense.training.tokenizer import ANSWER, START, learn_tokenizer  # noqa: E402

LINES = ["What action is taking place?", "a person pours water from a bottle into a glass", "the lamp goes on"] * 9
PROMPT = f"{START} What is the lamp?{ANSWER}"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("llama")
    tokenizer = learn_tokenizer(LINES, 320)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    language = language_model(SpeakerSize(vocabulary=tokenizer.get_vocab_size(), depth=2)).eval()
    for weight in language.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.15)
    write_llama_file(language, folder / "tokenizer.json", folder / "nano.gguf")
    return language, tokenizer, folder / "nano.gguf"


@pytest.fixture(scope="module")
def server(model):
    wanted = {"model": str(model[2]), "mmproj": "", "context": 256, "parallel": 1, "gpu_layers": 0, "threads": 1}
    command = [sys.executable, "-m", "vidsense.language.gguf_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        yield json.loads(process.stdout.readline())["url"].removesuffix("/v1")
        process.stdin.close()


def test_llama_cpp_splits_words_as_our_tokenizer_does(model, server):
    told = httpx.post(f"{server}/tokenize", json={"content": PROMPT, "parse_special": True}, timeout=30).json()
    ids = model[1].encode("What is the lamp?").ids
    assert told["tokens"] == [1, *ids, 2]


def test_llama_cpp_finds_the_same_next_tokens_as_likely(model, server):
    language, tokenizer, _ = model
    ids = [1, *tokenizer.encode("What is the lamp?").ids, 2]
    with torch.no_grad():
        expected = language(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
    asked = {"prompt": ids, "n_predict": 1, "n_probs": 5, "temperature": 0.0, "cache_prompt": False}
    told = httpx.post(f"{server}/completion", json=asked, timeout=30).json()
    likely = told["completion_probabilities"][0]["top_logprobs"]
    assert len(likely) == 5
    for each in likely:
        assert each["logprob"] == pytest.approx(float(expected[each["id"]]), abs=0.02)  # llama.cpp keeps keys in F16
