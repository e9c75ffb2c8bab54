"""Real parts on nano's road: a frozen encoder and a frozen language model, and what learns between them.

The parts are small and random; that the answers come from the videos is shown by giving it the wrong ones.
"""

import json
import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")
pytest.importorskip("gguf")

from tests.training.tiny_joined import CAPTIONS, DIM, QUESTION, TEMPLATE, captioned_videos, llama_folder  # noqa: E402

from vidsense.cli.main import run  # noqa: E402
from vidsense.errors import ModelError  # noqa: E402
from vidsense.language.load import load_model  # noqa: E402
from vidsense.language.model import Picture, Prompt  # noqa: E402
from vidsense.language.options import ModelOptions  # noqa: E402
from vidsense.source.file import open_video  # noqa: E402
from vidsense.training.joined.data import ASKED, parted, read_rows  # noqa: E402
from vidsense.training.joined.join import JoinedPlan, train_joined  # noqa: E402
from vidsense.training.joined.looking import Looker  # noqa: E402
from vidsense.vision.checkpoint import read_tensors  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
FRAMES = 4


@pytest.fixture(scope="module")
def parts(clip_encoder_folder, tmp_path_factory):
    """An encoder, a language model, videos with captions."""
    folder = tmp_path_factory.mktemp("parts")
    return clip_encoder_folder, llama_folder(folder / "llm"), captioned_videos(folder / "videos")


@pytest.fixture(scope="module")
def plan(parts, tmp_path_factory):
    encoder, llm, data = parts
    return JoinedPlan(
        str(encoder), llm, data, tmp_path_factory.mktemp("joined") / "run", frames=FRAMES, steps=70, batch=8,
        learning_rate=6e-3, held_out=0.0, temporal_dim=64, temporal_heads=4, lora=4, gguf="F32",
    )  # fmt: skip


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def trained(plan):
    """The folder of a run to the end, and what the frozen parts were before it."""
    before = contents(Path(plan.encoder)), contents(plan.llm)
    assert train_joined(plan)
    return plan.out, before


def log_of(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def model(trained, monkeypatch):
    """It writes with transformers, whether llama.cpp is here or not."""
    monkeypatch.setattr("vidsense.language.joined.find_spec", lambda name: None if name == "llama_cpp" else object())
    model = load_model(f"joined/{trained[0]}")
    yield model
    model.close()


def frames_of(plan, number):
    with open_video(plan.data.parent / f"{number}.mp4") as stream:
        return list(stream.frames_at([0.125, 0.375, 0.625, 0.875]))


def test_it_tells_from_the_frames_what_it_was_taught(trained, model, plan):
    rows = log_of(trained[0])
    assert rows[-1]["step"] == plan.steps
    said = [model.said(frames_of(plan, number), QUESTION, 24)[0] for number in range(len(CAPTIONS))]
    assert sum(one == other for one, other in zip(said, CAPTIONS, strict=True)) >= 6  # one of eight by chance


def test_frozen_parts_are_untouched_bit_by_bit(trained, plan):
    assert trained[1] == (contents(Path(plan.encoder)), contents(plan.llm))
    kept = torch.load(plan.out / "joined.pt", weights_only=True)["model"]
    assert {name.partition("/")[0].partition(".")[0] for name in kept} == {"joined", "adapter"}


def test_the_frozen_language_model_is_the_same_in_memory_after_learning(parts, plan, tmp_path):
    from vidsense.training.joined.data import Row
    from vidsense.training.joined.looking import Seen
    from vidsense.training.joined.model import Joined, JoinedSize, Learner
    from vidsense.training.joined.stage import JoinedStage
    from vidsense.training.joined.words import load_language
    from vidsense.training.rows import Clip
    from vidsense.training.run import Schedule, train_stage

    language = load_language(parts[1], torch.device("cpu"), torch.float32)
    before = {name: value.clone() for name, value in language.model.state_dict().items()}
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    clips = [Clip(Path(f"{i}.mp4")) for i in range(8)]
    seen = {clip: Seen(unit(rng.normal(size=(4, 24))), np.arange(4, dtype=np.float32)) for clip in clips}
    rows = [Row(clip, ASKED, caption) for clip, caption in zip(clips, CAPTIONS, strict=True)]
    learner = Learner(Joined(JoinedSize(24, DIM, 64, 1, 4), language.spread), {})
    stage = JoinedStage(learner, language, seen, rows, Schedule(50, 6e-3, 6, log_every=10), batch=8, held_out=rows)
    assert train_stage(stage, tmp_path)
    losses = [row["language"] for row in log_of(tmp_path) if "language" in row]
    assert losses[-1] < 0.6 * losses[0]
    learner.eval()
    with torch.no_grad():
        own = float(stage.loss(rows))
        others = [replace(row, clip=clips[(i + 1) % 8]) for i, row in enumerate(rows)]
        assert own < 0.8 * float(stage.loss(others))  # of the wrong videos it tells the wrong things
    for name, value in language.model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_the_plain_install_sees_what_the_trainer_saw(trained, model, plan):
    from vidsense.training.joined.model import Joined, JoinedSize

    joined = Joined(JoinedSize(24, DIM, 64, 2, 4), 1.0).eval()
    weights = read_tensors(trained[0] / "joined.safetensors")
    joined.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items() if name != "before"})
    embeddings = unit(np.random.default_rng(1).normal(size=(5, 24)))
    seconds = np.array([0.0, 0.3, 0.9, 1.0, 2.0])
    with torch.no_grad():
        expected = joined(torch.from_numpy(embeddings)[None], torch.from_numpy(seconds.astype(np.float32))[None])[0]
    given = model.prefix(embeddings, seconds)[len(weights["before"]) :]
    np.testing.assert_allclose(given, expected.numpy(), rtol=1e-3, atol=1e-4)  # float32: the order of sums


