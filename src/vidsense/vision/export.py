"""In: MobileCLIP2 as open_clip has it, or pickled weights. Out: ONNX graphs, as `ready` reads them; safetensors.

For this step alone torch, onnx, open_clip_torch and timm are needed. FastViT's last map (8 × 8 cells of 1024 for S0) is
given out as tokens: convolutions, then attention, so a token has seen far more than its own square.
"""

import json
import warnings
from pathlib import Path
from typing import Any

from vidsense.errors import MissingExtraError, ModelError

ARCHITECTURES = {
    "mobileclip2-s0": "MobileCLIP2-S0",
    "mobileclip2-s2": "MobileCLIP2-S2",
    "mobileclip2-b": "MobileCLIP2-B",
}
WEIGHTS = "dfndr2b"
"""open_clip's name for the published weights."""
FILTERS = {"bilinear": 2, "bicubic": 3}
OPSET = 17
PICKLED = "pytorch_model.bin"


def export_mobileclip(name: str, vocabulary: Path, target: Path, *, weights: str | None = WEIGHTS) -> None:
    """Write vision_model.onnx, text_model.onnx and what they need beside them.

    `vocabulary`: tokenizer.json of CLIP, which MobileCLIP2 shares. `weights`: open_clip's name of them; none: random
    ones, to try the way. Raises `MissingExtraError` without the packages, `ModelError` when the weights cannot be had.
    """
    try:
        import onnx  # noqa: F401
        import open_clip
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "MobileCLIP2 is exported with torch, onnx and open_clip, which only this step needs: "
            "pip install 'vid-sense[export]' torch open_clip_torch."
        ) from error
    try:
        model = open_clip.create_model(ARCHITECTURES[name], pretrained=weights).eval()
    except Exception as error:  # the hub's client and open_clip raise classes of their own
        raise ModelError(f"the weights of {name} cannot be had: {' '.join(str(error).split())[:300]}") from error
    target.mkdir(parents=True, exist_ok=True)
    for module in model.modules():
        if hasattr(module, "reparameterize"):
            module.reparameterize()
    said = model.visual.preprocess_cfg
    side = said["size"][0]
    towers = towers_of(torch, model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about its own age
        for file, tower, given, takes, gives in (
            ("vision_model.onnx", towers[0], torch.zeros(1, 3, side, side), "pixels", ["feature_map", "image_embeds"]),
            ("text_model.onnx", towers[1], torch.zeros(1, 77, dtype=torch.int64), "ids", ["text_embeds"]),
        ):
            torch.onnx.export(
                tower,
                (given,),
                str(target / file),
                input_names=[takes],
                output_names=gives,
                dynamic_axes={part: {0: "B"} for part in [takes, *gives]},
                opset_version=OPSET,
                dynamo=False,
            )
    write_words_and_pictures(target, said, side)
    (target / "tokenizer.json").write_bytes(vocabulary.read_bytes())


def as_safetensors(source: Path, target: Path) -> Path:
    """A folder in which an old checkpoint's pickled weights (pytorch_model.bin) are safetensors. Needs torch."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{source} holds {PICKLED} alone, which torch reads, for this step only: pip install torch."
        ) from error
    from safetensors.numpy import save_file

    held = torch.load(source / PICKLED, map_location="cpu", weights_only=True)
    save_file({name: tensor.float().numpy() for name, tensor in held.items()}, target / "model.safetensors")
    for file in source.glob("*.json"):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def write_words_and_pictures(target: Path, said: dict[str, Any], side: int) -> None:
    """What says how pictures and texts are prepared, in the hub's form."""
    pictures = {
        "size": {"shortest_edge": side},
        "crop_size": {"height": side, "width": side},
        "resample": FILTERS[said["interpolation"]],
        "image_mean": list(said["mean"]),
        "image_std": list(said["std"]),
    }
    (target / "preprocessor_config.json").write_text(json.dumps(pictures, indent=1), "utf-8")
    words = {"model_type": "mobileclip2", "text_config": {"max_position_embeddings": 77, "padded": True}}
    (target / "config.json").write_text(json.dumps(words, indent=1), "utf-8")


def towers_of(torch: Any, model: Any) -> tuple[Any, Any]:
    """Pictures → last map and embedding, token ids → embedding."""

    class Pictures(torch.nn.Module):  # type: ignore[misc]
        def forward(self, pixels: Any) -> tuple[Any, Any]:
            trunk = model.visual.trunk
            found = trunk.forward_features(pixels)  # (B, D, h, w)
            return found, model.visual.head(trunk.forward_head(found))

    class Words(torch.nn.Module):  # type: ignore[misc]
        def forward(self, ids: Any) -> Any:
            return model.encode_text(ids)

    pictures, words = Pictures(), Words()
    pictures.visual, words.whole = model.visual, model
    return pictures.eval(), words.eval()


__all__ = ["ARCHITECTURES", "as_safetensors", "export_mobileclip"]
