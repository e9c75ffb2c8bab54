"""In: the name of an encoder, or a folder. Out: the encoder, ready to be used. Nothing is downloaded here."""

from pathlib import Path

from vidsense.errors import ModelError
from vidsense.vision.build import SHEET, graphs_in
from vidsense.vision.encoder import Precision, VisionEncoder
from vidsense.vision.onnx import OnnxEncoder

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
    name: str | Path = DEFAULT, *, precision: Precision | None = None, shelf: Path | None = None, threads: int = 0
) -> VisionEncoder:
    """An encoder by its name, from where `vidsense models pull` keeps them, or from a folder.

    `precision`: "float32" or "int8"; none: the quicker one whose embeddings are near enough, as it was measured.
    Raises `ModelError` when it is not there.
    """
    folder = folder_of(name, shelf or encoder_shelf())
    return OnnxEncoder(graphs_in(folder, precision), threads=threads)


def folder_of(name: str | Path, shelf: Path) -> Path:
    """Where an encoder lies. Raises `ModelError` with what would help."""
    there = shelf / str(name)
    if str(name) in KNOWN and (there / SHEET).is_file():
        return there
    folder = Path(name)
    if (folder / SHEET).is_file():
        return folder
    if str(name) in KNOWN:
        raise ModelError(f"the encoder {name} is not on this machine; `vidsense models pull {name}` gets it.")
    if folder.is_dir() and (folder / "config.json").is_file():
        raise ModelError(f"{folder} holds a checkpoint; `vidsense models pull {folder}` makes an encoder of it.")
    raise ModelError(f"there is no encoder {str(name)!r}: name one of {', '.join(KNOWN)}, or a folder.")
