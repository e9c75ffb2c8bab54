"""LLaVA-NeXT-Video: a frame is 576 vectors, pooled to 144, or few frames keep all of them and the others 16."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d
from transformers import LlavaNextImageProcessorPil, PreTrainedModel

from vidsense.language.local.checkpoint import Checkpoint
from vidsense.language.local.family import Family, Shown
from vidsense.language.local.frame_tokens import FrameTokens

WIDE = 16 / 9
FAST_SIDE = 4


class LlavaNextVideo(Family):
    """Frames go the way of its videos, each at its place in the text.

    Its video processor cuts a square out of the middle; here a frame is squeezed into the square, as its image
    processor does with the overview of a picture: what happens at the edge must be seen.

    A picture size below the tower's (336 pixels) is a price: frames then cost in the mean what pooled frames of that
    size would ((size / 28)², so 64 tokens at 224), and `FrameTokens` says which of them keep all their vectors. More
    frames fit, and `picture_tokens` stays an upper bound.
    """

    model_class = "LlavaNextVideoForConditionalGeneration"
    image_token_field = "video_token_id"

    def image_processor(self, checkpoint: Checkpoint) -> Any:
        """Of its pictures of many sizes only the overview is used."""
        return LlavaNextImageProcessorPil.from_pretrained(checkpoint.folder)

    @property
    def tower_size(self) -> int:
        """The side of the square that the tower sees."""
        return int(self.config.vision_config.image_size)

    @property
    def picture_size(self) -> int:
        """So large that a wide picture is as high as the tower."""
        return round(self.tower_size * WIDE)

    @property
    def whole(self) -> int:
        """The side of the square of vectors that the tower makes of a frame."""
        return self.tower_size // int(self.config.vision_config.patch_size)

    @property
    def pooled(self) -> int:
        """The side of what its own pooling leaves."""
        return self.whole // int(self.config.spatial_pool_stride)

    @property
    def plan(self) -> FrameTokens | None:
        """The slow and the fast path; none: every frame is pooled, as in its training."""
        wanted = self.options.picture_size or self.tower_size
        if wanted >= self.tower_size:
            return None
        side = max(FAST_SIDE, wanted * self.pooled // self.tower_size)
        return FrameTokens(self.whole, FAST_SIDE, side**2)

    @property
    def variant(self) -> str:
        """The price of a frame, where it is not the usual one."""
        return f"{self.plan.average} tokens a frame" if self.plan else ""

    def picture_tokens(self, height: int, width: int) -> int:
        """The same for every size; a mean over the frames of a prompt where some are slow."""
        return self.plan.average if self.plan else self.pooled**2

    def sides(self, count: int) -> list[int]:
        """The side of the square of tokens that stands for each of so many frames."""
        return self.plan.sides(count) if self.plan else [self.pooled] * count

    def shown(self, pictures: Sequence[np.ndarray]) -> Shown:
        """All of them as one video."""
        done = self.images(
            images=list(pictures),
            image_grid_pinpoints=[[self.tower_size, self.tower_size]],
            input_data_format="channels_last",
            return_tensors="pt",
        )
        overviews = done["pixel_values"][:, 0]  # (T, 3, H, W)
        marks = tuple(self.token * side**2 for side in self.sides(len(pictures)))
        return Shown(marks, {"pixel_values_videos": overviews[None]})

    def inputs(self, model: PreTrainedModel, ids: Tensor, shown: Shown) -> dict[str, Tensor]:
        """With slow and fast frames, the vectors of the pictures are put among those of the words here."""
        given = super().inputs(model, ids, shown)
        if not (self.plan and shown.marks):
            return given
        (frames,) = given.pop("pixel_values_videos")
        vectors = torch.cat(self.frame_vectors(model, frames))
        words = model.get_input_embeddings()(ids)  # (1, N, D)
        there = (ids == self.token_id)[..., None].expand_as(words)
        return given | {"inputs_embeds": words.masked_scatter(there, vectors.to(words.dtype))}

    def frame_vectors(self, model: Any, frames: Tensor) -> list[Tensor]:
        """What the language model gets of each frame, (side², D): one after the other, for the sake of memory."""
        grids = (self.tower_vectors(model, frame) for frame in frames)
        return [
            model.model.multi_modal_projector(adaptive_avg_pool2d(grid, side).flatten(1).T)
            for grid, side in zip(grids, self.sides(len(frames)), strict=True)
        ]

    def tower_vectors(self, model: Any, frame: Tensor) -> Tensor:
        """What the tower makes of a (3, H, W) frame, (D, whole, whole), before pooling and projection."""
        layers = model.model.vision_tower(frame[None], output_hidden_states=True).hidden_states
        at = self.config.vision_feature_layer
        vectors: Tensor
        (vectors,) = layers[at] if isinstance(at, int) else torch.cat([layers[i] for i in at], dim=-1)
        if self.config.vision_feature_select_strategy == "default":
            vectors = vectors[1:]  # without the class token
        return vectors.T.reshape(-1, self.whole, self.whole)
