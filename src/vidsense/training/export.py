"""In: a folder of checkpoints. Out: nano in the hub's formats, as the plain install and other programs read it.

nano.safetensors   tower, temporal transformer, projector, matching, and how far from the drawn world a frame may look
config.json, tokenizer.json
language/          the language model as transformers' own class reads it
language.gguf      the same for llama.cpp
image.onnx         pixels (B, 3, H, W) → tokens (B, N, D), states (B, K * STATE), embeddings (B, E), summary (B, S)
text.onnx          ids (1, L) → embedding (1, E)
language.onnx      embeddings (1, L, dim), keys and values (layers, H, P, d) → logits (V,), keys and values by now
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import Tensor

from vidsense.training.gauge import fit_gauge
from vidsense.training.graphs import graphs_of, plain_attention, write_graph
from vidsense.training.llama_file import write_llama_file
from vidsense.training.matching import LONGEST_SENTENCE
from vidsense.training.samples import COLOUR_NAMES, KIND_NAMES, POSE_NAMES, SIDE_NAMES
from vidsense.training.tokenizer import SPECIAL
from vidsense.training.train import Workshop, load_trained
from vidsense.training.world.actions import ACTIONS
from vidsense.training.world.story import WORLD_VERSION

GAUGED_SHARDS = 6
Weights = Literal["float16", "float32"]


def export_nano(workshop: Workshop, out: Path, *, weights: Weights = "float16", int8: bool = True) -> None:
    """Write all files. `weights`: of safetensors and GGUF; `int8`: whether the graphs' matrices are quantized."""
    out.mkdir(parents=True, exist_ok=True)
    load_trained(workshop)
    dtype = torch.float16 if weights == "float16" else torch.float32
    for module in (workshop.nano, workshop.speaker, workshop.matching):
        module.to(dtype).float()  # every file holds the same numbers
    save_file({name: tensor.to(dtype) for name, tensor in weights_of(workshop).items()}, out / "nano.safetensors")
    (out / "config.json").write_text(json.dumps(config_of(workshop), indent=1) + "\n", "utf-8")
    write_llama_file(workshop.speaker.language, workshop.folder / "tokenizer.json", out / "language.gguf", weights)
    with plain_attention():  # the fused operator has no ONNX form
        for graph in graphs_of(workshop):
            write_graph(graph, out / f"{graph.name}.onnx", int8=int8)
    language: Any = workshop.speaker.language  # its types know no plain dtype
    language.to(dtype).save_pretrained(out / "language")
    language.float()
    for folder in (out, out / "language"):
        shutil.copyfile(workshop.folder / "tokenizer.json", folder / "tokenizer.json")


def weights_of(workshop: Workshop) -> dict[str, Tensor]:
    """Everything but the language model, each part under its name."""
    parts = {"nano": workshop.nano, "projector": workshop.speaker.projector, "matching": workshop.matching}
    weights = {f"{part}.{name}": t for part, module in parts.items() for name, t in module.state_dict().items()}
    clips, number_of_shards = workshop.config.clips, min(GAUGED_SHARDS, workshop.config.image.pool_shards)
    drawn = [workshop.shards(clips.clips_a_shard).get("train", number) for number in range(number_of_shards)]
    gauge = fit_gauge(workshop.nano, drawn, workshop.held_out)
    weights |= {f"world.{name}": tensor for name, tensor in gauge.items()}
    return {name: tensor.detach().contiguous() for name, tensor in weights.items() if tensor.is_floating_point()}


def config_of(workshop: Workshop) -> dict[str, object]:
    """What a reader of the weights must know."""
    return {
        "model_type": "vidsense-nano",
        "world_version": WORLD_VERSION,
        "frames": workshop.config.clips.frames,
        **asdict(workshop.nano.size),
        "speaker": asdict(workshop.config.speaker),
        "text": {**asdict(workshop.config.text), "longest_sentence": LONGEST_SENTENCE},
        "kinds": KIND_NAMES,
        "colours": COLOUR_NAMES,
        "poses": POSE_NAMES,
        "actions": ACTIONS,
        "sides": SIDE_NAMES,
        "special_tokens": SPECIAL,
        "logit_scale": round(float(workshop.matching.scale.detach().clamp(max=4.6).exp()), 4),
    }
