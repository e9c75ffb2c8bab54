"""The trainer: labels that the cells must tell, stages that learn, a run that goes on exactly where it was."""

import json
import shutil
from itertools import count
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vidsense.language.nano import NOT_DRAWN  # noqa: E402
from vidsense.temporal import TemporalTransformer, time_positions  # noqa: E402
from vidsense.training.config import read_config  # noqa: E402
from vidsense.training.dense import dense_counts, dense_loss, dense_scores, dense_targets  # noqa: E402
from vidsense.training.evaluate import Score  # noqa: E402
from vidsense.training.nano import DENSE, KINDS, STATE, Nano, NanoSize  # noqa: E402
from vidsense.training.nano import time_positions as torch_positions  # noqa: E402
from vidsense.training.samples import KIND_NAMES, draw_sample  # noqa: E402
from vidsense.training.shards import Pool, Shards  # noqa: E402
from vidsense.training.states import mirrored  # noqa: E402
from vidsense.training.temporal_stage import mirrored_events  # noqa: E402
from vidsense.training.train import STAGES, train_nano  # noqa: E402
from vidsense.training.variation import FACING, any_variation, moved, varied  # noqa: E402

TINY = Path(__file__).with_name("tiny.toml")
SIZE = NanoSize(stem_dim=16, image_dim=32, image_heads=2, temporal_dim=64, temporal_depth=2)


@pytest.fixture(scope="module")
def sample():
    return draw_sample(20, "train", 8, 72)


def test_a_sample_says_what_its_pixels_show(sample):
    assert sample.pixels.shape == (8, 72, 96, 3)
    seen = {KIND_NAMES[int(kind)] for kind in sample.things[3, :, 0] if kind >= 0}
    assert seen == {"person", "bottle", "glass", "cup"}
    assert json.loads(sample.words)["caption"] == "a person in green pours water from a bottle into a glass"


def test_cells_tell_the_thing_that_they_belong_to(sample):
    targets = dense_targets(sample.things, (9, 12))
    for t, frame in enumerate(sample.things):
        for thing in frame[frame[:, 0] >= 0]:
            at = int(thing[3] * 9) * 12 + int(thing[2] * 12)
            assert targets["middle"][t, at] == 1.0
    assert targets["kind"].shape == (8, 108)
    there = targets["kind"] < KINDS
    assert 0.02 < there.mean() < 0.5


def test_cells_that_tell_the_truth_have_no_errors(sample):
    targets = {name: torch.from_numpy(array) for name, array in dense_targets(sample.things, (9, 12)).items()}
    told = {
        "kind": 20.0 * torch.nn.functional.one_hot(targets["kind"], KINDS + 1),
        "colour": 20.0 * torch.nn.functional.one_hot(targets["colour"].clamp(min=0), DENSE["colour"]),
        "middle": 40.0 * (targets["middle"][..., None] - 0.5),
        "box": targets["box"],
        "pose": targets["pose"],
    }
    assert all(float(loss) < 1e-4 for loss in dense_loss(told, targets).values())
    scores = dense_scores(dense_counts(told, targets))
    assert scores == {"cell_f1": 1.0, "colour": 1.0, "pose_error": 0.0, "frames_right": 1.0}


def test_a_state_holds_what_the_cells_tell(sample):
    nano = Nano(SIZE)
    targets = {name: torch.from_numpy(array) for name, array in dense_targets(sample.things[:1], (9, 12)).items()}
    told = {
        "kind": 20.0 * torch.nn.functional.one_hot(targets["kind"], KINDS + 1),
        "colour": 20.0 * torch.nn.functional.one_hot(targets["colour"].clamp(min=0), DENSE["colour"]),
        "middle": 40.0 * (targets["middle"][..., None] - 0.5),
        "box": targets["box"],
        "pose": targets["pose"],
    }
    state = nano.state(told).view(KINDS, STATE)
    frame = sample.things[0]
    for index, kind in enumerate(KIND_NAMES):
        of_kind = frame[frame[:, 0] == index]
        assert float(state[index, 0]) == pytest.approx(len(of_kind), abs=0.01), kind
        if len(of_kind) == 1:
            np.testing.assert_allclose(state[index, 2:6].numpy(), of_kind[0, 2:6], atol=0.01)
            np.testing.assert_allclose(state[index, 6:21].numpy(), of_kind[0, 6:], atol=0.01)


