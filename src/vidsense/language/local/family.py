"""In: pictures. Out: `Shown`, as one family of models takes them. A new family is one small file beside this one.

The processors of transformers are not used: those of video models need torchvision. Each family has its own *image*
processor, which needs only Pillow; what a processor does beside that, a family here does itself: it says which text
stands for a picture, so that every picture stays where it is in the prompt, behind the text that names it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from vidsense.language.local.checkpoint import Checkpoint
from vidsense.language.options import ModelOptions


@dataclass(frozen=True, eq=False)
class Shown:
    """Pictures as a model takes them."""

    marks: tuple[str, ...] = ()
    """What stands in the text for each picture, with one image token for each vector that the model makes of it."""
    tensors: dict[str, Tensor] = field(default_factory=dict)
    """Pixels and their layout, under the names by which the model takes them."""


class Family(ABC):
    """How the models of one family are shown pictures."""

    model_class: ClassVar[str]
    """Of transformers."""
    image_token_field: ClassVar[str] = "image_token_id"
    """Where its config says which token stands for a vector of a picture."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        config: PreTrainedConfig,
        tokenizer: PreTrainedTokenizerBase,
        options: ModelOptions,
    ) -> None:
        self.config, self.tokenizer, self.options = config, tokenizer, options
        self.token_id: int = getattr(config, self.image_token_field)
        self.token = str(tokenizer.convert_ids_to_tokens(self.token_id))
        self.images = self.image_processor(checkpoint)
        self._costs: dict[tuple[int, int], int] = {}

    @abstractmethod
    def image_processor(self, checkpoint: Checkpoint) -> Any:
        """The family's own, without torchvision."""

    @property
    @abstractmethod
    def picture_size(self) -> int:
        """The longer side at which pictures are best shown."""

    @abstractmethod
    def shown(self, pictures: Sequence[np.ndarray]) -> Shown:
        """At least one picture, each (H, W, 3) uint8 RGB."""

    @property
    def variant(self) -> str:
        """What of the options changes how pictures are shown, and with it the answers."""
        return ""

    def picture_tokens(self, height: int, width: int) -> int:
        """What a picture of this size costs: counted once, with a black one."""
        if (height, width) not in self._costs:
            (mark,) = self.shown([np.zeros((height, width, 3), np.uint8)]).marks
            self._costs[height, width] = len(self.tokenizer(mark, add_special_tokens=False)["input_ids"])
        return self._costs[height, width]

    def inputs(self, model: PreTrainedModel, ids: Tensor, shown: Shown) -> dict[str, Tensor]:
        """What the model's `generate` gets: the (1, N) ids and the pictures."""
        moved = {
            name: tensor.to(model.device, model.dtype if tensor.is_floating_point() else None)
            for name, tensor in shown.tensors.items()
        }
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), **moved}
