"""In: a folder of checkpoints. Out: nano in the hub's formats: safetensors, config.json, tokenizer.json, ONNX graphs.

image.onnx      pixels (B, 3, H, W) → tokens (B, N, D), states (B, K * STATE)
temporal.onnx   states (B, T, …), seconds (B, T) → frames (B, T, D), prefix (B, T + K, dim), now (B, T, actions)
language.onnx   embeddings (B, L, dim) → the next token's logits (B, vocabulary)
text.onnx       ids (B, L) → embeddings (B, E)
matching.onnx   states (B, T, …), frames (B, T, D) → one embedding of each frame and of the clip
language/       the language model as transformers' own class reads it
language.gguf   the same for llama.cpp, in float32
nano.safetensors, config.json, tokenizer.json
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from vidsense.training.llama_file import write_llama_file
from vidsense.training.matching import LONGEST_SENTENCE, Matching
from vidsense.training.nano import Nano
from vidsense.training.samples import COLOUR_NAMES, KIND_NAMES, POSE_NAMES, SIDE_NAMES
from vidsense.training.speaker import Speaker
from vidsense.training.tokenizer import SPECIAL
from vidsense.training.train import Workshop, load_trained
from vidsense.training.world.actions import ACTIONS
from vidsense.training.world.story import WORLD_VERSION

OPSET = 18
CLOSE = 2e-4
"""How far ONNX Runtime's numbers may be from torch's, in shares of the largest; float32 sums in another order."""


class Seen(nn.Module):
    """Pixels → tokens and the frame's state."""

    def __init__(self, nano: Nano) -> None:
        super().__init__()
        self.image, self.dense, self.state = nano.image, nano.dense, nano.state

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        tokens = self.image(pixels)
        return tokens, self.state(self.dense(tokens))


class Told(nn.Module):
    """Frame states → frames in the light of all others, the same as tokens of the language model, what happens now."""

    def __init__(self, nano: Nano, speaker: Speaker) -> None:
        super().__init__()
        self.temporal, self.events, self.projector = nano.temporal, nano.events, speaker.projector

    def forward(self, states: Tensor, seconds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        frames = self.temporal(states, seconds)
        return frames, self.projector(frames, states), self.events.now(frames)


class Next(nn.Module):
    """Embeddings → the logits of the next token."""

    def __init__(self, speaker: Speaker) -> None:
        super().__init__()
        self.language = speaker.language

    def forward(self, embeddings: Tensor) -> Tensor:
        L = embeddings.shape[1]
        mask = torch.ones(L, L, dtype=torch.bool).tril()[None, None]
        position = torch.arange(L)[None]
        told = self.language(inputs_embeds=embeddings, attention_mask=mask, position_ids=position, use_cache=False)
        logits: Tensor = told.logits[:, -1]
        return logits


class Matched(nn.Module):
    """Frames and the whole clip in the space that they share with sentences."""

    def __init__(self, matching: Matching) -> None:
        super().__init__()
        self.matching = matching

    def forward(self, states: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        return self.matching.frame_embeddings(states), self.matching.clip_embeddings(frames)


@dataclass(frozen=True, eq=False)
class Trained:
    """All trained parts, and what goes with them."""

    nano: Nano
    speaker: Speaker
    matching: Matching
    tokenizer: Path
    config: dict[str, object]


@dataclass(frozen=True)
class Graph:
    """One graph with an example of what goes in."""

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]
    varying: dict[str, dict[int, str]]
    """Input or output → its axes of any length."""


def export_nano(workshop: Workshop, out: Path) -> None:
    """What a run has learnt, as the plain install and other programs read it."""
    load_trained(workshop)
    tokenizer = workshop.folder / "tokenizer.json"
    write_trained(Trained(workshop.nano, workshop.speaker, workshop.matching, tokenizer, config_of(workshop)), out)


def write_trained(trained: Trained, out: Path) -> None:
    """Everything that the plain install and other programs read."""
    out.mkdir(parents=True, exist_ok=True)
    torch.backends.mha.set_fastpath_enabled(False)  # its fused operator has no ONNX form
    parts = {"nano": trained.nano, "projector": trained.speaker.projector, "matching": trained.matching}
    weights = {f"{part}.{name}": t for part, module in parts.items() for name, t in module.state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, out / "nano.safetensors")
    (out / "config.json").write_text(json.dumps(trained.config, indent=1) + "\n", "utf-8")
    trained.speaker.language.save_pretrained(out / "language")
    for folder in (out, out / "language"):
        shutil.copyfile(trained.tokenizer, folder / "tokenizer.json")
    write_llama_file(trained.speaker.language, out / "tokenizer.json", out / "language.gguf")
    for graph in graphs_of(trained):
        write_graph(graph, out / f"{graph.name}.onnx")


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
    }


