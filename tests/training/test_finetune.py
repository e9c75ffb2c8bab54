"""Teaching: only the adapter learns, a run goes on where it was, what is written is what was learnt."""

import json
import shutil
import signal

import pytest
from tests.training.tiny_nano import write_clips, write_tiny_nano

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from safetensors.torch import load_file  # noqa: E402

from vidsense.cli.main import run  # noqa: E402
from vidsense.errors import ModelError  # noqa: E402
from vidsense.training.finetune.adapter import (  # noqa: E402
    AdapterSize,
    adapted,
    counts_of,
    fingerprint_of,
    merged,
    pairs_of,
    with_adapter,
)
from vidsense.training.finetune.learning import Learning, Measure  # noqa: E402
from vidsense.training.finetune.nano_base import load_nano_base  # noqa: E402
from vidsense.training.finetune.nano_clips import Asked, Seen, seen_rows  # noqa: E402
from vidsense.training.finetune.nano_lesson import encoded, examined, prefix_of  # noqa: E402
from vidsense.training.finetune.nano_tuning import TARGETS  # noqa: E402
from vidsense.training.finetune.options import TuneOptions  # noqa: E402
from vidsense.training.finetune.rows import read_rows  # noqa: E402
from vidsense.training.finetune.tune import Wanted, tune  # noqa: E402
from vidsense.training.graphs import plain_attention  # noqa: E402
from vidsense.training.speaker import pack  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
"""torch warns of the way in which graphs are written."""
OPTIONS = TuneOptions(
    rank=2, steps=12, learning_rate=2e-2, batch=4, measure_every=4, patience=9, held_out=0.34, replay=0, old_clips=0
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_nano(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return write_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def taught(base, clips, tmp_path_factory):
    """A finished run with everything written."""
    out = tmp_path_factory.mktemp("taught")
    report = tune(Wanted(str(base), clips, out, merge=True), OPTIONS)
    return out, report


def logits_of(mind, seen, tokenizer):
    with torch.no_grad(), plain_attention():
        return mind.speaker.logits(prefix_of(mind, seen), pack([encoded(asked, tokenizer) for asked in seen.asked]))


def seen_by(loaded, clips, folder):
    return seen_rows(loaded, read_rows(clips), folder, lambda _: None)


def test_the_loss_falls_and_few_numbers_learn(taught):
    out, report = taught
    (lora,) = report.runs
    assert lora.curve[-1]["loss"] < 0.9 * lora.curve[0]["loss"]
    assert 0 < lora.learn < lora.all
    assert json.loads((out / "report.json").read_text("utf-8"))["runs"][0]["share"] == pytest.approx(
        lora.share, abs=1e-5
    )
    assert "numbers learn" in report.text()
    assert "held-out clips, which also decided when to end" in report.text()


def test_no_bit_of_the_base_changes_and_the_adapter_does_what_was_learnt(base, clips, taught, tmp_path):
    out, _ = taught
    loaded = load_nano_base(str(base))
    before, seen = fingerprint_of(loaded.mind), seen_by(loaded, clips, tmp_path)
    plain = logits_of(loaded.mind, seen, loaded.tokenizer)
    model = with_adapter(loaded.mind, out)
    assert fingerprint_of(model) == before == fingerprint_of(load_nano_base(str(base)).mind)
    told = logits_of(loaded.mind, seen, loaded.tokenizer)
    assert (told - plain).abs().max() > 0.1
    both = merged(model)
    torch.testing.assert_close(
        logits_of(both, seen, loaded.tokenizer), told, atol=1e-4, rtol=1e-4
    )  # sums in another order


def test_the_merged_folder_is_a_nano_that_says_the_same(base, clips, taught, tmp_path):
    out, _ = taught
    loaded, whole = load_nano_base(str(base)), load_nano_base(str(out / "merged"))
    seen = seen_by(loaded, clips, tmp_path)
    with_adapter(loaded.mind, out)
    told = logits_of(loaded.mind, seen, loaded.tokenizer)
    torch.testing.assert_close(logits_of(whole.mind, seen, loaded.tokenizer), told, atol=1e-4, rtol=1e-4)
    assert (out / "merged" / "image.onnx").read_bytes() == b"as it was"
    names = {path.name for path in (out / "merged").iterdir()}
    assert {"language", "language.gguf", "language.onnx", "tokenizer.json", "config.json"} <= names
    kept, own = load_file(out / "merged" / "nano.safetensors"), load_file(base / "nano.safetensors")
    changed = {name.rsplit(".", 3)[0] for name in own if not torch.equal(kept[name], own[name])}
    assert {name.split(".")[0] for name in changed} == {"projector", "nano"}
    assert not [name for name in changed if name.startswith(("nano.image", "nano.dense", "nano.events"))]


def test_an_ended_run_goes_on_to_the_same_weights(base, clips, taught, tmp_path):
    out, _ = taught
    said = []

    def interrupt(line):
        said.append(line)
        if "step 4" in line:
            signal.raise_signal(signal.SIGINT)

    wanted = Wanted(str(base), clips, tmp_path / "again")
    assert tune(wanted, OPTIONS, interrupt) is None
    assert (wanted.out / "adapter_model.safetensors").exists()
    assert tune(wanted, OPTIONS) is not None
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (out, wanted.out))
    assert set(one) == set(other)
    for name in one:
        torch.testing.assert_close(one[name], other[name], atol=0, rtol=0)
    with pytest.raises(ValueError, match="holds a run with rank 2, not 3"):
        tune(wanted, TuneOptions(**{**OPTIONS.told(), "rank": 3}))


def test_right_word_for_word_is_what_greedy_decoding_writes(base, clips, taught, tmp_path):
    loaded = load_nano_base(str(taught[0] / "merged"))
    seen = seen_by(loaded, clips, tmp_path)
    prefix = prefix_of(loaded.mind, seen)
    said = loaded.mind.speaker.answer(prefix, ["What colour is it?"] * len(seen), loaded.tokenizer)
    asked = tuple((Asked("", "What colour is it?", words or "nothing"),) for words in said)
    with torch.no_grad():
        again = list(examined(loaded.mind, Seen(seen.pixels, seen.states, seen.seconds, asked), loaded.tokenizer))
        wrong = tuple((Asked("", "What colour is it?", f"{words} x"),) for words in said)
        never = list(examined(loaded.mind, Seen(seen.pixels, seen.states, seen.seconds, wrong), loaded.tokenizer))
    assert [each.right for each in again] == [bool(words) for words in said]
    assert not any(each.right for each in never)


def test_adapters_of_the_temporal_transformer_need_plain_attention(base):
    """torch's fused layer reads the weights past their adapters: whoever measures with it measures the base."""
    mind = load_nano_base(str(base)).mind
    states, seconds = torch.rand(1, 4, mind.nano.temporal.token[0].in_features // 2), torch.arange(4.0)[None]
    with torch.no_grad():
        before = mind.nano.temporal(states, seconds)
        model = adapted(mind, AdapterSize(2, r".*temporal\.encoder\.layers\.\d+\.linear1"), "base")
        for pair in pairs_of(model):
            pair.b.fill_(0.5)
        with plain_attention():
            after = mind.nano.temporal(states, seconds)
    assert (after - before).abs().max() > 0.01
    assert torch.backends.mha.get_fastpath_enabled()


def test_the_counts_are_those_of_the_formula(base):
    mind = load_nano_base(str(base)).mind
    numbers = sum(p.numel() for p in mind.parameters())
    model = adapted(mind, AdapterSize(3, TARGETS), "base")
    pairs = list(pairs_of(model))
    assert all(pair.a.shape[0] == pair.b.shape[1] == 3 and not pair.b.any() for pair in pairs)
    assert counts_of(model) == (sum(3 * sum(pair.frozen.shape) for pair in pairs), numbers)
    assert len(pairs) == 2 * 7 + 4 + 3


def test_the_best_weights_are_kept_and_no_gain_ends_it():
    model = torch.nn.Linear(1, 1, bias=False)
    learning = Learning(model, patience=2)
    for step, loss in enumerate((3.0, 1.0, 2.0, 1.5)):
        model.weight.data.fill_(float(step))
        assert not learning.enough
        learning.note(Measure(step, loss, 0.0, 0.0, 0.0, 0.0))
    assert learning.enough
    other = Learning(torch.nn.Linear(1, 1, bias=False), patience=2)
    other.load_state_dict(learning.state_dict())
    assert (other.enough, other.best_measure.step) == (True, 1)
    other.take_best()
    assert float(other.model.weight) == 1.0


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"there is no nano\.safetensors"):
        load_nano_base(str(tmp_path))
    shutil.copytree(write_tiny_nano(tmp_path / "base"), tmp_path / "odd")
    (tmp_path / "odd" / "config.json").write_text("{}", "utf-8")
    with pytest.raises(ModelError, match="does not hold a nano"):
        load_nano_base(str(tmp_path / "odd"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nano", "--data", "none"], "there is no none"),
        (["{base}", "--data", "{clips}", "--rank", "0"], "0 is not in the range"),
        (["nowhere", "--data", "{clips}"], "there is no nano.safetensors in nowhere"),
        (["hf/nowhere/none", "--data", "{clips}"], "vidsense models pull"),
        (["{base}", "--data", "{clips}", "--old", "{clips}"], "--old is for hf/ models"),
    ],
)
def test_what_is_wrong_is_one_sentence(capsys, monkeypatch, tmp_path, base, clips, arguments, words):
    monkeypatch.chdir(tmp_path)
    told = [argument.format(base=base, clips=clips) for argument in arguments]
    assert run(["finetune", *told, "-o", "out"]) in (1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
