"""Qwen3-VL: a picture keeps its shape and costs a token for every 32 by 32 pixels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor
from transformers import PreTrainedModel, Qwen2VLImageProcessorPil

from vidsense.language.local.checkpoint import Checkpoint
from vidsense.language.local.family import Family, Shown

START, END = "<|vision_start|>", "<|vision_end|>"
PICTURE_SIZE = 640


class Qwen3VL(Family):
    """Frames are pictures, not a video: its video path melts two frames into one and writes times of its own."""

    model_class = "Qwen3VLForConditionalGeneration"

    def image_processor(self, checkpoint: Checkpoint) -> Any:
        """It scales to multiples of 32 pixels and lays the patches out in a row."""
        return Qwen2VLImageProcessorPil.from_pretrained(checkpoint.folder)

    @property
    def picture_size(self) -> int:
        """Any size goes; larger ones cost more."""
        return self.options.picture_size or PICTURE_SIZE

    def shown(self, pictures: Sequence[np.ndarray]) -> Shown:
        """One token stands for a square of merged patches."""
        done = self.images(images=list(pictures), input_data_format="channels_last", return_tensors="pt")
        counts = (done["image_grid_thw"].prod(-1) // self.images.merge_size**2).tolist()
        return Shown(tuple(f"{START}{self.token * count}{END}" for count in counts), dict(done))

    def inputs(self, model: PreTrainedModel, ids: Tensor, shown: Shown) -> dict[str, Tensor]:
        """Its positions in height and width need to know which tokens are pictures."""
        given = super().inputs(model, ids, shown)
        return given | ({"mm_token_type_ids": (ids == self.token_id).int()} if shown.marks else {})
