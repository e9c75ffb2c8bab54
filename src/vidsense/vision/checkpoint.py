"""In: a folder in the hub's format. Out: `Checkpoint`: an encoder's shape and weights, under their own names.

CLIP (Radford et al., 2021) and SigLIP (Zhai et al., 2023; Tschannen et al., 2025: the fixed sizes of SigLIP 2).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vidsense.errors import ModelError

Family = Literal["clip", "siglip"]
HEADS = {"clip": (12, 8), "siglip": (12, 12)}
"""Attention heads of pictures and of words where config.json leaves them out, as transformers fills them in."""
ACTIVATION = {"clip": "quick_gelu", "siglip": "gelu_pytorch_tanh"}
EPSILON = {"clip": 1e-5, "siglip": 1e-6}
IMAGE_SIZE = 224


@dataclass(frozen=True)
class TowerConfig:
    """Sizes of one of the two towers."""

    width: int
    depth: int
    num_heads: int
    activation: str
    epsilon: float


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An encoder as its publisher stores it."""

    family: Family
    vision: TowerConfig
    text: TowerConfig | None
    """None where the checkpoint holds pictures alone."""
    image_size: int
    patch_size: int
    embed_dim: int
    weights: Mapping[str, np.ndarray]
    """float32."""

    @property
    def grid(self) -> int:
        """Patches along one side."""
        return self.image_size // self.patch_size


def read_checkpoint(folder: Path) -> Checkpoint:
    """The encoder in a folder with config.json and model.safetensors. Raises `ModelError` with what is missing."""
    config = read_json(folder / "config.json")
    family = family_of(config, folder)
    weights = read_weights(folder)
    vision_config, text_config = config.get("vision_config", config), config.get("text_config", {})
    patches = weights.get("vision_model.embeddings.patch_embedding.weight")
    if patches is None:
        raise ModelError(f"{folder} holds no picture tower of {family}: vision_model.embeddings is missing.")
    text = None
    if "text_model.embeddings.token_embedding.weight" in weights:
        text = tower(weights, "text_model", text_config, family)
    projection = weights.get("visual_projection.weight")
    return Checkpoint(
        family=family,
        vision=tower(weights, "vision_model", vision_config, family),
        text=text,
        image_size=int(vision_config.get("image_size", IMAGE_SIZE)),
        patch_size=patches.shape[2],
        embed_dim=(patches if projection is None else projection).shape[0],
        weights=weights,
    )


def family_of(config: Mapping[str, Any], folder: Path) -> Family:
    """Which of the known kinds a config.json describes."""
    kind = str(config.get("model_type", ""))
    if kind in ("clip", "clip_vision_model"):
        return "clip"
    if kind in ("siglip", "siglip_vision_model"):
        return "siglip"
    raise ModelError(
        f"the encoder in {folder} is of the kind {kind or 'unnamed'!r}; CLIP and SigLIP (SigLIP 2 of a fixed size "
        "included) can be read, or a folder with ONNX graphs."
    )


def tower(weights: Mapping[str, np.ndarray], prefix: str, config: Mapping[str, Any], family: Family) -> TowerConfig:
    """The sizes of one tower: of its weights, and of its config what they do not tell."""
    layers = {int(name.split(".")[3]) for name in weights if name.startswith(f"{prefix}.encoder.layers.")}
    if not layers:
        raise ModelError(f"the weights hold no {prefix}.encoder.layers.")
    width = weights[f"{prefix}.encoder.layers.0.self_attn.q_proj.weight"].shape[0]
    heads = int(config.get("num_attention_heads", HEADS[family][prefix == "text_model"]))
    if width % heads:
        raise ModelError(f"a width of {width} cannot be shared among {heads} attention heads.")
    return TowerConfig(
        width=width,
        depth=len(layers),
        num_heads=heads,
        activation=str(config.get("hidden_act", ACTIVATION[family])),
        epsilon=float(config.get("layer_norm_eps", EPSILON[family])),
    )


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file says. Raises `ModelError`."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}. Is it a model in transformers' format?") from error
    except ValueError as error:
        raise ModelError(f"{path} is no JSON: {error}.") from error
    if not isinstance(said, dict):
        raise ModelError(f"{path} holds no JSON object.")
    return said


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """All tensors of a folder, (…) float32, from one safetensors file or several."""
    index = folder / "model.safetensors.index.json"
    names = ["model.safetensors"]
    if index.is_file():
        names = sorted(set(read_json(index).get("weight_map", {}).values()))
    weights: dict[str, np.ndarray] = {}
    for name in names:
        weights |= read_tensors(folder / name)
    return weights


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a safetensors file, (…) float32. Raises `ModelError`."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise ModelError(f"{path} is missing: it holds the weights.")
    try:
        with safe_open(path, "np") as file:
            return {key: np.asarray(file.get_tensor(key), np.float32) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); get it again.") from error
