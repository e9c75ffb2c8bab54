"""Files that are sound but unusual: rotated, late, of variable rate, with several tracks, with one picture."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from vidsense.source import open_video
from vidsense.source.synthetic import Drawing, plain, still


def shown_times(stream):
    return [frame.pts_seconds for frame in stream.iter_frames()]


def corner_marked(size=(48, 64)):
    """Grey, with a red square in the upper left corner and a blue one in the upper right."""
    picture = np.full((*size, 3), 128, np.uint8)
    picture[:16, :16] = (255, 0, 0)
    picture[:16, -16:] = (0, 0, 255)
    return still(picture, 0.4)


def write_tracks(path, *, pictures=1, sound=0, cover=False, seconds=0.4):
    """A file with several tracks; the n-th picture track shows the n-th grey."""
    with av.open(str(path), "w") as container:
        tracks = []
        for _ in range(pictures):
            track = container.add_stream("mpeg4", rate=25)
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
            tracks.append(track)
        tones = [container.add_stream("aac", rate=8000, layout="mono") for _ in range(sound)]
        for i in range(round(seconds * 25)):
            for n, track in enumerate(tracks):
                grey = np.full((48, 64, 3), 60 + 90 * n, np.uint8)
                container.mux(track.encode(VideoFrame.from_ndarray(grey, "rgb24")))
            for tone in tones:
                samples = av.AudioFrame.from_ndarray(np.zeros((1, 320), np.float32), "fltp", "mono")
                samples.rate, samples.pts, samples.time_base = 8000, 320 * i, Fraction(1, 8000)
                container.mux(tone.encode(samples))
        for track in [*tracks, *tones]:
            container.mux(track.encode())
    return path


@pytest.mark.parametrize(
    "rotation, upper_row",
    [(0, ("red", "blue")), (90, ("blue", "grey")), (180, ("grey", "grey")), (270, ("grey", "red"))],
)
def test_a_rotated_video_is_turned_as_players_turn_it(draw, rotation, upper_row):
    stream = open_video(draw("turned.mp4", corner_marked(), rotation=rotation))
    assert stream.info.rotation == rotation
    assert (stream.info.height, stream.info.width) == ((64, 48) if rotation % 180 else (48, 64))
    pixels = next(stream.iter_frames()).pixels
    assert pixels.shape == (stream.info.height, stream.info.width, 3)
    names = {"red": (255, 0, 0), "blue": (0, 0, 255), "grey": (128, 128, 128)}
    for corner, name in zip((pixels[4, 4], pixels[4, -5]), upper_row, strict=True):
        assert np.abs(corner.astype(int) - names[name]).max() < 40  # lossy colours, half of the resolution
    luma = next(stream.iter_planes(32)).luma
    assert luma.shape == ((32, 24) if rotation % 180 else (24, 32))


def test_a_variable_frame_rate_keeps_its_times(draw):
    times = [0.0, 0.02, 0.1, 0.5, 0.54, 1.3, 2.9, 3.0]
    stream = open_video(draw("variable.mp4", times=times))
    assert shown_times(stream) == pytest.approx(times, abs=1e-4)
    assert [f.pts_seconds for f in stream.frames_at([0.3, 1.2999, 2.5])] == pytest.approx([0.1, 1.3, 1.3], abs=1e-4)


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv", "late.ts"])
def test_times_count_from_the_first_shown_frame(draw, name):
    stream = open_video(draw(name, start_seconds=7.0))
    assert shown_times(stream) == pytest.approx([i / 25 for i in range(50)], abs=1.1e-3)
    assert next(stream.frames_at([1.0])).pts_seconds == pytest.approx(1.0, abs=1.1e-3)


def test_pictures_without_times_are_spaced_evenly(draw):
    stream = open_video(draw("bare.h264"))
    assert not stream.index().seekable
    assert shown_times(stream) == pytest.approx([i / 25 for i in range(50)])


def test_a_wide_pixel_is_shown_wide(tmp_path):
    path = tmp_path / "anamorphic.mkv"
    with av.open(str(path), "w") as container:
        track = container.add_stream("mpeg2video", rate=25)
        track.width, track.height, track.pix_fmt = 48, 48, "yuv420p"
        track.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for _ in range(3):
            container.mux(track.encode(VideoFrame.from_ndarray(np.zeros((48, 48, 3), np.uint8), "rgb24")))
        container.mux(track.encode())
    stream = open_video(path)
    assert (stream.info.height, stream.info.width) == (48, 64)
    assert next(stream.iter_frames()).pixels.shape == (48, 64, 3)
    assert next(stream.iter_planes(32)).luma.shape == (24, 32)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tiff"])
def test_a_still_image_is_a_video_of_one_frame(tmp_path, suffix):
    path = tmp_path / f"still{suffix}"
    cv2.imwrite(str(path), np.full((48, 64, 3), (20, 120, 220), np.uint8))
    stream = open_video(path)
    [frame] = stream.iter_frames()
    assert frame.pts_seconds == 0.0
    assert np.abs(frame.pixels.reshape(-1, 3).mean(axis=0) - (220, 120, 20)).max() < 4
    assert [f.pts_seconds for f in stream.frames_at([0.0, 5.0])] == [0.0, 0.0]
    assert len(list(stream.iter_planes(32))) == 1


def test_a_video_of_one_frame_has_it(draw):
    stream = open_video(draw("one.webm", plain((48, 64), 0.04), codec="libvpx"))
    assert shown_times(stream) == [0.0]


def test_transparent_pictures_lie_on_white(tmp_path):
    rgba = np.zeros((48, 64, 4), np.uint8)
    rgba[:, 32:] = (0, 0, 255, 255)  # OpenCV's order: red
    path = tmp_path / "transparent.png"
    cv2.imwrite(str(path), rgba)
    stream = open_video(path)
    pixels = next(stream.iter_frames()).pixels
    assert tuple(pixels[10, 10]) == (255, 255, 255)
    assert tuple(pixels[10, 50]) == (255, 0, 0)
    planes = next(stream.iter_planes(64))
    assert planes.luma[10, 10] == 255
    assert planes.luma[10, 50] == pytest.approx(76, abs=2)
    # Cb and Cr of red by ITU-R BT.601, full range
    assert planes.chroma[:, 5, 25].tolist() == pytest.approx([85, 255], abs=2)
    assert planes.chroma[:, 5, 5].tolist() == pytest.approx([128, 128], abs=1)


def test_an_animated_gif_keeps_its_times(draw):
    stream = open_video(draw("animated.gif", codec="gif", pixel_format="rgb8"))
    assert shown_times(stream) == pytest.approx([i / 25 for i in range(50)])


def test_the_first_of_several_picture_tracks_is_shown(tmp_path):
    stream = open_video(write_tracks(tmp_path / "two.mkv", pictures=2, sound=2))
    assert (stream.info.video_tracks, stream.info.audio_tracks) == (2, 2)
    assert next(stream.iter_frames()).pixels.mean() == pytest.approx(60, abs=4)


def test_cover_art_is_no_video(tmp_path):
    """A song with its cover: FFmpeg shows the cover as a picture track."""
    from vidsense.errors import SourceError

    cover = cv2.imencode(".png", np.full((48, 64, 3), 200, np.uint8))[1].tobytes()
    path = tmp_path / "song.mp3"
    silence = b"".join(b"\xff\xfb\x10\xc4" + bytes(100) for _ in range(50))
    picture = b"\x00image/png\x00\x03\x00" + cover
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\x00\x00" + picture
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\x00\x00" + size + frame + silence)
    with pytest.raises(SourceError, match="no picture to look at"):
        open_video(path)


def test_interlaced_motion_does_not_comb(tmp_path):
    """A bar that moves 8 pixels between two fields leaves teeth 8 pixels long where fields are only woven."""
    path = tmp_path / "interlaced.mpg"
    with av.open(str(path), "w") as container:
        track = container.add_stream("mpeg2video", rate=25, options={"flags": "+ilme+ildct", "top": "1", "q": "2"})
        track.width, track.height, track.pix_fmt = 160, 96, "yuv420p"
        for i in range(6):
            woven = np.full((96, 160, 3), 40, np.uint8)
            woven[0::2, 16 * i : 16 * i + 40] = 220
            woven[1::2, 16 * i + 8 : 16 * i + 48] = 220
            container.mux(track.encode(VideoFrame.from_ndarray(woven, "rgb24")))
        container.mux(track.encode())
    stream = open_video(path)
    assert stream.info.interlaced
    for frame in stream.iter_frames():
        rows = frame.pixels[20:76, :, 0].astype(int)
        assert np.abs(np.diff(rows, axis=0)).mean() < 3  # woven: 16 of 160 columns jump by 180, 18 on average


def test_frames_keep_the_size_of_the_first(draw, tmp_path):
    """A stream whose size changes on the way (adverts, a camera that was turned) keeps the size that was told."""
    joined = tmp_path / "changing.ts"
    small = draw("a.ts", plain((48, 64), 0.4, (200, 30, 30)), codec="mpeg2video")
    large = draw("b.ts", plain((96, 128), 0.4, (30, 30, 200)), codec="mpeg2video", start_seconds=0.4)
    joined.write_bytes(small.read_bytes() + large.read_bytes())
    stream = open_video(joined)
    frames = list(stream.iter_frames())
    assert {frame.pixels.shape for frame in frames} == {(48, 64, 3)}
    assert frames[-1].pixels.mean(axis=(0, 1))[2] > 150
    assert {planes.luma.shape for planes in stream.iter_planes(32)} == {(24, 32)}


def test_the_header_is_told(draw):
    info = open_video(
        draw("told.mkv", frame_rate := Drawing((48, 64), 12.5, 2.0, lambda _: np.zeros((48, 64, 3), np.uint8)))
    ).info
    assert (info.name, info.codec, info.pixel_format, info.transfer) == ("told.mkv", "h264", "yuv420p", "sdr")
    assert (info.height, info.width, info.rotation, info.frame_rate) == (48, 64, 0, frame_rate.frame_rate)
    assert info.declared_seconds == pytest.approx(2.0, abs=0.1)
    assert (info.video_tracks, info.audio_tracks, info.subtitle_tracks) == (1, 0, 0)
    assert not info.interlaced
