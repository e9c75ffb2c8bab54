"""Small drawn videos for the tests of the source."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidsense.source import FileStream, VideoStream, open_video
from vidsense.source.synthetic import Drawing, SyntheticStream, panned, still, texture, with_shape, write_video

SIZE = (48, 64)


@pytest.fixture(scope="session")
def moving() -> Callable[..., Drawing]:
    """A textured picture under a pan with a disc that moves in it: no two frames are alike."""

    def make(seconds: float = 2.0, *, size: tuple[int, int] = SIZE, seed: int = 0, frame_rate: float = 25.0) -> Drawing:
        larger = (2 * size[0], 2 * size[1])
        scene = panned(still(texture(larger, seed), seconds, frame_rate=frame_rate), size, right=size[1] / 4 / seconds)
        return with_shape(
            scene, lambda t: (size[1] * t / seconds, size[0] / 2), size_px=size[0] / 5, colour=(250, 240, 20)
        )

    return make


@pytest.fixture
def draw(tmp_path: Path, moving: Callable[..., Drawing]) -> Callable[..., Path]:
    """Writes a moving drawing (or the given one) under a name; options go to `write_video`."""

    def write(name: str = "drawn.mp4", drawing: Drawing | None = None, **options: Any) -> Path:
        return write_video(drawing or moving(), tmp_path / name, **options)

    return write


@pytest.fixture(params=["synthetic", "file"])
def stream(request: pytest.FixtureRequest, moving: Callable[..., Drawing], tmp_path: Path) -> Iterator[VideoStream]:
    """The same drawing by both roads."""
    drawing = moving()
    if request.param == "synthetic":
        with SyntheticStream(drawing) as synthetic:
            yield synthetic
    else:
        with open_video(write_video(drawing, tmp_path / "drawn.mp4", options={"g": "10"})) as file:
            yield file


@pytest.fixture(scope="session")
def all_frames() -> Callable[[FileStream], tuple[list[float], list[np.ndarray]]]:
    """(times, pictures) of one pass in order: what every other way of reading must agree with."""

    def read(stream: FileStream) -> tuple[list[float], list[np.ndarray]]:
        frames = list(stream.iter_frames())
        return [frame.pts_seconds for frame in frames], [frame.pixels for frame in frames]

    return read
