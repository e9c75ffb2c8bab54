"""nano as it lies in the package: what it sees and says of the drawn world, and that it says where that ends."""

import json
from pathlib import Path

import numpy as np
import pytest

import vidsense
from vidsense.errors import ModelError
from vidsense.language.model import ContextError, Picture, Prompt
from vidsense.language.nano import NOT_DRAWN, load_nano
from vidsense.source.stream import Frame
from vidsense.source.synthetic import demo_drawing, write_video
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.story import tell
from vidsense.vision.load import load_encoder
from vidsense.vision.nano import nano_folder

QUESTION = "What action is taking place?"
POURS = "a person pours water from a bottle into a glass"


@pytest.fixture(scope="module")
def nano():
    return load_nano()


@pytest.fixture(scope="module")
def pouring(tmp_path_factory) -> Path:
    return write_video(WorldClip(tell(20)).drawing(), tmp_path_factory.mktemp("world") / "pouring.mp4")


def frames_of(clip: WorldClip, count: int = 16) -> list[Frame]:
    pixels, _, times = clip.frames(count, 72)
    return [Frame(picture, float(t)) for picture, t in zip(pixels, times, strict=True)]


def test_all_its_files_take_less_than_20_megabytes():
    assert sum(path.stat().st_size for path in nano_folder().rglob("*")) < 20_000_000


def test_it_sees_every_stage_and_says_what_happens(nano):
    view = nano.look(frames_of(WorldClip(tell(20))))
    assert view.sight.tokens.shape == (16, 108, 96)
    assert view.sight.embeddings.shape == (16, 128)
    np.testing.assert_allclose(np.linalg.norm(view.sight.embeddings, axis=1), 1.0, atol=1e-5)
    assert view.clip.attention.shape == (2, 8, 16, 16)
    np.testing.assert_allclose(view.clip.attention.sum(axis=-1), 1.0, atol=1e-5)
    assert view.clip.form == "trained"
    assert view.prefix.shape == (16 + 15, 256)
    assert nano.answer(view, QUESTION) == POURS


def test_it_tells_actions_of_looks_that_it_never_saw(nano):
    """A rough guard of the weights in the package; `benchmarks/nano.py` measures them."""
    clips = [clip for seed in range(5000, 5060) if len((clip := WorldClip(tell(seed, "looks"))).story.events) == 1]
    asked = [next(q for q in clip.questions if q.ability == "action") for clip in clips]
    said = [nano.answer(frames_of(clip), q.question) for clip, q in zip(clips, asked, strict=True)]
    right = [q.is_right(answer) for q, answer in zip(asked, said, strict=True)]
    assert len(right) > 12
    assert np.mean(right) > 0.7


def test_backwards_and_out_of_order_are_other_stories(nano):
    """A door that is opened is closed when the film runs backwards."""
    for seed in range(400):
        clip = WorldClip(tell(seed, "looks"))
        if [event.action for event in clip.story.events] == ["opens"]:
            break
    assert "opens the door" in nano.answer(frames_of(clip), QUESTION)
    assert "closes the door" in nano.answer(frames_of(WorldClip(clip.story, "reversed")), QUESTION)


def test_without_frames_it_sees_nothing(nano):
    said = "".join(piece.text for piece in nano.generate(Prompt("", (QUESTION,)), max_tokens=64))
    assert said != POURS


def test_a_prompts_pictures_are_its_frames_and_the_last_text_the_question(nano):
    frames = frames_of(WorldClip(tell(20)), 8)
    pictures = [Picture(f"f{i}", frame.pts_seconds, frame.pixels) for i, frame in enumerate(frames)]
    *_, last = nano.generate(Prompt("be brief", ("these are frames", *pictures, QUESTION)), max_tokens=64)
    assert (last.text, last.ended) == (POURS, "stop")
    assert last.prompt_tokens == 8 + 15 + len(nano.ids(QUESTION))
    *_, cut = nano.generate(Prompt("", (*pictures, QUESTION)), max_tokens=2)
    assert cut.ended == "length"


def test_a_question_that_is_too_long_is_refused_not_cut(nano):
    with pytest.raises(ContextError, match="ask a shorter one"):
        nano.answer(frames_of(WorldClip(tell(20))), "what " * 500)


def test_clips_of_its_world_are_drawn_and_real_videos_are_not(nano, pouring, shared_videos):
    def strangeness(path):
        with vidsense.open_video(path) as stream:
            lasting = stream.info.declared_picture_seconds or 4.0
            times = np.linspace(0.1, 0.9, 6) * lasting
            return nano.encoder.look(stream.frames_at(times.tolist(), (72, 96)))

    assert strangeness(pouring).is_drawn
    entries = json.loads((shared_videos / "manifest.json").read_text("utf-8"))
    for entry in entries[:12]:
        assert not strangeness(shared_videos / entry["file"]).is_drawn, entry["file"]


def test_what_it_was_not_taught_it_does_not_tell(nano, tmp_path):
    path = write_video(demo_drawing(), tmp_path / "demo.mp4")  # drawn, but not of its world
    answer = vidsense.ask(path, QUESTION, model="nano")
    assert not answer.found
    assert answer.answer.startswith(NOT_DRAWN)
    account = vidsense.describe(path, model="nano")
    assert all(event.source == "measured" for event in account.events)
    assert any(NOT_DRAWN in warning for warning in account.warnings)
    assert account.model == "nano"


def test_its_account_cites_the_frames_that_it_looked_at(pouring):
    account = vidsense.describe(pouring, model="nano")
    told = [event for event in account.events if event.source == "model"]
    assert [event.text for event in told] == ["A person in green pours water from a bottle into a glass."]
    known = {frame.id: frame for frame in account.frames}
    assert len({frame.id for frame in account.frames}) == len(account.frames)
    assert set(told[0].evidence) <= set(known)
    assert account.coverage.shown_to_model == 16
    assert 0.0 < told[0].start < told[0].end < account.duration_s
    assert told[0].status == "unchecked"
    answer = vidsense.ask(pouring, "What colour is the person wearing?", model="nano")
    assert answer.answer.startswith("Green")
    assert answer.moments[0].evidence


def test_as_an_encoder_it_puts_words_and_frames_into_one_space(nano):
    encoder = load_encoder("nano")
    frames = frames_of(WorldClip(tell(20)), 4)
    features = encoder.encode(frames)
    np.testing.assert_allclose(features.embeddings, nano.look(frames).sight.embeddings, atol=1e-5)
    words = encoder.embed_text(["a person, a bottle and a glass", "a red car and a bicycle"])
    similar = features.embeddings @ words.T
    assert (similar[:, 0] > similar[:, 1]).all()
    assert [token.text.strip() for token in encoder.split_text("a bottle")] == ["a", "bottle"]


def test_a_folder_without_weights_says_what_is_missing(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json"):
        load_nano(tmp_path)
    with pytest.raises(ValueError, match="nano/FOLDER"):
        vidsense.ask("x.mp4", QUESTION, model="nanoo")
