"""In: a checkpoint of the hub, frames to measure on. Out: a folder with an encoder's graphs, float32 and int8, and
encoder.json, which says what they are, how quick each is on this machine, and what int8 costs."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from vidsense.errors import ModelError
from vidsense.source.stream import Frame
from vidsense.vision.checkpoint import Checkpoint, read_checkpoint, read_json
from vidsense.vision.encoder import EncoderInfo, Precision
from vidsense.vision.graph import LEVELS, LEVELS_SATURATING, Graph, save_graphs
from vidsense.vision.onnx import Graphs, OnnxEncoder, session_of
from vidsense.vision.picture import Preprocessing, preprocessing_from
from vidsense.vision.towers import text_graph, vision_graph
from vidsense.vision.words import TextReading

SHEET = "encoder.json"
FORMAT = 1
LEAST_COSINE = 0.99
"""In the mean over frames: where int8 is further away from float32, float32 is used."""
TIMED_RUNS = 5
USUAL_SCALE = 100.0
"""Of CLIP, where training ends."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Cost:
    """What int8 changes, measured on frames."""

    frames: int
    cosine_mean: float
    """Of the embeddings of int8 and float32 of the same frame."""
    cosine_least: float
    same_nearest: float
    """Share of the frames whose nearest other frame is the same."""
    float32_ms: float
    """A frame, one at a time, on this machine."""
    int8_ms: float

    @property
    def preferred(self) -> Precision:
        """What is used when nothing else is asked for."""
        return "int8" if self.cosine_mean >= LEAST_COSINE and self.int8_ms < self.float32_ms else "float32"


def build_encoder(
    source: Path, target: Path, name: str, frames: Sequence[Frame], on_progress: Progress = lambda _stage, _share: None
) -> Cost:
    """Write an encoder's graphs from a checkpoint's folder. `frames`: those on which int8 is measured.

    Raises `ModelError` for what is no checkpoint that can be read, `MissingExtraError` without the onnx package.
    """
    if len(frames) < 2:
        raise ValueError("to measure what int8 costs takes two frames or more")
    checkpoint = read_checkpoint(source)
    target.mkdir(parents=True, exist_ok=True)
    on_progress("writing graphs", 0.0)
    for precision, levels in (("float32", None), ("int8", int8_levels(target))):
        pictures = vision_graph(checkpoint, tokens=False, levels=levels)
        models = {
            f"{precision}_pictures.onnx": pictures,
            f"{precision}_patches.onnx": vision_graph(checkpoint, levels=levels),
        }
        save_graphs(models, target / f"{precision}.bin")
    vocabulary = source / "tokenizer.json"
    if checkpoint.text is not None and vocabulary.is_file():
        save_graphs({"text.onnx": text_graph(checkpoint)}, target / "text.bin")
        shutil.copyfile(vocabulary, target / "tokenizer.json")
    on_progress("measuring", 0.6)
    write_sheet(target, sheet_of(checkpoint, source, target, name))
    cost = measured_cost(target, frames)
    write_sheet(target, read_json(target / SHEET) | {"int8": asdict(cost), "preferred": cost.preferred})
    return cost


def sheet_of(checkpoint: Checkpoint, source: Path, target: Path, name: str) -> dict[str, Any]:
    """What encoder.json says before anything is measured."""
    reading = reading_in(checkpoint, source) if (target / "text.onnx").is_file() else None
    return {
        "format": FORMAT,
        "name": name,
        "family": checkpoint.family,
        "grid": checkpoint.grid,
        "width": checkpoint.vision.width,
        "depth": checkpoint.vision.depth,
        "embed_dim": checkpoint.embed_dim,
        "gigaflops": round(gigaflops(checkpoint), 3),
        "preprocessing": asdict(preprocessing_in(checkpoint, source)),
        "text": asdict(reading) if reading else None,
        "logit_scale": logits(checkpoint)[0],
        "logit_bias": logits(checkpoint)[1],
        "weights": fingerprint(checkpoint),
        "preferred": "float32",
    }


def logits(checkpoint: Checkpoint) -> tuple[float, float | None]:
    """Scale and bias of the cosines of pictures and words, as they were learned."""
    scale, bias = (checkpoint.weights.get(name) for name in ("logit_scale", "logit_bias"))
    learned = float(np.exp(scale).reshape(-1)[0]) if scale is not None else USUAL_SCALE
    return round(learned, 4), None if bias is None else round(float(bias.reshape(-1)[0]), 4)


def preprocessing_in(checkpoint: Checkpoint, folder: Path) -> Preprocessing:
    """As the folder's preprocessor_config.json says. Raises `ModelError` where it does not fit the network."""
    config = folder / "preprocessor_config.json"
    made = preprocessing_from(read_json(config) if config.is_file() else {}, checkpoint.image_size)
    if made.size != (checkpoint.image_size, checkpoint.image_size):
        raise ModelError(f"{config} makes pictures of {made.size}, the network takes {checkpoint.image_size}.")
    return made