def test_llama_cpp_writes_what_transformers_writes(trained, model, plan):
    pytest.importorskip("llama_cpp", reason="the extra [llama] is not installed")
    from vidsense.language.llama import LlamaFile
    from vidsense.language.quantize import quantize_file

    whole = trained[0] / "language.gguf"
    quantize_file(whole, trained[0] / "q8.gguf", "Q8_0", threads=1)
    for number in range(len(CAPTIONS)):
        frames = frames_of(plan, number)
        prefix, ids = (
            model.prefix(model.encoder.embed(frames), np.array([f.pts_seconds for f in frames])),
            model.ids(QUESTION),
        )
        expected = model.writer.logits(prefix, ids)
        answer = model.writer.answer(prefix, ids, end_id=3, max_tokens=24)
        for path, cosine, atol in ((whole, 0.99999, 0.02), (trained[0] / "q8.gguf", 0.999, 1.0)):
            with LlamaFile(path, threads=1, context=256) as file:
                given = file.logits(prefix, ids)
                assert given @ expected / np.linalg.norm(given) / np.linalg.norm(expected) > cosine
                np.testing.assert_allclose(given, expected, atol=atol)
                assert file.answer(prefix, ids, end_id=3, max_tokens=24) == answer


def test_llama_cpp_is_taken_where_it_is(trained, plan):
    pytest.importorskip("llama_cpp", reason="the extra [llama] is not installed")
    from vidsense.language.llama import LlamaFile

    model = load_model(f"joined/{trained[0]}", ModelOptions(threads=1))
    assert isinstance(model.writer, LlamaFile)
    said = [model.said(frames_of(plan, number), QUESTION, 24)[0] for number in range(len(CAPTIONS))]
    model.close()
    assert sum(one == other for one, other in zip(said, CAPTIONS, strict=True)) >= 6


def test_it_answers_a_prompt_of_pictures(model, plan):
    pictures = [Picture(f"f{i}", frame.pts_seconds, frame.pixels) for i, frame in enumerate(frames_of(plan, 1))]
    piece = next(model.generate(Prompt("", ("What is shown?", *pictures, QUESTION)), max_tokens=24))
    assert piece.text == model.said(frames_of(plan, 1), QUESTION, 24)[0]
    assert piece.prompt_tokens == FRAMES + len(model.ids(QUESTION)) + len(model.weights["before"])
    assert model.identity.startswith("vidsense-joined@")


