"""What is drawn comes back, from every sampling and depth; HDR is brought to a screen of today by the formula."""

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from vidsense.source import open_video
from vidsense.source.convert import light_table, shoulder
from vidsense.source.synthetic import plain, still

PQ, HLG = 16, 18


def pq_code(nits):
    """SMPTE ST 2084, from light to code: the inverse of what the reader has to do."""
    y = (np.asarray(nits, np.float64) / 10000.0) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hdr_file(path, codes, transfer=PQ):
    """A lossless 10-bit BT.2020 file of grey bars, one for each code in 0 … 1."""
    bars = np.repeat(64 + 876 * np.asarray(codes), 16).round().astype(np.uint16)
    luma = np.broadcast_to(bars, (32, len(bars)))
    planes = np.concatenate([luma.ravel(), np.full(luma.size // 2, 512, np.uint16)]).reshape(48, -1)
    with av.open(str(path), "w") as container:
        track = container.add_stream("ffv1", rate=25)
        track.width, track.height, track.pix_fmt = len(bars), 32, "yuv420p10le"
        context = track.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = transfer, 9, 9, 1
        frame = VideoFrame.from_ndarray(planes, "yuv420p10le")
        frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = transfer, 9, 9, 1
        container.mux(track.encode(frame))
        container.mux(track.encode())
    return path


def greys(path):
    """What each bar of an `hdr_file` is shown as; it must be grey."""
    pixels = next(open_video(path).iter_frames()).pixels[16, 8::16].astype(int)
    assert np.ptp(pixels, axis=1).max() <= 3
    return pixels[:, 1]


@pytest.mark.parametrize(
    "name, codec, pixel_format",
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mp4", "libx264", "yuv422p"),
        ("a.mp4", "libx264", "yuv444p"),
        ("a.mkv", "libx264", "yuv420p10le"),
        ("a.mp4", "libx265", "yuv420p10le"),
        ("a.mov", "prores_ks", "yuv422p10le"),
        ("a.mkv", "ffv1", "yuv444p16le"),
        ("a.avi", "mjpeg", "yuvj420p"),
        ("a.mov", "qtrle", "rgb24"),
        ("a.mkv", "ffv1", "gray"),
        ("a.avi", "rawvideo", "yuv420p"),
    ],
)
@pytest.mark.parametrize("colour", [(200, 60, 40), (30, 170, 220), (128, 128, 128), (255, 255, 255), (0, 0, 0)])
def test_drawn_colours_come_back(draw, name, codec, pixel_format, colour):
    stream = open_video(draw(name, plain((48, 64), 0.2, colour), codec=codec, pixel_format=pixel_format))
    expected = [round(float(np.dot(colour, (0.299, 0.587, 0.114))))] * 3 if pixel_format == "gray" else colour
    pixels = next(stream.iter_frames()).pixels
    assert pixels.reshape(-1, 3).mean(axis=0) == pytest.approx(expected, abs=6)
    planes = next(stream.iter_planes(32))
    assert planes.luma.mean() == pytest.approx(np.dot(expected, (0.299, 0.587, 0.114)), abs=6)


def test_a_large_picture_without_a_matrix_is_bt709(draw):
    """Players assume BT.709 from 720 lines on; BT.601 would turn this green by 20 levels."""
    stream = open_video(draw("large.mp4", plain((720, 64), 0.08, (40, 200, 60))))
    assert next(stream.iter_frames()).pixels.reshape(-1, 3).mean(axis=0) == pytest.approx((40, 200, 60), abs=5)


def test_scaling_averages(draw):
    """A fine checkerboard becomes its mean, as area scaling must make it; a point sample would keep black and white."""
    checks = (np.indices((96, 128)).sum(axis=0) % 2 * 255).astype(np.uint8)
    stream = open_video(draw("checks.mkv", still(np.dstack([checks] * 3), 0.04), codec="ffv1", pixel_format="gray"))
    assert np.abs(next(stream.iter_frames((24, 32))).pixels.astype(int) - 128).max() < 8


def test_pq_light_follows_the_standard():
    nits = np.array([0.1, 1, 10, 100, 203, 1000, 4000])
    table = light_table("pq") * 203.0
    np.testing.assert_allclose(np.interp(pq_code(nits), np.linspace(0, 1, 4096), table), nits, rtol=2e-3)


def test_an_hdr_picture_looks_like_one_for_todays_screens(tmp_path):
    """Shadows and middle grey (18 % of 203 nits) as in SDR, a page bright and not white, lights above it distinct."""
    nits = [0.0, 0.05, 36.5, 100.0, 203.0, 400.0, 1000.0]
    black, shadow, middle, hundred, page, bright, light = greys(hdr_file(tmp_path / "pq.mkv", pq_code(nits)))
    assert black == 0
    assert shadow < 12
    assert middle == pytest.approx(118, abs=3)  # sRGB of 0.18
    assert hundred == pytest.approx(184, abs=3)  # sRGB of 100 / 203, below the knee
    assert 220 < page < 242
    assert page + 8 < bright < light <= 255


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_tone_mapping_never_turns_back(tmp_path, transfer):
    shown = greys(hdr_file(tmp_path / "ramp.mkv", np.linspace(0, 1, 60), transfer))
    assert np.all(np.diff(shown) >= 0)
    assert shown[0] == 0
    assert shown[-1] == 255
    assert len(np.unique(shown)) > 35


def test_a_white_page_in_hlg_is_bright(tmp_path):
    """ITU-R BT.2408 puts diffuse white at 75 % of the HLG signal."""
    [page] = greys(hdr_file(tmp_path / "hlg.mkv", [0.75], HLG))
    assert 220 < page < 245


def test_the_transfer_is_told(tmp_path):
    assert open_video(hdr_file(tmp_path / "pq.mkv", [0.5])).info.transfer == "pq"
    assert open_video(hdr_file(tmp_path / "hlg.mkv", [0.5], HLG)).info.transfer == "hlg"


def test_the_shoulder_is_smooth_and_ends_at_white():
    light = np.linspace(0, 5, 1001)
    bent = shoulder(light)
    assert np.array_equal(bent[light <= 0.6], light[light <= 0.6])
    assert bent[-1] == pytest.approx(1.0)
    assert np.all(np.diff(bent) > 0)
    assert np.diff(bent, 2).max() < 1e-3  # no jump of the slope upwards


def test_palettes_with_a_transparent_colour_lie_on_white(tmp_path):
    from PIL import Image

    path = tmp_path / "palette.gif"
    picture = Image.fromarray(np.repeat([[0] * 32 + [1] * 32], 48, axis=0).astype(np.uint8), "P")
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.save(path, transparency=0)
    pixels = next(open_video(path).iter_frames()).pixels
    assert tuple(pixels[10, 10]) == (255, 255, 255)
    assert tuple(pixels[10, 50]) == (0, 0, 255)


def test_a_written_jpeg_and_its_pixels_agree(tmp_path):
    """OpenCV reads the same file: another decoder, the same picture (2 levels: chroma is scaled differently)."""
    path = tmp_path / "a.jpg"
    smooth = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8), (0, 0), 6)
    cv2.imwrite(str(path), smooth, [cv2.IMWRITE_JPEG_QUALITY, 98])
    pixels = next(open_video(path).iter_frames()).pixels
    reference = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    assert np.abs(pixels.astype(int) - reference).mean() < 2
