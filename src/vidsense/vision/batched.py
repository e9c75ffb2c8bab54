"""What all encoders share: frames are prepared and run a few at a time, texts split and run one by one."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from vidsense.errors import ModelError
from vidsense.source.stream import Frame
from vidsense.vision.encoder import EncoderInfo, FrameFeatures, TextToken
from vidsense.vision.picture import Preprocessing
from vidsense.vision.words import TextSplitter

BATCH = 4
"""Frames that are run together; more make nothing faster on a processor."""


class BatchedEncoder(ABC):
    """A `VisionEncoder` that lacks only what runs its networks."""

    def __init__(self, info: EncoderInfo, preprocessing: Preprocessing, splitter: TextSplitter | None) -> None:
        self.info, self.preprocessing = info, preprocessing
        self._splitter = splitter

    @abstractmethod
    def run_pictures(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 → embeddings (B, E)."""

    @abstractmethod
    def run_patches(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3, H, W) float32 → tokens (B, …) and embeddings (B, E)."""

    @abstractmethod
    def run_text(self, ids: np.ndarray, place: int) -> np.ndarray:
        """(1, L) int64, and which token gathers the text → (1, E)."""

    def encode(self, frames: Iterable[Frame]) -> FrameFeatures:
        """Tokens and embeddings of each frame."""
        if not self.info.patches:
            raise ModelError(f"the encoder {self.info.name} gives no patch tokens, only embeddings.")
        times: list[float] = []
        tokens = [np.zeros((0, self.info.patches, self.info.width), np.float32)]
        embeddings = [np.zeros((0, self.info.embed_dim), np.float32)]
        for batch in batches(frames):
            found, gathered = self.run_patches(self.prepared(batch))
            times += [frame.pts_seconds for frame in batch]
            tokens.append(patch_rows(found, self.info.patches))
            embeddings.append(unit(gathered))
        return FrameFeatures(np.concatenate(tokens), np.concatenate(embeddings), np.array(times, np.float64))

    def tokenize(self, frames: Iterable[Frame]) -> np.ndarray:
        """(T, N, D) float32, one vector per patch."""
        return self.encode(frames).tokens

    def embed(self, frames: Iterable[Frame]) -> np.ndarray:
        """(T, E) float32, one unit-length vector per frame."""
        found = [unit(self.run_pictures(self.prepared(batch))) for batch in batches(frames)]
        return np.concatenate([np.zeros((0, self.info.embed_dim), np.float32), *found])

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """(K, E) float32, one unit-length vector per text."""
        splitter, found = self._words(), [np.zeros((0, self.info.embed_dim), np.float32)]
        for text in texts:
            ids, place = splitter.ids(text)
            found.append(unit(self.run_text(ids[None], place)))
        return np.concatenate(found)

    def split_text(self, text: str) -> list[TextToken]:
        """The sub-words of a text."""
        return self._words().split(text)

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8: the part of a picture that the network sees."""
        return self.preprocessing.seen(pixels)

    def decoding_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) at which a video of this size is decoded for it."""
        return self.preprocessing.decoding_size(height, width)

    def prepared(self, frames: Sequence[Frame]) -> np.ndarray:
        """(B, 3, H, W) float32, what the network takes in."""
        prepare = self.preprocessing
        return np.stack([prepare.network_input(prepare.seen(frame.pixels)) for frame in frames])

    def _words(self) -> TextSplitter:
        if self._splitter is None:
            raise ModelError(f"the encoder {self.info.name} has no text tower: it cannot compare words with frames.")
        return self._splitter


def patch_rows(tokens: np.ndarray, patches: int) -> np.ndarray:
    """(B, N, D), of tokens that may have a class token before them or lie in a map (B, D, h, w)."""
    if tokens.ndim == 4:
        tokens = tokens.reshape(*tokens.shape[:2], -1).swapaxes(1, 2)
    return np.ascontiguousarray(tokens[:, tokens.shape[1] - patches :], np.float32)


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row at unit length."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12), np.float32)


def batches(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    """A few frames at a time."""
    left = iter(frames)
    while batch := list(islice(left, BATCH)):
        yield batch
