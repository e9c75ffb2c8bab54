"""Small encoders, made once: a checkpoint in the form of the hub, and the graphs that are built of it."""

from pathlib import Path

import pytest

from vidsense.vision.encoder import VisionEncoder
from vidsense.vision.load import load_encoder


@pytest.fixture(scope="session")
def clip_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.vision.tiny_encoder import clip_folder

    return clip_folder(tmp_path_factory.mktemp("checkpoints") / "clip")


@pytest.fixture(scope="session")
def siglip_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.vision.tiny_encoder import siglip_folder

    return siglip_folder(tmp_path_factory.mktemp("checkpoints") / "siglip")


@pytest.fixture(scope="session")
def clip_encoder_folder(clip_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny random CLIP as graphs, with its text tower."""
    from tests.vision.tiny_encoder import noise_frames

    from vidsense.vision.build import build_encoder

    folder = tmp_path_factory.mktemp("encoders") / "clip"
    build_encoder(clip_checkpoint, folder, "tiny-clip", noise_frames(6))
    return folder


@pytest.fixture(scope="session")
def clip_encoder(clip_encoder_folder: Path) -> VisionEncoder:
    return load_encoder(clip_encoder_folder, precision="float32")
