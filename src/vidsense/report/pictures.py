"""In: pixels. Out: a picture that stands inside the page."""

import base64

import cv2
import numpy as np


def webp(pixels: np.ndarray, quality: int, *, long_side: int | None = None) -> str:
    """A data address of a WebP, its longer side at most `long_side`."""
    factor = 1.0 if long_side is None else min(1.0, long_side / max(pixels.shape[:2]))
    if factor < 1.0:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    options = [cv2.IMWRITE_WEBP_QUALITY, quality]
    coded = cv2.imencode(".webp", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)[1]
    return "data:image/webp;base64," + base64.b64encode(coded.tobytes()).decode()
