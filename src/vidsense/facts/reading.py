"""In: a picture. Out: where something is written in it, and what. The models come in RapidOCR's wheel.

Differentiable Binarization (Liao et al., 2020) finds lines, a CTC recognizer (Graves et al., 2006; PP-OCR) reads them.
The models are run as they are: RapidOCR's own program takes a second to load, and a test holds that it reads the same.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vidsense.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DETECTOR, RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
CELL = 32
"""The detector's pictures are a multiple of this high and wide."""
WRITTEN, BOX_WRITTEN = 0.3, 0.5
"""Likelihood of a pixel, and in the mean of a box, that it belongs to a line."""
GROWN = 1.6
"""What is found is the core of a line; its outline lies area × this ÷ perimeter further out."""
LEAST_SIDE = 3.0
LINE_HEIGHT, LEAST_WIDTH = 48, 96
"""Of the recognizer's pictures."""
BATCH = 6
STACKED = 3.2
"""A high box with a width of less than this many heights may hold two lines, one over the other."""
STACKED_SHARE = 0.12
"""Of the picture's height: what is smaller is no title."""
CLEAR = 0.9
LOADED: dict[Path, "InferenceSession"] = {}
LOCKS = {DETECTOR: Lock(), RECOGNIZER: Lock()}


class Reader:
    """Finds and reads lines. The models are loaded at the first use, or beforehand by `prepare`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        """Where the two models are; RapidOCR's wheel by default."""

    @cached_property
    def _characters(self) -> list[str]:
        """What the recognizer tells apart; the first is nothing."""
        known = model_of(self.folder, RECOGNIZER).get_modelmeta().custom_metadata_map.get("character", "")
        return ["", *known.splitlines(), " "]

    def find(self, picture: np.ndarray, scale: float = 1.0) -> list[tuple[np.ndarray, float]]:
        """Quadrangles (4, 2) in pixels of (H, W, 3) RGB, each with its score, from top to bottom.

        They are looked for at `scale` times the picture's size.
        """
        height, width = (max(CELL, CELL * round(n * scale / CELL)) for n in picture.shape[:2])
        how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
        small = cv2.resize(picture, (width, height), interpolation=how)
        likely = run(model_of(self.folder, DETECTOR), network_input(small)[None])[0, 0]
        found = lines_in(likely)
        size = np.array([picture.shape[1] / width, picture.shape[0] / height])
        return sorted(((quad * size, score) for quad, score in found), key=lambda line: float(line[0][:, 1].min()))

    def read(self, crops: list[np.ndarray]) -> list[tuple[str, float]]:
        """Text and score of each (h, w, 3) RGB crop of one line."""
        if not crops:
            return []
        widths = [max(1, round(LINE_HEIGHT * crop.shape[1] / crop.shape[0])) for crop in crops]
        order = sorted(range(len(crops)), key=lambda i: widths[i])
        texts: list[tuple[str, float]] = [("", 0.0)] * len(crops)
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            rows = np.zeros((len(batch), 3, LINE_HEIGHT, max(LEAST_WIDTH, *(widths[i] for i in batch))), np.float32)
            for row, i in zip(rows, batch, strict=True):
                row[:, :, : widths[i]] = network_input(cv2.resize(crops[i], (widths[i], LINE_HEIGHT)))
            for i, likely in zip(batch, run(model_of(self.folder, RECOGNIZER), rows), strict=True):
                texts[i] = self._decoded(likely)
        return texts

    def _decoded(self, likely: np.ndarray) -> tuple[str, float]:
        """Text and mean likelihood of (T, characters): the best one at each step, repeats and blanks left out."""
        best = likely.argmax(1)
        kept = (best != 0) & np.append(True, best[1:] != best[:-1])
        text = "".join(self._characters[i] for i in best[kept].tolist())
        return text.strip(), float(likely.max(1)[kept].mean()) if kept.any() else 0.0

    def read_stacked(self, crop: np.ndarray) -> list[tuple[str, float]] | None:
        """The two lines of a title that was taken for one, where both are clear.

        The narrow gaps between the words of a title are often lost; a capital after a small letter begins a word there.
        """
        height = len(crop)
        for share in (0.5, 0.42, 0.58):
            at = round(share * height)
            both = self.read([crop[:at], crop[at:]])
            if all(score >= CLEAR and len(text) > 1 for text, score in both):
                return [(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text), score) for text, score in both]
        return None


