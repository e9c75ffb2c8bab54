"""What is no video is refused with one sentence; what is damaged is read as far as it goes, and counted."""

import os
import socket
import sys

import numpy as np
import pytest

from vidsense.errors import SourceError
from vidsense.source import open_video
from vidsense.source.container import shown

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n"
PLAYLISTS = {
    "list.m3u8": HLS,
    "list.mp4": HLS,
    "list.ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "list.txt": "ffconcat version 1.0\nfile '{target}'\n",
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
    "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet '
    'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
}  # fmt: skip


def refusal(location):
    """The one sentence with which it is refused."""
    with pytest.raises(SourceError) as caught:
        open_video(location)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_missing_file_is_named(tmp_path):
    assert "there is no file nothing.mp4" in refusal(tmp_path / "nothing.mp4")


def test_a_folder_is_no_video(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in refusal(tmp_path / "empty.mp4")


@pytest.mark.parametrize(
    "content", [b"just some words\n" * 50, bytes(4096), b"\x00\x00\x00\x18ftypisom", b"GIF89a", b"RIFF....AVI "]
)
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "words.mp4"
    path.write_bytes(content)
    assert "words.mp4" in refusal(path)


def test_a_file_without_streams_is_refused(tmp_path):
    path = tmp_path / "hollow.mp4"
    path.write_bytes(
        b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + b"\x00\x00\x00\x74moov\x00\x00\x00\x6cmvhd" + bytes(100)
    )
    assert "hollow.mp4" in refusal(path)


def test_sound_alone_is_no_video(tmp_path):
    import wave

    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    assert "it holds only audio" in refusal(path)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(draw):
    path = draw()
    path.chmod(0)
    assert "no permission" in refusal(path)


def test_a_name_that_is_too_long_is_refused(tmp_path):
    assert "cannot read" in refusal(tmp_path / ("a" * 300))


def test_a_name_with_a_null_byte_is_refused():
    assert refusal("a\0b.mp4")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_refused_and_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "not a regular file" in refusal(tmp_path / "pipe.mp4")


NAMES = [
    "two words.mp4",
    "naïve 🎬.mp4",
    "line\nbreak.mp4",
    "-rf.mp4",
    "100%d.mp4",
    "a:b.mp4",
    "http:--x.mp4",
    "'q\".mp4",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids some of these names")
def test_any_name_will_do(draw, tmp_path, name, monkeypatch):
    draw("plain.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for location in (tmp_path / name, name):
        stream = open_video(location)
        assert len(list(stream.iter_planes(32))) == 50
        assert "\n" not in stream.info.name


def test_a_name_is_shown_on_one_line():
    assert shown("folder/line\nbreak\x1b[31m.mp4") == "line\\nbreak\\x1b[31m.mp4"
    assert shown(b"bad\xff.mp4".decode("utf-8", "surrogateescape")) == "bad\\udcff.mp4"


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("way", ["relative", "absolute", "file:", "server"])
def test_a_list_inside_a_file_opens_nothing(draw, tmp_path, monkeypatch, name, way):
    """A local file must not make the reader open another file or a connection."""
    target = draw("secret.mp4" if "ffconcat" in name or name == "list.txt" else "secret.ts")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        addresses = {
            "relative": target.name,
            "absolute": str(target),
            "file:": f"file://{target}",
            "server": f"http://127.0.0.1:{server.getsockname()[1]}/secret.ts",
        }
        (tmp_path / name).write_text(PLAYLISTS[name].replace("{target}", addresses[way]))
        monkeypatch.chdir(tmp_path)
        assert name in refusal(tmp_path / name)
        with pytest.raises(TimeoutError):
            server.accept()


def test_an_mp4_that_points_to_another_file_opens_nothing(draw, tmp_path):
    """A data reference (`dref`) may name another file; it must not be read."""
    whole = draw("whole.mov", codec="mjpeg", pixel_format="yuvj420p").read_bytes()
    at = whole.index(b"dref")
    assert whole[at + 12 : at + 20].endswith(b"url ")
    outside = whole.replace(b"url \x00\x00\x00\x01", b"alis\x00\x00\x00\x00")
    (tmp_path / "outside.mov").write_bytes(outside)
    try:
        stream = open_video(tmp_path / "outside.mov")
    except SourceError:
        return
    assert len(list(stream.iter_planes(32))) == 50  # read from its own bytes


def test_a_decoder_that_cannot_be_set_up_is_a_refusal(draw):
    path = draw("a.mp4", codec="libx265")
    content = bytearray(path.read_bytes())
    at = content.index(b"hvcC")
    content[at + 26 : at + 60] = bytes(34 * [255])
    path.write_bytes(content)
    assert "can be decoded" in refusal(path)


def damaged(path, *, share=0.01, seed=0, start=0.3, end=0.9):
    """The same file with some bytes of its middle changed."""
    content = np.frombuffer(path.read_bytes(), np.uint8).copy()
    rng = np.random.default_rng(seed)
    first, last = round(start * len(content)), round(end * len(content))
    places = rng.integers(first, last, max(1, round(share * (last - first))))
    content[places] ^= rng.integers(1, 256, len(places)).astype(np.uint8)
    path.write_bytes(content.tobytes())
    return path


def test_damage_is_counted_and_the_rest_is_shown(draw, moving):
    drawing = moving(2.0, size=(96, 128))
    path = damaged(draw("damaged.ts", drawing, codec="mpeg2video", options={"g": "10", "b": "2M"}))
    stream = open_video(path)
    times = [planes.pts_seconds for planes in stream.iter_planes(32)]
    assert stream.damage.frames > 0
    assert 0 < len(stream.damage.messages) <= 8
    assert len(times) > 25
    assert times == sorted(times)


def test_a_truncated_recording_is_shown_to_its_end(draw):
    path = draw("cut.mkv", options={"g": "10"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    stream = open_video(path)
    assert 10 < len(list(stream.iter_frames())) < 45


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_damage_at_the_end_costs_no_sound_picture(draw, threads):
    """Several threads hold several pictures when the damage comes; all but the damaged one are shown."""
    path = draw("end.flv", options={"g": "10", "bf": "0"})
    path.write_bytes(path.read_bytes()[:-400])
    alone, together = open_video(path, threads=1), open_video(path, threads=threads)
    expected = [planes.pts_seconds for planes in alone.iter_planes(32)]
    assert [planes.pts_seconds for planes in together.iter_planes(32)] == expected
    assert len(expected) > 40


def test_a_file_of_little_more_than_a_header_gives_what_it_promised(draw):
    """An opened file has at least the frame that opening it has decoded."""
    whole = draw("whole.flv").read_bytes()
    for length in range(700, 3000, 150):
        path = draw("short.flv")
        path.write_bytes(whole[:length])
        try:
            stream = open_video(path)
        except SourceError:
            continue
        assert list(stream.iter_planes(32)), length
        assert len(list(stream.frames_at([0.0, 0.5, 1.0]))) == 3


def test_frames_beside_damage_can_be_sought(draw, moving):
    """Where a seek does not find its frame, the one that was on screen before is shown, as a pass in order shows it."""
    for seed in range(4):
        path = draw(f"{seed}.mp4", moving(2.0, size=(96, 128)), options={"g": "10", "crf": "18"})
        stream = open_video(damaged(path, share=0.002, seed=seed, start=0.2, end=0.7))
        wanted = [0.0, 0.3, 0.7, 0.71, 1.1, 1.5, 1.96]
        for tolerance in (0.0, 0.5):
            found = list(stream.frames_at(wanted, tolerance_seconds=tolerance))
            assert len(found) == len(wanted)
            assert [f.pts_seconds for f in found] == sorted(f.pts_seconds for f in found)


def test_damage_belongs_to_the_latest_pass(draw, moving):
    path = damaged(draw("damaged.ts", moving(2.0, size=(96, 128)), codec="mpeg2video", options={"b": "2M"}))
    stream = open_video(path)
    list(stream.iter_planes(32))
    first = stream.damage.frames
    list(stream.iter_planes(32))
    # FFmpeg's own mark of a broken picture is missed once in a thousand passes; both passes in one would be twice that.
    assert abs(stream.damage.frames - first) < 0.2 * first
