"""In: an encoder's folder. Out: its `Graphs`, as encoder.json tells of them."""

import json
from pathlib import Path
from typing import Any, Literal

from vidsense.errors import ModelError
from vidsense.vision.checkpoint import read_json
from vidsense.vision.encoder import EncoderInfo, Precision
from vidsense.vision.onnx import Graphs
from vidsense.vision.picture import Preprocessing
from vidsense.vision.words import TextReading

SHEET = "encoder.json"
FORMAT = 1
Runtime = Literal["ONNX Runtime", "OpenVINO"]
FILES: dict[Runtime, str] = {"ONNX Runtime": "{precision}_{part}.onnx", "OpenVINO": "openvino_{part}.xml"}


def write_sheet(folder: Path, said: dict[str, Any]) -> None:
    """Keep what is known of an encoder beside its graphs."""
    (folder / SHEET).write_text(json.dumps(said, indent=1), "utf-8")


def graphs_in(folder: Path, precision: Precision | None = None, runtime: Runtime = "ONNX Runtime") -> Graphs:
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
            runtime=runtime,
            logit_scale=said["logit_scale"],
            logit_bias=said["logit_bias"],
            fingerprint=f"{said['weights']}-{runtime.split()[0].lower()}-{chosen}-{FORMAT}",
        )
        reading = TextReading(**text) if text else None
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / SHEET} is not complete ({error}); get the encoder again.") from error
    return Graphs(
        info=info,
        preprocessing=preprocessing,
        pictures=folder / FILES[runtime].format(precision=chosen, part="pictures"),
        patches=folder / FILES[runtime].format(precision=chosen, part="patches"),
        words=folder / "text.onnx" if reading else None,
        vocabulary=folder / "tokenizer.json" if reading else None,
        reading=reading,
    )


def preprocessing_of(said: dict[str, Any]) -> Preprocessing:
    """As encoder.json has it."""
    rows = {name: tuple(said[name]) for name in ("size", "mean", "std")}
    return Preprocessing(**(said | rows))
