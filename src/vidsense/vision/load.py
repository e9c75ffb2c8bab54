"""In: the name of an encoder, or a folder. Out: the encoder, ready to be used. Nothing is downloaded here."""

from pathlib import Path

from vidsense.errors import ModelError
from vidsense.vision import openvino
from vidsense.vision.checkpoint import read_json
from vidsense.vision.encoder import NANO, Precision, VisionEncoder
from vidsense.vision.nano import NanoEncoder, is_nano
from vidsense.vision.onnx import OnnxEncoder
from vidsense.vision.ready import is_ready, ready_graphs
from vidsense.vision.sheet import SHEET, Runtime, graphs_in

KNOWN = {
    "clip-vit-b16": "openai/clip-vit-base-patch16",
    "siglip2-b16": "google/siglip2-base-patch16-224",
    "mobileclip2-s0": "apple/MobileCLIP2-S0",
}
"""Name → where its publisher keeps it."""
DEFAULT = "clip-vit-b16"


def encoder_shelf() -> Path:
    """Where encoders are kept that were pulled."""
    from platformdirs import user_data_path

    return user_data_path("vidsense") / "encoders"


def load_encoder(
    name: str | Path = DEFAULT,
    *,
    precision: Precision | None = None,
    runtime: Runtime | None = None,
    shelf: Path | None = None,
    threads: int = 0,
) -> VisionEncoder:
    """An encoder by its name, from where `vidsense models pull` keeps them, or from a folder.

    `precision`: "float32" or "int8", `runtime`: "ONNX Runtime" or "OpenVINO"; none: the quickest way whose embeddings
    are near enough, as it was measured when the encoder was pulled.
    hf/FOLDER and hf/ORG/NAME run a checkpoint with transformers on torch; nano is in the package. Raises `ModelError`
    when it is not there.
    """
    if str(name).startswith("hf/"):
        from vidsense.vision.hf import TorchEncoder, checkpoint_folder

        return TorchEncoder(checkpoint_folder(str(name).removeprefix("hf/")))
    if str(name) == NANO or is_nano(Path(name)):
        return NanoEncoder(None if str(name) == NANO else Path(name), threads=threads)
    folder = folder_of(name, shelf or encoder_shelf())
    if not (folder / SHEET).is_file():
        return OnnxEncoder(ready_graphs(folder, precision), threads=threads)
    usual = read_json(folder / SHEET).get("runtime") if precision is None else "ONNX Runtime"
    if runtime == "OpenVINO" or (runtime is None and usual == "OpenVINO" and openvino.is_installed()):
        return openvino.OpenVinoEncoder(graphs_in(folder, "int8", "OpenVINO"), threads=threads)
    return OnnxEncoder(graphs_in(folder, precision), threads=threads)


def is_there(name: str, shelf: Path) -> bool:
    """Whether an encoder is on this machine's shelf."""
    return (shelf / name / SHEET).is_file() or is_ready(shelf / name)


def folder_of(name: str | Path, shelf: Path) -> Path:
    """Where an encoder lies. Raises `ModelError` with what would help."""
    places = [shelf / str(name), Path(name)] if Path(name).name == str(name) else [Path(name)]
    for place in places:
        if (place / SHEET).is_file() or is_ready(place):
            return place
    if str(name) in KNOWN:
        raise ModelError(f"the encoder {name} is not on this machine; `vidsense models pull {name}` gets it.")
    if (Path(name) / "config.json").is_file():
        raise ModelError(f"{name} holds a checkpoint; `vidsense models pull {name}` makes an encoder of it.")
    raise ModelError(f"there is no encoder {str(name)!r}: name one of {', '.join((*KNOWN, NANO))}, or a folder.")