def graphs_of(trained: Trained) -> list[Graph]:
    """All graphs, with examples of two clips of five frames."""
    nano, speaker, language = trained.nano, trained.speaker, trained.speaker.language.config
    torch.manual_seed(0)
    pixels = torch.rand(2, 3, nano.size.height, nano.size.width) * 2 - 1
    with torch.no_grad():
        states = torch.stack([nano.states(pixels + 0.1 * i) for i in range(5)], dim=1)
        seconds = torch.arange(5.0).expand(2, -1).contiguous() / 2
        frames = nano.temporal(states, seconds)
    embeddings = torch.randn(2, 9, language.hidden_size) * 0.1
    ids = torch.randint(len(SPECIAL), language.vocab_size, (2, 7))
    clips, sentences = {0: "clips", 1: "frames"}, {0: "sentences", 1: "length"}
    return [
        Graph("image", Seen(nano), {"pixels": pixels}, ("tokens", "states"),
              {"pixels": {0: "frames"}, "tokens": {0: "frames"}, "states": {0: "frames"}}),
        Graph("temporal", Told(nano, speaker), {"states": states, "seconds": seconds}, ("told", "prefix", "now"),
              {**dict.fromkeys(("states", "seconds", "told", "now"), clips), "prefix": {0: "clips", 1: "tokens"}}),
        Graph("language", Next(speaker), {"embeddings": embeddings}, ("logits",),
              {"embeddings": sentences, "logits": {0: "sentences"}}),
        Graph("text", trained.matching.text, {"ids": ids}, ("embedding",),
              {"ids": sentences, "embedding": {0: "sentences"}}),
        Graph("matching", Matched(trained.matching), {"states": states, "told": frames}, ("frame", "clip"),
              {"states": clips, "told": clips, "frame": clips, "clip": {0: "clips"}}),
    ]  # fmt: skip


def write_graph(graph: Graph, path: Path) -> None:
    """The graph as ONNX; it is not written unless ONNX Runtime gives torch's numbers, at other lengths too."""
    begun = path.with_suffix(".part")
    graph.module.eval()  # the exporter puts a module back into the mode that it was in
    torch.onnx.export(
        graph.module, tuple(graph.inputs.values()), str(begun), input_names=list(graph.inputs),
        output_names=list(graph.outputs), dynamic_axes=graph.varying, opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    for inputs in (graph.inputs, {name: tensor[:1, ...] for name, tensor in graph.inputs.items()}):
        if error := difference(graph.module, inputs, begun):
            raise ValueError(f"{path.name}: ONNX Runtime's numbers are not torch's, they differ by {error:.1e}.")
    begun.replace(path)


def difference(module: nn.Module, inputs: dict[str, Tensor], path: Path) -> float:
    """How far the graph's outputs are from the module's, or 0 when they are as close as float32 lets them be."""
    import onnxruntime

    with torch.no_grad():
        expected = module(*inputs.values())
    expected = (expected,) if isinstance(expected, Tensor) else expected
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})
    errors = [
        float(np.abs(one - other.numpy()).max() / max(float(other.abs().max()), 1e-6))
        for one, other in zip(given, expected, strict=True)
    ]
    return max(errors) if max(errors) > CLOSE else 0.0
