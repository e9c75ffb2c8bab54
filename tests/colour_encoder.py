"""An encoder whose meaning can be checked by eye: a picture's embedding is its mean colour, a word's the colour that it
names."""

from collections.abc import Iterable, Sequence

import numpy as np

from vidsense.source.stream import Frame
from vidsense.vision.encoder import EncoderInfo, FrameFeatures, TextToken

COLOURS = {"red": (1.0, -0.5, -0.5), "green": (-0.5, 1.0, -0.5), "blue": (-0.5, -0.5, 1.0)}


def unit(row: Sequence[float]) -> np.ndarray:
    vector = np.array(row, np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


class ColourEncoder:
    """Counts what it encodes."""

    info = EncoderInfo(
        name="colours",
        size=(32, 32),
        grid=(1, 1),
        width=4,
        embed_dim=4,
        class_token=False,
        depth=None,
        gigaflops=None,
        has_text=True,
        precision="float32",
        runtime="NumPy",
        logit_scale=20.0,
        logit_bias=None,
        fingerprint="colours-1",
    )

    def __init__(self) -> None:
        self.encoded = 0

    def embed(self, frames: Iterable[Frame]) -> np.ndarray:
        rows = []
        for frame in frames:
            self.encoded += 1
            mean = frame.pixels.reshape(-1, 3).mean(axis=0) / 255.0
            rows.append(unit([*(3.0 * (mean - mean.mean())), 0.1]))
        return np.stack(rows) if rows else np.zeros((0, 4), np.float32)

    def encode(self, frames: Iterable[Frame]) -> FrameFeatures:
        kept = list(frames)
        rows = self.embed(kept)
        return FrameFeatures(rows[:, None], rows, np.array([frame.pts_seconds for frame in kept]))

    def tokenize(self, frames: Iterable[Frame]) -> np.ndarray:
        return self.encode(frames).tokens

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._word(text) for text in texts])

    def _word(self, text: str) -> np.ndarray:
        named = next((colour for name, colour in COLOURS.items() if name in text.lower()), None)
        return unit([*named, 0.0]) if named else unit([0.0, 0.0, 0.0, 1.0])

    def split_text(self, text: str) -> list[TextToken]:
        return [TextToken(word, i, added=False) for i, word in enumerate(text.split())]

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        return pixels

    def decoding_size(self, height: int, width: int) -> tuple[int, int]:
        return 32, 2 * round(16 * width / height)
