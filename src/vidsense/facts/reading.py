"""In: a picture. Out: where something is written in it, and what. The door to RapidOCR, whose models come in its wheel.

PP-OCR: Differentiable Binarization (Liao et al. 2020) finds lines, a CTC recognizer reads them.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vidsense.errors import ModelError

DETECTOR, RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
STACKED = 3.2
"""A high box with a width of less than this many heights may hold two lines, one over the other."""
STACKED_SHARE = 0.12
"""Of the picture's height: what is smaller is no title."""
CLEAR = 0.9


class Reader:
    """Finds and reads lines. The models are loaded at the first use, about a second."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        """Where the two models are; the recognizer's wheel by default."""
        self._models: tuple[Any, Any] | None = None

    def _loaded(self) -> tuple[Any, Any]:
        if self._models is None:
            self._models = load_models(self.folder)
        return self._models

    def find(self, picture: np.ndarray, scale: float = 1.0) -> list[tuple[np.ndarray, float]]:
        """Quadrangles (4, 2) in pixels of (H, W, 3) RGB, each with its score, from top to bottom.

        They are looked for at `scale` times the picture's size.
        """
        detector, _ = self._loaded()
        small = scaled(picture, scale)
        if min(small.shape[:2]) < 16:
            return []
        detector.limit_side_len = max(small.shape[:2])
        result = detector(np.ascontiguousarray(small[:, :, ::-1]))
        if result.boxes is None:
            return []
        return [(box / scale, float(score)) for box, score in zip(result.boxes, result.scores, strict=True)]

    def read(self, crops: list[np.ndarray]) -> list[tuple[str, float]]:
        """Text and score of each (h, w, 3) RGB crop of one line."""
        from rapidocr.ch_ppocr_rec import TextRecInput

        if not crops:
            return []
        _, recognizer = self._loaded()
        result = recognizer(TextRecInput(img=[np.ascontiguousarray(crop[:, :, ::-1]) for crop in crops]))
        return [(text.strip(), float(score)) for text, score in zip(result.txts, result.scores, strict=True)]

    def read_stacked(self, crop: np.ndarray) -> list[tuple[str, float]] | None:
        """The two lines of a title that was taken for one, where both are clear."""
        height = len(crop)
        for share in (0.5, 0.42, 0.58):
            at = round(share * height)
            both = self.read([crop[:at], crop[at:]])
            if all(score >= CLEAR and len(text) > 1 for text, score in both):
                return both
        return None


def load_models(folder: Path | None) -> tuple[Any, Any]:
    """Detector and recognizer on ONNX Runtime, one thread. Nothing is downloaded, whatever is missing."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelError("the text reader is not installed; pip install rapidocr.")
    folder = folder or Path(spec.origin).parent / "models"
    for name in (DETECTOR, RECOGNIZER):
        if not (folder / name).is_file():
            raise ModelError(f"the text reader's model {folder / name} is missing; reinstall rapidocr.")
    try:
        from rapidocr import RapidOCR

        engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Det.limit_type": "max",
                "Det.model_path": str(folder / DETECTOR),
                "Rec.model_path": str(folder / RECOGNIZER),
                "Rec.rec_img_shape": [3, 48, 96],  # the least width: short words need not be read as if they were long
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        return engine._load_det_model(), engine._load_rec_model()  # type: ignore[no-untyped-call]
    except Exception as error:  # whatever a broken file or another version of the library raises
        reason = str(error).strip().splitlines()[-1][:200] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"the text reader's models in {folder} cannot be loaded ({reason}); reinstall rapidocr."
        ) from error


def scaled(picture: np.ndarray, scale: float) -> np.ndarray:
    """The picture at `scale` times its size."""
    if scale == 1.0:
        return picture
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)


def bounds(quad: np.ndarray) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a quadrangle."""
    (x0, y0), (x1, y1) = quad.min(0).tolist(), quad.max(0).tolist()
    return x0, y0, x1, y1


def cropped(picture: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """The quadrangle as an upright picture, (h, w, 3)."""
    corners = quad.astype(np.float32)
    width = max(2, round(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2]))))
    height = max(2, round(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    crop = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.rot90(crop) if height >= 1.5 * width and height > 2 * width else crop
