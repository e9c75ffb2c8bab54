"""In: a decoded `av.VideoFrame`. Out: RGB pixels or survey planes, scaled straight from YUV.

HDR is tone mapped after scaling, by look-up tables: PQ (SMPTE ST 2084) and HLG (ITU-R BT.2100) light is brought under
white with a curve in the spirit of ITU-R BT.2390 (a shoulder above diffuse white), BT.2020 primaries to BT.709.
"""

from fractions import Fraction
from functools import lru_cache

import av
import cv2
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from vidsense.source.stream import scaled_size

TRANSFER = {16: "pq", 18: "hlg"}
"""AVColorTransferCharacteristic → name; everything else is shown as it is."""
BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
BT709_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
UNSPECIFIED_COLOURSPACE = 2  # AVCOL_SPC_UNSPECIFIED
QUICK_FORMATS = frozenset(["yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"])
QUICK_LINES = 1000
QUICK_LINES_EACH = 2
"""Lines that make one line of luma; a whole number is what makes it quick."""
DIFFUSE_WHITE_NITS = 203.0
"""ITU-R BT.2408: the luminance of a white page in an HDR picture."""


class FrameConverter:
    """Turns the frames of one stream into arrays; keeps the scalers' set-up between frames.

    The first frame sets the size and the rotation for all: a stream may change its coded size on the way.
    """

    def __init__(self, first: VideoFrame, pixel_aspect: float) -> None:
        self.rotation = first.rotation % 360
        self.height, self.width = first.height, round(first.width * pixel_aspect)
        self._scaler = VideoReformatter()
        self._plane_scaler = VideoReformatter()

    @property
    def shown_size(self) -> tuple[int, int]:
        """(height, width) of the picture as it is meant to be seen."""
        return (self.width, self.height) if self.rotation % 180 else (self.height, self.width)

    def rgb(self, frame: VideoFrame, size: tuple[int, int] | None) -> np.ndarray:
        """(H, W, 3) uint8 of the shown picture, at (height, width) `size` when given."""
        height, width = size or self.shown_size
        if self.rotation % 180:
            height, width = width, height
        if frame.interlaced_frame and height > frame.height // 2:
            frame = deinterlaced(frame)
        pixels = self._colours(frame, height, width)
        return np.ascontiguousarray(np.rot90(pixels, self.rotation // 90)) if self.rotation else pixels

    def closely(self, frame: VideoFrame, long_side: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB as it is meant to be seen, the longer side at most `long_side` pixels."""
        height, width = self.shown_size
        return self.rgb(frame, None if long_side >= max(height, width) else scaled_size(width, height, long_side))

    def _colours(self, frame: VideoFrame, height: int, width: int) -> np.ndarray:
        """The coded picture, not yet turned, as a screen of today shows it."""
        transfer = TRANSFER.get(int(frame.color_trc or 0), "sdr")
        if transfer != "sdr":
            return tone_mapped(self._scaled(frame, height, width, "rgb48le"), transfer)
        if has_alpha(frame):
            return over_white(self._scaled(frame, height, width, "rgba"))
        return self._scaled(frame, height, width, "rgb24")

    def planes(self, frame: VideoFrame, long_side: int) -> tuple[np.ndarray, np.ndarray]:
        """Luma (h, w) and chroma (2, h/2, w/2), uint8 full range, of the shown picture."""
        height, width = scaled_size(self.width, self.height, long_side)
        if has_alpha(frame):
            yuv = cv2.cvtColor(over_white(self._scaled(frame, height, width, "rgba")), cv2.COLOR_RGB2YCrCb)
            luma, halves = yuv[:, :, 0], cv2.resize(yuv[:, :, 2:0:-1], (width // 2, height // 2))
            chroma = np.moveaxis(halves, 2, 0)
        elif (
            frame.format.name in QUICK_FORMATS
            and frame.height >= max(QUICK_LINES, QUICK_LINES_EACH * height)
            and not frame.interlaced_frame
        ):
            luma, chroma = quick_planes(frame, height, width)
        else:
            small = self._plane_scaler.reformat(
                frame,
                width,
                height,
                "yuv420p",
                interpolation=Interpolation.AREA,
                threads=1,
                dst_color_range=ColorRange.JPEG,
                **source_colour(frame),
            )
            luma, chroma = plane(small, 0, height, width).copy(), np.empty((2, height // 2, width // 2), np.uint8)
            for i in (0, 1):
                chroma[i] = plane(small, i + 1, height // 2, width // 2)
        if not self.rotation:
            return np.ascontiguousarray(luma), np.ascontiguousarray(chroma)
        turns = self.rotation // 90
        return np.rot90(luma, turns).copy(), np.rot90(chroma, turns, axes=(1, 2)).copy()

    def _scaled(self, frame: VideoFrame, height: int, width: int, pixel_format: str) -> np.ndarray:
        way = Interpolation.AREA if height < frame.height else Interpolation.BICUBIC
        return self._scaler.reformat(
            frame,
            width,
            height,
            pixel_format,
            interpolation=way,
            threads=1,
            dst_color_range=ColorRange.JPEG,
            **source_colour(frame),
        ).to_ndarray()


def quick_planes(frame: VideoFrame, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Survey planes of a large picture from a part of its lines: luma from a few lines each, chroma from single pixels.

    Three times as fast as scaling all of it; what moves or changes is still seen, and what stands stays the same.
    """
    step = frame.height // (QUICK_LINES_EACH * height)
    lines = plane(frame, 0, frame.height, frame.width)[step // 2 :: step][: QUICK_LINES_EACH * height]
    halved = cv2.resize(lines, (frame.width // 2, height), interpolation=cv2.INTER_AREA)  # OpenCV's quickest step
    luma = row_means(halved, width)
    chroma: np.ndarray = np.empty((2, height // 2, width // 2), np.uint8)
    size = chroma_size(frame)
    for i in (0, 1):
        chroma[i] = pixels_of(plane(frame, i + 1, *size), height // 2, width // 2)
    if frame.color_range != ColorRange.JPEG and not frame.format.name.startswith("yuvj"):
        luma = cv2.LUT(luma, full_range(219.0, 16.0, 0.0))
        chroma = cv2.LUT(chroma.reshape(-1, chroma.shape[2]), full_range(224.0, 128.0, 128.0)).reshape(chroma.shape)
    return luma, chroma


def row_means(values: np.ndarray, width: int) -> np.ndarray:
    """(h, W) uint8 → (h, width), the mean of what lies behind each pixel; quicker than scaling where parts are whole.

    >>> row_means(np.array([[1, 3, 10, 20]], np.uint8), 2).tolist()
    [[2, 15]]
    """
    part, rest = divmod(values.shape[1], width)
    if rest:
        return cv2.resize(values, (width, len(values)), interpolation=cv2.INTER_AREA)
    return cv2.reduce(cv2.transpose(values.reshape(-1, part)), 0, cv2.REDUCE_AVG).reshape(-1, width)


def chroma_size(frame: VideoFrame) -> tuple[int, int]:
    """(height, width) of the colour planes."""
    part = frame.format.components[1]
    return part.height, part.width


def pixels_of(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """(height, width) single pixels of a plane, equally spaced."""
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


@lru_cache(maxsize=2)
def full_range(span: float, zero: float, centre: float) -> np.ndarray:
    """(256,) uint8: studio range code value → full range (ITU-R BT.709)."""
    code = np.arange(256.0)
    return np.clip(np.round((code - zero) * 255.0 / span + centre), 0.0, 255.0).astype(np.uint8)


def source_colour(frame: VideoFrame) -> dict[str, int]:
    """The YUV matrix where the stream names none: BT.709 from 720 lines on, as players assume."""
    unnamed = int(frame.colorspace) == UNSPECIFIED_COLOURSPACE
    return {"src_colorspace": Colorspace.ITU709} if unnamed and frame.height >= 720 else {}


def plane(frame: VideoFrame, index: int, height: int, width: int) -> np.ndarray:
    """One plane without the padding at the end of its rows; a view into the frame."""
    source = frame.planes[index]
    samples: np.ndarray = np.frombuffer(memoryview(source), np.uint8)
    return samples.reshape(-1, source.line_size)[:height, :width]


def has_alpha(frame: VideoFrame) -> bool:
    """Whether the picture may be transparent in places."""
    return frame.format.name == "pal8" or has_alpha_plane(frame.format.name)


@lru_cache(maxsize=16)
def has_alpha_plane(pixel_format: str) -> bool:
    """Whether a pixel format has a plane of opacity."""
    return any(part.is_alpha for part in av.VideoFormat(pixel_format).components)


def over_white(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 3): a picture with transparency as it looks on a white page."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    return ((rgba[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def deinterlaced(frame: VideoFrame) -> VideoFrame:
    """The same picture with one field rebuilt along its edges (FFmpeg's `estdif`), so that motion does not comb."""
    graph = Graph()
    ticks = frame.time_base or Fraction(1, av.time_base)
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=ticks)
    graph.link_nodes(source, graph.add("estdif", "mode=frame"), graph.add("buffersink")).configure()
    graph.push(frame)
    graph.push(None)
    result = graph.pull()
    return result if isinstance(result, VideoFrame) else frame


def tone_mapped(coded: np.ndarray, transfer: str) -> np.ndarray:
    """(H, W, 3) uint8 sRGB from uint16 BT.2020 code values."""
    light = light_table(transfer)[coded >> 4]  # (H, W, 3), 1.0 is diffuse white
    light = np.maximum(light @ BT2020_TO_BT709.T, 0.0)
    luminance = light @ BT709_LUMINANCE
    mapped = shoulder(luminance)[:, :, None]
    light *= mapped / np.maximum(luminance[:, :, None], 1e-6)  # one factor for the three, so that hues stay
    excess = light.max(axis=2, keepdims=True) - mapped
    light = mapped + (light - mapped) * np.minimum(1.0, (1.0 - mapped) / np.maximum(excess, 1e-6))  # paler, not clipped
    levels: np.ndarray = srgb_table()[np.minimum(light * 4095.0 + 0.5, 4095.0).astype(np.uint16)]
    return levels


def shoulder(light: np.ndarray, knee: float = 0.6, brightest: float = 5.0) -> np.ndarray:
    """Light up to `knee` unchanged, the rest up to `brightest` bent under 1.0."""
    over = np.clip((light - knee) / (brightest - knee), 0.0, 1.0)
    slope = (brightest - knee) / (1.0 - knee)
    bent = knee + (1.0 - knee) * over * slope / (1.0 + over * (slope - 1.0))
    return np.where(light > knee, bent, light)


@lru_cache(maxsize=2)
def light_table(transfer: str) -> np.ndarray:
    """(4096,) float32: 12-bit code value → linear light, 1.0 is diffuse white."""
    code = np.linspace(0.0, 1.0, 4096)
    if transfer == "pq":  # SMPTE ST 2084
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        power = code ** (1 / m2)
        nits = 10000.0 * (np.maximum(power - c1, 0.0) / (c2 - c3 * power)) ** (1 / m1)
        return (nits / DIFFUSE_WHITE_NITS).astype(np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073  # ARIB STD-B67
    scene = np.where(code <= 0.5, code**2 / 3.0, (np.exp((code - c) / a) + b) / 12.0)
    return (1000.0 * scene**1.2 / DIFFUSE_WHITE_NITS).astype(np.float32)  # on a display of 1000 nits


@lru_cache(maxsize=1)
def srgb_table() -> np.ndarray:
    """(4096,) uint8: linear light → sRGB (IEC 61966-2-1)."""
    light = np.linspace(0.0, 1.0, 4096)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(coded * 255.0).astype(np.uint8)
