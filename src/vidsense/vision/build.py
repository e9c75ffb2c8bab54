"""In: a checkpoint of the hub, frames to measure on. Out: a folder with an encoder's graphs, float32 and int8, and
encoder.json, which says what they are, how quick each is on this machine, and what int8 costs."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from vidsense.errors import ModelError
from vidsense.source.stream import Frame
from vidsense.vision import openvino
from vidsense.vision.checkpoint import Checkpoint, read_checkpoint, read_json
from vidsense.vision.cost import Cost, cost_of
from vidsense.vision.graph import LEVELS, LEVELS_SATURATING, Graph, save_graphs
from vidsense.vision.onnx import OnnxEncoder, session_of
from vidsense.vision.picture import Preprocessing, preprocessing_from
from vidsense.vision.sheet import FORMAT, Runtime, graphs_in, write_sheet
from vidsense.vision.towers import text_graph, vision_graph
from vidsense.vision.words import TextReading

USUAL_SCALE = 100.0
"""Of CLIP, where training ends."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Built:
    """What building an encoder brought."""

    int8: Cost
    """Of ONNX Runtime's int8, against float32."""
    openvino: Cost | None
    """Of OpenVINO's int8, against the same; none where it is not installed."""

    @property
    def preferred(self) -> tuple[Runtime, str]:
        """Runtime and precision that are used when nothing else is asked for: the quickest that is near enough."""
        if self.openvino is not None and self.openvino.is_worth_it and self.openvino.quick_ms < self.int8.quick_ms:
            return "OpenVINO", "int8"
        return "ONNX Runtime", "int8" if self.int8.is_worth_it else "float32"


def build_encoder(
    source: Path, target: Path, name: str, frames: Sequence[Frame], on_progress: Progress = lambda _stage, _share: None
) -> Built:
    """Write an encoder's graphs from a checkpoint's folder. `frames`: those on which int8 is measured.

    Raises `ModelError` for what is no checkpoint that can be read, `MissingExtraError` without the onnx package.
    """
    if len(frames) < 2:
        raise ValueError("to measure what int8 costs takes two frames or more")
    checkpoint = read_checkpoint(source)
    target.mkdir(parents=True, exist_ok=True)
    on_progress("writing graphs", 0.0)
    write_graphs(checkpoint, source, target)
    said = sheet_of(checkpoint, source, target, name)
    write_sheet(target, said)
    exact = OnnxEncoder(graphs_in(target, "float32"))
    if openvino.can_quantize():
        on_progress("quantizing for OpenVINO", 0.3)
        write_openvino(checkpoint, exact, target, frames)
    on_progress("measuring", 0.6)
    built = measured(target, exact, frames)
    runtime, precision = built.preferred
    costs = {"int8": asdict(built.int8), "openvino": asdict(built.openvino) if built.openvino else None}
    write_sheet(target, said | costs | {"preferred": precision, "runtime": runtime})
    return built


def write_graphs(checkpoint: Checkpoint, source: Path, target: Path) -> None:
    """ONNX Runtime's graphs of both precisions, and the words."""
    for precision, levels in (("float32", None), ("int8", int8_levels(target))):
        models = {
            f"{precision}_pictures.onnx": vision_graph(checkpoint, tokens=False, levels=levels),
            f"{precision}_patches.onnx": vision_graph(checkpoint, levels=levels),
        }
        save_graphs(models, target / f"{precision}.bin")
    vocabulary = source / "tokenizer.json"
    if checkpoint.text is not None and vocabulary.is_file():
        save_graphs({"text.onnx": text_graph(checkpoint)}, target / "text.bin")
        shutil.copyfile(vocabulary, target / "tokenizer.json")


def write_openvino(checkpoint: Checkpoint, exact: OnnxEncoder, target: Path, frames: Sequence[Frame]) -> None:
    """OpenVINO's int8 graphs, their ranges measured on the frames."""
    prepare = exact.preprocessing
    pixels = [prepare.network_input(prepare.seen(frame.pixels))[None] for frame in frames]
    with TemporaryDirectory() as scratch:
        for part, tokens in (("pictures", False), ("patches", True)):
            plain = Path(scratch, f"{part}.onnx")
            save_graphs({plain.name: vision_graph(checkpoint, tokens=tokens, fused=False)}, plain.with_suffix(".bin"))
            openvino.quantize(plain, target / f"openvino_{part}.xml", pixels)


def measured(folder: Path, exact: OnnxEncoder, frames: Sequence[Frame]) -> Built:
    """What each quicker way costs."""
    int8 = cost_of(OnnxEncoder(graphs_in(folder, "int8")), exact, frames)
    other = None
    if openvino.can_quantize():
        other = cost_of(openvino.OpenVinoEncoder(graphs_in(folder, "int8", "OpenVINO")), exact, frames)
    return Built(int8, other)


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
        "runtime": "ONNX Runtime",
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