def prepare(folder: Path | None = None) -> None:
    """Begin to load the models in another thread; what fails is raised where they are used."""
    loading = ThreadPoolExecutor(1, "text reader")
    for name in (DETECTOR, RECOGNIZER):
        loading.submit(model_of, folder, name)
    loading.shutdown(wait=False)


def model_of(folder: Path | None, name: str) -> "InferenceSession":
    """One of the models. It stays loaded: the next video needs it too."""
    path = model_path(folder, name)
    with LOCKS[name]:
        if path not in LOADED:
            LOADED[path] = session(path)
        return LOADED[path]


def model_path(folder: Path | None, name: str) -> Path:
    """Where a model lies. Nothing is downloaded, whatever is missing."""
    if folder is None:
        spec = find_spec("rapidocr")
        if spec is None or spec.origin is None:
            raise ModelError("the text reader is not installed; pip install rapidocr.")
        folder = Path(spec.origin).parent / "models"
    if not (folder / name).is_file():
        raise ModelError(f"the text reader's model {folder / name} is missing; reinstall rapidocr.")
    return folder / name


def session(path: Path) -> "InferenceSession":
    """A model on ONNX Runtime, one thread: what is read is small, and the decoder has the others."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has a class of its own for each way in which a file can be broken
        reason = str(error).strip().splitlines()[-1][:200]
        raise ModelError(f"the text reader's model {path} cannot be loaded ({reason}); reinstall rapidocr.") from error


def run(model: "InferenceSession", batch: np.ndarray) -> np.ndarray:
    """The model's first output."""
    output: np.ndarray = model.run(None, {model.get_inputs()[0].name: batch})[0]
    return output


def network_input(picture: np.ndarray) -> np.ndarray:
    """(h, w, 3) RGB uint8 → (3, h, w) BGR float32, −1 to 1."""
    return np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1), np.float32) / 127.5 - 1.0


def lines_in(likely: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Quadrangles (4, 2) and scores of the lines in a map of likelihoods (h, w)."""
    mask = cv2.dilate((likely > WRITTEN).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < LEAST_SIDE:
            continue
        score = mean_within(likely, cv2.boxPoints((centre, (width, height), angle)))
        out = GROWN * width * height / (2 * (width + height))
        if score >= BOX_WRITTEN and min(width, height) + 2 * out >= LEAST_SIDE + 2:
            found.append(
                (upright(cv2.boxPoints((centre, (width + 2 * out, height + 2 * out), angle)), mask.shape), score)
            )
    return found


def mean_within(values: np.ndarray, quad: np.ndarray) -> float:
    """The mean of the values inside a quadrangle."""
    x0, y0 = np.floor(quad.min(0)).astype(int).clip(0)
    x1, y1 = np.ceil(quad.max(0)).astype(int) + 1
    part = values[y0:y1, x0:x1]
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(quad - (x0, y0)).astype(np.int32)], 1)
    return float(part[inside > 0].mean()) if inside.any() else 0.0


def upright(quad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The corners from the upper left one on, clockwise, inside the picture."""
    left, right = np.split(quad[np.argsort(quad[:, 0], kind="stable")], 2)
    (top_left, low_left), (top_right, low_right) = left[left[:, 1].argsort()], right[right[:, 1].argsort()]
    return np.array([top_left, top_right, low_right, low_left]).clip(0, (shape[1], shape[0]))


def scaled(picture: np.ndarray, scale: float) -> np.ndarray:
    """The picture at `scale` times its size."""
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LANCZOS4
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)


def bounds(quad: np.ndarray) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a quadrangle."""
    (x0, y0), (x1, y1) = quad.min(0).tolist(), quad.max(0).tolist()
    return x0, y0, x1, y1


def cropped(picture: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """The quadrangle as an upright picture, (h, w, 3); a column of letters is laid down."""
    corners = quad.astype(np.float32)
    width = max(2, round(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2]))))
    height = max(2, round(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    crop = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.rot90(crop)) if height >= 1.5 * width else crop
