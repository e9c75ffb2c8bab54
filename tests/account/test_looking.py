"""Labels and frames for a question, with an encoder that knows colours: what is in the drawing must be found."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.colour_encoder import ColourEncoder
from tests.language.scripted import ScriptedModel, yes_to_all

import vidsense
from vidsense.account.labels import around, held_runs, label_facts, mover_places
from vidsense.account.looks import Looks, Place, candidate_times, cut_out
from vidsense.account.observe import observe
from vidsense.catalog.cache import FileCache
from vidsense.errors import ModelError
from vidsense.language.model import Prompt
from vidsense.source.synthetic import cut, plain, still, texture, with_noise, with_shape, write_video

SIZE = (180, 320)
RED, GREEN = (200, 40, 40), (60, 235, 80)
WORDS = ("something red", "something green", "nothing")


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey for 8 s, red for 4 s, grey for 8 s, green for 5 s, with grain."""
    parts = [
        plain(SIZE, seconds, colour) for seconds, colour in ((8, (90,) * 3), (4, RED), (8, (130,) * 3), (5, GREEN))
    ]
    return write_video(with_noise(cut(*parts), 2.0), tmp_path_factory.mktemp("colours") / "colours.mp4")


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small red disc crosses a grey scene from 3 to 7 s."""
    scene = still(texture(SIZE, 3).mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8), 10.0)
    scene = with_shape(
        scene,
        lambda t: (-20.0 + 90.0 * (t - 3.0), 90.0),
        size_px=28.0,
        colour=RED,
    )
    return write_video(with_noise(scene, 1.5), tmp_path_factory.mktemp("disc") / "disc.mp4")


def labels_of(description: vidsense.Description) -> list[tuple[str, str, float, float]]:
    facts = [(fact, fact.model_extra or {}) for fact in description.facts if fact.kind == "label"]
    return [(str(extra["label"]), str(extra["of"]), fact.start, fact.end) for fact, extra in facts]


def test_what_fits_a_frame_is_told_with_its_span_and_calibration(colours: Path) -> None:
    told = vidsense.describe(colours, model="none", labels=WORDS, encoder=ColourEncoder())
    found = labels_of(told)
    assert [(label, of) for label, of, _, _ in found] == [("something red", "frame"), ("something green", "frame")]
    for (_, _, start, end), (first, last) in zip(found, ((8.0, 12.0), (20.0, 25.0)), strict=True):
        assert first <= start <= first + 1.0
        assert last - 1.1 <= end <= last
    fact = next(fact for fact in told.facts if fact.kind == "label")
    assert fact.frames
    assert (fact.model_extra or {})["encoder"] == "colours"
    assert "no probability" in (fact.model_extra or {})["calibration"]
    assert "By likeness alone (colours, compared with “something red”" in told.description
    assert told.timings.encode_s > 0


def test_a_small_mover_is_cut_out_and_named_though_no_whole_frame_shows_it(disc: Path) -> None:
    told = vidsense.describe(disc, model="none", labels=WORDS, encoder=ColourEncoder())
    found = labels_of(told)
    assert [(label, of) for label, of, _, _ in found] == [("something red", "mover-1")]
    mover = next(fact for fact in told.facts if fact.id == "mover-1")
    assert found[0][2:] == (mover.start, mover.end)
    assert "is most like something red" in told.description


def test_that_none_of_the_words_fits_is_said(disc: Path) -> None:
    told = vidsense.describe(disc, model="none", labels=("blue", "green", "nothing"), encoder=ColourEncoder())
    assert not labels_of(told)
    assert "none of the words stands out" in told.description


def test_without_labels_no_encoder_is_needed(colours: Path) -> None:
    told = vidsense.describe(colours, model="none")
    assert not labels_of(told)
    assert "likeness" not in told.description


def test_half_of_the_frames_are_chosen_for_what_is_asked_about(colours: Path) -> None:
    told = vidsense.describe(colours, model="none", frames=6, about="the green thing", encoder=ColourEncoder())
    chosen = [frame for frame in told.frames if frame.chosen]
    asked = [frame.t for frame in chosen if frame.reason == "question"]
    assert len(chosen) == 6
    assert len(asked) == 3
    assert any(t >= 20.0 for t in asked)
    assert chosen[0].t == 0.0
    assert {frame.shot for frame in chosen} >= {"s01", "s04"}


def test_a_model_is_shown_first_what_bears_on_the_question(colours: Path) -> None:
    def script(prompt: Prompt, kind: str) -> object:
        if kind == "verdicts":
            return yes_to_all(prompt, "yes")
        ids = [picture.id for picture in prompt.pictures if picture.pts_seconds > 20.0]
        return {"observations": [], "found": bool(ids), "answer": "It is green." if ids else "", "evidence": ids}

    model = ScriptedModel(script, pictures=4)
    answer = vidsense.ask(colours, "Is anything green?", model=model, encoder=ColourEncoder())
    shown = [picture for prompt in model.of("answer") for picture in prompt.pictures]
    assert any(picture.id.startswith("b") and picture.pts_seconds >= 20.0 for picture in shown)
    assert answer.found
    assert all(moment.start >= 20.0 for moment in answer.moments)
    assert "question" in {frame.reason for frame in answer.frames}


def test_a_second_question_encodes_nothing_again(colours: Path, tmp_path: Path) -> None:
    cache, first, second = FileCache(tmp_path), ColourEncoder(), ColourEncoder()
    before = vidsense.describe(colours, model="none", labels=WORDS, encoder=first, cache=cache)
    after = vidsense.describe(colours, model="none", labels=WORDS, encoder=second, cache=cache)
    assert first.encoded > 3
    assert second.encoded == 0
    assert labels_of(before) == labels_of(after)
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(b"broken")
    third = ColourEncoder()
    vidsense.describe(colours, model="none", labels=WORDS, encoder=third, cache=cache)
    assert third.encoded == first.encoded


def test_a_standing_picture_is_encoded_once(tmp_path: Path) -> None:
    path = write_video(still(texture(SIZE, 1), 20.0), tmp_path / "still.mp4")
    assert len(candidate_times(observe(path).survey)) <= 3  # a key frame makes it anew


def test_a_label_holds_as_long_as_the_picture_stands(tmp_path: Path) -> None:
    path = write_video(cut(plain(SIZE, 6.0, RED), plain(SIZE, 6.0, (90, 90, 90))), tmp_path / "red.mp4")
    told = vidsense.describe(path, model="none", labels=WORDS, encoder=ColourEncoder())
    (label,) = labels_of(told)
    assert label[0] == "something red"
    assert label[2] <= 0.6
    assert 5.0 <= label[3] <= 6.0


def test_places_come_back_in_the_order_of_asking(colours: Path) -> None:
    looks = Looks(colours, ColourEncoder())
    rows = looks.embeddings([Place(22.0), Place(9.0), Place(22.0), Place(9.0, (0.0, 0.0, 0.5, 0.5))])
    assert rows[0].argmax() == 1
    assert rows[1].argmax() == rows[3].argmax() == 0
    assert np.array_equal(rows[0], rows[2])


def test_a_mover_is_cut_out_with_what_surrounds_it() -> None:
    assert around(0.5, 0.5, 0.2, 0.4) == pytest.approx((0.35, 0.2, 0.65, 0.8))
    x0, y0, x1, y1 = around(0.0, 1.0, 0.05, 0.05)
    assert 0.0 <= x0 < x1 <= 1.0
    assert 0.0 <= y0 < y1 <= 1.0
    places = mover_places([[float(t), 0.5, 0.5, 0.1, 0.1] for t in range(20)])
    assert [place.seconds for place in places] == [0, 5, 10, 14, 19]
    assert cut_out(np.zeros((10, 20, 3), np.uint8), (0.0, 0.0, 0.01, 0.01)).shape == (1, 1, 3)


def test_what_wavers_is_one_run_and_what_stays_low_is_none() -> None:
    assert held_runs(np.array([0.7, 0.45, 0.9, 0.2, 0.5, 0.5])) == [(0, 2)]
    assert held_runs(np.zeros(3)) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"labels": ("dog",)}, "one label has nothing to be compared with"),
        ({"about": " "}, "what it is about is empty"),
    ],
)
def test_wishes_without_sense_are_refused(colours: Path, options: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        vidsense.describe(colours, model="none", encoder=ColourEncoder(), **options)  # type: ignore[arg-type]


def test_a_missing_encoder_is_told_with_what_gets_it(colours: Path) -> None:
    with pytest.raises(ModelError, match="`vidsense models pull clip-vit-b16` gets it"):
        vidsense.describe(colours, model="none", labels=WORDS)


def test_fewer_than_two_words_are_no_comparison(colours: Path) -> None:
    with pytest.raises(ValueError, match="at least two labels"):
        label_facts(observe(colours), Looks(colours, ColourEncoder()), ["dog"])


@pytest.mark.full
def test_the_command_takes_labels_from_a_file_and_any_encoder(
    colours: Path, clip_encoder_folder: Path, tmp_path: Path
) -> None:
    from vidsense.cli.main import run

    words, out = tmp_path / "words.txt", tmp_path / "out.json"
    words.write_text("a person\na dog\n\nnothing\n", "utf-8")
    arguments = ["describe", str(colours), "--model", "none", "--labels", str(words), "--about", "a dog", "--json"]
    assert run([*arguments, "--encoder", str(clip_encoder_folder), "--out", str(out)]) == 0
    said = json.loads(out.read_text("utf-8"))
    assert "tiny-clip" in said["description"]
    assert any(frame["reason"] == "question" for frame in said["frames"])