def test_a_mirrored_state_is_that_of_the_mirrored_frame(sample):
    things = sample.things[:1]
    turned = moved(things[0].copy(), (-1.0, 1.0), (1.0, 0.0))[None]
    nano = Nano(SIZE)

    def state(of):
        targets = {name: torch.from_numpy(array) for name, array in dense_targets(of, (9, 12)).items()}
        told = {
            "kind": 20.0 * torch.nn.functional.one_hot(targets["kind"], KINDS + 1),
            "colour": 20.0 * torch.nn.functional.one_hot(targets["colour"].clamp(min=0), DENSE["colour"]),
            "middle": 40.0 * (targets["middle"][..., None] - 0.5),
            "box": targets["box"],
            "pose": targets["pose"],
        }
        return nano.state(told).numpy()

    np.testing.assert_allclose(mirrored(state(things)), state(turned), atol=0.02)


def test_a_varied_frame_keeps_its_things_in_their_boxes(sample):
    pixels = np.zeros((72, 96, 3), np.uint8)
    things = sample.things[0].copy()
    bottle = next(thing for thing in things if thing[0] == KIND_NAMES.index("bottle"))
    x0, x1 = (bottle[2] - bottle[4] / 2) * 96, (bottle[2] + bottle[4] / 2) * 96
    y0, y1 = (bottle[3] - bottle[5] / 2) * 72, (bottle[3] + bottle[5] / 2) * 72
    pixels[round(y0) : round(y1), round(x0) : round(x1)] = 255
    for seed in range(20):
        vary = any_variation(np.random.default_rng(seed))
        picture, seen = varied(torch.from_numpy(pixels)[None], [vary])[0], vary.things(things)
        rows, columns = np.nonzero(picture[0].numpy() > -0.1)
        thing = next(each for each in seen if each[0] == KIND_NAMES.index("bottle"))
        assert columns.mean() / 96 == pytest.approx(thing[2], abs=0.03)
        assert rows.mean() / 72 == pytest.approx(thing[3], abs=0.03)


def test_mirrored_events_go_to_the_other_side():
    from vidsense.training.world.actions import ACTIONS

    left, right, waves = (ACTIONS.index(action) for action in ("goes left", "goes right", "waves"))
    events = np.array([[[left, 0, -1, 1], [waves, 0, -1, 0], [right, 1, -1, 2], [-1, -1, -1, -1]]])
    expected = np.array([[[right, 0, -1, 2], [waves, 0, -1, 0], [left, 1, -1, 1], [-1, -1, -1, -1]]])
    np.testing.assert_array_equal(mirrored_events(events), expected)
    assert FACING == 6


def test_the_temporal_transformer_is_the_one_of_the_plain_install():
    """Same weights, same answer as `vidsense.temporal`, which runs without torch."""
    torch.manual_seed(0)
    temporal = Nano(SIZE).temporal.eval()
    states, seconds = torch.randn(1, 7, KINDS * STATE), torch.rand(1, 7).sort().values * 6
    with torch.no_grad():
        before = torch.cat([states[:, :1], states[:, :-1]], dim=1)
        tokens = temporal.token(torch.cat([states, states - before], dim=-1))
        expected = temporal(states, seconds)[0]
    weights = {name: tensor.numpy() for name, tensor in temporal.encoder.state_dict().items()}
    ours = TemporalTransformer.from_state(weights, SIZE.temporal_heads)(tokens[0].numpy(), seconds[0].numpy())
    np.testing.assert_allclose(ours.embeddings, expected.numpy(), rtol=1e-3, atol=1e-4)  # float32: the order of sums
    waves = torch_positions(seconds, 64)[0].numpy()
    np.testing.assert_allclose(waves, time_positions(seconds[0].numpy(), 64), atol=1e-5)


