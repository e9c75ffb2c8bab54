"""In: a checkpoint in the hub's format. Out: `TorchEncoder`, which runs it with transformers on torch (extra "hf")."""

from pathlib import Path
from typing import Any

import numpy as np

from vidsense.errors import MissingExtraError, ModelError
from vidsense.vision.batched import BatchedEncoder
from vidsense.vision.build import fingerprint, gigaflops, logits, preprocessing_in, reading_in
from vidsense.vision.checkpoint import read_checkpoint
from vidsense.vision.encoder import EncoderInfo
from vidsense.vision.words import TextSplitter


class TorchEncoder(BatchedEncoder):
    """CLIP or SigLIP in transformers' own classes."""

    def __init__(self, folder: Path, *, device: str | None = None) -> None:
        """`device`: "cpu", "cuda", "mps"; none: the best that is there."""
        try:
            import torch
            from transformers import AutoModel
        except ModuleNotFoundError as error:
            raise MissingExtraError("an encoder on torch needs: pip install 'vid-sense[hf]'.") from error
        checkpoint = read_checkpoint(folder)
        self.device = device or best_device(torch)
        self._torch = torch
        self._model: Any = AutoModel.from_pretrained(folder, dtype=torch.float32).eval().to(self.device)
        reading, vocabulary = reading_in(checkpoint, folder), folder / "tokenizer.json"
        has_text = reading is not None and vocabulary.is_file() and hasattr(self._model, "get_text_features")
        preprocessing = preprocessing_in(checkpoint, folder)
        info = EncoderInfo(
            name=folder.name,
            size=preprocessing.size,
            grid=(checkpoint.grid, checkpoint.grid),
            width=checkpoint.vision.width,
            embed_dim=checkpoint.embed_dim,
            class_token=checkpoint.family == "clip",
            depth=checkpoint.vision.depth,
            gigaflops=round(gigaflops(checkpoint), 3),
            has_text=has_text,
            precision="float32",
            runtime=f"torch {torch.__version__}",
            logit_scale=logits(checkpoint)[0],
            logit_bias=logits(checkpoint)[1],
            fingerprint=f"{fingerprint(checkpoint)}-torch",
        )
        splitter = TextSplitter(vocabulary, reading) if has_text and reading else None
        super().__init__(info, preprocessing, splitter)

    def run_pictures(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 → embeddings (B, E)."""
        return self.run_patches(pixels)[1]

    def run_patches(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3, H, W) float32 → tokens (B, N, D) and embeddings (B, E)."""
        with self._torch.inference_mode():
            given = self._torch.from_numpy(pixels).to(self.device)
            tower = getattr(self._model, "vision_model", self._model)
            found = tower(given)
            gathered = found.pooler_output
            projection = getattr(self._model, "visual_projection", None)
            gathered = gathered if projection is None else projection(gathered)
            return found.last_hidden_state.float().cpu().numpy(), gathered.float().cpu().numpy()

    def run_text(self, ids: np.ndarray, place: int) -> np.ndarray:
        """(1, L) int64 → (1, E). transformers find the place of the token that gathers the text by themselves."""
        with self._torch.inference_mode():
            found = self._model.get_text_features(input_ids=self._torch.from_numpy(ids).to(self.device))
            rows: np.ndarray = getattr(found, "pooler_output", found).float().cpu().numpy()
            return rows


def best_device(torch: Any) -> str:
    """A graphics card where there is one."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def checkpoint_folder(name: str) -> Path:
    """A folder, or where the hub's cache holds a checkpoint. Raises `ModelError` when it is not there."""
    if Path(name).is_dir():
        return Path(name)
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ModuleNotFoundError as error:
        raise MissingExtraError("an encoder on torch needs: pip install 'vid-sense[hf]'.") from error
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise ModelError(f"hf/{name} is not on this machine; `vidsense models pull hf/{name}` gets it.") from error
