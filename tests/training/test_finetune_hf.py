"""Teaching a model of transformers: a small random one of SmolVLM2's class, through the same command."""

import json

import pytest
from tests.training.tiny_nano import write_clips

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("PIL")

from safetensors.torch import load_file  # noqa: E402
from tests.language.tiny_hf import write_tiny_hf  # noqa: E402

from vidsense.cli.main import run  # noqa: E402
from vidsense.language.local.checkpoint import checkpoint_of  # noqa: E402
from vidsense.language.local.weights import load  # noqa: E402
from vidsense.language.options import ModelOptions  # noqa: E402
from vidsense.training.finetune.adapter import fingerprint_of, merged, pairs_of, with_adapter  # noqa: E402
from vidsense.training.finetune.hf_lesson import Questioner  # noqa: E402
from vidsense.training.finetune.rows import read_rows  # noqa: E402


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    return write_tiny_hf(tmp_path_factory.mktemp("smolvlm"), "smolvlm")


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return write_clips(tmp_path_factory.mktemp("clips"), 4)


@pytest.fixture(scope="module")
def taught(model_folder, clips, tmp_path_factory):
    """What the command wrote, with what it printed."""
    out = tmp_path_factory.mktemp("taught")
    arguments = [f"hf/{model_folder}", "--data", clips, "--old", clips, "-o", out, "--merge", "--frames", 1]
    arguments += ["--steps", 6, "--batch", 2, "--measure-every", 3, "--learning-rate", 0.03, "--held-out", 0.25, "-q"]
    assert run(["finetune", *map(str, arguments)]) == 0
    return out


def opened(folder):
    return load(checkpoint_of(str(folder)), ModelOptions(device="cpu"))


def logits_of(loaded, model, row):
    questioner = Questioner(model, loaded, 1)
    with torch.no_grad():
        return questioner.logits(questioner.posed(row))


def test_the_loss_falls_and_the_report_tells_of_it(taught):
    report = json.loads((taught / "report.json").read_text("utf-8"))
    (lora,) = report["runs"]
    assert lora["curve"][-1]["loss"] < lora["curve"][0]["loss"]
    assert 0 < lora["share"] < 0.2
    assert set(lora["old"]) == {"all"}
    assert report["clips"] == {"learnt": 3, "held out": 1, "tested": 0, "old": 4}


def test_the_base_keeps_every_bit_and_the_merged_model_says_the_same(model_folder, clips, taught):
    loaded, row = opened(model_folder), read_rows(clips)[0]
    before = fingerprint_of(loaded.model)
    plain = logits_of(loaded, loaded.model, row)
    adapted = with_adapter(loaded.model, taught)
    assert fingerprint_of(adapted) == before
    told = logits_of(loaded, loaded.model, row)
    assert (told - plain).abs().max() > 0.1
    whole = opened(taught / "merged")
    torch.testing.assert_close(logits_of(whole, whole.model, row), told, atol=1e-3, rtol=1e-3)  # sums in another order
    both = merged(adapted)
    torch.testing.assert_close(logits_of(loaded, both, row), told, atol=1e-3, rtol=1e-3)


def test_only_the_language_model_has_adapters(model_folder, taught):
    loaded = opened(model_folder)
    names = [pair.name for pair in pairs_of(with_adapter(loaded.model, taught))]
    assert len(names) == 2 * 7
    assert all(".text_model.layers." in name for name in names)
    assert set(load_file(taught / "adapter_model.safetensors"))
    assert json.loads((taught / "adapter_config.json").read_text("utf-8"))["r"] == 4


def test_an_answer_stands_where_the_chat_template_puts_it(model_folder, clips):
    loaded, row = opened(model_folder), read_rows(clips)[0]
    posed = Questioner(loaded.model, loaded, 1).posed(row)
    text = loaded.chat.tokenizer.decode(posed.inputs["input_ids"][0])
    assert text.endswith(f"What colour is it?<end_of_utterance>\nAssistant: {row.answer}<end_of_utterance>")


def test_a_clip_too_long_for_the_model_is_named(clips, tmp_path, capsys):
    folder = write_tiny_hf(tmp_path / "short", "smolvlm", context=80)
    assert run(["finetune", f"hf/{folder}", "--data", str(clips), "-o", str(tmp_path / "out"), "--frames", "2"]) == 1
    _, err = capsys.readouterr()
    assert ": question, frames and answer are" in err.splitlines()[-1]
