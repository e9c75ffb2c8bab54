"""In: frames. Out: what nano's image tower sees in them: tokens, states of things, embeddings; and whether they are of
the drawn world that it knows.

nano is our own small model, trained on videos that this program draws (docs/training.md); its weights are in the
package. Of the real world it knows nothing, and `NanoSight.is_drawn` says where that is asked of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.source.stream import Frame
from vidsense.vision.batched import batches, unit
from vidsense.vision.checkpoint import read_json, read_tensors
from vidsense.vision.encoder import NANO, EncoderInfo
from vidsense.vision.onnx import Graphs, OnnxEncoder
from vidsense.vision.picture import BILINEAR, Preprocessing
from vidsense.vision.words import TextReading

MODEL_TYPE = "vidsense-nano"
OUTPUTS = ["tokens", "states", "embeddings", "summary"]
GIGAFLOPS = 0.066
"""Of one frame: 10⁹ additions and multiplications of the tower and its heads."""


def nano_folder() -> Path:
    """Where the package keeps nano's weights."""
    return Path(str(files("vidsense") / "weights" / NANO))


def is_nano(folder: Path) -> bool:
    """Whether a folder holds a nano, as `vidsense train export` writes it."""
    config = folder / "config.json"
    return config.is_file() and read_json(config).get("model_type") == MODEL_TYPE


@dataclass(frozen=True, eq=False)
class NanoSight:
    """What the tower saw in the frames of one clip, in time order."""

    tokens: np.ndarray
    """(T, N, D) float32, one vector per patch."""
    states: np.ndarray
    """(T, K * S) float32: of each kind of thing how many, where, how large, which pose and colour."""
    embeddings: np.ndarray
    """(T, E) float32, one unit-length vector per frame."""
    strangeness: np.ndarray
    """(T,) float32: how far each frame lies from the drawn world; 1 is the limit."""
    pts_seconds: np.ndarray
    """(T,) float64."""

    @property
    def is_drawn(self) -> bool:
        """Whether half of the frames and more are of the drawn world."""
        return bool(np.median(self.strangeness) < 1.0)


class NanoEncoder(OnnxEncoder):
    """nano's image and text towers."""

    def __init__(self, folder: Path | None = None, *, threads: int = 0) -> None:
        """`folder`: as `vidsense train export` writes it; none: the package's own. Raises `ModelError`."""
        self.folder = folder or nano_folder()
        self.config = read_json(self.folder / "config.json")
        super().__init__(graphs_of(self.folder, self.config), threads=threads)

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """All that no graph holds, float32."""
        return read_tensors(self.folder / "nano.safetensors")

    def look(self, frames: Iterable[Frame]) -> NanoSight:
        """Everything that the tower tells of these frames."""
        session = self._session(self.graphs.pictures)
        times: list[float] = []
        parts: list[list[np.ndarray]] = []
        for batch in batches(frames):
            times += [frame.pts_seconds for frame in batch]
            parts.append(session.run(OUTPUTS, {"pixels": self.prepared(batch)}))
        if not parts:
            raise ValueError("nano needs at least one frame to look at")
        tokens, states, embeddings, summary = (np.concatenate(each) for each in zip(*parts, strict=True))
        away = (summary - self.weights["world.centre"]) @ self.weights["world.scale"].T
        strangeness = np.linalg.norm(away, axis=1) / self.weights["world.limit"][0]
        return NanoSight(tokens, states, unit(embeddings), strangeness, np.array(times, np.float64))


def graphs_of(folder: Path, config: dict[str, Any]) -> Graphs:
    """The towers' files, and what is known of them."""
    height, width = int(config["height"]), int(config["width"])
    pictures = folder / "image.onnx"
    return Graphs(
        info=EncoderInfo(
            name=NANO,
            size=(height, width),
            grid=(height // 8, width // 8),
            width=int(config["image_dim"]),
            embed_dim=int(config["text"]["embed_dim"]),
            class_token=False,
            depth=int(config["image_depth"]),
            gigaflops=GIGAFLOPS,
            has_text=True,
            precision="int8",
            runtime="ONNX Runtime",
            logit_scale=float(config["logit_scale"]),
            logit_bias=None,
            fingerprint=f"nano-{sha256(pictures.read_bytes()).hexdigest()[:16]}",
        ),
        preprocessing=Preprocessing(
            (height, width), None, BILINEAR, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), scale=1 / 255
        ),
        pictures=pictures,
        patches=pictures,
        words=folder / "text.onnx",
        vocabulary=folder / "tokenizer.json",
        reading=TextReading(longest=int(config["text"]["longest_sentence"])),
        text_embeddings="embedding",
    )
