"""In: a `Drawing`. Out: the same as a `VideoStream`, or as a file of any kind; and the drawings that the demo shows.

All that is needed to draw a video can be imported from here.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream as Track

from vidsense.source.drawing import (
    Drawing,
    Join,
    cut,
    dissolve,
    excerpt,
    fade_in,
    fade_out,
    plain,
    still,
)
from vidsense.source.effects import (
    View,
    panned,
    shaken,
    through_camera,
    whipped,
    with_clock,
    with_exposure,
    with_flash,
    with_flicker,
    with_gain,
    with_lamp,
    with_noise,
    with_shape,
    with_text,
    with_walker,
    with_writing,
    zoomed,
)
from vidsense.source.scenery import slide, slides, street, terminal, texture, yard
from vidsense.source.stream import Damage, Frame, Planes, StreamInfo, scaled_size

__all__ = [
    "Drawing", "Join", "SyntheticStream", "View", "blind_spot_drawing", "cut", "demo_drawing", "dissolve", "excerpt",
    "fade_in", "fade_out", "panned", "plain", "shaken", "slide", "slides", "still", "street", "terminal", "texture",
    "through_camera", "whipped", "with_clock", "with_exposure", "with_flash", "with_flicker", "with_gain", "with_lamp",
    "with_noise", "with_shape", "with_text", "with_walker", "with_writing", "write_video", "yard", "zoomed",
]  # fmt: skip

FINE_TIME_BASE = Fraction(1, 60000)
"""Divides every usual frame time, and is as fine as MPEG-4 allows."""
QUICK = {
    "libx264": {"preset": "veryfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "11"},
}
"""Options of encoders whose own settings take long."""


class SyntheticStream:
    """A drawing as a stream: no file, no decoder, every picture exact."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.damage = Damage()
        height, width = drawing.size
        self.info = StreamInfo(
            name="drawing", container="drawn", codec="drawn", width=width, height=height, rotation=0,
            frame_rate=drawing.frame_rate, declared_seconds=drawing.duration_seconds,
            declared_picture_seconds=drawing.duration_seconds, pixel_format="rgb24", transfer="sdr", interlaced=False,
            recorded_at=None,
        )  # fmt: skip

    def _times(self, start_seconds: float, end_seconds: float | None) -> list[float]:
        return [t for t in self.drawing.times() if t >= start_seconds and (end_seconds is None or t < end_seconds)]

    def iter_frames(
        self, size: tuple[int, int] | None = None, *, start_seconds: float = 0.0, end_seconds: float | None = None
    ) -> Iterator[Frame]:
        """Every frame in [start, end), scaled to (height, width) `size` when given."""
        for time in self._times(start_seconds, end_seconds):
            yield Frame(scaled(self.drawing.paint(time), size), time)

    def iter_planes(
        self, long_side: int, *, start_seconds: float = 0.0, end_seconds: float | None = None
    ) -> Iterator[Planes]:
        """Every frame in [start, end) at survey size."""
        height, width = scaled_size(self.info.width, self.info.height, long_side)
        for time in self._times(start_seconds, end_seconds):
            picture = self.drawing.paint(time)
            yuv = cv2.cvtColor(scaled(picture, (height, width)), cv2.COLOR_RGB2YCrCb)
            small = cv2.resize(yuv, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            yield Planes(
                yuv[:, :, 0].copy(), np.stack([small[:, :, 2], small[:, :, 1]]), time, partial(closely, picture)
            )

    def frames_at(
        self, times: Sequence[float], size: tuple[int, int] | None = None, *, tolerance_seconds: float = 0.0
    ) -> Iterator[Frame]:
        """For each time, ascending, the frame shown then; every frame is a key frame."""
        if np.any(np.diff(np.asarray(times)) < 0):
            raise ValueError("times must be in ascending order")
        shown = np.array(self.drawing.times())
        for time in times:
            at = int(np.clip(np.searchsorted(shown, time + 5e-4, side="right") - 1, 0, len(shown) - 1))
            yield Frame(scaled(self.drawing.paint(float(shown[at])), size), float(shown[at]))

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def scaled(picture: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
    """The picture at (height, width) `size`."""
    if size is None or size == picture.shape[:2]:
        return picture
    smaller = size[0] < picture.shape[0]
    return cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def closely(picture: np.ndarray, long_side: int) -> np.ndarray:
    """The picture with its longer side at most `long_side` pixels."""
    height, width = picture.shape[:2]
    return scaled(picture, scaled_size(width, height, long_side) if long_side < max(height, width) else None)


def write_video(
    drawing: Drawing,
    path: str | Path,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    times: Sequence[float] | None = None,
    start_seconds: float = 0.0,
    rotation: int = 0,
) -> Path:
    """A real file; its suffix names the container.

    `times` are shown times for a variable frame rate, `start_seconds` is the label of the first frame, and `rotation`
    is how far (degrees counter-clockwise) players are told to turn the picture.
    """
    path = Path(path)
    rate = Fraction(drawing.frame_rate).limit_denominator(1001)
    with av.open(f"file:{path}", "w") as container:
        track = container.add_stream(codec, rate=rate)
        if not isinstance(track, Track):
            raise ValueError(f"{codec} is no video codec")
        track.height, track.width = drawing.size
        track.pix_fmt = pixel_format
        track.codec_context.time_base = 1 / rate if times is None else FINE_TIME_BASE
        track.codec_context.options = options if options is not None else QUICK.get(codec, {})
        if rotation:
            track.set_display_rotation(rotation)
        for time in drawing.times() if times is None else times:
            frame = coded(drawing.paint(time), pixel_format)
            frame.time_base = track.codec_context.time_base
            frame.pts = round((time + start_seconds) / frame.time_base)
            container.mux(track.encode(frame))
        container.mux(track.encode())
    return path


def coded(picture: np.ndarray, pixel_format: str) -> VideoFrame:
    """The picture as an encoder wants it, in the colours that players assume where a file names none."""
    frame = VideoFrame.from_ndarray(picture, "rgb24")
    matrix = Colorspace.ITU709 if len(picture) >= 720 else Colorspace.ITU601
    return frame.reformat(format=pixel_format, dst_colorspace=matrix)


def demo_drawing() -> Drawing:
    """24 s of everything that an account can tell: a title, a yard with a walker and a lamp, a street."""
    size = (360, 640)
    title = still(slide(size, "Yard, camera 2", ("Evening recording", "Drawn by vid-sense")), 4.0)
    scene = with_walker(still(yard(size), 13.0), 3.0, 8.5, height_px=84, width_px=34, ground=0.86)
    scene = with_noise(with_lamp(scene, 10.0, centre=(0.88, 0.36), radius=0.3), 1.5)
    pan = panned(still(street((360, 1280)), 8.0), size, right=48)
    return fade_out(dissolve(cut(title, scene), pan, 1.0), 1.5)


def blind_spot_drawing() -> Drawing:
    """A minute of a fixed camera in which somebody of 40 × 90 pixels crosses from 30 to 36 s, and nothing else."""
    size = (360, 640)
    return with_noise(with_walker(still(texture(size, seed=7), 60.0), 30.0, 36.0, height_px=90, width_px=40), 3.0)