def test_shards_are_drawn_once_and_refreshed(tmp_path):
    shards = Shards(tmp_path, frames=2, height=72, clips=2)
    pool = Pool(shards, "train", size=2, steps=10, kept=0)
    first = pool.at(0)
    assert [shard.folder.name[-5:] for shard in first] == ["00000", "00001"]
    np.testing.assert_array_equal(first[1].pixels[0], draw_sample(2, "train", 2, 72).pixels)
    assert [shard.folder.name[-5:] for shard in pool.at(10)] == ["00001", "00002"]
    assert [shard.folder.name[-5:] for shard in pool.at(20)] == ["00002", "00003"]
    assert not first[0].folder.exists()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a run to the end, with a tokenizer that has read little."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vidsense.training.tokenizer.LEARNT_FROM_CLIPS", 10)
        assert train_nano(read_config(TINY), folder)
    return folder


def weights_of(folder, stage):
    return torch.load(folder / f"{stage}.pt", weights_only=True)["model"]


def test_a_run_that_was_ended_goes_on_exactly(trained, tmp_path, monkeypatch):
    config = read_config(TINY)
    shutil.copyfile(trained / "tokenizer.json", tmp_path / "tokenizer.json")
    ticks = count()
    monkeypatch.setattr("vidsense.training.run.monotonic", lambda: next(ticks))
    ended = 0
    while not train_nano(config, tmp_path, seconds=4.5):  # the clock ticks at each look: some steps a call
        ended += 1
    assert ended >= 2
    for stage in STAGES:
        whole, parts = weights_of(trained, stage), weights_of(tmp_path, stage)
        for name in whole:
            torch.testing.assert_close(whole[name], parts[name], rtol=0, atol=0)
    rows = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    assert {"cell_f1", "frames_right"} <= set(rows[0])
    assert set(STAGES) == {row["stage"] for row in rows}
    assert any("shuffled_sequence" in row for row in rows)


