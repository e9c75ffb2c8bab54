"""Encoders are got from a hub (a real HTTP server on this machine), built, measured and used."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
from tests.language.hub_server import HubServer
from tests.vision.tiny_encoder import noise_frames

from vidsense.vision.checkpoint import read_weights
from vidsense.vision.load import KNOWN, load_encoder

pytestmark = pytest.mark.full


@pytest.fixture
def hub(clip_checkpoint: Path, tmp_path: Path) -> Iterator[HubServer]:
    """A hub that has one encoder, where CLIP is looked for."""
    folder = tmp_path / "served"
    shutil.copytree(clip_checkpoint, folder)
    server = HubServer(KNOWN["clip-vit-b16"], folder)
    yield server
    server.close()


@pytest.fixture
def at_home(vidsense_command: Any, hub: HubServer, tmp_path: Path) -> Any:
    """The command of somebody whose folders are empty."""
    vidsense_command.environment |= {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hub"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    return vidsense_command


def shelf(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vidsense" / "encoders"


def test_an_encoder_is_pulled_built_measured_and_there(at_home: Any, walk: Path, tmp_path: Path) -> None:
    done = at_home("models", "pull", "clip-vit-b16", "--measure-on", str(walk), "--quiet")
    assert done.returncode == 0, done.stderr
    assert "int8 (ONNX Runtime) against float32 on 24 frames" in done.stdout
    said = json.loads((shelf(tmp_path) / "clip-vit-b16" / "encoder.json").read_text("utf-8"))
    assert f"cosine {said['int8']['cosine_mean']:.4f} in the mean" in done.stdout
    assert f"{said['preferred']} {said['runtime']} is used from now on" in done.stdout
    encoder = load_encoder("clip-vit-b16", shelf=shelf(tmp_path))
    assert encoder.embed(noise_frames(2)).shape == (2, encoder.info.embed_dim)
    assert "clip-vit-b16" in at_home("models").stdout
    assert [path.name for path in shelf(tmp_path).iterdir()] == ["clip-vit-b16"], "nothing half made is left"


def test_pickled_weights_are_read_by_torch(at_home: Any, hub: HubServer, clip_checkpoint: Path, tmp_path: Path) -> None:
    weights = read_weights(clip_checkpoint)
    (hub.folder / "model.safetensors").unlink()
    torch.save({name: torch.from_numpy(values) for name, values in weights.items()}, hub.folder / "pytorch_model.bin")
    done = at_home("models", "pull", "clip-vit-b16", "--quiet")
    assert done.returncode == 0, done.stderr
    pulled = load_encoder("clip-vit-b16", shelf=shelf(tmp_path), precision="float32")
    expected = load_encoder(f"hf/{clip_checkpoint}")
    frames = noise_frames(2)
    np.testing.assert_allclose(pulled.embed(frames), expected.embed(frames), atol=1e-4)


def test_a_file_that_came_broken_is_told_and_comes_anew(at_home: Any, tmp_path: Path) -> None:
    assert at_home("models", "pull", "clip-vit-b16", "--quiet").returncode == 0
    (weights,) = (tmp_path / "hub").rglob("snapshots/*/model.safetensors")
    blob = weights.resolve()
    data = bytearray(blob.read_bytes())
    data[-5] ^= 0xFF
    blob.write_bytes(data)
    done = at_home("models", "pull", "clip-vit-b16", "--quiet")
    assert done.returncode == 1
    assert "came broken: its checksum is not the hub's" in done.stderr
    assert at_home("models", "pull", "clip-vit-b16", "--quiet").returncode == 0


def test_an_encoder_that_the_hub_lacks_is_told(at_home: Any, tmp_path: Path) -> None:
    done = at_home("models", "pull", "siglip2-b16", "--quiet")
    assert done.returncode == 1
    assert "cannot get google/siglip2-base-patch16-224 from the hub" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(shelf(tmp_path).glob("*"))


def test_a_checkpoint_folder_becomes_an_encoder(at_home: Any, siglip_checkpoint: Path, tmp_path: Path) -> None:
    done = at_home("models", "pull", str(siglip_checkpoint), "--quiet")
    assert done.returncode == 0, done.stderr
    encoder = load_encoder("siglip", shelf=shelf(tmp_path))
    assert encoder.info.name == "siglip"
    assert encoder.info.has_text
