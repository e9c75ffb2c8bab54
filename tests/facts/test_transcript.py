"""What is said, written down: by a model in the real format that says what it was made to say."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import vidsense
from vidsense.account.observe import UNWRITTEN
from vidsense.errors import MissingExtraError, ModelError
from vidsense.facts.fact import Fact
from vidsense.facts.transcript import cut_out, pieces, speech_model, transcript_facts
from vidsense.source.audio import SAMPLE_RATE, Sound
from vidsense.source.synthetic import still, texture, write_video


def helper(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sounds, models = helper("sounds"), helper("speech_model")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    return str(models.write_speech_model(tmp_path_factory.mktemp("models") / "tiny", ["good", "evening"]))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A still picture; somebody speaks from 1 s on."""
    folder = tmp_path_factory.mktemp("film")
    samples = np.concatenate([sounds.silence(1.0), sounds.speech(folder), sounds.silence(1.0)])
    picture = write_video(still(texture((120, 160), 1), 3.0), folder / "picture.mp4")
    return sounds.with_sound(picture, folder / "film.mkv", samples)


def spoken(start, end):
    return Fact("speech", start, end, 0.9, None)


def numbered(seconds, *, each=0.1):
    """Sound whose samples count tenths of a second, in packets."""
    samples = np.repeat(np.arange(round(seconds * 10)), SAMPLE_RATE // 10).astype(np.int16)
    step = round(each * SAMPLE_RATE)
    return [Sound(samples[i : i + step], i / SAMPLE_RATE) for i in range(0, len(samples), step)]


@pytest.mark.parametrize("each", [0.03, 0.1, 0.7, 10.0])
def test_each_span_gets_its_own_samples(each):
    spans = [(0.2, 0.5), (0.5, 0.6), (2.05, 4.0)]
    cut = list(cut_out(numbered(4.0, each=each), spans))
    assert [start for start, _ in cut] == pytest.approx([start for start, _ in spans], abs=1e-3)
    assert [len(samples) / SAMPLE_RATE for _, samples in cut] == pytest.approx([0.3, 0.1, 1.95], abs=1e-3)
    assert [round(float(samples[0]) * 32768) for _, samples in cut] == [2, 5, 20]


def test_a_span_without_sound_is_left_out():
    assert list(cut_out(numbered(1.0), [(3.0, 4.0)])) == []


def test_no_piece_is_longer_than_the_model_hears():
    assert all(end - start <= 28.0 for start, end in pieces([(0.0, 100.0), (200.0, 229.0)]))


def test_what_is_said_is_written_down_where_it_is_said(model):
    facts = transcript_facts(numbered(20.0), [spoken(2.0, 6.0), spoken(10.0, 12.5)], model)
    assert [fact.details["text"] for fact in facts] == ["good evening"] * 2
    assert [(fact.start, fact.end) for fact in facts] == [
        (pytest.approx(2.0, abs=0.01), pytest.approx(3.0, abs=0.01)),
        (pytest.approx(10.0, abs=0.01), pytest.approx(11.0, abs=0.01)),
    ]
    assert all(0.0 < fact.confidence <= 1.0 and fact.details["model"] == "tiny" for fact in facts)


def test_nobody_speaks_nothing_is_loaded():
    assert transcript_facts(numbered(1.0), [], "there is none") == []


def test_an_account_says_what_is_said(film, model):
    account = vidsense.describe(film, speech_model=model)
    assert "“good evening”" in account.description
    assert "what is said" not in account.description
    answer = vidsense.ask(film, "what is said?", speech_model=model)
    assert answer.found
    assert "“good evening”" in answer.answer


def test_without_a_model_it_is_said_that_nobody_knows(film):
    answer = vidsense.ask(film, "what is said?")
    assert not answer.found
    assert "--speech-model" in answer.answer
    assert "what is said" in vidsense.describe(film).description


@pytest.mark.parametrize("harm", ["missing", "empty folder", "no tokenizer", "cut off"])
def test_a_broken_model_is_a_warning_and_the_rest_still_comes(film, model, tmp_path, harm):
    folder = tmp_path / "model"
    if harm != "missing":
        folder.mkdir()
    for name in {"no tokenizer": ["model.bin", "config.json", "vocabulary.json"], "cut off": None}.get(harm, []) or []:
        (folder / name).write_bytes((Path(model) / name).read_bytes())
    if harm == "cut off":
        for path in Path(model).iterdir():
            (folder / path.name).write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    account = vidsense.describe(film, speech_model=str(folder))
    assert [w for w in account.warnings if w.startswith(UNWRITTEN)]
    assert "Somebody speaks" in account.description


def test_a_model_by_name_is_never_downloaded(monkeypatch, tmp_path):
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    def refuse(*_args, **_options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    with pytest.raises(ModelError, match="nothing is downloaded unasked"):
        speech_model("tiny")


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(MissingExtraError, match=r"vid-sense\[speech\]"):
        speech_model("tiny")
