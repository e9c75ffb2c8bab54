"""In: a folder with ONNX graphs that others exported (vision_model.onnx, text_model.onnx). Out: `Graphs`.

Such folders are what Optimum and transformers.js export from a checkpoint: graphs in the folder or in onnx/, beside
config.json, preprocessor_config.json and tokenizer.json. What they give out is found by its name and shape.
"""

from hashlib import sha256
from math import isqrt
from pathlib import Path
from typing import Any

from vidsense.errors import ModelError
from vidsense.source.content import end_bytes
from vidsense.vision.build import USUAL_SCALE
from vidsense.vision.checkpoint import read_json
from vidsense.vision.encoder import EncoderInfo, Precision
from vidsense.vision.onnx import Graphs, session_of
from vidsense.vision.picture import Preprocessing, preprocessing_from
from vidsense.vision.words import TextReading

STEMS: dict[Precision, tuple[str, ...]] = {
    "float32": ("vision_model", "model", "vision"),
    "int8": ("vision_model_quantized", "vision_model_int8", "model_quantized"),
}
EMBEDDINGS = ("image_embeds", "text_embeds", "embeddings", "pooler_output", "image_features", "text_features")
TOKENS = ("tokens", "last_hidden_state", "feature_map")
LONGEST = 77
"""Tokens of a text, where config.json does not say."""


def is_ready(folder: Path) -> bool:
    """Whether there are graphs of others in a folder."""
    return any(graph_in(folder, precision) for precision in STEMS)


def ready_graphs(folder: Path, precision: Precision | None = None) -> Graphs:
    """The graphs in a folder. Raises `ModelError` with what is missing."""
    chosen: Precision = precision or ("float32" if graph_in(folder, "float32") else "int8")
    pictures = graph_in(folder, chosen)
    if pictures is None:
        raise ModelError(f"{folder} holds no graph of precision {chosen}: {' or '.join(STEMS[chosen])}.onnx.")
    session = session_of(pictures)
    outputs = {output.name: list(output.shape) for output in session.get_outputs()}
    embeddings, tokens = named(outputs, EMBEDDINGS), named(outputs, TOKENS)
    if embeddings is None:
        raise ModelError(f"{pictures} gives out {', '.join(outputs)}: none of them is known to be an embedding.")
    preprocessing = preprocessing_for(folder, session.get_inputs()[0].shape)
    words, vocabulary = graph_in_any(folder, ("text_model", "text")), folder / "tokenizer.json"
    has_text = words is not None and vocabulary.is_file()
    grid, width, class_token = grid_of(outputs.get(tokens or "", []))
    return Graphs(
        info=EncoderInfo(
            name=folder.name,
            size=preprocessing.size,
            grid=grid,
            width=width,
            embed_dim=int(outputs[embeddings][-1]),
            class_token=class_token,
            depth=None,
            gigaflops=None,
            has_text=has_text,
            precision=chosen,
            runtime="ONNX Runtime",
            logit_scale=USUAL_SCALE,
            logit_bias=None,
            fingerprint=f"{content_of(pictures)}-{chosen}",
        ),
        preprocessing=preprocessing,
        pictures=pictures,
        patches=pictures,
        words=words if has_text else None,
        vocabulary=vocabulary if has_text else None,
        reading=reading_of(folder) if has_text else None,
        embeddings=embeddings,
        tokens=tokens or "",
        text_embeddings=text_output(words) if words is not None and has_text else "",
    )


def graph_in(folder: Path, precision: Precision) -> Path | None:
    """The picture tower of a precision."""
    return graph_in_any(folder, STEMS[precision])


def graph_in_any(folder: Path, stems: tuple[str, ...]) -> Path | None:
    """The first of these graphs that is there."""
    places = [place / f"{stem}.onnx" for stem in stems for place in (folder / "onnx", folder)]
    return next((place for place in places if place.is_file()), None)


def named(outputs: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these names among the outputs."""
    return next((name for name in names if name in outputs), None)


def preprocessing_for(folder: Path, shape: list[Any]) -> Preprocessing:
    """As the folder says, at the size that the graph takes where it fixes one."""
    config = folder / "preprocessor_config.json"
    size = int(shape[-1]) if isinstance(shape[-1], int) else 224
    return preprocessing_from(read_json(config) if config.is_file() else {}, size)


def grid_of(shape: list[Any]) -> tuple[tuple[int, int], int, bool]:
    """Patch grid, width, and whether a class token stands before them, of tokens (B, N, D) or a map (B, D, h, w)."""
    sizes = [part for part in shape[1:] if isinstance(part, int)]
    if len(sizes) == 3:
        return (sizes[1], sizes[2]), sizes[0], False
    if len(sizes) != 2:
        return (0, 0), 0, False
    side = isqrt(sizes[0])
    return (side, side), sizes[1], side * side != sizes[0]


def reading_of(folder: Path) -> TextReading:
    """How the text tower takes in text, from config.json."""
    config = read_json(folder / "config.json") if (folder / "config.json").is_file() else {}
    text, siglip = config.get("text_config", {}), str(config.get("model_type", "")).startswith("siglip")
    longest = int(text.get("max_position_embeddings", 64 if siglip else LONGEST))
    return TextReading(longest, padded=siglip or bool(text.get("padded")), lower=siglip)


def text_output(graph: Path) -> str:
    """The embedding among a text tower's outputs."""
    outputs = [output.name for output in session_of(graph).get_outputs()]
    found = named(dict.fromkeys(outputs), EMBEDDINGS)
    if found is None:
        raise ModelError(f"{graph} gives out {', '.join(outputs)}: none of them is known to be an embedding.")
    return found


def content_of(file: Path) -> str:
    """The same for the same file: its size, first and last MiB."""
    hashed = sha256()
    for part in end_bytes(file):
        hashed.update(part)
    return hashed.hexdigest()[:16]