def test_a_wrong_config_is_one_sentence(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(TINY.read_text().replace("stem_dim", "stemdim"))
    with pytest.raises(ValueError, match="table size: stem_dim, stemdim"):
        read_config(path)
    path.write_text("[clips]\n")
    with pytest.raises(ValueError, match="must have the tables clips, size"):
        read_config(path)
    path.write_text("clips = ")
    with pytest.raises(ValueError, match="is not TOML"):
        read_config(path)


def test_the_config_of_the_shipped_weights_is_read():
    assert read_config().clips.frames == 16


@pytest.mark.filterwarnings("ignore")
def test_trained_parts_are_written_in_the_hubs_formats(trained, tmp_path):
    """Untrained weights do: it is the graphs that are compared, number by number, when they are written."""
    pytest.importorskip("onnx")
    pytest.importorskip("gguf")
    from transformers import AutoModelForCausalLM

    from vidsense.training.evaluate import examined
    from vidsense.training.export import export_nano
    from vidsense.training.graphs import Sentence
    from vidsense.training.train import Workshop

    workshop = Workshop(read_config(TINY), trained)
    export_nano(workshop, tmp_path, weights="float32")
    names = {path.name for path in tmp_path.iterdir()}
    graphs = {"image.onnx", "language.onnx", "text.onnx"}
    assert names == {"config.json", "nano.safetensors", "tokenizer.json", "language", "language.gguf", *graphs}
    kept = AutoModelForCausalLM.from_pretrained(tmp_path / "language")
    ids = torch.randint(0, 300, (1, 9))
    with torch.no_grad():
        torch.testing.assert_close(kept(ids).logits, workshop.speaker.language(ids).logits)
    torch.testing.assert_close(
        workshop.matching.text(ids[:, :5]), Sentence(workshop.matching.text)(ids[:, :5]), rtol=1e-4, atol=1e-5
    )
    found = examined(workshop, "looks", 2, "forward")
    assert set(found) == {"video", "blind", "middle frame", "shuffled"}
    assert {"caption", "thing", "yes/no"} <= set(found["blind"])


@pytest.mark.filterwarnings("ignore")
def test_the_plain_install_sees_and_says_what_torch_does(trained, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("gguf")
    from vidsense.language.nano import load_nano
    from vidsense.source.stream import Frame
    from vidsense.training.export import export_nano
    from vidsense.training.nano import pixels_to_input
    from vidsense.training.train import Workshop

    workshop = Workshop(read_config(TINY), trained)
    export_nano(workshop, tmp_path, weights="float32", int8=False)
    plain, drawn = load_nano(tmp_path), draw_sample(20, "train", 6, 72)
    view = plain.look(Frame(pixels, float(t)) for pixels, t in zip(drawn.pixels, drawn.times, strict=True))
    question = "What action is taking place?"
    with torch.no_grad():
        states = workshop.nano.states(pixels_to_input(torch.from_numpy(drawn.pixels)))[None]
        seconds = torch.from_numpy(drawn.times)[None]
        frames = workshop.nano.temporal(states, seconds - seconds[:, :1])
        prefix = workshop.speaker.projector(frames, states)
        clip = workshop.matching.clip_embeddings(frames)
        now = workshop.nano.events(frames)["now"].softmax(-1)
        asked = workshop.speaker.language.get_input_embeddings()(torch.tensor([plain.ids(question)]))
        logits = workshop.speaker.language(inputs_embeds=torch.cat([prefix, asked], dim=1)).logits[0, -1]
    for ours, theirs in (
        (view.sight.states, states[0]), (view.clip.embeddings, frames[0]), (view.prefix, prefix[0]),
        (view.embedding, clip[0]), (view.actions, now[0]),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=2e-3, atol=2e-4)
    read = np.concatenate([view.prefix, plain.embed_tokens[plain.ids(question)]])[None]
    empty = plain.decoder.empty
    whole, *_ = plain.decoder.session.run(None, {"embeddings": read, "keys": empty, "values": empty})
    np.testing.assert_allclose(whole, logits.numpy(), rtol=2e-3, atol=2e-4)
    _, keys, values = plain.decoder.session.run(None, {"embeddings": read[:, :9], "keys": empty, "values": empty})
    kept, *_ = plain.decoder.session.run(None, {"embeddings": read[:, 9:], "keys": keys, "values": values})
    np.testing.assert_allclose(kept, whole, rtol=2e-3, atol=2e-4)
    said = workshop.speaker.answer(prefix, [question], workshop.tokenizer)[0]
    assert plain.said(view, question)[0] in (said, NOT_DRAWN)


def test_intervals_are_those_of_the_formula():
    assert Score(0, 10).interval == pytest.approx((0.0, 0.2775), abs=1e-4)  # Wilson's table
    assert Score(950, 1000).interval == pytest.approx((0.9347, 0.9619), abs=1e-4)


def test_packed_questions_do_not_see_each_other():
    from vidsense.training.speaker import Speaker, SpeakerSize, pack

    torch.manual_seed(0)
    speaker = Speaker(16, SpeakerSize(vocabulary=300, dim=32, hidden_dim=64, depth=2, heads=2)).eval()
    questions = [([5, 6, 7], [8, 9]), ([10, 11], [12, 13, 14]), ([15], [16])]
    prefix = speaker.projector(torch.randn(1, 4, 16), torch.rand(1, 4, KINDS * STATE))
    assert prefix.shape == (1, 4 + KINDS, 32)
    with torch.no_grad():
        together = speaker(prefix, pack([questions]))
        alone = [speaker(prefix, pack([[each]])) for each in questions]
    answered = torch.tensor([len(answer) + 1.0 for _, answer in questions])
    torch.testing.assert_close(together, (torch.stack(alone) * answered).sum() / answered.sum())


def test_what_belongs_together_is_alike():
    from vidsense.training.matching_stage import alike, things_said

    assert alike(["a", "b", "a"]).tolist() == [[True, False, True], [False, True, False], [True, False, True]]
    things = draw_sample(20, "train", 2, 72).things[0]
    assert things_said(things) == "a person in green, a yellow cup, a glass and a brown bottle"