def reading_in(checkpoint: Checkpoint, folder: Path) -> TextReading | None:
    """How the text tower takes in text; none where there is no tower or no vocabulary."""
    if checkpoint.text is None or not (folder / "tokenizer.json").is_file():
        return None
    longest = len(checkpoint.weights["text_model.embeddings.position_embedding.weight"])
    siglip = checkpoint.family == "siglip"
    return TextReading(longest, padded=siglip, lower=siglip)


def write_sheet(folder: Path, said: dict[str, Any]) -> None:
    """Keep what is known of an encoder beside its graphs."""
    (folder / SHEET).write_text(json.dumps(said, indent=1), "utf-8")


def fingerprint(checkpoint: Checkpoint) -> str:
    """The same for the same weights."""
    hashed = sha256()
    for name in sorted(checkpoint.weights):
        hashed.update(name.encode())
        hashed.update(np.ascontiguousarray(checkpoint.weights[name]).data)
    return hashed.hexdigest()[:16]


def gigaflops(checkpoint: Checkpoint) -> float:
    """10⁹ additions and multiplications that one picture takes: the products of its layers, and attention."""
    tower, patches = checkpoint.vision, checkpoint.grid**2
    tokens = patches + (checkpoint.family == "clip")
    hidden = len(checkpoint.weights["vision_model.encoder.layers.0.mlp.fc1.weight"])
    layer = tokens * (4 * tower.width**2 + 2 * tower.width * hidden) + 2 * tokens**2 * tower.width
    return 2e-9 * (tower.depth * layer + patches * tower.width * 3 * checkpoint.patch_size**2)


def graphs_in(folder: Path, precision: Precision | None = None) -> Graphs:
    """The graphs that `build_encoder` wrote. Raises `ModelError` with what is wrong with the folder."""
    said = read_json(folder / SHEET)
    try:
        chosen: Precision = precision or said["preferred"]
        text = said["text"]
        preprocessing = preprocessing_of(said["preprocessing"])
        info = EncoderInfo(
            name=said["name"],
            size=preprocessing.size,
            grid=(said["grid"], said["grid"]),
            width=said["width"],
            embed_dim=said["embed_dim"],
            class_token=said["family"] == "clip",
            depth=said["depth"],
            gigaflops=said["gigaflops"],
            has_text=text is not None,
            precision=chosen,
            runtime="ONNX Runtime",
            logit_scale=said["logit_scale"],
            logit_bias=said["logit_bias"],
            fingerprint=f"{said['weights']}-{chosen}-{FORMAT}",
        )
        reading = TextReading(**text) if text else None
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / SHEET} is not complete ({error}); get the encoder again.") from error
    return Graphs(
        info=info,
        preprocessing=preprocessing,
        pictures=folder / f"{chosen}_pictures.onnx",
        patches=folder / f"{chosen}_patches.onnx",
        words=folder / "text.onnx" if reading else None,
        vocabulary=folder / "tokenizer.json" if reading else None,
        reading=reading,
    )


def preprocessing_of(said: dict[str, Any]) -> Preprocessing:
    """As encoder.json has it."""
    rows = {name: tuple(said[name]) for name in ("size", "mean", "std")}
    return Preprocessing(**(said | rows))


def measured_cost(folder: Path, frames: Sequence[Frame]) -> Cost:
    """How near int8 comes to float32 on these frames, and how quick both are."""
    both = {precision: OnnxEncoder(graphs_in(folder, precision)) for precision in ("float32", "int8")}
    exact, rough = (encoder.embed(frames) for encoder in both.values())
    cosines = (exact * rough).sum(axis=1)
    first = [replace(frames[0], pts_seconds=0.0)]
    times: dict[str, list[float]] = {precision: [] for precision in both}
    for _ in range(TIMED_RUNS):
        for precision, encoder in both.items():
            began = perf_counter()
            encoder.embed(first)
            times[precision].append(1e3 * (perf_counter() - began))
    return Cost(
        frames=len(frames),
        cosine_mean=round(float(cosines.mean()), 5),
        cosine_least=round(float(cosines.min()), 5),
        same_nearest=round(float((nearest(exact) == nearest(rough)).mean()), 4),
        float32_ms=round(median(times["float32"]), 2),
        int8_ms=round(median(times["int8"]), 2),
    )


def nearest(embeddings: np.ndarray) -> np.ndarray:
    """(T,) the nearest other frame of each."""
    likeness = embeddings @ embeddings.T
    np.fill_diagonal(likeness, -np.inf)
    return np.asarray(likeness.argmax(axis=1))


def int8_levels(folder: Path) -> int:
    """How large int8 weights may be here: processors without VNNI add two products in 16 bits, which can overflow."""
    graph = Graph({}, fused=True, levels=LEVELS)
    rows = np.full((16, 64), 1.0, np.float32)
    graph.name(graph.linear("pixels", "probe", rows, None), "sums")
    probe = folder / "probe.onnx"
    probe.write_bytes(graph.model({"pixels": [1, 64]}, {"sums": [1, 16]}).SerializeToString())
    sums = session_of(probe).run(None, {"pixels": np.ones((1, 64), np.float32)})[0]
    probe.unlink()
    return LEVELS if np.allclose(sums, 64.0, rtol=0.02) else LEVELS_SATURATING
