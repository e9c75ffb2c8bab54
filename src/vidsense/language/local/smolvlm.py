"""SmolVLM2: a picture is one square of 64 or 81 tokens, as when it learned from videos."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from transformers import SmolVLMImageProcessorPil

from vidsense.language.local.checkpoint import Checkpoint
from vidsense.language.local.family import Family, Shown

FENCE, WHOLE = "<fake_token_around_image>", "<global-img>"


class SmolVLM(Family):
    """Pictures larger than the tower, where the user asks for them, are shown in tiles and then as a whole."""

    model_class = "SmolVLMForConditionalGeneration"

    def image_processor(self, checkpoint: Checkpoint) -> Any:
        """It squares pictures to the tower, or cuts them into squares."""
        return SmolVLMImageProcessorPil.from_pretrained(checkpoint.folder)

    @property
    def tower_size(self) -> int:
        """The side of the square that the tower sees."""
        return int(self.images.max_image_size["longest_edge"])

    @property
    def picture_size(self) -> int:
        """The tower's, unless the user wants more."""
        return self.options.picture_size or self.tower_size

    @property
    def variant(self) -> str:
        """Tiles, if any."""
        return f"tiles of {self.picture_size}" if self.picture_size > self.tower_size else ""

    def shown(self, pictures: Sequence[np.ndarray]) -> Shown:
        """All of them as one batch."""
        done = self.images(
            images=list(pictures),
            do_image_splitting=bool(self.variant),
            size={"longest_edge": max(self.picture_size, self.tower_size)},
            return_row_col_info=True,
            input_data_format="channels_last",
            return_tensors="pt",
        )
        marks = tuple(map(self.mark, done.pop("rows")[0], done.pop("cols")[0]))
        return Shown(marks, dict(done))

    def mark(self, rows: int, columns: int) -> str:
        """Tiles row by row, then the whole: the words are those of `SmolVLMProcessor`."""
        vision: Any = self.config.vision_config
        square = self.token * (vision.image_size // vision.patch_size // self.config.scale_factor) ** 2
        lines = [
            "".join(f"{FENCE}<row_{row + 1}_col_{column + 1}>{square}" for column in range(columns)) + "\n"
            for row in range(rows)
        ]
        return "".join(lines) + ("\n" if rows else "") + f"{FENCE}{WHOLE}{square}{FENCE}"
