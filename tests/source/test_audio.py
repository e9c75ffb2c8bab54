"""Sound and subtitles at the times of the picture."""

import importlib.util
from pathlib import Path

import av
import numpy as np
import pytest

import vidsense
from vidsense.errors import SourceError
from vidsense.source.audio import SAMPLE_RATE, iter_sound
from vidsense.source.stream import Damage
from vidsense.source.subtitles import iter_cues, plain_text
from vidsense.source.synthetic import still, texture, write_video

spec = importlib.util.spec_from_file_location("sounds", Path(__file__).parents[1] / "sounds.py")
sounds = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sounds)


@pytest.fixture
def video(tmp_path):
    return write_video(still(texture((90, 160), 1), 3.0), tmp_path / "silent.mp4")


@pytest.mark.parametrize(
    ("codec", "suffix"), [("flac", "mkv"), ("aac", "mp4"), ("libopus", "webm"), ("pcm_s16le", "mov")]
)
def test_sound_of_any_codec_comes_at_its_time(video, tmp_path, codec, suffix):
    if suffix == "webm":
        video = write_video(still(texture((90, 160), 1), 3.0), tmp_path / "v.webm", codec="libvpx")
    samples = np.concatenate([sounds.silence(1.0), sounds.tone(1.0), sounds.silence(1.0)])
    path = sounds.with_sound(video, tmp_path / f"sound.{suffix}", samples, codec=codec)
    parts = list(iter_sound(path))
    whole = np.concatenate([part.samples for part in parts])
    assert len(whole) == pytest.approx(3.0 * SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)
    loud = np.flatnonzero(np.abs(whole.astype(int)) > 3000)
    begin = parts[0].seconds + loud[0] / SAMPLE_RATE
    assert begin == pytest.approx(1.0, abs=0.06)


def test_a_part_of_the_sound_comes_with_the_times_of_the_whole(video, tmp_path):
    path = sounds.with_sound(video, tmp_path / "s.mkv", sounds.tone(3.0))
    parts = list(iter_sound(path, start_seconds=2.0, end_seconds=2.5))
    assert 1.0 < parts[0].seconds <= 2.0
    assert parts[-1].seconds < 2.5


def test_a_silent_film_has_no_sound_to_give(video):
    with pytest.raises(SourceError, match="no sound track"):
        list(iter_sound(video))


def test_damaged_sound_is_counted_and_the_account_comes(video, tmp_path):
    path = sounds.with_sound(video, tmp_path / "s.mkv", sounds.hiss(3.0), codec="aac", damaged=range(10, 30))
    damage = Damage()
    list(iter_sound(path, damage=damage))
    assert damage.frames > 0
    account = vidsense.describe(path)
    assert any("of the sound could not be decoded" in warning for warning in account.warnings)
    assert account.shots


def with_subtitles(video, path, cues, encoding="utf-8"):
    """The pictures of `video` beside these (start, end, text), in a new file."""
    srt = path.with_suffix(".srt")
    stamp = "{:02d}:{:02d}:{:06.3f}"
    lines = []
    for i, (start, end, text) in enumerate(cues, 1):
        a, b = (stamp.format(int(t // 3600), int(t // 60) % 60, t % 60).replace(".", ",") for t in (start, end))
        lines.append(f"{i}\n{a} --> {b}\n{text}\n")
    srt.write_text("\n".join(lines), encoding)
    with av.open(str(video)) as pictures, av.open(str(srt)) as words, av.open(str(path), "w") as target:
        tracks = [target.add_stream_from_template(s.streams[0]) for s in (pictures, words)]
        for source, track in zip((pictures, words), tracks, strict=True):
            for packet in source.demux(source.streams[0]):
                if packet.dts is not None:
                    packet.stream = track
                    target.mux(packet)
    return path


def test_subtitles_are_facts_with_their_times(video, tmp_path):
    path = with_subtitles(
        video, tmp_path / "subs.mkv", [(0.5, 1.5, "Hello <i>there</i>!"), (1.8, 2.6, "Grüße aus Köln")]
    )
    cues = list(iter_cues(path))
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [
        (0.5, pytest.approx(1.5), "Hello there!"),
        (1.8, pytest.approx(2.6), "Grüße aus Köln"),
    ]
    account = vidsense.describe(path)
    assert [fact.text for fact in account.facts if fact.kind == "subtitle"] == ["Hello there!", "Grüße aus Köln"]
    assert "“Grüße aus Köln”" in account.description


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "shift-jis"])
def test_subtitles_in_a_strange_encoding_are_read_or_counted_and_the_rest_still_comes(video, tmp_path, encoding):
    text = "日本" if encoding == "shift-jis" else "Grüße"
    path = with_subtitles(video, tmp_path / "subs.mkv", [(0.5, 1.5, "Hello"), (1.8, 2.6, text)], encoding)
    account = vidsense.describe(path)
    said = [fact.text for fact in account.facts if fact.kind == "subtitle"]
    assert said[0] == "Hello"
    assert len(said) == 2 or any("subtitle could not be decoded" in warning for warning in account.warnings)
    assert account.shots


def test_marks_are_taken_out_of_subtitles():
    assert plain_text([r"{\an8}Come{\i0} in.\N<b>Now</b>"]) == "Come in.\nNow"