def test_a_run_that_was_ended_goes_on_exactly(plan, tmp_path, monkeypatch):
    short = replace(plan, steps=6, gguf=None)
    train_joined(replace(short, out=tmp_path / "whole"))
    ticks = count()
    monkeypatch.setattr("vidsense.training.run.monotonic", lambda: next(ticks))
    ended = 0
    while not train_joined(replace(short, out=tmp_path / "parts"), seconds=2.5):
        ended += 1
    assert ended >= 2
    whole, parts = (
        torch.load(tmp_path / name / "joined.pt", weights_only=True)["model"] for name in ("whole", "parts")
    )
    for name in whole:
        torch.testing.assert_close(whole[name], parts[name], rtol=0, atol=0)
    with pytest.raises(ValueError, match="holds a run with lora 4, not 0: take another folder"):
        train_joined(replace(short, out=tmp_path / "parts", lora=0))


@pytest.mark.parametrize("spelling", ["nano", "joined"])
def test_both_spellings_join(parts, tmp_path, capsys, spelling, monkeypatch):
    planned = []
    monkeypatch.setattr("vidsense.training.joined.join.train_joined", lambda plan, **_: planned.append(plan) or True)
    encoder, llm, data = parts
    told = ["--encoder", str(encoder), "--llm", str(llm), "--data", str(data), "-o", str(tmp_path / "out")]
    assert run(["train", spelling, *told, "--lora", "2", "--gguf", "q8_0"]) == 0
    assert (planned[0].llm, planned[0].lora, planned[0].gguf) == (llm, 2, "Q8_0")
    assert f"--model joined/{tmp_path / 'out'}" in capsys.readouterr().err


def test_one_part_alone_is_one_sentence(tmp_path, capsys):
    assert run(["train", "nano", "--encoder", "clip-vit-b16", "-o", str(tmp_path)]) == 2
    assert "--llm and --data must be named too" in capsys.readouterr().err


def test_a_chat_template_is_kept_to(tmp_path):
    from vidsense.training.joined.words import load_language

    language = load_language(llama_folder(tmp_path / "chat", template=TEMPLATE), torch.device("cpu"), torch.float32)
    assert language.wording.before == "<s>user: "
    assert language.wording.asked("Why?") == "\nWhy?\nanswer:"
    assert language.ids(language.wording.before)[0] == 1  # the mark is one token


def test_rows_that_cannot_be_are_named(tmp_path, clip_encoder):
    (tmp_path / "a.mp4").write_bytes(b"")
    data = tmp_path / "data.jsonl"
    for line, words in (
        ("{", "row 1 is not JSON"),
        ('{"video": "a.mp4"}', "either an answer or a caption; it has video"),
        ('{"video": "b.mp4", "caption": "x"}', "names b.mp4, and there is no file"),
        ('{"video": "a.mp4", "caption": " "}', "caption must be a text that is not empty"),
        ('{"video": "a.mp4", "caption": "x", "start": 2, "end": 1}', "end must come after start"),
        ("", "is empty"),
    ):
        data.write_text(line, "utf-8")
        with pytest.raises(ValueError, match=words):
            read_rows(data)
    data.write_text('{"video": "a.mp4", "caption": "x"}\n{"video": "a.mp4", "question": "q", "answer": "y"}\n', "utf-8")
    assert [row.question for row in read_rows(data)] == [ASKED, "q"]
    with pytest.raises(ValueError, match="none of the 1 videos can be decoded"):
        Looker(clip_encoder, 2, tmp_path / "seen").all(read_rows(data), lambda _: None)


def test_all_rows_of_a_clip_are_on_one_side(parts):
    rows = read_rows(parts[2])
    learnt, held_out = parted([*rows, *rows], 0.25)
    assert (len(learnt), len(held_out)) == (12, 4)
    assert not {row.clip for row in learnt} & {row.clip for row in held_out}


def test_a_folder_that_is_no_such_model_is_one_sentence(tmp_path, parts):
    with pytest.raises(ModelError, match="there is no joined model in"):
        load_model(f"joined/{tmp_path}")
    shutil.copyfile(parts[1] / "config.json", tmp_path / "config.json")
    with pytest.raises(ModelError, match="holds a llama, no joined model"):
        load_model(f"joined/{tmp_path}")
