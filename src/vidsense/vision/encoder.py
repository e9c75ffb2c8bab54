"""In: frames. Out: `FrameFeatures`: patches become tokens, tokens one embedding per frame; words in the same space."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from vidsense.source.stream import Frame

Precision = Literal["float32", "int8"]
NANO = "nano"
"""The name of the encoder in the package, of its language model, and of the folder that they lie in."""


@dataclass(frozen=True, eq=False)
class FrameFeatures:
    """What an encoder saw in the frames of one clip, in time order."""

    tokens: np.ndarray
    """(T, N, D) float32, one vector per patch, row by row of the picture."""
    embeddings: np.ndarray
    """(T, E) float32, one unit-length vector per frame."""
    pts_seconds: np.ndarray
    """(T,) float64, when each frame is shown."""

    def __post_init__(self) -> None:
        if self.tokens.ndim != 3:
            raise ValueError(f"tokens must be (T, N, D), got {self.tokens.shape}")
        if not len(self.tokens) == len(self.embeddings) == len(self.pts_seconds):
            raise ValueError(f"{len(self.tokens)} frames but {len(self.pts_seconds)} times")


@dataclass(frozen=True)
class EncoderInfo:
    """What is known of an encoder without running it."""

    name: str
    size: tuple[int, int]
    """(height, width) in pixels of the picture that the network sees."""
    grid: tuple[int, int]
    """(rows, columns) of patch tokens; each stands for a square of the picture."""
    width: int
    """Of a patch token."""
    embed_dim: int
    """Of a frame's embedding."""
    class_token: bool
    """Whether one more token, which belongs to no patch, gathers the picture."""
    depth: int | None
    """Transformer layers; none where it is not built of them alone."""
    gigaflops: float | None
    """Of one frame: 10⁹ additions and multiplications."""
    has_text: bool
    """Whether words can be put into the same space."""
    precision: Precision
    runtime: str
    """What runs it."""
    logit_scale: float
    """By which the network learned to multiply cosines of pictures and words."""
    logit_bias: float | None
    """What it then adds, where each text is judged alone (SigLIP); none where texts are judged against each other."""
    fingerprint: str
    """Of weights, precision and preprocessing: where it is the same, embeddings are."""

    @property
    def patches(self) -> int:
        """Patch tokens a frame."""
        return self.grid[0] * self.grid[1]

    @property
    def patch_size(self) -> tuple[int, int]:
        """(height, width) of a patch in pixels of the picture that the network sees."""
        return self.size[0] // self.grid[0], self.size[1] // self.grid[1]


@dataclass(frozen=True)
class TextToken:
    """A piece of a sentence as an encoder reads it."""

    text: str
    """As it stands in the sentence; a mark such as <|startoftext|> for what the encoder adds."""
    id: int
    """Its row in the encoder's vocabulary."""
    added: bool
    """Whether the encoder added it."""


class VisionEncoder(Protocol):
    """Pictures and words into one space."""

    @property
    def info(self) -> EncoderInfo:
        """What is known without running it."""
        ...

    def encode(self, frames: Iterable[Frame]) -> FrameFeatures:
        """Tokens and embeddings. They grow with the frames: for many, `embed` keeps one vector of each."""
        ...

    def tokenize(self, frames: Iterable[Frame]) -> np.ndarray:
        """(T, N, D) float32, one vector per patch."""
        ...

    def embed(self, frames: Iterable[Frame]) -> np.ndarray:
        """(T, E) float32, one unit-length vector per frame. Frames are taken a few at a time."""
        ...

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """(K, E) float32, one unit-length vector per text. Raises `ModelError` where there is no text encoder."""
        ...

    def split_text(self, text: str) -> list[TextToken]:
        """The sub-words of a text. Raises `ModelError` where there is no text encoder."""
        ...

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8: the part of a picture (h, w, 3) that the network sees, at its size."""
        ...

    def decoding_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) at which a video of this size is best decoded for it: nothing is scaled twice."""
        ...
