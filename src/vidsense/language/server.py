"""In: a model behind HTTP. Out: what all of them share: pictures as files and their real cost."""

import base64
from abc import ABC, abstractmethod

import cv2
import numpy as np

from vidsense.language.model import Picture, Prompt

JPEG_QUALITY = 92
JOIN_TOKENS = 2
"""What stands between two texts and not between a text and a picture."""
PLAIN = "Answer with one word."


class MeasuredPictures(ABC):
    """Knows what a picture costs by having shown one."""

    def __init__(self) -> None:
        self._picture_tokens: dict[tuple[int, int], int] = {}
        self._measured: dict[tuple[int, int], int] = {}
        """What the server itself told."""

    @abstractmethod
    def measured_tokens(self, prompt: Prompt) -> int | None:
        """What the server says that a prompt costs; nothing where it does not tell."""

    @abstractmethod
    def assumed_tokens(self, height: int, width: int) -> int:
        """What a picture costs where the server does not tell."""

    def picture_tokens(self, height: int, width: int) -> int:
        """Measured once for each size: the same prompt with a picture and without."""
        size = (height, width)
        if size not in self._picture_tokens:
            self._picture_tokens[size] = self._measure(height, width)
        return self._picture_tokens[size]

    def _measure(self, height: int, width: int) -> int:
        picture = Picture("f000", 0.0, speckled(height, width))
        bare = self.measured_tokens(Prompt(PLAIN, (PLAIN, PLAIN)))
        shown = self.measured_tokens(Prompt(PLAIN, (PLAIN, picture, PLAIN)))
        if bare is None or shown is None or shown <= bare:
            return self.assumed_tokens(height, width)
        self._measured[height, width] = shown - bare
        return shown - bare + JOIN_TOKENS


def speckled(height: int, width: int) -> np.ndarray:
    """A picture of nothing in particular, (height, width, 3) uint8: its size alone counts."""
    noise = np.random.default_rng(0).integers(0, 255, (max(1, height // 16), max(1, width // 16), 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def jpeg(pixels: np.ndarray) -> bytes:
    """RGB pixels as a JPEG file: llama.cpp reads no WebP, and PNG is several times larger."""
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"cannot encode a picture of shape {pixels.shape}")
    return bytes(data)


def data_url(pixels: np.ndarray) -> str:
    """A picture as the address that holds it."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(pixels)).decode()}"
