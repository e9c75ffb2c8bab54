"""In: visual features as embeddings, and token ids. Out: token ids, from a folder that transformers reads."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from vidsense.errors import ModelError
from vidsense.language.local.place import place_for
from vidsense.language.local.weights import quiet


class TorchWriter:
    """A language model of transformers that is handed embeddings, as `LlamaFile` is of llama.cpp."""

    def __init__(self, folder: Path, adapter: Path | None = None, device: str = "auto") -> None:
        """`adapter`: a folder of PEFT's. Raises `ModelError` for a folder that is none."""
        self.place = place_for(device)
        if not (folder / "config.json").is_file():
            raise ModelError(f"the language model is not in {folder} any more: it is needed to write words.")
        with quiet():
            model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=self.place.dtype)
        if adapter is not None:
            model.load_adapter(str(adapter))
        self._model: Any = model.to(self.place.device).eval()

    def answer(self, prefix: np.ndarray | None, ids: list[int], *, end_id: int, max_tokens: int) -> list[int]:
        """The likeliest token after token, up to and without `end_id`."""
        x = self._embedded(prefix, ids)
        with torch.no_grad():
            out = self._model.generate(
                inputs_embeds=x, attention_mask=torch.ones(x.shape[:2], dtype=torch.long, device=x.device),
                max_new_tokens=max_tokens, do_sample=False, eos_token_id=end_id, pad_token_id=end_id,
            )  # fmt: skip
        found: list[int] = out[0].tolist()
        return found[: found.index(end_id)] if end_id in found else found

    def logits(self, prefix: np.ndarray | None, ids: list[int]) -> np.ndarray:
        """(V,) float32: of the token after the last of the ids."""
        with torch.no_grad():
            found: np.ndarray = (
                self._model(inputs_embeds=self._embedded(prefix, ids)).logits[0, -1].float().cpu().numpy()
            )
        return found

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None

    def _embedded(self, prefix: np.ndarray | None, ids: list[int]) -> torch.Tensor:
        words: torch.Tensor = self._model.get_input_embeddings()(torch.tensor([ids], device=self.place.device))
        if prefix is None:
            return words
        return torch.cat([torch.from_numpy(prefix)[None].to(words), words], dim=1)
