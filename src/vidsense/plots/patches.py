"""In: a frame. Out: `PatchGrid`, the squares into which an encoder cuts it, each of which becomes one token."""

from dataclasses import dataclass

import numpy as np

from vidsense.source.stream import Frame
from vidsense.vision.encoder import VisionEncoder
from vidsense.vision.picture import Preprocessing

VIT_B16 = Preprocessing(size=(224, 224), shorter_side=224)
"""How CLIP ViT-B/16 looks at a picture: needs no weights."""
VIT_B16_GRID = (14, 14)


@dataclass(frozen=True, eq=False)
class PatchGrid:
    """One frame as a network sees it, and how it is cut."""

    pixels: np.ndarray
    """(H, W, 3) uint8, the part of the picture that is seen, at the network's size."""
    grid: tuple[int, int]
    """(rows, columns)."""
    pts_seconds: float

    def __post_init__(self) -> None:
        height, width = self.pixels.shape[:2]
        if height % self.grid[0] or width % self.grid[1]:
            raise ValueError(f"{height} × {width} pixels cannot be cut into {self.grid[0]} × {self.grid[1]} squares")

    @property
    def count(self) -> int:
        """Patches of the frame, which is patch tokens of the frame."""
        return self.grid[0] * self.grid[1]

    @property
    def patch_size(self) -> tuple[int, int]:
        """(height, width) of a patch in pixels."""
        return self.pixels.shape[0] // self.grid[0], self.pixels.shape[1] // self.grid[1]

    def patch(self, number: int) -> np.ndarray:
        """(h, w, 3) uint8: the pixels of a patch; numbers run from 0, row by row."""
        if not 0 <= number < self.count:
            raise ValueError(f"there is no patch {number}: they run from 0 to {self.count - 1}")
        (height, width), (row, column) = self.patch_size, divmod(number, self.grid[1])
        return self.pixels[row * height : (row + 1) * height, column * width : (column + 1) * width]

    @property
    def in_words(self) -> str:
        """What the figure shows, for those who do not see it."""
        (rows, columns), (height, width) = self.grid, self.patch_size
        seen_height, seen_width = self.pixels.shape[:2]
        return (
            f"The frame at {self.pts_seconds:.2f} s as the network sees it, {seen_width} × {seen_height} pixels, cut "
            f"into {columns} × {rows} = {self.count} patches of {width} × {height} pixels; each becomes one token."
        )


def patches_of(frame: Frame, encoder: VisionEncoder | None = None) -> PatchGrid:
    """A frame as an encoder cuts it; without one, as CLIP ViT-B/16 does."""
    if encoder is None:
        return PatchGrid(VIT_B16.seen(frame.pixels), VIT_B16_GRID, frame.pts_seconds)
    return PatchGrid(encoder.seen(frame.pixels), encoder.info.grid, frame.pts_seconds)
